#include "tools/bench/shapes/fit.h"

#include "tools/bench/shapes/session.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace shapes {

using namespace scanner;

namespace {

constexpr std::size_t kDepth = ShapeModel::kDepth, kInner = ShapeModel::kInner, kNodes = ShapeModel::kNodes;

struct Sums {
  float slope = 0, curve = 0;
  Sums& operator+=(const Sums& other) {
    slope += other.slope;
    curve += other.curve;
    return *this;
  }
  friend Sums operator-(const Sums& a, const Sums& b) { return {a.slope - b.slope, a.curve - b.curve}; }
};

}  // namespace

ShapeModel outline() {
  ShapeModel model;
  model.id = "mining-shape";
  model.revision = 2;
  model.least_requests = 4;
  model.least_answers = 4;
  model.least_pushes = 2;
  model.unknown_half = 4;
  model.unknown_floor = 0.05;
  for (const int seconds : {45, 240, 720, 2400}) model.ages.push_back({std::chrono::seconds(seconds), 0});
  return model;
}

Fitter::Fitter(const std::vector<Sample>& samples) {
  const ShapeModel asks = outline();
  std::vector<const Sample*> used;
  for (const Sample& sample : samples)
    if (sample.seen.requests >= asks.least_requests && sample.seen.answers >= asks.least_answers && sample.seen.pushes >= asks.least_pushes && sample.seen.watched >= asks.ages.front().from)
      used.push_back(&sample);
  for (std::size_t f = 0; f < kShapeFeatures; ++f) {
    std::vector<float> values[2];
    for (const Sample* sample : used)
      if (const float value = sample->seen.features[f]; !std::isnan(value)) values[sample->mining ? 1 : 0].push_back(value);
    constexpr std::size_t kOfClass = (kBins - 2) / 2;
    for (auto& of_class : values) {
      std::ranges::sort(of_class);
      for (std::size_t i = 1; i <= kOfClass && !of_class.empty(); ++i)
        edges_[f].push_back(std::round(static_cast<double>(of_class[of_class.size() * i / (kOfClass + 1)]) * 200) / 200 + 0.0025);
    }
    std::ranges::sort(edges_[f]);
    edges_[f].erase(std::unique(edges_[f].begin(), edges_[f].end()), edges_[f].end());
  }
  rows_.reserve(used.size());
  for (const Sample* sample : used) {
    Row row;
    row.kind = sample->kind;
    row.mining = sample->mining;
    row.weight = sample->weight;
    for (std::size_t f = 0; f < kShapeFeatures; ++f) {
      const float value = sample->seen.features[f];
      if (!std::isnan(value)) row.bins[f] = static_cast<std::uint8_t>(1 + (std::ranges::lower_bound(edges_[f], double{value}) - edges_[f].begin()));
    }
    rows_.push_back(row);
  }
}

