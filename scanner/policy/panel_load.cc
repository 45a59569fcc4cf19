#include "scanner/model/bytes.h"
#include "scanner/model/digest.h"
#include "scanner/model/yaml.h"
#include "scanner/policy/panel.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>

namespace scanner {
namespace {

constexpr std::size_t kMaxIndicators = 256, kMaxConditions = 32, kMaxPatterns = 128;
constexpr std::array<std::string_view, 4> kRoles{"process", "parent", "ancestor", "sibling"};
constexpr std::array<std::string_view, 18> kFields{"name",     "executable", "arguments",    "cwd",          "script",           "cgroup",              "environment_key", "environment", "packer",
                                                   "deleted",  "memfd",      "terminal",     "in_container", "first_in_container", "same_image_as_parent",
                                                   "uid",      "seconds_after_boot", "seconds_after_creation"};
constexpr std::array<std::string_view, 2> kSides{"wilful", "compromise"};

PanelCondition read_condition(const YamlNode& node, YamlContext& context) {
  PanelCondition condition;
  YamlMap map(node, "condition", context);
  condition.role = static_cast<PanelRole>(map.choice("of", kRoles, Presence::Optional).value_or(0));
  condition.field = static_cast<PanelField>(map.choice("field", kFields).value_or(0));
  if (condition.field < PanelField::Deleted) {
    condition.patterns = map.strings("is");
    const YamlNode* list = map.any("is");
    const bool all_of_it = std::any_of(condition.patterns.begin(), condition.patterns.end(), [](const std::string& p) { return p.find_first_not_of('*') == std::string::npos; });
    if (list != nullptr && (condition.patterns.empty() || condition.patterns.size() > kMaxPatterns || all_of_it))
      context.error(*list, "P101", "1 to 128 patterns that do not fit everything are needed", "'*' stands for any characters");
  } else if (condition.field < PanelField::Uid) {
    condition.wanted = map.boolean("holds", Presence::Optional).value_or(true);
  } else {
    const auto least = map.number("at_least", Presence::Optional, 0), most = map.number("at_most", Presence::Optional, 0);
    condition.at_least = least.value_or(0);
    condition.at_most = most.value_or(std::numeric_limits<double>::max());
    if (node.kind == YamlKind::Map && !least && !most) context.error(node, "P102", "a number needs at_least or at_most");
    if (condition.at_least > condition.at_most) context.error(node, "P103", "at_least is above at_most");
  }
  map.finish();
  return condition;
}

std::vector<PanelCondition> read_conditions(YamlMap& map, std::string_view key, YamlContext& context) {
  std::vector<PanelCondition> conditions;
  const YamlNode* list = map.sequence(key, Presence::Optional);
  if (list == nullptr) return conditions;
  if (list->items.empty() || list->items.size() > kMaxConditions) context.error(*list, "P104", "1 to 32 conditions are needed");
  for (const YamlNode& item : list->items) conditions.push_back(read_condition(item, context));
  return conditions;
}

PanelIndicator read_indicator(const YamlNode& node, YamlContext& context) {
  PanelIndicator indicator;
  YamlMap map(node, "indicator", context);
  indicator.id = map.string("id").value_or("");
  indicator.compromise = map.choice("points_to", kSides).value_or(0) == 1;
  indicator.says = map.string("says").value_or("");
  if (const YamlNode* says = map.any("says"); says != nullptr && (indicator.says.empty() || indicator.says.size() > 200))
    context.error(*says, "P105", "one plain sentence of at most 200 bytes is needed");
  indicator.all = read_conditions(map, "all", context);
  indicator.any = read_conditions(map, "any", context);
  indicator.none = read_conditions(map, "none", context);
  if (node.kind == YamlKind::Map && indicator.all.empty() && indicator.any.empty())
    context.error(node, "P106", "an indicator needs conditions under 'all' or 'any'", "'none' alone would hold for what nobody knows");
  map.finish();
  return indicator;
}

}  // namespace

std::optional<Panel> load_panel(const std::string& file, std::string_view text, Diagnostics& diagnostics) {
  YamlContext context(file, text, diagnostics);
  const auto root = parse_yaml(context);
  if (!root) return std::nullopt;
  std::vector<PanelIndicator> indicators;
  std::set<std::string> seen;
  YamlMap map(*root, "panel", context);
  if (const YamlNode* list = map.sequence("indicators")) {
    if (list->items.size() > kMaxIndicators) context.error(*list, "P107", "more than 256 indicators");
    for (const YamlNode& item : list->items) {
      indicators.push_back(read_indicator(item, context));
      const std::string& id = indicators.back().id;
      if (!id.empty() && !seen.insert(id).second) context.error(item, "P108", "indicator '" + id + "' is there twice");
    }
  }
  map.finish();
  if (!context.ok()) return std::nullopt;
  return Panel(std::move(indicators), to_hex(sha256(as_bytes(text))));
}

}  // namespace scanner
