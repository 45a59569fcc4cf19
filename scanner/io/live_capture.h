// Packets of one network interface, as the kernel delivers them (libpcap over TPACKET_V3).
//
// Never blocks: wait for descriptor() to become readable, then read(). The kernel hands packets
// over in blocks of its ring, at the latest `block_timeout` after the first one in a block: one
// wake-up for many packets. Each packet is copied once, into a pooled block.
#pragma once

#include "scanner/io/block_pool.h"
#include "scanner/model/event.h"
#include "scanner/model/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace scanner {

struct LiveCaptureOptions {
  int snaplen = 262144;  // offloading gives packets of 64 KiB and more
  std::size_t buffer_bytes = std::size_t{8} * 1024 * 1024;  // of the kernel's ring; what does not fit is dropped and counted
  std::string filter;                                       // pcap-filter(7), in the kernel; "": every packet
  bool promiscuous = false;
  Duration block_timeout = std::chrono::milliseconds(40);
};

// Since the capture was opened.
struct LiveCaptureCounters {
  std::uint64_t packets = 0;            // delivered
  std::uint64_t bytes = 0;              // of them
  std::uint64_t kernel_dropped = 0;     // the ring was full: we were too slow
  std::uint64_t interface_dropped = 0;  // the driver says that it lost them; whether the filter would have let them through is not known
  std::uint64_t sampled_out = 0;        // of flows that sampling leaves out

  std::uint64_t lost() const { return kernel_dropped + interface_dropped + sampled_out; }
};

// One thread at a time.
class LiveCapture {
 public:
  // An Error says which interface and why: there is none of that name, it is down, not
  // permitted, or its link type is not read.
  static Result<std::unique_ptr<LiveCapture>> open(const std::string& interface, const LiveCaptureOptions& options,
                                                   std::shared_ptr<BlockPool> pool);
  ~LiveCapture();
  LiveCapture(const LiveCapture&) = delete;
  LiveCapture& operator=(const LiveCapture&) = delete;

  // As long as this lives.
  int descriptor() const;
  LinkType link() const;

  // Appends at most `most` packets, with kernel time and Packet::file `index`; frame numbers are
  // left to the caller. True: more may wait. An Error is final: the interface went away or down;
  // what it had delivered before was read.
  Result<bool> read(EventBatch& batch, std::size_t most, std::uint16_t index);

  // Leaves out, before copying, all but one in `one_of` pairs of addresses (1: none), chosen by a
  // hash with `seed`; packets without an IP address as well.
  void sample(std::uint32_t one_of, std::uint64_t seed);

  // Asks the kernel: two system calls and two small files.
  LiveCaptureCounters counters();

 private:
  struct State;
  explicit LiveCapture(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace scanner
