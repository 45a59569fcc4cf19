// How much of the processor one process used of late, and how evenly.
//
// Miners compute evenly: one hot thread a core, for hours. So flatness counts besides
// height, since some throttle themselves (reference: CoinPolice, 2019; Elastic's rules ask
// for 0.7 of a core).
#pragma once

#include "scanner/model/host_record.h"

#include <cstddef>
#include <vector>

namespace scanner {

struct LoadLimits {
  double min_cores = 0.7;                        // on average
  Duration min_span = std::chrono::seconds(60);  // covered by samples without a hole
  double max_variation = 0.25;                   // standard deviation / mean of the pieces
  std::size_t min_pieces = 3;
  // Shorter samples are put together to pieces of this length, longer ones are a piece each.
  Duration piece = std::chrono::seconds(5);
  Duration max_hole = std::chrono::seconds(30);  // between two samples; a longer one begins anew
};

// The load since the last hole, over the last pieces that together span min_span.
class LoadWindow {
 public:
  // A sample whose window ends at `at`, in the order of time; the part of its window that an
  // earlier sample covered already is left out.
  void add(const UsageSample& sample, Timestamp at, const LoadLimits& limits);
  void clear() { *this = {}; }

  // High, long and even enough.
  bool sustained(const LoadLimits& limits) const;
  double cores() const;      // the mean
  double variation() const;  // standard deviation / mean; 0 where there is no load
  Duration span() const;     // covered

 private:
  struct Piece {
    Duration length{};
    double core_seconds = 0;
  };

  std::vector<Piece> pieces_;
  Piece growing_;
  Timestamp end_;
};

}  // namespace scanner
