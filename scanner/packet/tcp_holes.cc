// The part of tcp_reassembly.h that deals with bytes behind holes.
#include "scanner/packet/tcp_reassembly.h"

#include <algorithm>

namespace scanner {
namespace {

constexpr std::uint32_t kOneSidedShare = 4;

std::size_t index(Direction d) { return static_cast<std::size_t>(d); }

}  // namespace

void TcpReassembly::wait(const Site& site, std::uint64_t begin, const Piece& piece) {
  TcpWaiting& waiting = waiting_of(site);
  weight_ -= waiting.bytes.weight();
  const std::size_t conflicting = waiting.bytes.add(begin, piece.bytes, piece.cut, site.packet);
  weight_ += waiting.bytes.weight();
  count_conflicts(site, conflicting);
  drain(site);
  give_up_due_holes(site);
  relieve_shard(site.packet);
}

// Delivers what waits and is now in order.
void TcpReassembly::drain(const Site& site) {
  TcpStream& stream = site.stream;
  while (stream.waiting && !stream.waiting->bytes.empty() && stream.waiting->bytes.first().begin <= stream.next) {
    WaitingBytes& bytes = stream.waiting->bytes;
    weight_ -= bytes.weight();
    const WaitingBytes::Run run = bytes.take_first();
    weight_ += bytes.weight();
    const std::uint64_t free = bytes.empty() ? run.cut : bytes.first().begin - run.end();
    deliver_run(site, run);
    if (site.wanted()) report_gap(site, std::min<std::uint64_t>(run.cut, free));
    if (!site.wanted() && !bytes.empty()) {
      const std::uint64_t rest = bytes.end() - stream.next;
      return pass_over(site, stream.next_sequence + static_cast<std::uint32_t>(rest));
    }
  }
  if (stream.waiting && stream.waiting->bytes.empty()) drop_waiting(stream);
}

void TcpReassembly::deliver_run(const Site& site, const WaitingBytes::Run& run) {
  const Bytes all(run.bytes);
  for (std::size_t i = 0; i < run.marks.size(); ++i) {
    const WaitingBytes::Mark& mark = run.marks[i];
    const std::uint64_t end = i + 1 < run.marks.size() ? run.marks[i + 1].begin : run.end();
    const Bytes part =
        all.subspan(static_cast<std::size_t>(mark.begin - run.begin), static_cast<std::size_t>(end - mark.begin));
    deliver(site, part, {site.packet.at, mark.sequence, mark.frame, mark.file});
  }
}

// Whether the first hole need not be waited for any longer.
bool TcpReassembly::is_due(const Site& site) const {
  const WaitingBytes& bytes = site.stream.waiting->bytes;
  const WaitingBytes::Run& run = bytes.first();
  const Timestamp now = site.packet.at;
  // Bytes that were acknowledged before they came show that the capture itself is out of
  // order: what is missing may follow at the same instant.
  if (site.stream.acked == run.begin || (site.stream.acked > run.begin && now > run.since)) return true;
  const bool one_sided = site.flow.counters.packets[index(opposite(site.direction))] == 0;
  const std::uint32_t limit = limits_.max_pending_bytes / (one_sided ? kOneSidedShare : 1);
  return bytes.weight() >= limit || now - run.since >= (one_sided ? kOneSidedPatience : kHolePatience);
}

void TcpReassembly::give_up_due_holes(const Site& site) {
  while (site.stream.waiting && is_due(site)) give_up_first_hole(site);
}

void TcpReassembly::give_up_first_hole(const Site& site) {
  TcpStream& stream = site.stream;
  const WaitingBytes& bytes = stream.waiting->bytes;
  if (!site.wanted()) {
    const std::uint64_t rest = bytes.end() - stream.next;
    return pass_over(site, stream.next_sequence + static_cast<std::uint32_t>(rest));
  }
  report_gap(site, bytes.first().begin - stream.next);
  drain(site);
}

void TcpReassembly::relieve_shard(const PacketContext& packet) {
  while (weight_ >= limits_.max_pending_bytes_per_shard && longest_ != nullptr) {
    TcpWaiting& waiting = *longest_;
    give_up_first_hole({*waiting.flow, *waiting.stream, waiting.direction, packet});
  }
}

void TcpReassembly::flush(Flow& flow, TcpStreams& streams, const PacketContext& packet) {
  for (const Direction d : {Direction::FromInitiator, Direction::FromResponder}) {
    const Site site{flow, streams[index(d)], d, packet};
    while (site.stream.waiting) give_up_first_hole(site);
  }
}

void TcpReassembly::forget(TcpStreams& streams) {
  for (TcpStream& stream : streams) {
    drop_waiting(stream);
    forget_recent(stream);
  }
}

TcpWaiting& TcpReassembly::waiting_of(const Site& site) {
  TcpStream& stream = site.stream;
  if (stream.waiting) return *stream.waiting;
  stream.firm = true;
  stream.waiting = std::make_unique<TcpWaiting>();
  TcpWaiting& waiting = *stream.waiting;
  waiting.flow = &site.flow;
  waiting.stream = &stream;
  waiting.direction = site.direction;
  waiting.before = shortest_;
  (shortest_ != nullptr ? shortest_->after : longest_) = &waiting;
  shortest_ = &waiting;
  return waiting;
}

void TcpReassembly::drop_waiting(TcpStream& stream) {
  if (!stream.waiting) return;
  TcpWaiting& waiting = *stream.waiting;
  weight_ -= waiting.bytes.weight();
  (waiting.before != nullptr ? waiting.before->after : longest_) = waiting.after;
  (waiting.after != nullptr ? waiting.after->before : shortest_) = waiting.before;
  stream.waiting.reset();
}

}  // namespace scanner
