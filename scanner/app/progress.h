// The bar on a terminal while captures are read.
#pragma once

#include "scanner/engine/source.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace scanner {

// One line of at most `width` columns: a bar, percent, rate and time left; without a known
// total the amount and the rate. `elapsed` since the start.
std::string progress_line(const Source::Progress& progress, std::uint64_t packets, std::chrono::duration<double> elapsed, std::size_t width);

// Draws it on standard error about five times a second, and takes it away in the end, so
// that nothing of it stands between the lines of other output. Does nothing unless `shown`.
class ProgressBar {
 public:
  explicit ProgressBar(bool shown);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void update(const Source& source, std::uint64_t packets);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool shown_;
  bool drawn_ = false;
  Clock::time_point started_, next_;
};

}  // namespace scanner
