#include "scanner/policy/permissions.h"

#include "scanner/model/bytes.h"
#include "scanner/model/digest.h"
#include "scanner/model/yaml.h"
#include "scanner/policy/declaration.h"

#include <algorithm>

namespace scanner {
namespace {

constexpr std::size_t kMaxEntries = 1024, kMaxText = 512, kMaxTargets = 64;
constexpr std::string_view kAny = "any", kAbuse = "abuse.";

class Reader {
 public:
  Reader(YamlContext& context, Exceptions& out) : context_(context), out_(out) {}

  void read(const YamlNode& item) {
    YamlMap map(item, "permission", context_);
    Exception entry;
    entry.id = text(map, "id");
    entry.tenant = text(map, "tenant", Presence::Optional);
    entry.instance = text(map, "instance", Presence::Optional);
    entry.subject = text(map, "subject", Presence::Optional);
    entry.activity = text(map, "activity");
    if (!entry.activity.empty()) check_activity(*map.any("activity"), entry.activity);
    if (const YamlNode* scope = map.any("scope")) read_scope(*scope, entry);
    entry.reason = text(map, "reason");
    entry.owner = text(map, "owner");
    entry.ticket = text(map, "ticket", Presence::Optional);
    entry.expires_text = map.string("expires").value_or("");
    if (const auto end = end_of_permission(entry.expires_text))
      entry.expires = *end;
    else if (!entry.expires_text.empty())
      context_.error(*map.any("expires"), "P303", "'" + entry.expires_text + "' is no date", "as in 2026-12-31, or 2026-12-31T12:00:00Z");
    map.finish();
    if (entry.tenant.empty() && entry.subject.empty()) context_.error(item, "P304", "the permission is nobody's: it would permit this to everybody", "name a tenant, or a subject as events name it");
    if (!entry.instance.empty() && entry.tenant.empty()) context_.error(item, "P304", "an instance is a tenant's: name the tenant");
    const auto same = [&](const Exception& other) { return other.id == entry.id; };
    if (!entry.id.empty() && std::any_of(out_.entries.begin(), out_.entries.end(), same)) context_.error(item, "P305", "there is a permission or an exception '" + entry.id + "' already");
    out_.entries.push_back(std::move(entry));
  }

 private:
  std::string text(YamlMap& map, std::string_view key, Presence presence = Presence::Required) {
    const auto value = map.string(key, presence);
    if (!value) return "";
    if (value->empty() && presence == Presence::Required) context_.error(*map.any(key), "P301", std::string(key) + " is empty", "a permission says whose it is, why, and who answers for it");
    if (value->size() > kMaxText) context_.error(*map.any(key), "P301", std::string(key) + " has more than 512 bytes");
    return *value;
  }

  void check_activity(const YamlNode& node, const std::string& activity) {
    const auto& known = known_activities();
    if (std::find(known.begin(), known.end(), activity) == known.end())
      context_.error(node, "P302", "'" + activity + "' is no activity that this scanner knows", "as in abuse.scan; see config/declaration.yaml");
    else if (!activity.starts_with(kAbuse))
      context_.error(node, "P302", "'" + activity + "' cannot be permitted as a whole", "permissions are for abnormal usage (abuse.*); what of virtual currency was allowed is an exception (scanner/docs/exceptions.md)");
  }

  void read_scope(const YamlNode& node, Exception& entry) {
    if (node.kind == YamlKind::Scalar) {
      const auto word = yaml_string(node, "scope", context_);
      if (word && *word != kAny) context_.error(node, "P306", "'" + *word + "' is no scope", "a list of address ranges, or any");
      return;
    }
    if (node.kind != YamlKind::Sequence || node.items.empty() || node.items.size() > kMaxTargets) {
      context_.error(node, "P306", "the scope names no targets, or more than 64", "a list of address ranges, or any");
      return;
    }
    for (const YamlNode& item : node.items) {
      const auto range = yaml_string(item, "target", context_);
      if (!range) continue;
      if (const auto cidr = Cidr::parse(*range))
        entry.targets.push_back(*cidr);
      else
        context_.error(item, "P306", "'" + *range + "' is no address range", "as in 198.51.100.0/24 or 2001:db8::/32");
    }
  }

  // "2026-12-31": to its end (UTC); or a moment in RFC 3339.
  static std::optional<Timestamp> end_of_permission(const std::string& text) {
    constexpr std::size_t kDate = 10;
    if (text.size() != kDate) return parse_rfc3339(text);
    const auto day = parse_rfc3339(text + "T00:00:00Z");
    return day ? std::optional(*day + std::chrono::hours(24)) : std::nullopt;
  }

  YamlContext& context_;
  Exceptions& out_;
};

}  // namespace

bool load_permissions(const std::string& file, std::string_view text, Exceptions& exceptions, Diagnostics& diagnostics) {
  YamlContext context(file, text, diagnostics);
  const auto root = parse_yaml(context);
  if (!root) return false;
  exceptions.sha256 = to_hex(sha256(as_bytes(exceptions.sha256 + to_hex(sha256(as_bytes(text))))));
  if (root->kind == YamlKind::Null) return context.ok();
  YamlMap map(*root, "permissions", context);
  if (const YamlNode* list = map.sequence("permissions")) {
    Reader reader(context, exceptions);
    for (const YamlNode& item : list->items) {
      if (exceptions.entries.size() == kMaxEntries) {
        context.error(item, "P307", "there are more than 1,024 permissions and exceptions", "so many are a rule of their own: change the declaration");
        break;
      }
      reader.read(item);
    }
  }
  map.finish();
  return context.ok();
}

}  // namespace scanner
