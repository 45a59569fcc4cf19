#include "tools/bench/shapes/training.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <thread>

namespace shapes {

using namespace scanner;

namespace {

constexpr std::size_t kFolds = 12;  // of benign kinds
constexpr std::uint64_t kTrainingSeed = 1'000'000, kHardSeed = 2'000'000;

std::string short_number(double value) {
  char text[32];
  if (std::isinf(value)) return "1e9";
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  return error == std::errc() ? std::string(text, end) : "0";
}

}  // namespace

std::size_t kinds() { return mining_kinds().size() + benign_kinds().size(); }
bool is_mining(std::size_t number) { return number < mining_kinds().size(); }
const Kind& kind(std::size_t number) { return is_mining(number) ? mining_kinds()[number] : benign_kinds()[number - mining_kinds().size()]; }

void in_parallel(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& one) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) one(i);
  };
  std::vector<std::thread> pool;
  for (unsigned t = 1; t < threads; ++t) pool.emplace_back(work);
  work();
  for (std::thread& thread : pool) thread.join();
}

Dressing benign_dressing(Random& random) {
  const auto dress = static_cast<Dress>(random() % kDresses);
  const std::uint64_t lot = random() % 30;
  return {dress, lot == 0 ? Effort::Padded : lot == 1 ? Effort::Jittered : Effort::Clean};
}

Training make_training(const TrainingSize& size, unsigned threads) {
  std::vector<std::vector<Sample>> of_kind(kinds());
  in_parallel(kinds(), threads, [&](std::size_t k) {
    Watch watch;
    std::vector<Message> messages;
    Random random(kTrainingSeed + k);
    const auto add = [&](Dress dress, Effort effort) {
      make_session(kind(k), dress, effort, kSessionSeconds, random, messages, !is_mining(k));
      // Few miners pad or wait. Were they as many as the others, whatever they could look like would count as mining.
      constexpr float kWeights[kEfforts] = {1, 0.1F, 0.25F};
      const float weight = is_mining(k) ? kWeights[static_cast<std::size_t>(effort)] : 1;
      for (const Told& told : watch.follow(messages, dress)) of_kind[k].push_back({told.seen, static_cast<std::uint16_t>(k), is_mining(k), weight});
    };
    if (is_mining(k)) {
      for (int dress = 0; dress < kDresses; ++dress)
        for (int effort = 0; effort < kEfforts; ++effort)
          for (int i = 0; i < size.mining; ++i) add(static_cast<Dress>(dress), static_cast<Effort>(effort));
    } else {
      for (int i = 0; i < size.benign; ++i) {
        const Dressing dressing = benign_dressing(random);
        add(dressing.dress, dressing.effort);
      }
    }
  });
  Training training;
  for (std::size_t k = 0; k < kinds(); ++k) training.kind_weights.push_back(kind(k).name.starts_with("any dialect") ? 2.5 : 1);
  for (const auto& samples : of_kind) training.samples.insert(training.samples.end(), samples.begin(), samples.end());
  if (size.benign_hard == 0) return training;

  // What comes near to mining is rare, so many more sessions are drawn, and only their hard
  // moments are kept; those of the first draw then weigh as much less.
  FitOptions quick;
  quick.trees = 150;
  const ShapeModel first = Fitter(training.samples).fit(std::vector<bool>(kinds(), false), training.kind_weights, quick);
  constexpr double kHard = -9.5;
  const auto is_hard = [&](const ShapeSeen& seen) {
    const auto score = score_of(first, seen);
    return score && score->log_odds > kHard;
  };
  const float share = static_cast<float>(size.benign) / static_cast<float>(size.benign + size.benign_hard);
  for (Sample& sample : training.samples)
    if (!sample.mining && is_hard(sample.seen)) sample.weight = share;
  std::vector<std::vector<Sample>> hard(kinds());
  in_parallel(kinds(), threads, [&](std::size_t k) {
    if (is_mining(k)) return;
    Watch watch;
    std::vector<Message> messages;
    Random random(kHardSeed + k);
    for (int i = 0; i < size.benign_hard && hard[k].size() < 6000; ++i) {
      const Dressing dressing = benign_dressing(random);
      make_session(kind(k), dressing.dress, dressing.effort, kSessionSeconds, random, messages, true);
      for (const Told& told : watch.follow(messages, dressing.dress))
        if (is_hard(told.seen)) hard[k].push_back({told.seen, static_cast<std::uint16_t>(k), false, share});
    }
  });
  for (const auto& samples : hard) training.samples.insert(training.samples.end(), samples.begin(), samples.end());
  return training;
}

