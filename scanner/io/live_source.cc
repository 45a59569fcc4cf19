#include "scanner/io/live_source.h"

#include "scanner/io/clocks.h"
#include "scanner/io/system_error.h"

#include <sys/eventfd.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kMaxBatchEvents = 1024;
constexpr std::size_t kMaxRecords = 512;  // of one question to the watch
constexpr std::size_t kMaxNews = 64;
constexpr int kLastLooks = 64;
constexpr Duration kReleaseEvery = std::chrono::milliseconds(30);
// A block that the kernel has not closed when we stop is closed by then.
constexpr Duration kBlockSlack = std::chrono::milliseconds(20);
constexpr int kAskAllEvery = 30;  // ticks: captures that delivered nothing may have lost at the interface

LiveTime read_clocks() { return {Timestamp{read_clock(CLOCK_REALTIME).count()}, read_clock(CLOCK_MONOTONIC)}; }

void ring(int descriptor) {
  const std::uint64_t one = 1;
  const ssize_t written = ::write(descriptor, &one, sizeof one);  // fails only where it is rung already
  static_cast<void>(written);
}

}  // namespace

LiveSource::LiveSource(LiveOptions options, std::unique_ptr<CaptureSet> captures, FileDescriptor wake)
    : options_(std::move(options)), captures_(std::move(captures)), merge_(options_.hold, options_.max_held_bytes), wake_(std::move(wake)) {}

Result<std::unique_ptr<LiveSource>> LiveSource::open(LiveOptions options, std::unique_ptr<HostWatch> watch, std::shared_ptr<OwnTraffic> own) {
  const LiveTime now = read_clocks();
  auto captures = CaptureSet::open(options.captures, now.steady);
  if (!captures) return tl::unexpected(captures.error());
  FileDescriptor wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake) return fail("eventfd: " + system_error());
  std::unique_ptr<LiveSource> source(new LiveSource(std::move(options), std::move(*captures), std::move(wake)));
  source->own_ = std::move(own);
  source->tick_at_ = now.steady + source->options_.tick_every;
  source->use_watch(std::move(watch));
  return source;
}

void LiveSource::stop() noexcept {
  stop_asked_ = true;
  ring(wake_.get());
}

void LiveSource::wake() noexcept {
  wake_asked_ = true;
  ring(wake_.get());
}

void LiveSource::stop_after(Duration time) { stop_at_ = read_clocks().steady + time; }

void LiveSource::use_watch(std::unique_ptr<HostWatch> watch) {
  watch_ = std::move(watch);
  watch_ready_ = true;
  watch_lost_ = watch_ ? watch_->counters().lost : 0;
}

Result<SourceStatus> LiveSource::next(EventBatch& batch) {
  batch.clear();
  while (!ended_) {
    const LiveTime now = read_clocks();
    apply_settings(now.steady);
    const bool more = !last_look_ && gather(now);
    if (stopping_ && now.steady >= end_at_)
      finish(now, batch);
    else
      release(now, batch);
    if (!batch.events.empty()) {
      tick_at_ = now.steady + options_.tick_every;
      latest_ = std::max(latest_, batch.events.back().at);
      return SourceStatus::More;
    }
    if (wake_asked_.exchange(false)) return SourceStatus::Idle;
    if (!more) wait(now);
  }
  return SourceStatus::End;
}

void LiveSource::apply_settings(Duration steady) {
  captures_->set_on(packets_on_, steady);
  if (const std::uint32_t one_of = one_of_; one_of != sampled_) captures_->sample(sampled_ = one_of);
  if ((stop_asked_ || steady >= stop_at_) && !stopping_) {
    stopping_ = true;
    end_at_ = steady + options_.captures.capture.block_timeout + kBlockSlack;
  }
}

// Reads what is there, once from each. True: more may wait.
bool LiveSource::gather(const LiveTime& now) {
  bool more = gather_records(now);
  captures_->retry(now.steady);
  if (merge_.full()) return true;
  more = captures_->read(pieces_, kMaxBatchEvents, now.steady) || more;
  for (CaptureSet::Piece& piece : pieces_) merge_.put(1 + piece.index, std::move(piece.batch), now);
  pieces_.clear();
  return more;
}

bool LiveSource::gather_records(const LiveTime& now) {
  std::vector<HostRecord> records;
  const bool asks = watch_ && hosts_on_ && !merge_.full() && (watch_ready_ || now.steady >= collect_at_);
  if (asks) {
    const auto collected = watch_->collect(now.wall, records, kMaxRecords);
    collect_at_ = now.steady + watch_->period();
    watch_ready_ = collected && *collected;
    counted_.watch = watch_->counters();
    if (!collected) {
      if (news_.size() < kMaxNews) news_.push_back("processes are no longer watched by " + std::string(watch_->name()) + ": " + collected.error().message);
      watch_.reset();
    }
  }
  EventBatch batch;
  for (HostRecord& record : records) {
    Event& event = batch.events.emplace_back();
    event.at = record.at;
    event.kind = EventKind::Host;
    event.host = static_cast<std::uint32_t>(batch.host_records.size());
    batch.host_records.push_back(std::move(record));
  }
  merge_.put(LiveMerge::kHostLane, std::move(batch), now);
  return asks && watch_ready_;
}

