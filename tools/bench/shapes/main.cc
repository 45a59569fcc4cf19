// Fits the model of veiled mining, and tries it: `fit`, `table`, `shipped`.
//
// Everything is made up from seeds and nothing is kept but the model. What a kind is tried with is
// a model that never saw it. An alarm is any indicator, at any time of the session; what stands
// around a conversation (certificates, lists, ports, processes) is left out of it.
#include "tools/bench/shapes/roc_picture.h"
#include "tools/bench/shapes/training.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <sstream>

using namespace shapes;
using namespace scanner;

namespace {

constexpr std::uint64_t kCalibrationSeed = 3'000'000, kTrialSeed = 4'000'000, kShippedSeed = 5'000'000;
constexpr std::size_t kChunk = 500;  // sessions drawn from one seed
constexpr std::array<double, 4> kMinutes{1.2, 5.2, 15.2, 60.2};

struct Options {
  std::string model = "signatures/models/mining-shape.yaml", left_out = "build/bench/left-out", picture;
  TrainingSize training;
  FitOptions fit;
  std::size_t calibration = 600'000, flows = 3'000'000, miners = 40;
  double false_alarms = 1e-4, beside_process = 1e-5;  // a flow, within an hour
  unsigned threads = 2;
};

ShapeContext context() {
  return {.alpn_web = -4, .alpn_none = 0.3, .sni_none = 0.4, .self_signed = 0.5, .nameless = 0.3, .pool_port = 0.7, .reconnects = 0.5, .in_step = 4, .listed = 4};
}

// 95 % of a share, by Wilson's score; of none at all the rule of three is as good.
std::pair<double, double> interval(std::size_t hits, std::size_t of) {
  if (of == 0) return {0, 1};
  constexpr double kZ = 1.96;
  const double n = static_cast<double>(of), p = static_cast<double>(hits) / n, z2 = kZ * kZ;
  const double middle = (p + z2 / (2 * n)) / (1 + z2 / n), half = kZ / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  return {std::max(middle - half, 0.0), std::min(middle + half, 1.0)};
}

constexpr float kNever = -100;
// The best score above its threshold that a session reaches by each of the four times, and above
// what is asked for beside a process.
struct Scores {
  std::array<float, kMinutes.size()> by{kNever, kNever, kNever, kNever};
  float beside_process = kNever;
};

struct Trial {
  Watch watch;
  std::vector<Message> messages;

