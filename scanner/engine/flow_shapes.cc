#include "scanner/engine/flow_shapes.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace scanner {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t kFirstLook = 1, kLastLook = 24;
constexpr std::uint32_t kOneIn = 20, kMostSlots = 0xfff0;
constexpr Duration kLeastLife = 2s, kLeastWatched = 45s;
// Beyond these a flow carries goods and not words.
constexpr std::uint64_t kBytesAtOnce = 64 * 1024, kBytesPerSecond = 16 * 1024;
constexpr std::uint32_t kLeastWords = 3;

std::uint64_t whole_seconds(Duration duration) { return static_cast<std::uint64_t>(duration / 1s); }
bool bulky(std::uint64_t bytes, Duration life) { return bytes > kBytesAtOnce + kBytesPerSecond * whole_seconds(life); }

// How many of the event times have passed, so long after the flow's first packet.
std::uint32_t event_times(Duration life) {
  constexpr std::array<std::int64_t, 5> kFirst{1, 3, 5, 10, 15};
  constexpr std::int64_t kThenEvery = 10;
  const std::int64_t minutes = life / 1min;
  const auto of_first = std::upper_bound(kFirst.begin(), kFirst.end(), minutes) - kFirst.begin();
  return static_cast<std::uint32_t>(of_first + std::max<std::int64_t>(minutes - kFirst.back(), 0) / kThenEvery);
}

}  // namespace

FlowShapes::FlowShapes(std::uint32_t max_flows, ShapeSink& out)
    : out_(out), capacity_(std::clamp(max_flows / kOneIn, 1U, kMostSlots)) {}

void FlowShapes::opened(Flow& flow) {
  if (flow.ref.tuple.protocol == IpProtocol::Tcp) flow.payload_watch = kFirstLook;
}

void FlowShapes::payload(Flow& flow, Direction sender, const PayloadSeen& payload, const PacketContext& packet) {
  if (flow.payload_watch != kWatchEveryPayload) {
    if (!follow(flow, packet)) {
      flow.payload_watch = flow.payload_watch < kLastLook ? static_cast<std::uint8_t>(flow.payload_watch + 1) : kWatchNoPayload;
      return;
    }
  }
  const std::uint16_t number = flow.shape_slot;
  Slot& slot = slots_[number];
  // What is due is told as it stood before this packet, so that a silence in front of it counts.
  const std::uint32_t passed = event_times(packet.at - flow.first_seen);
  const bool due = passed > std::exchange(slot.told, passed);
  if (due) tell(slot, false, packet);
  if (due && bulky(slot.shape.bytes(), packet.at - slot.shape.watched_since())) {
    release(number);
    flow.payload_watch = kWatchNoPayload;
    return;
  }
  slot.shape.take(sender, slot.shape.fresh(sender, payload.sequence, payload.size), payload.bytes, packet.at);
  by_payload_.remove(number, links());
  by_payload_.push_back(number, links());
}

std::uint16_t& FlowShapes::held_by_address_of(const Flow& flow) {
  return held_[std::hash<IpAddress>()(flow.ref.tuple.source.address) % kBuckets];
}

bool FlowShapes::follow(Flow& flow, const PacketContext& packet) {
  const FlowCounters& counted = flow.counters;
  const Duration life = packet.at - flow.first_seen;
  if (counted.bytes[0] == 0 || counted.bytes[1] == 0 || life < kLeastLife || bulky(counted.bytes[0] + counted.bytes[1], life)) return false;
  if (held_by_address_of(flow) > capacity_ / 4) return false;
  if (size() >= capacity_) {
    Slot& oldest = slots_[by_payload_.first()];
    tell(oldest, false, packet);
    oldest.flow->payload_watch = kWatchNoPayload;
    release(by_payload_.first());
  }
  std::uint16_t number = static_cast<std::uint16_t>(slots_.size());
  if (free_.empty()) {
    slots_.emplace_back();
  } else {
    number = free_.back();
    free_.pop_back();
  }
  Slot& slot = slots_[number];
  std::optional<Direction> first;
  if (flow.first_payload < 2) first = static_cast<Direction>(flow.first_payload);
  slot = Slot{};
  slot.shape = TrafficShape(packet.at, first);
  slot.flow = &flow;
  slot.told = event_times(life);
  ++held_by_address_of(flow);
  by_payload_.push_back(number, links());
  flow.payload_watch = kWatchEveryPayload;
  flow.shape_slot = number;
  return true;
}

void FlowShapes::tell(const Slot& slot, bool over, const PacketContext& packet) {
  const Timestamp last = slot.shape.last();
  const Timestamp now = over ? last : packet.at;
  if (now - slot.shape.watched_since() < kLeastWatched || !slot.shape.looks_sealed()) return;
  ShapeSeen seen = slot.shape.seen(now);
  if (seen.requests < kLeastWords || seen.answers < kLeastWords) return;
  seen.over = over;
  Observation observation;
  observation.at = packet.at;
  observation.sequence = packet.sequence;
  observation.frame = packet.frame;
  observation.file = packet.file;
  observation.flow = slot.flow->ref;
  observation.what = seen;
  out_.take_shape(*slot.flow, std::move(observation));
}

void FlowShapes::drop(Flow& flow) {
  if (flow.payload_watch == kWatchEveryPayload) release(flow.shape_slot);
  flow.payload_watch = kWatchNoPayload;
}

void FlowShapes::closed(Flow& flow, const PacketContext& packet) {
  if (flow.payload_watch != kWatchEveryPayload) return;
  tell(slots_[flow.shape_slot], true, packet);
  drop(flow);
}

void FlowShapes::release(std::uint16_t number) {
  by_payload_.remove(number, links());
  Slot& slot = slots_[number];
  --held_by_address_of(*slot.flow);
  slot.flow = nullptr;
  free_.push_back(number);
}

}  // namespace scanner
