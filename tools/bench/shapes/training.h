// The sessions that the model is fitted from, and those that it is tried on. Deterministic by
// their seeds, at any number of threads.
#pragma once

#include "tools/bench/shapes/fit.h"
#include "tools/bench/shapes/watch.h"

#include <functional>
#include <string>
#include <vector>

namespace shapes {

inline constexpr double kSessionSeconds = 3600;

// Kinds by number: those of mining first.
std::size_t kinds();
const Kind& kind(std::size_t number);
bool is_mining(std::size_t number);

// Calls `one` for every number below `count`, on so many threads.
void in_parallel(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& one);

// How a benign session is dressed: one in thirty is padded and one late.
struct Dressing {
  Dress dress;
  Effort effort;
};
Dressing benign_dressing(Random& random);

struct TrainingSize {
  int mining = 30;        // sessions a kind, dress and effort
  int benign = 150;       // sessions a kind
  int benign_hard = 1500;  // further ones, of which those are kept that a first model finds hard
};

struct Training {
  std::vector<Sample> samples;
  std::vector<double> kind_weights;
};
Training make_training(const TrainingSize& size, unsigned threads);

// Models that never saw some kinds: one for each kind of mining, and one for each group of eight or
// so benign kinds.
std::size_t left_out_groups();
std::size_t left_out_group(std::size_t kind);
std::vector<scanner::ShapeModel> fit_left_out(const Training& training, const FitOptions& options, unsigned threads);

std::string to_yaml(const scanner::ShapeModel& model);

}  // namespace shapes
