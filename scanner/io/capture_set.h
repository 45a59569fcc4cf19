// The live captures of a host: which interfaces, their comings and goings, and what was lost.
#pragma once

#include "scanner/io/interface_watch.h"
#include "scanner/io/live_capture.h"

#include <poll.h>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scanner {

struct CaptureSetOptions {
  std::vector<std::string> interfaces{"any-not-loopback"};  // names, "any-not-loopback", "any"; none: no packets
  LiveCaptureOptions capture;
  std::size_t max_ring_bytes = std::size_t{32} * 1024 * 1024;  // of all interfaces' rings; each has its share, at least a megabyte
  Duration retry_every = std::chrono::seconds(10);  // an interface that is up and cannot be opened
};

// One thread at a time. `steady` is a clock that only goes forward.
//
// At most kMaxInterfaces are captured at a time. An interface that goes away is closed and opened
// again when it returns, one that appears is picked up where it is wanted; each is told in news().
class CaptureSet {
 public:
  static constexpr std::size_t kMaxInterfaces = 64;
  static constexpr std::size_t kMaxNames = 4096;  // containers come with ever new ones; later ones share the last index

  // An Error: the filter is wrong, or interfaces are there and none can be opened. That none is
  // there, yet, is no error.
  static Result<std::unique_ptr<CaptureSet>> open(CaptureSetOptions options, Duration steady);

  // Off: every capture is closed, and nothing is lost that was asked for.
  void set_on(bool on, Duration steady);
  // 1: every flow; N: one of N pairs of addresses.
  void sample(std::uint32_t one_of);

  // Appends what poll() must watch; looks at what it said.
  void add_descriptors(std::vector<pollfd>& descriptors) const;
  void heed(const std::vector<pollfd>& descriptors, Duration steady);

  // Reads of each capture that has something, at most `most` packets: one batch a capture, with
  // its index (Packet::file). True: more may wait.
  struct Piece {
    std::uint16_t index;
    EventBatch batch;
  };
  bool read(std::vector<Piece>& pieces, std::size_t most, Duration steady);
  // As if every descriptor were readable, for the last look.
  void read_all_next();

  // When work is due though no descriptor says so.
  std::optional<Duration> due() const { return retry_at_; }
  void retry(Duration steady);

  // Packets that did not reach us since the last call, of every kind. Asks the kernel, of captures
  // that delivered something or where `all`.
  std::uint64_t take_lost(bool all);

  const std::vector<std::string>& names() const { return names_; }
  std::vector<std::string> active() const;
  LiveCaptureCounters counters() const;  // of all, as last asked; those that were closed included
  // What happened since the last call, one sentence each.
  std::vector<std::string> take_news();

 private:
  struct Open {
    NetworkInterface interface;
    std::uint16_t index = 0;
    std::unique_ptr<LiveCapture> capture;
    bool ready = false;      // something may wait
    bool delivered = false;  // since its counters were asked
    LiveCaptureCounters last;
  };

  CaptureSet(CaptureSetOptions options, InterfaceWatch watch);
  void look(Duration steady);
  void open_one(const NetworkInterface& interface, std::size_t ring_bytes);
  void close_one(std::size_t position, const std::string& why);
  void ask(Open& one);
  std::uint16_t index_of(const std::string& name);
  void tell(std::string sentence);

  CaptureSetOptions options_;
  InterfaceWatch watch_;
  std::shared_ptr<BlockPool> pool_ = BlockPool::make();
  std::vector<Open> open_;
  std::vector<std::string> names_;
  std::vector<std::string> complaints_;  // told and not yet mended, so that a retry does not repeat them
  std::vector<std::string> news_;
  std::optional<Duration> retry_at_;
  bool on_ = true;
  std::uint32_t one_of_ = 1;
  std::uint64_t seed_ = 0;
  LiveCaptureCounters closed_;  // sums over captures that are no more
  std::uint64_t lost_ = 0;      // not yet taken
};

}  // namespace scanner