void LiveSource::release(const LiveTime& now, EventBatch& batch) {
  const bool pressed = merge_.full();
  // In batches worth a wake-up: under traffic something falls due all the time.
  if (pressed || last_look_ || now.steady >= release_at_) {
    merge_.take(now.steady, kMaxBatchEvents, batch);
    if (!batch.events.empty() && batch.events.size() < kMaxBatchEvents) release_at_ = now.steady + kReleaseEvery;
  }
  if (own_ && !batch.blocks.empty()) {
    // A packet waited for longer than two looks are apart; where nothing waits, look now.
    own_->refresh(now.steady, pressed || options_.hold < std::chrono::milliseconds(40));
    counted_.own_packets += own_->leave_out(batch);
  }
  for (Event& event : batch.events) {
    if (event.kind == EventKind::Packet) {
      event.packet.frame = ++frame_;
      ++counted_.packets;
    } else {
      ++counted_.records;
    }
  }
  add_losses(now, false, batch);
  add_tick(now, batch);
}

void LiveSource::add_losses(const LiveTime& now, bool all, EventBatch& batch) {
  if (!all && now.steady < losses_at_) return;
  losses_at_ = now.steady + options_.tick_every;
  ++asked_;
  std::uint64_t lost = captures_->take_lost(all || asked_ % kAskAllEvery == 0);
  if (watch_) {
    counted_.watch = watch_->counters();
    lost += counted_.watch.lost - std::exchange(watch_lost_, counted_.watch.lost);
  }
  if (lost == 0) return;
  counted_.lost += lost;
  add_event(batch, EventKind::Loss, batch.events.empty() ? std::max(latest_, now.wall - options_.hold) : batch.events.back().at, lost);
}

// Only where nothing waits: what is to come is then not older than `hold`.
void LiveSource::add_tick(const LiveTime& now, EventBatch& batch) {
  if (!batch.events.empty() || now.steady < tick_at_ || !merge_.empty()) return;
  const Timestamp at = now.wall - options_.hold;
  if (at > latest_) add_event(batch, EventKind::Tick, at);
  tick_at_ = now.steady + options_.tick_every;
}

void LiveSource::add_event(EventBatch& batch, EventKind kind, Timestamp at, std::uint64_t lost) {
  Event& event = batch.events.emplace_back();
  event.at = at;
  event.kind = kind;
  event.lost = lost;
}

// The last look, then everything that waits, then the end.
void LiveSource::finish(const LiveTime& now, EventBatch& batch) {
  if (!last_look_) {
    last_look_ = true;
    captures_->read_all_next();
    for (int i = 0; i < kLastLooks && gather(now) && !merge_.full(); ++i) {
    }
    merge_.flush();
  }
  release(now, batch);
  if (!merge_.empty() || batch.events.size() + 2 > kMaxBatchEvents) return;
  add_losses(now, true, batch);
  add_event(batch, EventKind::End, std::max(latest_, now.wall));
  ended_ = true;
}

void LiveSource::wait(const LiveTime& now) {
  Duration until = stopping_ ? end_at_ : std::min(tick_at_, stop_at_);
  const auto no_later = [&](std::optional<Duration> due) { until = due ? std::min(until, *due) : until; };
  if (const auto due = merge_.due()) no_later(merge_.full() ? *due : std::max(*due, release_at_));
  no_later(captures_->due());
  if (watch_ && hosts_on_) no_later(collect_at_);
  descriptors_.clear();
  descriptors_.push_back({wake_.get(), POLLIN, 0});
  const bool hosts = watch_ && hosts_on_ && watch_->descriptor() >= 0;
  if (hosts) descriptors_.push_back({watch_->descriptor(), POLLIN, 0});
  if (packets_on_) captures_->add_descriptors(descriptors_);
  const auto nanoseconds = std::max<Duration>(until - now.steady, Duration{0}).count();
  const timespec timeout{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
  const int ready = ::ppoll(descriptors_.data(), descriptors_.size(), &timeout, nullptr);
  if (ready < 0 && errno == EINTR) wake_asked_ = true;  // whoever catches signals wants to look
  if (ready <= 0) return;
  if (descriptors_[0].revents != 0) {
    std::uint64_t rings = 0;
    const ssize_t taken = ::read(wake_.get(), &rings, sizeof rings);
    static_cast<void>(taken);
  }
  if (hosts && descriptors_[1].revents != 0) watch_ready_ = true;
  captures_->heed(descriptors_, read_clock(CLOCK_MONOTONIC));
}

LiveCounters LiveSource::counters() const {
  LiveCounters counters = counted_;
  counters.captures = captures_->counters();
  counters.interfaces = captures_->active().size();
  return counters;
}

std::vector<std::string> LiveSource::take_news() {
  std::vector<std::string> news = captures_->take_news();
  std::move(news_.begin(), news_.end(), std::back_inserter(news));
  news_.clear();
  return news;
}

}  // namespace scanner