  Scores run(const ShapeModel& model, const Kind& kind, Dressing dressing, bool honest, Random& random, std::vector<float>* by_age = nullptr) {
    make_session(kind, dressing.dress, dressing.effort, kSessionSeconds, random, messages, honest);
    Scores best;
    for (const Told& told : watch.follow(messages, dressing.dress)) {
      const auto score = score_of(model, told.seen);
      if (!score) continue;
      if (by_age != nullptr) (*by_age)[score->age] = std::max((*by_age)[score->age], static_cast<float>(score->log_odds));
      for (std::size_t i = 0; i < kMinutes.size(); ++i)
        if (told.minutes <= kMinutes[i]) best.by[i] = std::max(best.by[i], static_cast<float>(score->log_odds - score->threshold));
      best.beside_process = std::max(best.beside_process, static_cast<float>(score->log_odds - score->beside_process));
    }
    return best;
  }
};

// Calls `take` with the scores of `count` sessions of each benign kind, a kind's on one thread.
template <typename Take>
void try_benign(std::size_t count, std::uint64_t seed, unsigned threads, const Take& take) {
  const std::size_t mining = mining_kinds().size();
  in_parallel(benign_kinds().size(), threads, [&](std::size_t b) {
    Trial trial;
    for (std::size_t i = 0; i < count;) {
      Random random(seed + (mining + b) * 100'000 + i / kChunk);
      for (std::size_t end = std::min(count, i + kChunk); i < end; ++i) take(mining + b, trial, random);
    }
  });
}

std::optional<ShapeModel> read_model(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  std::stringstream text;
  text << file.rdbuf();
  Diagnostics problems;
  auto model = load_shape_model(path, text.str(), problems);
  for (const Diagnostic& problem : problems) std::cerr << to_text(problem) << "\n";
  return model;
}

std::string place_of(const Options& options, std::size_t group) { return options.left_out + "/" + std::to_string(group) + ".yaml"; }

// The models that never saw a kind, as `fit` left them behind, or fitted anew.
std::vector<ShapeModel> left_out_models(const Options& options) {
  std::vector<ShapeModel> models;
  for (std::size_t group = 0; group < left_out_groups(); ++group)
    if (auto model = read_model(place_of(options, group))) models.push_back(std::move(*model));
  if (models.size() == left_out_groups()) return models;
  std::cerr << "no models in " << options.left_out << ": they are fitted again\n";
  return fit_left_out(make_training(options.training, options.threads), options.fit, options.threads);
}

int fit(const Options& options) {
  const Training training = make_training(options.training, options.threads);
  std::cerr << training.samples.size() << " moments to learn from\n";
  ShapeModel model = Fitter(training.samples).fit(std::vector<bool>(kinds(), false), training.kind_weights, options.fit);
  const std::vector<ShapeModel> left_out = fit_left_out(training, options.fit, options.threads);
  std::filesystem::create_directories(options.left_out);
  for (std::size_t group = 0; group < left_out.size(); ++group) std::ofstream(place_of(options, group)) << to_yaml(left_out[group]);
  std::cerr << "fitted\n";
  // The thresholds: what at most so small a share of benign sessions reach at any age, with a model
  // that never saw their kind.
  std::vector<std::vector<std::pair<float, std::size_t>>> highest(model.ages.size());
  std::mutex guard;
  std::size_t tried = 0;
  try_benign(options.calibration / benign_kinds().size() + 1, kCalibrationSeed, options.threads, [&](std::size_t k, Trial& trial, Random& random) {
    std::vector<float> of_session(model.ages.size(), kNever);
    trial.run(left_out[left_out_group(k)], kind(k), benign_dressing(random), true, random, &of_session);
    const std::lock_guard held(guard);
    ++tried;
    for (std::size_t age = 0; age < model.ages.size(); ++age) highest[age].emplace_back(of_session[age], k);
  });
  const auto allowed = [&](double share) { return static_cast<std::size_t>(share / static_cast<double>(model.ages.size()) * static_cast<double>(tried)); };
  const std::size_t most = allowed(options.false_alarms);
  for (std::size_t age = 0; age < model.ages.size(); ++age) {
    auto& order = highest[age];
    std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(most) + 1, std::greater());
    const auto above = [&](std::size_t place) { return std::ceil(double{order[place].first} * 100 + 1) / 100; };
    model.ages[age].threshold = above(most);
    model.ages[age].beside_process = above(std::min(allowed(options.beside_process), most));
    std::cerr << "from " << model.ages[age].from / std::chrono::seconds(1) << " s: threshold " << model.ages[age].threshold << ", beside a process " << model.ages[age].beside_process << "; above it, of "
              << tried << ":";
    for (std::size_t i = 0; i < most; ++i) std::cerr << "  " << order[i].first << " " << kind(order[i].second).name << ";";
    std::cerr << "\n";
  }
  model.context = context();
  std::ofstream(options.model) << to_yaml(model);
  return 0;
}

struct Count {
  std::size_t of = 0;
  std::array<std::size_t, kMinutes.size()> hits{};
  std::size_t beside_process = 0;
  void add(const Scores& scores) {
    ++of;
    for (std::size_t i = 0; i < hits.size(); ++i) hits[i] += scores.by[i] >= 0 ? 1U : 0U;
    beside_process += scores.beside_process >= 0 ? 1U : 0U;
  }
  void add(const Count& other) {
    of += other.of;
    beside_process += other.beside_process;
    for (std::size_t i = 0; i < hits.size(); ++i) hits[i] += other.hits[i];
  }
};

std::string percent(std::size_t hits, std::size_t of) {
  const auto [low, high] = interval(hits, of);
  char text[64];
  std::snprintf(text, sizeof text, "%5.1f (%4.1f-%5.1f)", of == 0 ? 0 : 100.0 * static_cast<double>(hits) / static_cast<double>(of), 100 * low, 100 * high);
  return text;
}

void print(const std::string& name, const Count& count) {
  std::cout << "  " << name << std::string(name.size() < 52 ? 52 - name.size() : 1, ' ');
  for (const std::size_t hits : count.hits) std::cout << "  " << percent(hits, count.of);
  std::cout << "\n";
}

void print_beside_process(const Count& count) { std::cout << "  of everything, surely enough for a breach with a process, in 60 minutes: " << percent(count.beside_process, count.of) << "\n"; }

// Sessions of these kinds, by the shipped model. A kind's are summed up.
std::vector<Count> by_shipped(const Options& options, const ShapeModel& model, const std::vector<Kind>& tried, Effort effort) {
  std::vector<Count> counts(tried.size());
  in_parallel(counts.size(), options.threads, [&](std::size_t k) {
    Trial trial;
    Random random(kShippedSeed + k);
    for (std::size_t i = 0; i < options.miners * kDresses; ++i) counts[k].add(trial.run(model, tried[k], {static_cast<Dress>(i % kDresses), effort}, false, random));
  });
  return counts;
}

void print_evasions(const Options& options, const ShapeModel& model) {
  const std::vector<Count> counts = by_shipped(options, model, evasions(), Effort::Clean);
  std::cout << "\nEvasions, in all dresses, by the model as it is shipped, which was not fitted with them\n";
  for (std::size_t k = 0; k < counts.size(); ++k) print(std::string(evasions()[k].name), counts[k]);
}

// What is met outside is mostly of kinds that the model knows.
void print_known(const Options& options, const ShapeModel& model) {
  std::cout << "\nOther sessions of the kinds that the shipped model was fitted with\n";
  for (int effort = 0; effort < kEfforts; ++effort) {
    Count sum;
    for (const Count& count : by_shipped(options, model, mining_kinds(), static_cast<Effort>(effort))) sum.add(count);
    print("all, " + std::string(to_string(static_cast<Effort>(effort))), sum);
  }
}

int try_shipped(const Options& options) {
  const auto shipped = read_model(options.model);
  if (!shipped) return 1;
  print_known(options, *shipped);
  print_evasions(options, *shipped);
  return 0;
}

int table(const Options& options) {
  const auto shipped = read_model(options.model);
  if (!shipped) {
    std::cerr << options.model << ": no model\n";
    return 1;
  }
  std::vector<ShapeModel> left_out = left_out_models(options);
  for (ShapeModel& model : left_out)
    for (std::size_t age = 0; age < model.ages.size(); ++age) model.ages[age] = shipped->ages[age];

  const std::size_t mining = mining_kinds().size();
  std::vector<std::array<Count, kDresses * kEfforts>> cells(mining);
  std::vector<std::array<std::vector<float>, kEfforts>> miners_scores(mining);
  in_parallel(mining, options.threads, [&](std::size_t k) {
    Trial trial;
    Random random(kTrialSeed + k);
    for (int dress = 0; dress < kDresses; ++dress)
      for (int effort = 0; effort < kEfforts; ++effort)
        for (std::size_t i = 0; i < options.miners; ++i) {
          const Scores scores = trial.run(left_out[left_out_group(k)], kind(k), {static_cast<Dress>(dress), static_cast<Effort>(effort)}, false, random);
          cells[k][static_cast<std::size_t>(dress * kEfforts + effort)].add(scores);
          miners_scores[k][static_cast<std::size_t>(effort)].push_back(scores.by[2]);
        }
  });
  std::cout << "Detection in % of sessions, with 95 % intervals; of each kind by a model that never saw it.\n  kind of miner and pool" << std::string(32, ' ')
            << "after 1 min            5 min                15 min               60 min\n";
  std::map<std::string, Count> sums;
  for (int effort = 0; effort < kEfforts; ++effort)
    for (std::size_t k = 0; k < mining; ++k) {
      Count whole;
      for (int dress = 0; dress < kDresses; ++dress) {
        const Count& cell = cells[k][static_cast<std::size_t>(dress * kEfforts + effort)];
        const std::string how = std::string(to_string(static_cast<Dress>(dress))) + ", " + std::string(to_string(static_cast<Effort>(effort)));
        print(std::string(kind(k).name) + ", " + how, cell);
        sums["all kinds, " + how].add(cell);
        whole.add(cell);
      }
      sums["all, " + std::string(to_string(static_cast<Effort>(effort)))].add(whole);
      sums["of " + std::string(kind(k).name) + ", " + std::string(to_string(static_cast<Effort>(effort)))].add(whole);
      sums["everything"].add(whole);
    }
  std::cout << "\nSums\n";
  for (const auto& [name, count] : sums) print(name, count);
  print_beside_process(sums["everything"]);
  print_known(options, *shipped);
  print_evasions(options, *shipped);

  const std::size_t each = options.flows / benign_kinds().size() + 1;
  std::vector<Count> alarms(kinds());
  std::vector<std::vector<float>> near(kinds());  // scores at 15 minutes that come near to the threshold
  try_benign(each, kTrialSeed, options.threads, [&](std::size_t k, Trial& trial, Random& random) {
    const Dressing dressing = benign_dressing(random);
    const Scores scores = trial.run(left_out[left_out_group(k)], kind(k), dressing, true, random);
    alarms[k].add(scores);
    if (scores.by[2] > -12) near[k].push_back(scores.by[2]);
  });
  Count all;
  std::cout << "\nFalse alarms (any indicator within 60 minutes) of " << each << " flows a kind, by a model that never saw the kind; with 95 % intervals per flow\n";
  for (std::size_t k = mining; k < kinds(); ++k) {
    all.add(alarms[k]);
    const auto [low, high] = interval(alarms[k].hits[3], alarms[k].of);
    std::cout << "  " << kind(k).name << std::string(kind(k).name.size() < 40 ? 40 - kind(k).name.size() : 1, ' ') << alarms[k].hits[3] << "  (" << low << " to " << high << ")\n";
  }
  const auto [low, high] = interval(all.hits[3], all.of);
  std::cout << "  all " << all.of << " flows: " << all.hits[3] << " alarms within 60 minutes (" << all.hits[0] << ", " << all.hits[1] << ", " << all.hits[2] << " within 1, 5, 15); per flow " << low << " to " << high << "\n  " << all.beside_process
            << " of them were such that their process could have made a breach of it\n";

  if (!options.picture.empty()) {
    std::vector<RocCurve> curves;
    std::vector<float> benign;
    for (const auto& scores : near) benign.insert(benign.end(), scores.begin(), scores.end());
    for (int effort = 0; effort < kEfforts; ++effort) {
      RocCurve curve{std::string(to_string(static_cast<Effort>(effort))), {}};
      for (const auto& of_kind : miners_scores) curve.miners.insert(curve.miners.end(), of_kind[static_cast<std::size_t>(effort)].begin(), of_kind[static_cast<std::size_t>(effort)].end());
      curves.push_back(std::move(curve));
    }
    std::ofstream(options.picture) << roc_picture(std::move(benign), all.of, std::move(curves));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Fits the model of veiled mining and tries it on made-up sessions."};
  Options options;
  app.require_subcommand(1);
  const auto common = [&](CLI::App* command) {
    command->add_option("--model", options.model, "the model's file");
    command->add_option("--left-out", options.left_out, "where the models lie that never saw a kind");
    command->add_option("--threads", options.threads);
    command->add_option("--trees", options.fit.trees);
    command->add_option("--mining-sessions", options.training.mining, "to fit from: a kind, dress and effort");
    command->add_option("--benign-sessions", options.training.benign, "to fit from: a kind");
    command->add_option("--hard-sessions", options.training.benign_hard, "looked through for hard ones: a kind");
  };
  CLI::App* to_fit = app.add_subcommand("fit", "fit the model and write it");
  common(to_fit);
  to_fit->add_option("--calibration", options.calibration, "benign sessions that the thresholds are set by")->check(CLI::Range(10'000, 100'000'000));
  to_fit->add_option("--false-alarms", options.false_alarms, "share of them that may become an indicator")->check(CLI::Range(0.0, 0.01));
  to_fit->add_option("--beside-process", options.beside_process, "share of them of which a process may make a breach")->check(CLI::Range(0.0, 0.01));
  CLI::App* to_table = app.add_subcommand("table", "print what the model detects, and how often it is wrong");
  common(to_table);
  to_table->add_option("--flows", options.flows, "benign sessions");
  to_table->add_option("--miners", options.miners, "sessions a kind, dress and effort");
  to_table->add_option("--picture", options.picture, "an SVG of the ROC curves after 15 minutes");
  CLI::App* to_try = app.add_subcommand("shipped", "print the table's parts on the model as it is shipped, alone");
  common(to_try);
  to_try->add_option("--miners", options.miners, "sessions a kind, effort and dress");
  CLI11_PARSE(app, argc, argv);
  if (to_fit->parsed()) return fit(options);
  return to_try->parsed() ? try_shipped(options) : table(options);
}
