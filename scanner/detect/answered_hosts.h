// How many hosts answered a source on a port of late: an estimate in fixed memory, kept for
// every source, so that whoever fails for the first time is judged with what went well before.
//
// FewDistinct, so it counts to about 250. Sets of four, the least recent of a set goes: losing an
// entry only loses what it had before. 512 KiB.
#pragma once

#include "scanner/detect/few_distinct.h"
#include "scanner/model/address.h"
#include "scanner/model/time.h"

#include <cstdint>
#include <vector>

namespace scanner {

class AnsweredHosts {
 public:
  // What is older than `keep` does not count.
  explicit AnsweredHosts(Duration keep) : keep_(keep) {}

  void note(const IpAddress& source, IpProtocol protocol, const Endpoint& responder, Timestamp at);
  std::uint32_t count(const IpAddress& source, IpProtocol protocol, std::uint16_t port, Timestamp at) const;

 private:
  struct Entry {
    std::uint64_t key = 0;  // 0: none
    FewDistinct hosts;
    Timestamp last;
  };
  static constexpr std::size_t kSets = 4096, kWays = 4;

  static std::uint64_t key_of(const IpAddress& source, IpProtocol protocol, std::uint16_t port);

  Duration keep_;
  std::vector<Entry> entries_;  // empty until something is noted
};

}  // namespace scanner
