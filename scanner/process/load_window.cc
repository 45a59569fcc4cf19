#include "scanner/process/load_window.h"

#include <algorithm>
#include <cmath>

namespace scanner {
namespace {

double seconds(Duration duration) { return static_cast<double>(duration.count()) / 1e9; }

}  // namespace

void LoadWindow::add(const UsageSample& sample, Timestamp at, const LoadLimits& limits) {
  if (sample.window <= Duration::zero() || !std::isfinite(sample.cpu_cores) || sample.cpu_cores < 0) return;
  if (at <= end_ && end_.ns != 0) return;
  Timestamp begin = at - sample.window;
  if (end_.ns != 0 && begin - end_ > limits.max_hole) clear();
  if (end_.ns != 0) begin = std::max(begin, end_);
  end_ = at;
  growing_.length += at - begin;
  growing_.core_seconds += sample.cpu_cores * seconds(at - begin);
  if (growing_.length < limits.piece) return;
  pieces_.push_back(growing_);
  growing_ = {};
  // The oldest goes as soon as the others suffice without it.
  while (pieces_.size() > limits.min_pieces && span() - pieces_.front().length >= limits.min_span)
    pieces_.erase(pieces_.begin());
}

Duration LoadWindow::span() const {
  Duration sum{};
  for (const Piece& piece : pieces_) sum += piece.length;
  return sum;
}

double LoadWindow::cores() const {
  double core_seconds = 0;
  for (const Piece& piece : pieces_) core_seconds += piece.core_seconds;
  return pieces_.empty() ? 0 : core_seconds / seconds(span());
}

double LoadWindow::variation() const {
  const double mean = cores();
  if (mean <= 0) return 0;
  double squares = 0;
  for (const Piece& piece : pieces_) {
    const double difference = piece.core_seconds / seconds(piece.length) - mean;
    squares += difference * difference * seconds(piece.length);
  }
  return std::sqrt(squares / seconds(span())) / mean;
}

bool LoadWindow::sustained(const LoadLimits& limits) const {
  return pieces_.size() >= limits.min_pieces && span() >= limits.min_span && cores() >= limits.min_cores &&
         variation() <= limits.max_variation;
}

}  // namespace scanner
