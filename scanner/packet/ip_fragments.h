// Puts IPv4 and IPv6 fragments together. First copy of a byte wins; an overlap drops the
// whole IPv6 datagram (RFC 5722) and is counted for IPv4. Bounded in datagrams and bytes;
// the oldest goes first; a datagram that is not complete after 30 s of engine time goes.
// A fragment that came twice with the same bytes is no overlap. Fragments that the snaplen
// clipped, and middle ones whose length is no multiple of eight, are dropped.
#pragma once

#include "scanner/model/time.h"
#include "scanner/packet/decode.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace scanner {

struct FragmentLimits {
  std::size_t max_datagrams = 4096;
  std::size_t max_bytes = 16 * 1024 * 1024;
  Duration timeout = std::chrono::seconds(30);
};

struct FragmentCounters {
  std::uint64_t fragments = 0, completed = 0, expired = 0, evicted = 0, overlaps = 0;
};

class IpFragments {
 public:
  explicit IpFragments(const FragmentLimits& limits);
  ~IpFragments();

  // Takes a packet with status Fragment. When it completes a datagram, decodes that into
  // `whole` and returns true; `whole.payload` points into `storage`, which is replaced.
  // In a tunnel `whole` may be a fragment again: feed it again, into itself if you like.
  bool feed(const Decoded& fragment, Timestamp at, Decoded& whole,
            std::shared_ptr<const std::vector<std::uint8_t>>& storage);

  const FragmentCounters& counters() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scanner
