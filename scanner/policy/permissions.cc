#include "scanner/policy/permissions.h"

#include "scanner/model/yaml.h"
#include "scanner/policy/declaration.h"
#include "scanner/policy/register_file.h"

#include <algorithm>

namespace scanner {
namespace {

constexpr std::size_t kMaxText = 512, kMaxTargets = 64;
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
    read_expiry(map, context_, "P303", entry);
    map.finish();
    if (entry.tenant.empty() && entry.subject.empty()) context_.error(item, "P304", "the permission is nobody's: it would permit this to everybody", "name a tenant, or a subject as events name it");
    if (!entry.instance.empty() && entry.tenant.empty()) context_.error(item, "P304", "an instance is a tenant's: name the tenant");
    if (!entry.id.empty() && has_entry(out_, entry.id)) context_.error(item, "P305", "there is a permission or an exception '" + entry.id + "' already");
    entry.at = {context_.file(), item.line, item.column};
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

  YamlContext& context_;
  Exceptions& out_;
};

}  // namespace

bool load_permissions(const std::string& file, std::string_view text, Exceptions& exceptions, Diagnostics& diagnostics) {
  YamlContext context(file, text, diagnostics);
  Reader reader(context, exceptions);
  return read_register({"permissions", "P307", "there are more than 1,024 permissions and exceptions", "so many are a rule of their own: change the declaration"}, context, text, exceptions,
                       [&](const YamlNode& item) { reader.read(item); });
}

}  // namespace scanner
