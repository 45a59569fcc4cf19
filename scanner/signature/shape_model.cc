#include "scanner/signature/shape_model.h"

#include "scanner/model/digest.h"
#include "scanner/model/yaml.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <sstream>

namespace scanner {
namespace {

constexpr double kMaxWeight = 50;

class ModelReader {
 public:
  explicit ModelReader(YamlContext& context) : context_(context) {}

  ShapeModel read(const YamlNode& root) {
    YamlMap map(root, "model", context_);
    map.integer("form", Presence::Required, 1, 1);
    model_.id = map.string("id").value_or("");
    model_.revision = static_cast<std::uint32_t>(map.integer("revision", Presence::Required, 1, 1'000'000).value_or(1));
    map.string("title", Presence::Optional);      // for people
    map.string("fitted_by", Presence::Optional);  // likewise
    model_.bias = map.number("bias", Presence::Required, -kMaxWeight, kMaxWeight).value_or(0);
    read_least(map);
    read_unknown(map);
    read_ages(map);
    read_trees(map);
    read_context(map);
    map.finish();
    return std::move(model_);
  }

 private:
  void read_least(YamlMap& map) {
    const YamlNode* node = map.map("asks_for");
    if (node == nullptr) return;
    YamlMap least(*node, "asks_for", context_);
    const auto number = [&](std::string_view key) { return static_cast<std::uint32_t>(least.integer(key, Presence::Required, 0, 1000).value_or(0)); };
    model_.least_requests = number("requests");
    model_.least_answers = number("answers");
    model_.least_pushes = number("pushes");
    least.finish();
  }

  void read_unknown(YamlMap& map) {
    const YamlNode* node = map.map("unknown");
    if (node == nullptr) return;
    YamlMap unknown(*node, "unknown", context_);
    model_.unknown_half = unknown.number("half_at_events", Presence::Required, 0.001, 1e6).value_or(1);
    model_.unknown_floor = unknown.number("floor", Presence::Required, 0, 1).value_or(0);
    unknown.finish();
  }

  void read_ages(YamlMap& map) {
    const YamlNode* list = map.sequence("ages");
    if (list == nullptr) return;
    if (list->items.empty() || list->items.size() > ShapeModel::kMaxAges)
      context_.error(*list, "E009", "ages: " + std::to_string(list->items.size()) + " of them", "1 to " + std::to_string(ShapeModel::kMaxAges));
    for (const YamlNode& item : list->items) {
      YamlMap age(item, "age", context_);
      const double from = age.number("from_seconds", Presence::Required, 0, 1e7).value_or(0);
      ShapeModel::Age read{Duration(static_cast<std::int64_t>(from * 1e9)), age.number("threshold", Presence::Required, -1000, 1000).value_or(0)};
      read.beside_process = age.number("beside_process", Presence::Optional, -1000, 1000).value_or(read.threshold);
      age.finish();
      if (read.beside_process < read.threshold) context_.error(item, "E009", "beside_process: no less than the threshold");
      if (!model_.ages.empty() && read.from <= model_.ages.back().from) context_.error(item, "E009", "from_seconds: ages ascend");
      model_.ages.push_back(read);
    }
  }

  // The words of one text: a tree as lists would be thirty nodes, and there are hundreds of trees.
  static std::vector<std::string> words(const std::string& text) {
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), {}};
  }

  std::vector<double> numbers(const std::string& text, const YamlNode& tree, std::string_view what) {
    std::vector<double> read;
    for (const std::string& word : words(text)) {
      double value = 0;
      const char* end = word.data() + word.size();
      const auto [stop, error] = std::from_chars(word.data(), end, value);
      if (error != std::errc() || stop != end || !std::isfinite(value) || std::abs(value) > 1e9)
        context_.error(tree, "E004", std::string(what) + ": numbers are expected, with spaces between them");
      read.push_back(value);
    }
    return read;
  }

