// What a running matcher is asked and finds, for as long as somebody wants to know: what a live
// profile is made of. Nobody asks most of the time; then it costs one load of a flag a call.
//
// Beginnings of streams and fields' texts are kept as samples while it measures: they are what
// customers sent. They stay in this process's memory, bounded, until the profile is made.
#pragma once

#include "scanner/app/search_time.h"
#include "scanner/signature/matcher.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace scanner {

// Of one field.
struct ScanLoad {
  std::uint64_t texts = 0;  // fields, and pieces of streams as they came
  std::uint64_t bytes = 0;
  std::uint64_t sampled_bytes = 0;
  double nanoseconds = 0;   // that the whole pack's search took
  std::vector<PortedText> samples;
};

struct ScanWindow {
  std::array<ScanLoad, kFieldCount> fields;
  std::vector<std::uint64_t> found;  // by signature: texts in which one of its patterns stood
};

class ScanMeter {
 public:
  static constexpr std::size_t kMaxFieldSample = std::size_t{1} << 20, kMaxSampled = std::size_t{64} << 10;  // bytes of a field, of a text

  explicit ScanMeter(std::size_t signatures) : signatures_(signatures) {}

  // Any thread.
  void begin();
  ScanWindow end();
  bool measures() const { return measures_.load(std::memory_order_relaxed); }

  // One search, while it measures. `sample`: the text is whole, or a stream's beginning.
  void take(Field field, Bytes text, bool sample, double nanoseconds, const PatternHit* hits, std::size_t count);

 private:
  std::size_t signatures_;
  std::atomic<bool> measures_{false};
  std::mutex mutex_;
  ScanWindow window_;
  std::vector<std::uint64_t> last_;  // by signature: the search that found it last
  std::uint64_t searches_ = 0;
};

// The same matcher, seen by the meter, which has room for the ruleset's signatures.
std::shared_ptr<const Matcher> metered(std::shared_ptr<const Matcher> matcher, std::shared_ptr<ScanMeter> meter);

}  // namespace scanner
