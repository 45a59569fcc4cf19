#include "scanner/packet/tcp_stream.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace scanner {
namespace {

// Acknowledgements and FINs further ahead than any window allows are not believed.
constexpr std::int32_t kLargestWindow = 1 << 30;
// Sequence differences are signed 32-bit; a stream of which nothing is captured is moved
// along well before that overflows.
constexpr std::int32_t kLongestSilence = 1 << 28;
constexpr std::int32_t kFinWindow = 1 << 20;
constexpr std::uint32_t kOneSidedShare = 4;

std::size_t index(Direction d) { return static_cast<std::size_t>(d); }

std::int32_t ahead_of(std::uint32_t sequence, std::uint32_t expected) {
  return static_cast<std::int32_t>(sequence - expected);
}

void add_saturating(std::uint32_t& counter, std::uint64_t value) {
  const std::uint64_t sum = counter + value;
  counter = static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

void TcpStream::anchor(std::uint32_t sequence, bool is_firm) {
  // What was acknowledged keeps its place in sequence space.
  const std::int32_t known = anchored ? ahead_of(start() + static_cast<std::uint32_t>(acked), sequence) : 0;
  acked = known > 0 ? static_cast<std::uint64_t>(known) : 0;
  next = 0;
  next_sequence = sequence;
  anchored = true;
  firm = is_firm;
}

TcpReassembly::TcpReassembly(const FlowLimits& limits, FlowEvents& events, FlowTrackerCounters& counters)
    : limits_(limits), events_(events), counters_(counters) {}

void TcpReassembly::take(Flow& flow, TcpStreams& streams, Direction d, const Decoded& segment,
                         const PacketContext& packet) {
  TcpStream& own = streams[index(d)];
  const TcpFields& tcp = segment.tcp;
  const Site site{flow, own, d, packet};
  const Site other{flow, streams[index(opposite(d))], opposite(d), packet};
  give_up_due_holes(site);
  give_up_due_holes(other);
  if (tcp.ack) take_acknowledgement(other, own, tcp);
  Piece piece{tcp.sequence, segment.payload, segment.payload_cut};
  if (tcp.syn) {
    ++piece.sequence;
    if (!own.firm) own.anchor(piece.sequence, true);
    own.syn_seen = true;
  } else if (!own.anchored) {
    own.anchor(piece.sequence, false);
  }
  if (!piece.bytes.empty() || piece.cut != 0) take_bytes(site, piece);
  if (tcp.fin) take_fin(own, piece.end() + piece.cut);
}

void TcpReassembly::take_acknowledgement(const Site& acked, const TcpStream& acking, const TcpFields& tcp) {
  TcpStream& stream = acked.stream;
  std::uint32_t sequence = tcp.acknowledgement;
  if (!stream.anchored) {
    // The handshake's own acknowledgement tells where the stream starts; any other is the
    // first point that is known of it.
    stream.anchor(sequence, tcp.syn || (acking.syn_seen && tcp.sequence == acking.start()));
    return;
  }
  if (stream.stray_begin != stream.stray_end && sequence == stream.stray_end) resynchronise(acked, sequence);
  if (stream.fin_seen && sequence == stream.fin_sequence + 1) --sequence;
  const std::int32_t ahead = ahead_of(sequence, stream.next_sequence);
  if (ahead > kLargestWindow || (ahead < 0 && stream.next < static_cast<std::uint64_t>(-std::int64_t{ahead}))) return;
  const std::uint64_t offset = stream.next + static_cast<std::uint64_t>(std::int64_t{ahead});
  if (offset <= stream.acked) return;
  stream.acked = offset;
  if (acked.flow.watches_acknowledgements) {
    stream.firm = true;
    events_.on_acknowledged(acked.flow, opposite(acked.direction), offset, acked.packet);
  }
  give_up_due_holes(acked);
  if (ahead <= kLongestSilence || stream.waiting) return;
  if (acked.flow.counters.packets[index(acked.direction)] != 0) {
    report_gap(acked, static_cast<std::uint64_t>(ahead));
  } else {
    stream.next = offset;
    stream.next_sequence = sequence;
  }
}

void TcpReassembly::take_bytes(const Site& site, const Piece& piece) {
  TcpStream& stream = site.stream;
  // What is before the first point known of a stream was sent before the capture began, or
  // is a keep-alive's byte.
  if (!stream.firm && ahead_of(piece.sequence, stream.next_sequence) > 0) stream.anchor(piece.sequence, false);
  if (!site.wanted()) return pass_over(site, piece.end() + piece.cut);
  const std::int32_t ahead = ahead_of(piece.sequence, stream.next_sequence);
  if (ahead == 0 && !stream.waiting) {
    deliver(site, piece.bytes, site.packet);
    if (piece.cut != 0) report_gap(site, piece.cut);
    return;
  }
  if (ahead < 0 || ahead > kLargestWindow)
    return take_repeated(site, piece, stream.next_sequence - piece.sequence);
  wait(site, stream.next + static_cast<std::uint64_t>(ahead), piece);
}

void TcpReassembly::take_repeated(const Site& site, const Piece& piece, std::uint32_t behind) {
  if (behind > kFarBehind) return take_stray(site, piece);
  const std::size_t repeated = std::min<std::size_t>(piece.bytes.size(), behind);
  const bool keep_alive = behind == 1 && piece.bytes.size() == 1;
  if (!keep_alive) compare_with_recent(site, behind, piece.bytes.first(repeated));
  Piece rest{site.stream.next_sequence, piece.bytes.subspan(repeated), piece.cut};
  if (rest.bytes.empty()) {
    const auto known = static_cast<std::uint32_t>(behind - repeated);
    rest.cut = piece.cut > known ? piece.cut - known : 0;
    if (rest.cut == 0) return;
  }
  take_bytes(site, rest);
}

void TcpReassembly::take_stray(const Site& site, const Piece& piece) {
  TcpStream& stream = site.stream;
  const bool continues = stream.stray_begin != stream.stray_end &&
                         piece.sequence - stream.stray_begin <= stream.stray_end - stream.stray_begin;
  if (!continues) stream.stray_begin = stream.stray_end = piece.sequence;
  if (ahead_of(piece.end(), stream.stray_end) > 0) stream.stray_end = piece.end();
  if (stream.stray_end - stream.stray_begin < kResyncBytes) return;
  const std::uint32_t from = stream.stray_begin + kResyncBytes;
  resynchronise(site, from);
  if (ahead_of(piece.end(), from) > 0 && ahead_of(from, piece.sequence) >= 0)
    take_bytes(site, {from, piece.bytes.subspan(from - piece.sequence), piece.cut});
}

void TcpReassembly::resynchronise(const Site& site, std::uint32_t sequence) {
  TcpStream& stream = site.stream;
  while (stream.waiting) give_up_first_hole(site);
  stream.stray_begin = stream.stray_end = 0;
  stream.fin_seen = false;
  report_gap(site, sequence - stream.next_sequence);
}

void TcpReassembly::take_fin(TcpStream& stream, std::uint32_t sequence) {
  const std::int32_t ahead = ahead_of(sequence, stream.next_sequence);
  if (ahead < 0 || ahead > kFinWindow) return;
  stream.fin_seen = true;
  stream.fin_sequence = sequence;
}

// Counts what nobody wants as passed.
void TcpReassembly::pass_over(const Site& site, std::uint32_t end_sequence) {
  TcpStream& stream = site.stream;
  drop_waiting(stream);
  forget_recent(stream);
  stream.firm = true;
  const std::int32_t ahead = ahead_of(end_sequence, stream.next_sequence);
  if (ahead <= 0) return;
  stream.next += static_cast<std::uint64_t>(ahead);
  stream.next_sequence = end_sequence;
}

void TcpReassembly::deliver(const Site& site, Bytes bytes, const PacketContext& packet) {
  if (bytes.empty()) return;
  TcpStream& stream = site.stream;
  const std::uint64_t offset = stream.next;
  stream.firm = true;
  stream.next += bytes.size();
  stream.next_sequence += static_cast<std::uint32_t>(bytes.size());
  // Whoever sends on behind its FIN never sent that FIN.
  if (stream.fin_seen && ahead_of(stream.next_sequence, stream.fin_sequence) > 0) stream.fin_seen = false;
  if (!site.wanted()) return;
  remember(stream, offset, bytes);
  events_.on_bytes(site.flow, site.direction, bytes, offset, packet);
}

void TcpReassembly::report_gap(const Site& site, std::uint64_t missing) {
  TcpStream& stream = site.stream;
  if (missing == 0) return;
  stream.next += missing;
  stream.next_sequence += static_cast<std::uint32_t>(missing);
  if (!site.wanted()) return;
  stream.firm = true;
  if (stream.recent) stream.recent->begin = stream.next;
  add_saturating(site.flow.counters.gap_bytes[index(site.direction)], missing);
  ++counters_.gaps;
  counters_.gap_bytes += missing;
  events_.on_gap(site.flow, site.direction, missing, site.packet);
}

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
    const Bytes part = all.subspan(static_cast<std::size_t>(mark.begin - run.begin),
                                   static_cast<std::size_t>(end - mark.begin));
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

void TcpReassembly::remember(TcpStream& stream, std::uint64_t offset, Bytes bytes) {
  if (!stream.recent) {
    if (recent_count_ >= kRecentStreams) return;
    ++recent_count_;
    stream.recent = std::make_unique<TcpRecent>();
    stream.recent->begin = offset;
  }
  if (bytes.size() > kRecentBytes) {
    offset += bytes.size() - kRecentBytes;
    bytes = bytes.last(kRecentBytes);
  }
  std::uint8_t* ring = stream.recent->ring.data();
  const std::size_t at = offset % kRecentBytes;
  const std::size_t straight = std::min(bytes.size(), kRecentBytes - at);
  std::memcpy(ring + at, bytes.data(), straight);
  std::memcpy(ring, bytes.data() + straight, bytes.size() - straight);
}

void TcpReassembly::compare_with_recent(const Site& site, std::uint32_t behind, Bytes bytes) {
  const TcpStream& stream = site.stream;
  if (!stream.recent || stream.next < behind) return;
  std::uint64_t offset = stream.next - behind;
  const std::uint64_t oldest =
      std::max(stream.recent->begin, stream.next > kRecentBytes ? stream.next - kRecentBytes : 0);
  std::size_t conflicting = 0;
  for (const std::uint8_t byte : bytes) {
    if (offset >= oldest && stream.recent->ring[offset % kRecentBytes] != byte) ++conflicting;
    ++offset;
  }
  count_conflicts(site, conflicting);
}

void TcpReassembly::forget_recent(TcpStream& stream) {
  if (!stream.recent) return;
  --recent_count_;
  stream.recent.reset();
}

void TcpReassembly::count_conflicts(const Site& site, std::size_t bytes) {
  if (bytes == 0) return;
  add_saturating(site.flow.counters.conflicting_bytes[index(site.direction)], bytes);
  counters_.conflicting_bytes += bytes;
}

}  // namespace scanner
