// Fits the shape model: boosted trees of three questions, by second-order steps on the logistic
// loss. Deterministic, no library.
#pragma once

#include "scanner/signature/shape_model.h"

#include <array>
#include <cstdint>
#include <vector>

namespace shapes {

struct Sample {
  scanner::ShapeSeen seen;
  std::uint16_t kind = 0;  // mining kinds first, then the benign ones
  bool mining = false;
  float weight = 1;        // within its kind
};

struct FitOptions {
  int trees = 500;
  double rate = 0.15, ridge = 1, least_weight = 4;
  double rows = 0.4, features = 0.5;  // shares that each tree sees, by lot
  double prior_log_odds = -6.9;  // one conversation in a thousand
};

// What every fit asks for before it says anything, and its ages.
scanner::ShapeModel outline();

class Fitter {
 public:
  // Sorts the samples into bins, once; those of which too little was seen are left out.
  explicit Fitter(const std::vector<Sample>& samples);
  // Without these kinds. A kind weighs as `kind_weights` says within its class, and the classes
  // weigh the same; the prior is put in afterwards.
  scanner::ShapeModel fit(const std::vector<bool>& without, const std::vector<double>& kind_weights, const FitOptions& options) const;

 private:
  static constexpr std::size_t kBins = 48;
  struct Row {
    std::array<std::uint8_t, scanner::kShapeFeatures> bins{};  // 0: not known
    std::uint16_t kind = 0;
    bool mining = false;
    float weight = 1;
  };
  std::vector<Row> rows_;
  std::array<std::vector<double>, scanner::kShapeFeatures> edges_;
};

}  // namespace shapes