std::size_t left_out_groups() { return mining_kinds().size() + kFolds; }
std::size_t left_out_group(std::size_t kind) { return is_mining(kind) ? kind : mining_kinds().size() + (kind - mining_kinds().size()) % kFolds; }

std::vector<ShapeModel> fit_left_out(const Training& training, const FitOptions& options, unsigned threads) {
  const Fitter fitter(training.samples);
  std::vector<ShapeModel> models(left_out_groups());
  in_parallel(models.size(), threads, [&](std::size_t group) {
    std::vector<bool> without(kinds());
    for (std::size_t k = 0; k < kinds(); ++k) without[k] = left_out_group(k) == group;
    models[group] = fitter.fit(without, training.kind_weights, options);
  });
  return models;
}

std::string to_yaml(const ShapeModel& model) {
  std::string out =
      "# Does the shape of a conversation speak for mining? Fitted from made-up sessions: made by\n"
      "# `bench_shapes fit`, and not to be changed by hand but for `context`.\n"
      "form: 1\nid: " + model.id + "\nrevision: " + std::to_string(model.revision) +
      "\ntitle: the shape of mining at a pool, of conversations that cannot be read\nfitted_by: tools/bench/shapes\n"
      "bias: " + short_number(model.bias) + "\n";
  out += "asks_for: {requests: " + std::to_string(model.least_requests) + ", answers: " + std::to_string(model.least_answers) + ", pushes: " + std::to_string(model.least_pushes) + "}\n";
  out += "unknown: {half_at_events: " + short_number(model.unknown_half) + ", floor: " + short_number(model.unknown_floor) + "}\nages:\n";
  for (const ShapeModel::Age& age : model.ages)
    out += "  - {from_seconds: " + std::to_string(age.from / std::chrono::seconds(1)) + ", threshold: " + short_number(age.threshold) + ", beside_process: " + short_number(age.beside_process) + "}\n";
  const ShapeContext& c = model.context;
  out += "# What stands around it, in log-odds: judged by people, not fitted. Only what speaks against\n# mining moves a conversation across the threshold.\ncontext:\n";
  const std::pair<const char*, double> context[] = {{"alpn_web", c.alpn_web}, {"alpn_none", c.alpn_none}, {"sni_none", c.sni_none}, {"self_signed", c.self_signed}, {"nameless", c.nameless},
                                                    {"pool_port", c.pool_port}, {"reconnects", c.reconnects}, {"in_step", c.in_step}, {"listed", c.listed}};
  for (const auto& [name, value] : context) out += std::string("  ") + name + ": " + short_number(value) + "\n";
  out += "# asks, more_than: from the top of the tree, level by level; expects: log-odds at each node.\ntrees:\n";
  for (const ShapeModel::Tree& tree : model.trees) {
    std::string asks, edges, values;
    for (const ShapeModel::Split& split : tree.splits) {
      asks += (asks.empty() ? "" : " ") + std::string(to_string(split.feature));
      edges += (edges.empty() ? "" : " ") + short_number(split.at);
    }
    for (const double value : tree.values) values += (values.empty() ? "" : " ") + short_number(value);
    out += "  - asks: " + asks + "\n    more_than: " + edges + "\n    expects: " + values + "\n";
  }
  return out;
}

}  // namespace shapes
