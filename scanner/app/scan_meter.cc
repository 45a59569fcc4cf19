#include "scanner/app/scan_meter.h"

#include <chrono>
#include <utility>

namespace scanner {
namespace {

using Steady = std::chrono::steady_clock;

double since(Steady::time_point begin) { return std::chrono::duration<double, std::nano>(Steady::now() - begin).count(); }

class MeteredStream final : public PatternStream {
 public:
  MeteredStream(std::unique_ptr<PatternStream> stream, Field field, ScanMeter& meter) : stream_(std::move(stream)), field_(field), meter_(meter) {}

  void scan(Bytes bytes, Scratch& scratch, std::vector<PatternHit>& hits) override {
    const bool begins = std::exchange(begins_, false);
    if (!meter_.measures()) return stream_->scan(bytes, scratch, hits);
    const std::size_t before = hits.size();
    const auto begin = Steady::now();
    stream_->scan(bytes, scratch, hits);
    const double nanoseconds = since(begin);
    meter_.take(field_, bytes, begins, nanoseconds, hits.data() + before, hits.size() - before);
  }
  void restart() override {
    begins_ = true;
    stream_->restart();
  }

 private:
  std::unique_ptr<PatternStream> stream_;
  Field field_;
  ScanMeter& meter_;
  bool begins_ = true;
};

class MeteredMatcher final : public Matcher {
 public:
  MeteredMatcher(std::shared_ptr<const Matcher> matcher, const std::shared_ptr<const Ruleset>& ruleset, std::shared_ptr<ScanMeter> meter)
      : Matcher(ruleset), matcher_(std::move(matcher)), meter_(std::move(meter)) {}

  std::unique_ptr<Scratch> make_scratch() const override { return matcher_->make_scratch(); }
  bool wants(Field field) const override { return matcher_->wants(field); }
  void find(Field field, Bytes text, Scratch& scratch, std::vector<PatternHit>& hits) const override {
    if (!meter_->measures()) return matcher_->find(field, text, scratch, hits);
    const std::size_t before = hits.size();
    const auto begin = Steady::now();
    matcher_->find(field, text, scratch, hits);
    const double nanoseconds = since(begin);
    meter_->take(field, text, true, nanoseconds, hits.data() + before, hits.size() - before);
  }
  std::unique_ptr<PatternStream> open(Field field) const override {
    auto stream = matcher_->open(field);
    return stream ? std::make_unique<MeteredStream>(std::move(stream), field, *meter_) : nullptr;
  }

 private:
  std::shared_ptr<const Matcher> matcher_;
  std::shared_ptr<ScanMeter> meter_;
};

}  // namespace

void ScanMeter::begin() {
  const std::lock_guard guard(mutex_);
  window_ = {};
  window_.found.assign(signatures_, 0);
  last_.assign(signatures_, 0);
  searches_ = 0;
  measures_ = true;
}

ScanWindow ScanMeter::end() {
  const std::lock_guard guard(mutex_);
  measures_ = false;
  return std::exchange(window_, {});
}

void ScanMeter::take(Field field, Bytes text, bool sample, double nanoseconds, const PatternHit* hits, std::size_t count) {
  const std::lock_guard guard(mutex_);
  if (!measures_) return;  // it ended meanwhile
  ScanLoad& load = window_.fields[static_cast<std::size_t>(field)];
  ++load.texts;
  load.bytes += text.size();
  load.nanoseconds += nanoseconds;
  ++searches_;
  for (std::size_t i = 0; i < count; ++i)
    if (std::exchange(last_[hits[i].signature], searches_) != searches_) ++window_.found[hits[i].signature];
  if (!sample || text.empty() || text.size() > kMaxSampled || load.sampled_bytes + text.size() > kMaxFieldSample) return;
  load.sampled_bytes += text.size();
  load.samples.push_back({std::string(as_text(text)), 0});
}

std::shared_ptr<const Matcher> metered(std::shared_ptr<const Matcher> matcher, std::shared_ptr<ScanMeter> meter) {
  // The matcher keeps its ruleset alive, and is kept.
  const std::shared_ptr<const Ruleset> ruleset(matcher, &matcher->ruleset());
  return std::make_shared<MeteredMatcher>(std::move(matcher), ruleset, std::move(meter));
}

}  // namespace scanner
