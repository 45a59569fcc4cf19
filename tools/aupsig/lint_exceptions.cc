#include "tools/aupsig/lint_exceptions.h"

#include "scanner/app/kill_switch.h"
#include "scanner/policy/exceptions.h"

#include <array>
#include <string>
#include <utility>

namespace scanner {
namespace {

Diagnostic warning_at(const SourceLocation& at, std::string code, std::string message, std::string hint) {
  Diagnostic warning;
  warning.severity = Severity::Warning;
  warning.code = std::move(code);
  warning.message = std::move(message);
  warning.at = at;
  warning.hint = std::move(hint);
  return warning;
}

}  // namespace

void check_exceptions(std::span<const PackFile> files, const Ruleset* ruleset, std::string_view today, Diagnostics& problems) {
  Exceptions exceptions;
  for (const PackFile& file : files) static_cast<void>(load_exceptions(file.path, file.text, exceptions, problems));
  for (const Exception& exception : exceptions.entries)
    for (const std::string& name : exception.signatures)
      if (ruleset != nullptr && !can_be_silenced(*ruleset, name))
        problems.push_back(warning_at(exception.at, "W253", "the exception '" + exception.id + "' names '" + name + "', and there is no such signature, dialect or detector", "it permits nothing under that name"));
  const auto now = parse_rfc3339(std::string(today) + "T00:00:00Z");
  if (!now) return;
  constexpr std::array<std::string_view, 3> kCodes{"W250", "W251", "W252"};
  constexpr std::array<std::string_view, 3> kHints{"", "renew it with its ticket, or let it end", ""};
  for (ExpiryWarning& ending : ends_of(exceptions, *now)) {
    // Without an end that can be read it has its error already.
    if (ending.exception->expires.ns == 0) continue;
    const auto kind = static_cast<std::size_t>(ending.end);
    problems.push_back(warning_at(ending.exception->at, std::string(kCodes[kind]), std::move(ending.sentence), std::string(kHints[kind])));
  }
}

}  // namespace scanner
