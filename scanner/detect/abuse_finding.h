// What the findings of the abuse detectors have in common.
#pragma once

#include "scanner/model/finding.h"
#include "scanner/model/flow_life.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace scanner {

// Traffic's; weight and what it stands on are filled in by `stage` (Observed or Confirmed).
Finding abuse_finding(std::string key, std::string_view activity, std::string_view detector, Stage stage, const Subject& subject);

// How a finding stood when it was last told: what was said stays said, and it is told again when
// it is worse, when what is counted has doubled, and every five minutes while it goes on (so that
// its incident does not close in the meantime).
class Told {
 public:
  Stage stage() const { return stage_; }
  // Is it to be told now, where `stage` is reached? Then takes note of it.
  bool due(Stage stage, std::uint64_t count, Timestamp at);

 private:
  Stage stage_ = Stage::None;
  std::uint64_t count_ = 0;
  Timestamp at_;
};

// Keeps the earliest Finding::kMaxPackets.
void add_packet(std::vector<PacketRef>& packets, std::uint16_t file, std::uint32_t frame);

// "1.8 s", "12 min", "3.5 h": for sentences.
std::string span_text(Duration span);
// "tcp/80", "icmp"
std::string service_text(IpProtocol protocol, std::uint16_t port);

}  // namespace scanner
