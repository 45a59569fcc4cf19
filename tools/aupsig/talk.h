// What the two ends of each TCP flow said, message by message, whether or not any dialect knows
// it: the raw material for telling why something was missed and for drafting a dialect.
//
// Read are JSON texts in lines and in HTTP/1 bodies that are neither compressed nor chunked;
// what stands in WebSocket frames or in TLS is not.
#pragma once

#include "scanner/model/event.h"
#include "scanner/model/flow_ref.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace scanner {

struct TalkMessage {
  Direction sender = Direction::FromInitiator;
  std::uint64_t begin = 0, end = 0;  // in the sender's stream
  Timestamp at;                      // of the packet that brought its last byte
  std::uint32_t frame = 0;
  std::uint16_t file = 0;
  std::uint64_t order = 0;  // in which it was complete, over both directions
  std::string text;         // one JSON object or array
  bool http = false;
};

struct Talk {
  FlowRef flow;
  Timestamp first, last;
  std::uint64_t packets[2] = {0, 0}, bytes[2] = {0, 0}, gap_bytes = 0;
  std::string beginning[2];           // the first bytes of each stream
  std::vector<TalkMessage> messages;  // in the order in which they were complete
  bool cut = false;                   // more was said than is kept

  static constexpr std::size_t kMaxStream = 2 << 20;  // bytes a direction that are read
  static constexpr std::size_t kBeginning = 4096;
  static constexpr std::size_t kMaxMessages = 20'000;
};

// Every TCP flow that carried payload, in the order in which they ended; at most `max_flows`,
// those with messages before those without.
std::vector<Talk> read_talks(std::span<const EventBatch> batches, std::size_t max_flows = 4096);

}  // namespace scanner
