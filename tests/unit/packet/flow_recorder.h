// Feeds packets to a FlowTracker and keeps all that it says, flow by flow.
#pragma once

#include "scanner/packet/flow_tracker.h"
#include "tests/support/tcp_dialogue.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace scanner::test {

struct SeenBytes {
  std::uint64_t offset = 0;
  std::string text;
  Timestamp at;
  std::uint32_t frame = 0;
};
struct SeenGap {
  std::uint64_t offset = 0;  // of its first missing byte
  std::uint64_t missing = 0;
  friend bool operator==(const SeenGap&, const SeenGap&) = default;
};

struct SeenFlow {
  FlowRef ref;
  std::vector<SeenBytes> bytes[2];
  std::vector<SeenGap> gaps[2];
  std::vector<std::string> datagrams[2];
  std::vector<std::uint64_t> acknowledged[2];  // by the acknowledging direction
  int said_all = 0;  // times that it was told
  std::optional<FlowEnd> end;
  FlowCounters counters;  // at the end

  // All bytes of a direction, holes shown as "[n]".
  std::string text(Direction d) const;
  std::string client() const { return text(Direction::FromInitiator); }
  std::string server() const { return text(Direction::FromResponder); }
};

class FlowRecorder : public FlowEvents {
 public:
  std::deque<SeenFlow> flows;  // in the order of opening
  bool watch_acknowledgements = false;
  std::map<std::uint64_t, Flow*> open;
  // Clears Flow::wanted of a direction once that many bytes were delivered.
  std::uint64_t enough = UINT64_MAX;

  void on_opened(Flow& flow, const PacketContext& packet) override;
  void on_bytes(Flow& flow, Direction d, Bytes bytes, std::uint64_t offset, const PacketContext& packet) override;
  void on_gap(Flow& flow, Direction d, std::uint64_t missing, const PacketContext& packet) override;
  void on_datagram(Flow& flow, Direction d, Bytes bytes, const PacketContext& packet) override;
  void on_acknowledged(Flow& flow, Direction d, std::uint64_t offset, const PacketContext& packet) override;
  void on_said_all(Flow& flow) override { ++seen(flow).said_all; }
  void on_closed(Flow& flow, FlowEnd end, const PacketContext& packet) override;

 private:
  SeenFlow& seen(const Flow& flow);
  std::map<std::uint64_t, std::uint64_t> next_[2];  // stream offset behind the last bytes or gap
};

// A tracker, its recorder, and packets numbered as they come.
class FlowRun {
 public:
  FlowRecorder seen;
  FlowTracker tracker;
  std::uint32_t frame = 0;
  Timestamp now;

  explicit FlowRun(const FlowLimits& limits = {}) : tracker(limits, 0, seen) {}

  FlowRun& feed(const Buffer& packet, Timestamp at, std::size_t captured = SIZE_MAX);
  FlowRun& feed(const TcpDialogue& talk);
  FlowRun& feed(const TcpDialogue& talk, const std::vector<TcpSegment>& segments);
  FlowRun& feed(const TcpDialogue& talk, const TcpSegment& segment) { return feed(talk.packet(segment), segment.at); }
  FlowRun& advance(Duration duration);
  FlowRun& finish();

  const SeenFlow& flow(std::size_t i = 0) const { return seen.flows.at(i); }
};

}  // namespace scanner::test