ShapeModel Fitter::fit(const std::vector<bool>& without, const std::vector<double>& kind_weights, const FitOptions& options) const {
  std::map<std::uint16_t, double> of_kind;
  double kinds[2] = {0, 0};
  std::vector<const Row*> rows;
  for (const Row& row : rows_) {
    if (without[row.kind]) continue;
    rows.push_back(&row);
    double& in_kind = of_kind[row.kind];
    if (in_kind == 0) kinds[row.mining ? 1 : 0] += kind_weights[row.kind];
    in_kind += double{row.weight};
  }
  constexpr double kTotal = 20000;  // what all samples weigh together against the ridge
  std::vector<float> weight(rows.size()), odds(rows.size(), 0);
  for (std::size_t i = 0; i < rows.size(); ++i)
    weight[i] = static_cast<float>(kTotal / 2 * kind_weights[rows[i]->kind] / kinds[rows[i]->mining ? 1 : 0] * double{rows[i]->weight} / of_kind[rows[i]->kind] / options.rows);

  ShapeModel model = outline();
  model.bias = options.prior_log_odds;
  Random lots(17);
  std::vector<Sums> sums(rows.size());
  std::vector<std::uint8_t> node(rows.size());
  std::vector<std::uint32_t> drawn;
  std::vector<std::array<std::array<Sums, kBins>, kShapeFeatures>> histogram(kInner);
  const auto gain = [&](const Sums& s) { return double{s.slope} * double{s.slope} / (double{s.curve} + options.ridge); };
  for (int t = 0; t < options.trees; ++t) {
    drawn.clear();
    for (std::uint32_t i = 0; i < rows.size(); ++i) {
      if (lots.even() >= options.rows) continue;
      drawn.push_back(i);
      const float p = 1 / (1 + std::exp(-odds[i]));
      sums[i] = {weight[i] * ((rows[i]->mining ? 1.0F : 0.0F) - p), weight[i] * std::max(p * (1 - p), 1e-5F)};
    }
    std::vector<std::size_t> features;
    for (std::size_t f = 0; f < kShapeFeatures; ++f)
      if (lots.even() < options.features) features.push_back(f);
    ShapeModel::Tree tree;
    std::array<Sums, kNodes> total{};
    std::array<std::uint8_t, kInner> split_bin{};
    std::ranges::fill(node, std::uint8_t{0});
    for (const std::uint32_t i : drawn) total[0] += sums[i];
    for (std::size_t level = 0; level < kDepth; ++level) {
      const std::size_t first = (std::size_t{1} << level) - 1, count = std::size_t{1} << level;
      // Left children are counted; a right one is its parent without them.
      for (std::size_t n = first; n < first + count; ++n)
        for (const std::size_t f : features) histogram[n][f].fill({});
      for (const std::uint32_t i : drawn) {
        if (level > 0 && node[i] % 2 == 0) continue;
        auto& into = histogram[node[i]];
        for (const std::size_t f : features) into[f][rows[i]->bins[f]] += sums[i];
      }
      for (std::size_t n = first; level > 0 && n < first + count; ++n)
        if (n % 2 == 0)
          for (const std::size_t f : features)
            for (std::size_t b = 0; b < kBins; ++b) histogram[n][f][b] = histogram[(n - 1) / 2][f][b] - histogram[n - 1][f][b];
      for (std::size_t at = first; at < first + count; ++at) {
        double best = 1e-9;
        tree.splits[at] = {};  // everything goes left
        split_bin[at] = 255;
        for (const std::size_t f : features) {
          Sums left;
          for (std::size_t b = 0; b < edges_[f].size(); ++b) {
            left += histogram[at][f][b];
            const Sums right = total[at] - left;
            if (b == 0 || left.curve < options.least_weight / 100 || right.curve < options.least_weight / 100) continue;
            const double better = gain(left) + gain(right) - gain(total[at]);
            if (better <= best) continue;
            best = better;
            tree.splits[at] = {static_cast<ShapeFeature>(f), edges_[f][b - 1]};
            split_bin[at] = static_cast<std::uint8_t>(b);
          }
        }
      }
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::size_t at = node[i];
        const bool right = split_bin[at] != 255 && rows[i]->bins[static_cast<std::size_t>(tree.splits[at].feature)] > split_bin[at];
        node[i] = static_cast<std::uint8_t>(2 * at + (right ? 2 : 1));
      }
      for (const std::uint32_t i : drawn) total[node[i]] += sums[i];
    }
    for (std::size_t n = 0; n < kNodes; ++n)
      tree.values[n] = std::round(std::clamp(options.rate * double{total[n].slope} / (double{total[n].curve} + options.ridge), -1.5, 1.5) * 1e4) / 1e4;
    for (std::size_t i = 0; i < rows.size(); ++i) odds[i] += static_cast<float>(tree.values[node[i]]);
    model.trees.push_back(tree);
  }
  return model;
}

}  // namespace shapes
