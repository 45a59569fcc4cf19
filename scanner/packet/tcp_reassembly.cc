#include "scanner/packet/tcp_reassembly.h"

#include <algorithm>
#include <limits>

namespace scanner {
namespace {

// Acknowledgements and FINs further ahead than any window allows are not believed.
constexpr std::int32_t kLargestWindow = 1 << 30;
// Sequence differences are signed 32-bit; a stream of which nothing is captured is moved
// along well before that overflows.
constexpr std::int32_t kLongestSilence = 1 << 28;
constexpr std::int32_t kFinWindow = 1 << 20;

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
  if (ahead < 0 || ahead > kLargestWindow) return take_repeated(site, piece, stream.next_sequence - piece.sequence);
  wait(site, stream.next + static_cast<std::uint64_t>(ahead), piece);
}

void TcpReassembly::take_repeated(const Site& site, const Piece& piece, std::uint32_t behind) {
  if (behind > kFarBehind) return take_stray(site, piece);
  const TcpStream& stream = site.stream;
  const std::size_t repeated = std::min<std::size_t>(piece.bytes.size(), behind);
  const bool keep_alive = behind == 1 && piece.bytes.size() == 1;
  if (stream.recent && !keep_alive && stream.next >= behind)
    count_conflicts(site, stream.recent->count_differing(stream.next - behind, piece.bytes.first(repeated)));
  Piece rest{stream.next_sequence, piece.bytes.subspan(repeated), piece.cut};
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
  if (stream.recent) stream.recent->restart(stream.next);
  add_saturating(site.flow.counters.gap_bytes[index(site.direction)], missing);
  ++counters_.gaps;
  counters_.gap_bytes += missing;
  events_.on_gap(site.flow, site.direction, missing, site.packet);
}

void TcpReassembly::remember(TcpStream& stream, std::uint64_t offset, Bytes bytes) {
  if (!stream.recent) {
    if (recent_count_ >= kRecentStreams) return;
    ++recent_count_;
    if (idle_recent_.empty()) {
      stream.recent.reset(new RecentBytes(offset));
    } else {
      stream.recent = std::move(idle_recent_.back());
      idle_recent_.pop_back();
      stream.recent->restart(offset);
    }
  }
  stream.recent->add(offset, bytes);
}

void TcpReassembly::forget_recent(TcpStream& stream) {
  if (!stream.recent) return;
  --recent_count_;
  idle_recent_.push_back(std::move(stream.recent));
}

void TcpReassembly::count_conflicts(const Site& site, std::size_t bytes) {
  if (bytes == 0) return;
  add_saturating(site.flow.counters.conflicting_bytes[index(site.direction)], bytes);
  counters_.conflicting_bytes += bytes;
}

}  // namespace scanner
