#include "scanner/io/live_merge.h"

#include <algorithm>
#include <utility>

namespace scanner {

bool LiveMerge::Head::before(const Head& other) const {
  if (!exists || !other.exists) return exists;
  if (at != other.at) return at < other.at;
  return place < other.place;  // the host's is the first
}

void LiveMerge::put(std::size_t lane, EventBatch&& batch, const LiveTime& now) {
  if (batch.events.empty()) return;
  auto place = std::lower_bound(lanes_.begin(), lanes_.end(), lane, [](const Lane& one, std::size_t number) { return one.number < number; });
  if (place == lanes_.end() || place->number != lane) place = lanes_.insert(place, Lane{lane, {}});
  events_ += batch.events.size();
  for (const Event& event : batch.events) bytes_ += event.packet.data.size();
  place->pieces.push_back({std::move(batch), 0, now, 0});
}

bool LiveMerge::take(Duration steady, std::size_t most, EventBatch& out) {
  ++round_;
  std::erase_if(lanes_, [](const Lane& lane) { return lane.pieces.empty(); });
  while (true) {
    Head first, second;
    earliest_two(first, second);
    if (!first.exists) return false;
    Lane& lane = lanes_[first.place];
    // For as long as it is the earliest.
    do {
      if (!flushing_ && !full() && due_of(lane.pieces.front()) > steady) return false;
      if (out.events.size() >= most) return true;
      take_from(lane, out);
      if (lane.pieces.empty()) break;
      first.at = lane.pieces.front().batch.events[lane.pieces.front().position].at;
    } while (first.before(second));
  }
}

std::optional<Duration> LiveMerge::due() const {
  Head first, second;
  earliest_two(first, second);
  if (!first.exists) return std::nullopt;
  const Piece& piece = lanes_[first.place].pieces.front();
  return flushing_ || full() ? piece.read.steady : due_of(piece);
}

void LiveMerge::earliest_two(Head& first, Head& second) const {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i].pieces.empty()) continue;
    const Piece& piece = lanes_[i].pieces.front();
    const Head head{i, piece.batch.events[piece.position].at, true};
    if (head.before(first)) {
      second = first;
      first = head;
    } else if (head.before(second)) {
      second = head;
    }
  }
}

void LiveMerge::take_from(Lane& lane, EventBatch& out) {
  Piece& piece = lane.pieces.front();
  if (piece.shared_with != round_) {
    for (const auto& block : piece.batch.blocks)
      if (out.blocks.empty() || out.blocks.back() != block) out.blocks.push_back(block);
    piece.shared_with = round_;
  }
  const Event& event = move_event(piece.batch, piece.position++, out);
  --events_;
  bytes_ -= event.packet.data.size();
  if (piece.position == piece.batch.events.size()) lane.pieces.pop_front();
}

// An event that was read late has waited already; one whose time is ahead of the clock waits no
// longer than others.
Duration LiveMerge::due_of(const Piece& piece) const {
  const Duration age = piece.read.wall - piece.batch.events[piece.position].at;
  return piece.read.steady + std::clamp(hold_ - age, Duration{0}, hold_);
}

}  // namespace scanner
