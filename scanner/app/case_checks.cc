#include "scanner/app/case_checks.h"

#include "scanner/model/yaml.h"
#include "scanner/packet/decode.h"

#include <limits>

namespace scanner {
namespace {

std::string hashrate_difference(const CaseChecks& checks, const IncidentBook& book) {
  if (!checks.hashrate_from && !checks.hashrate_to) return "";
  double rate = 0;
  for (const BreachEvent* event : book.incidents())
    for (const MiningSummary& mining : event->mining) rate += mining.hashrate;
  if (rate >= checks.hashrate_from.value_or(0) && rate <= checks.hashrate_to.value_or(std::numeric_limits<double>::infinity())) return "";
  return "hash rate " + std::to_string(rate) + " is out of its range\n";
}

}  // namespace

CaseChecks read_case_checks(const std::string& file, std::string_view text, Diagnostics& diagnostics) {
  CaseChecks checks;
  YamlContext context(file, text, diagnostics);
  const auto root = parse_yaml(context);
  if (!root) return checks;
  YamlMap map(*root, "checks", context);
  for (const std::string& range : map.strings("local", Presence::Optional)) {
    if (const auto cidr = Cidr::parse(range))
      checks.local.push_back(*cidr);
    else
      context.error(*map.any("local"), "E008", "local: \"" + range + "\" is no address range");
  }
  if (const auto undecoded = map.integer("undecoded", Presence::Optional, 0)) checks.undecoded = static_cast<std::uint64_t>(*undecoded);
  checks.hashrate_from = map.number("hashrate_from", Presence::Optional, 0);
  checks.hashrate_to = map.number("hashrate_to", Presence::Optional, 0);
  checks.text = map.strings("text", Presence::Optional);
  checks.todo = map.string("todo", Presence::Optional).value_or("");
  map.finish();
  return checks;
}

std::string check_differences(const CaseChecks& checks, const std::vector<std::string>& missing, const IncidentBook& book, const Coverage& coverage) {
  std::string said = hashrate_difference(checks, book);
  for (const std::string& text : missing) said += "no event says \"" + text + "\"\n";
  std::uint64_t undecoded = 0;
  for (const DecodeStatus status : kUndecoded) undecoded += coverage.by_status[static_cast<std::size_t>(status)];
  if (checks.undecoded && undecoded != *checks.undecoded)
    said += "packets that could not be decoded: expected " + std::to_string(*checks.undecoded) + ", got " + std::to_string(undecoded) + "\n";
  return said;
}

}  // namespace scanner
