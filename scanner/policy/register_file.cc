#include "scanner/policy/register_file.h"

#include "scanner/model/bytes.h"
#include "scanner/model/digest.h"

#include <algorithm>

namespace scanner {
namespace {

constexpr std::size_t kMaxEntries = 1024;

std::optional<Timestamp> end_of(const std::string& text) {
  constexpr std::size_t kDate = 10;
  if (text.size() != kDate) return parse_rfc3339(text);
  const auto day = parse_rfc3339(text + "T00:00:00Z");
  return day ? std::optional(*day + std::chrono::hours(24)) : std::nullopt;
}

}  // namespace

bool read_register(const RegisterForm& form, YamlContext& context, std::string_view text, Exceptions& out, const std::function<void(const YamlNode&)>& read) {
  const auto root = parse_yaml(context);
  if (!root) return false;
  out.sha256 = to_hex(sha256(as_bytes(out.sha256 + to_hex(sha256(as_bytes(text))))));
  if (root->kind == YamlKind::Null) return context.ok();
  YamlMap map(*root, form.list, context);
  if (const YamlNode* list = map.sequence(form.list)) {
    for (const YamlNode& item : list->items) {
      if (out.entries.size() == kMaxEntries) {
        context.error(item, form.code, form.too_many, form.hint);
        break;
      }
      read(item);
    }
  }
  map.finish();
  return context.ok();
}

void read_expiry(YamlMap& map, YamlContext& context, const char* code, Exception& entry) {
  entry.expires_text = map.string("expires").value_or("");
  if (const auto end = end_of(entry.expires_text))
    entry.expires = *end;
  else if (!entry.expires_text.empty())
    context.error(*map.any("expires"), code, "'" + entry.expires_text + "' is no date", "as in 2026-12-31, or 2026-12-31T12:00:00Z");
}

bool has_entry(const Exceptions& exceptions, std::string_view id) {
  return std::any_of(exceptions.entries.begin(), exceptions.entries.end(), [&](const Exception& entry) { return entry.id == id; });
}

}  // namespace scanner