  // A tree: the feature and the edge of each question, from the top, level by level, then what
  // is expected at each node.
  void read_trees(YamlMap& map) {
    const YamlNode* list = map.sequence("trees");
    if (list == nullptr) return;
    if (list->items.size() > ShapeModel::kMaxTrees) return context_.error(*list, "E009", "trees: more than " + std::to_string(ShapeModel::kMaxTrees));
    for (const YamlNode& item : list->items) {
      YamlMap tree(item, "tree", context_);
      ShapeModel::Tree read;
      const auto asks = tree.string("asks"), edges = tree.string("more_than"), values = tree.string("expects");
      tree.finish();
      if (!asks || !edges || !values) continue;
      const std::vector<std::string> features = words(*asks);
      const std::vector<double> more_than = numbers(*edges, item, "more_than"), expects = numbers(*values, item, "expects");
      if (features.size() != ShapeModel::kInner || more_than.size() != ShapeModel::kInner || expects.size() != ShapeModel::kNodes) {
        context_.error(item, "E009", "a tree has 7 features in asks, 7 edges in more_than and 15 values in expects");
        continue;
      }
      for (std::size_t i = 0; i < ShapeModel::kInner; ++i) {
        const auto known = shape_feature_from(features[i]);
        if (!known) context_.error(item, "E008", "asks: \"" + features[i] + "\" is not a feature of a shape");
        read.splits[i] = {known.value_or(ShapeFeature{}), more_than[i]};
      }
      for (std::size_t i = 0; i < ShapeModel::kNodes; ++i) {
        if (std::abs(expects[i]) > kMaxWeight) context_.error(item, "E009", "expects: no more than 50 either way");
        read.values[i] = expects[i];
      }
      model_.trees.push_back(read);
    }
  }

  void read_context(YamlMap& map) {
    const YamlNode* node = map.map("context");
    if (node == nullptr) return;
    YamlMap context(*node, "context", context_);
    ShapeContext& c = model_.context;
    const auto weight = [&](std::string_view key, double& slot) { slot = context.number(key, Presence::Required, -kMaxWeight, kMaxWeight).value_or(0); };
    weight("alpn_web", c.alpn_web);
    weight("alpn_none", c.alpn_none);
    weight("sni_none", c.sni_none);
    weight("self_signed", c.self_signed);
    weight("nameless", c.nameless);
    weight("pool_port", c.pool_port);
    weight("reconnects", c.reconnects);
    weight("in_step", c.in_step);
    weight("listed", c.listed);
    context.finish();
  }

  YamlContext& context_;
  ShapeModel model_;
};

}  // namespace

std::optional<ShapeScore> score_of(const ShapeModel& model, const ShapeSeen& seen) {
  if (model.ages.empty() || seen.watched < model.ages.front().from) return std::nullopt;
  if (seen.requests < model.least_requests || seen.answers < model.least_answers || seen.pushes < model.least_pushes) return std::nullopt;
  ShapeScore score;
  while (score.age + 1 < model.ages.size() && seen.watched >= model.ages[score.age + 1].from) ++score.age;
  score.threshold = model.ages[score.age].threshold;
  score.beside_process = model.ages[score.age].beside_process;
  score.bias = model.bias;
  score.log_odds = model.bias;
  for (const ShapeModel::Tree& tree : model.trees) {
    score.bias += tree.values[0];
    std::size_t node = 0;
    while (node < ShapeModel::kInner) {
      const ShapeModel::Split& split = tree.splits[node];
      const auto feature = static_cast<std::size_t>(split.feature);
      const std::size_t next = 2 * node + (double{seen.features[feature]} > split.at ? 2 : 1);
      score.terms[feature] += tree.values[next] - tree.values[node];
      node = next;
    }
    score.log_odds += tree.values[node];
  }
  const double events = seen.requests + seen.answers + seen.pushes;
  score.unknown = std::max(model.unknown_floor, model.unknown_half / (model.unknown_half + events));
  return score;
}

std::optional<ShapeModel> load_shape_model(const std::string& file, std::string_view text, Diagnostics& diagnostics) {
  YamlContext context(file, text, diagnostics);
  const auto root = parse_yaml(context);
  if (!root) return std::nullopt;
  ShapeModel model = ModelReader(context).read(*root);
  if (!context.ok()) return std::nullopt;
  model.sha256 = to_hex(sha256(as_bytes(text)));
  return model;
}

}  // namespace scanner
