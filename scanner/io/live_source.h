// A host, live, as a source of events: its interfaces' packets, its processes, whose its
// addresses are, the passing of time and what was lost, in one order.
//
// One thread calls next() and all else that is not marked otherwise. next() waits, with no
// wake-ups but for what is due: packets (at the latest `block_timeout` after they came), news of
// processes, a tick a second where nothing happens. From packet to event it takes `hold` and,
// under traffic, at most 30 ms more: what falls due is handed over in batches.
//
// Where the caller is slow nothing grows: at most `max_held_bytes` of packets wait here, then the
// kernel's ring fills and what it drops is counted and told as Loss. Packets of this process's own
// conversations (own_traffic.h) are left out. A recorder (recorder.h) that is handed every batch
// has what a replay needs to see the same.
#pragma once

#include "scanner/engine/source.h"
#include "scanner/io/capture_set.h"
#include "scanner/io/file_descriptor.h"
#include "scanner/io/host_watch.h"
#include "scanner/io/live_merge.h"
#include "scanner/io/own_traffic.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace scanner {

struct LiveOptions {
  CaptureSetOptions captures;
  Duration hold = std::chrono::milliseconds(80);  // above block_timeout, so that lanes can be put in order
  Duration tick_every = std::chrono::seconds(1);
  std::size_t max_held_bytes = std::size_t{32} * 1024 * 1024;
};

struct LiveCounters {
  LiveCaptureCounters captures;     // as asked at most a second ago
  std::uint64_t own_packets = 0;    // left out
  std::uint64_t packets = 0, records = 0, lost = 0;  // handed to the caller
  WatchCounters watch;              // of the present watch
  std::size_t interfaces = 0;       // captured now
};

class LiveSource final : public Source {
 public:
  // `watch` may be null. An Error: interfaces are wanted and none can be captured (permission, a
  // wrong filter), or the system gives no descriptors.
  static Result<std::unique_ptr<LiveSource>> open(LiveOptions options, std::unique_ptr<HostWatch> watch, std::shared_ptr<OwnTraffic> own = nullptr);

  // Idle: wake() was called, or a signal was caught. After stop(): what is on the way still
  // comes, then one Event of kind End, then SourceStatus::End. Batches have at most 1,024 events.
  Result<SourceStatus> next(EventBatch& batch) override;
  // Interfaces, by Packet::file. Packet::frame counts the packets of all of them together.
  std::vector<std::string> file_names() const override { return captures_->names(); }

  // From any thread, and from a signal's handler.
  void stop() noexcept;
  void wake() noexcept;
  // As if somebody called stop() then.
  void stop_after(Duration time);

  // From any thread; in force with the next call of next(). Packets off closes every capture;
  // hosts off asks no watch, which then loses and counts. 1 of `one_of` flows is read.
  void set_packets(bool on) noexcept { packets_on_ = on, wake(); }
  void set_hosts(bool on) noexcept { hosts_on_ = on, wake(); }
  void set_sampling(std::uint32_t one_of) noexcept { one_of_ = one_of, wake(); }

  // Instead of one that failed or is no longer wanted; null: none.
  void use_watch(std::unique_ptr<HostWatch> watch);

  LiveCounters counters() const;
  std::vector<std::string> interfaces() const { return captures_->active(); }
  // What happened since the last call, one sentence each, for a log: interfaces that came and
  // went, a watch that failed.
  std::vector<std::string> take_news();

 private:
  LiveSource(LiveOptions options, std::unique_ptr<CaptureSet> captures, FileDescriptor wake);

  void apply_settings(Duration steady);
  bool gather(const LiveTime& now);
  bool gather_records(const LiveTime& now);
  void release(const LiveTime& now, EventBatch& batch);
  void add_event(EventBatch& batch, EventKind kind, Timestamp at, std::uint64_t lost = 0);
  void add_losses(const LiveTime& now, bool all, EventBatch& batch);
  void add_tick(const LiveTime& now, EventBatch& batch);
  void finish(const LiveTime& now, EventBatch& batch);
  void wait(const LiveTime& now);

  LiveOptions options_;
  std::unique_ptr<CaptureSet> captures_;
  std::unique_ptr<HostWatch> watch_;
  std::shared_ptr<OwnTraffic> own_;
  LiveMerge merge_;
  FileDescriptor wake_;

  std::atomic<bool> stop_asked_{false}, wake_asked_{false}, packets_on_{true}, hosts_on_{true};
  std::atomic<std::uint32_t> one_of_{1};

  bool watch_ready_ = true;
  std::uint32_t sampled_ = 1;
  std::uint64_t watch_lost_ = 0;  // told
  Duration collect_at_{}, losses_at_{}, tick_at_{}, release_at_{}, end_at_{}, stop_at_ = Duration::max();
  unsigned asked_ = 0;  // how often for losses
  bool stopping_ = false, last_look_ = false, ended_ = false;
  Timestamp latest_;  // of what was handed out
  std::uint32_t frame_ = 0;
  LiveCounters counted_;
  std::vector<std::string> news_;
  std::vector<CaptureSet::Piece> pieces_;
  std::vector<pollfd> descriptors_;
};

}  // namespace scanner
