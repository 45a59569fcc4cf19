#include "tools/aupsig/translate/sigma_rule.h"

#include "scanner/model/letters.h"
#include "scanner/model/yaml.h"

#include <algorithm>

namespace scanner {
namespace {

constexpr std::size_t kMaxValues = 5000;  // of one rule

class RuleReader {
 public:
  RuleReader(const YamlNode& root, YamlContext& context) : map_(root, "Sigma rule", context), context_(context) {}

  SigmaRule read() {
    map_.entries();  // a rule may have keys of its author's
    rule_.title = map_.string("title").value_or("");
    rule_.id = text("id");
    rule_.status = text("status");
    rule_.level = text("level");
    rule_.licence = text("license");
    rule_.author = text("author");
    rule_.description = text("description");
    rule_.references = map_.strings("references", Presence::Optional);
    rule_.tags = map_.strings("tags", Presence::Optional);
    rule_.false_positives = map_.strings("falsepositives", Presence::Optional);
    log_source();
    if (map_.any("correlation", Presence::Optional)) context_.error(map_.node(), "I125", "a correlation counts events of other rules, which no signature does");
    else if (const YamlNode* detection = map_.map("detection")) read_detection(*detection);
    return std::move(rule_);
  }

 private:
  std::string text(std::string_view key) {
    const YamlNode* node = map_.any(key, Presence::Optional);
    return node && node->kind == YamlKind::Scalar ? node->scalar : "";
  }

  void log_source() {
    const YamlNode* node = map_.map("logsource");
    if (!node) return;
    YamlMap map(*node, "logsource", context_);
    map.entries();
    rule_.category = map.string("category", Presence::Optional).value_or("");
    rule_.product = map.string("product", Presence::Optional).value_or("");
    rule_.service = map.string("service", Presence::Optional).value_or("");
  }

  void read_detection(const YamlNode& node) {
    const YamlNode* condition = nullptr;
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const YamlKey& key = node.keys[i];
      if (key.text == "condition") {
        condition = &node.items[i];
        continue;
      }
      if (key.text == "timeframe") {
        context_.error(key, "I125", "a time frame counts events, which no signature does");
        continue;
      }
      SigmaSelection selection;
      selection.name = key.text;
      selection.line = key.line;
      selection.column = key.column;
      alternatives(node.items[i], selection);
      rule_.selections.push_back(std::move(selection));
    }
    if (!condition) return context_.error(node, "E005", "detection: the key \"condition\" is missing");
    rule_.condition_line = condition->line;
    rule_.condition_column = condition->column;
    read_condition(*condition);
  }

  // Several conditions are alternatives.
  void read_condition(const YamlNode& node) {
    if (node.kind == YamlKind::Scalar) {
      rule_.condition_text = node.scalar;
    } else if (node.kind == YamlKind::Sequence) {
      for (const YamlNode& item : node.items)
        if (item.kind == YamlKind::Scalar) rule_.condition_text += (rule_.condition_text.empty() ? "(" : " or (") + item.scalar + ")";
    }
    if (rule_.condition_text.empty()) return context_.error(node, "I122", "condition: a text is expected");
    std::string problem;
    auto parsed = parse_sigma_condition(rule_.condition_text, rule_.selections, problem);
    if (!parsed) return context_.error(node, "I122", "condition: " + problem);
    rule_.condition = std::move(*parsed);
  }

  void alternatives(const YamlNode& node, SigmaSelection& selection) {
    if (node.kind == YamlKind::Map) {
      selection.alternatives.push_back(items_of(node));
      return;
    }
    if (node.kind != YamlKind::Sequence || node.items.empty()) return context_.error(node, "I123", "selection: a map, or a list of maps or texts, is expected");
    SigmaItem keywords;
    keywords.line = node.line;
    keywords.column = node.column;
    for (const YamlNode& item : node.items) {
      if (item.kind == YamlKind::Map) selection.alternatives.push_back(items_of(item));
      else if (item.kind == YamlKind::Scalar) keywords.values.push_back(item.scalar);
      else context_.error(item, "I123", "selection: a map or a text is expected");
    }
    if (!keywords.values.empty()) selection.alternatives.push_back({std::move(keywords)});
  }

  std::vector<SigmaItem> items_of(const YamlNode& map) {
    std::vector<SigmaItem> items;
    if (map.items.empty()) context_.error(map, "I123", "selection: an empty map says nothing");
    for (std::size_t i = 0; i < map.keys.size(); ++i) items.push_back(item_of(map.keys[i], map.items[i]));
    return items;
  }

  SigmaItem item_of(const YamlKey& key, const YamlNode& value) {
    SigmaItem item;
    item.line = key.line;
    item.column = key.column;
    std::string_view rest = key.text;
    for (bool first = true;; first = false) {
      const std::size_t bar = rest.find('|');
      std::string word(rest.substr(0, bar));
      if (first) {
        item.field = std::move(word);
      } else {
        item.modifiers.push_back(lowered(word));
      }
      if (bar == std::string_view::npos) break;
      rest = rest.substr(bar + 1);
    }
    add_value(value, item);
    if (value.kind == YamlKind::Sequence)
      for (const YamlNode& one : value.items) add_value(one, item);
    if (item.values.empty() && !item.null) context_.error(key, "I123", "\"" + key.text + "\": a value, or a list of values, is expected");
    return item;
  }

  void add_value(const YamlNode& node, SigmaItem& item) {
    if (node.kind == YamlKind::Null) item.null = true;
    if (node.kind != YamlKind::Scalar) return;
    if (++values_ == kMaxValues + 1) context_.error(node, "I124", "more than 5000 values in one rule");
    if (values_ <= kMaxValues) item.values.push_back(node.scalar);
  }

  YamlMap map_;
  YamlContext& context_;
  SigmaRule rule_;
  std::size_t values_ = 0;
};

}  // namespace

std::vector<SigmaRule> read_sigma(const std::string& file, std::string_view text, Diagnostics& problems) {
  std::vector<SigmaRule> rules;
  int line = 0;
  while (!text.empty()) {
    // A document ends at a line of three hyphens.
    std::size_t end = text.starts_with("---\n") || text.starts_with("---\r\n") ? 0 : text.find("\n---");
    while (end != std::string_view::npos && end != 0 && end + 4 < text.size() && text[end + 4] != '\n' && text[end + 4] != '\r' && text[end + 4] != ' ') end = text.find("\n---", end + 1);
    const std::string_view document = text.substr(0, end == std::string_view::npos ? end : end == 0 ? 0 : end + 1);
    if (document.find_first_not_of(" \t\r\n") != std::string_view::npos) {
      Diagnostics found;
      YamlContext context(file, document, found);
      if (const auto root = parse_yaml(context)) {
        SigmaRule rule = RuleReader(*root, context).read();
        const auto move_down = [line](int& at) { at += line; };
        move_down(rule.line);
        move_down(rule.condition_line);
        for (SigmaSelection& selection : rule.selections) {
          move_down(selection.line);
          for (auto& items : selection.alternatives)
            for (SigmaItem& item : items) move_down(item.line);
        }
        if (context.ok()) rules.push_back(std::move(rule));
      }
      for (Diagnostic& d : found) {
        if (d.at.line != 0) d.at.line += line;
        problems.push_back(std::move(d));
      }
    }
    line += static_cast<int>(std::ranges::count(document, '\n'));
    text.remove_prefix(document.size());
    if (text.empty()) break;
    const std::size_t next = text.find('\n');
    text.remove_prefix(next == std::string_view::npos ? text.size() : next + 1);
    ++line;
  }
  return rules;
}

}  // namespace scanner
