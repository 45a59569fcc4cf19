#include "scanner/protocol/dispatcher.h"

#include "scanner/protocol/conversation.h"
#include "scanner/protocol/duino_conversation.h"
#include "scanner/protocol/stratum2_conversation.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace scanner {
namespace {

// Where a search found a start, and the length of the shortest prefix that shows it: what
// shows itself first wins, whatever the pieces in which the bytes came.
struct Start {
  std::size_t shown_at = 0;
  std::size_t protocol = 0;
  std::size_t at = 0;

  friend auto operator<=>(const Start&, const Start&) = default;
};

// The shortest prefix of `bytes` in which `resync` finds something; it does in `bytes`.
std::size_t shortest_find(std::optional<std::size_t> (*resync)(Bytes), Bytes bytes) {
  std::size_t without = 0, with = bytes.size();
  while (without + 1 < with) {
    const std::size_t middle = without + (with - without) / 2;
    (resync(bytes.first(middle)) ? with : without) = middle;
  }
  return with;
}

std::optional<Start> find_start(std::span<const StreamProtocol> streams, Bytes bytes) {
  std::optional<Start> best;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    if (!streams[i].resync || !streams[i].resync(bytes)) continue;
    const std::size_t shown_at = shortest_find(streams[i].resync, bytes);
    const auto at = streams[i].resync(bytes.first(shown_at));
    if (!at || *at == 0 || *at >= shown_at) continue;
    const Start start{shown_at, i, *at};
    if (!best || start < *best) best = start;
  }
  return best;
}

}  // namespace

// One direction.
//
//   Undecided --Yes--> Reading --Boundary--> Undecided
//   Undecided --No---> Searching --found--> Reading      where a start may be found later
//   Undecided --No---> Dormant                           elsewhere
//   Searching --nothing within kResyncBytes--> Dormant or Done
//   Reading --Skim, GaveUp--> Dormant or Done
//   Dormant --the other direction holds a mining conversation--> Undecided
//
// Done, which is for good, instead of Dormant once there is a conversation: what then
// follows in the same segment must not be looked at in one cut and be dropped in another.
struct Dispatcher::Side {
  enum class State : std::uint8_t { Undecided, Searching, Reading, Dormant, Done };

  Side(FlowSession& flow_session, std::span<const StreamProtocol> protocols, Direction direction)
      : session(flow_session), streams(protocols), sender(direction), midstream(!flow_session.flow().start_seen) {}

  bool take(Bytes bytes, std::uint64_t offset, const Moment& moment);
  bool gap(std::uint64_t missing, const Moment& moment);

  void decide(Bytes& bytes, const Moment& moment);
  void search(Bytes& bytes, const Moment& moment);
  void refuse();
  void rest();
  bool start(std::size_t protocol, const Moment& moment);
  // Lets the reader have the kept bytes from `from` on.
  void read_kept(std::size_t from, const Moment& moment);
  std::size_t read(Bytes bytes, std::uint64_t end, const Moment& moment);
  std::size_t settle(const ReadResult& result, std::size_t size, const Moment& moment);
  void give_up(const char* reason, const Moment& moment);
  void keep(Bytes bytes);
  bool conversation_going() const;
  bool still_wanted() const { return state != State::Done && state != State::Dormant; }
  Bytes kept() const { return Bytes(kept_bytes).first(kept_size); }

  // Before a search position: one byte, and all of a start that has not shown itself yet.
  static constexpr std::size_t kTail = kProbeBytes + 1;

  FlowSession& session;
  std::span<const StreamProtocol> streams;
  Direction sender;
  State state = State::Undecided;
  bool midstream;        // a message may have begun before the first byte seen
  bool started = false;  // position is known
  std::uint8_t kept_size = 0;
  std::uint8_t gaps_reported = 0;
  std::uint16_t handovers = 0;
  std::size_t protocol = 0;    // of the reader
  std::uint64_t position = 0;  // in the stream: of the next byte to come, kept bytes excluded
  std::size_t search_left = kResyncBytes;
  std::unique_ptr<StreamReader> reader;
  std::array<std::uint8_t, kTail> kept_bytes;  // Undecided: all since its start; Searching: the tail
};

bool Dispatcher::Side::conversation_going() const {
  return session.has_conversation() && !session.conversation().given_up();
}

// Remembers `bytes` behind what is kept already: the last kTail of all that.
void Dispatcher::Side::keep(Bytes bytes) {
  if (bytes.size() > kTail) bytes = bytes.last(kTail);
  const std::size_t stay = std::min<std::size_t>(kept_size, kTail - bytes.size());
  std::memmove(kept_bytes.data(), kept_bytes.data() + (kept_size - stay), stay);
  std::copy(bytes.begin(), bytes.end(), kept_bytes.begin() + static_cast<std::ptrdiff_t>(stay));
  kept_size = static_cast<std::uint8_t>(stay + bytes.size());
}

bool Dispatcher::Side::take(Bytes bytes, std::uint64_t offset, const Moment& moment) {
  if (started && offset > position) gap(offset - position, moment);
  started = true;
  position = offset;
  if (state == State::Dormant && conversation_going()) {
    state = State::Undecided;
    midstream = true;
  }
  while (!bytes.empty() && still_wanted()) {
    if (state == State::Undecided) {
      decide(bytes, moment);
    } else if (state == State::Searching) {
      search(bytes, moment);
    } else {
      const std::size_t taken = read(bytes, position + bytes.size(), moment);
      position += taken;
      bytes = bytes.subspan(taken);
    }
  }
  position += bytes.size();
  session.sent[static_cast<std::size_t>(sender)] = position;
  return still_wanted();
}

bool Dispatcher::Side::gap(std::uint64_t missing, const Moment& moment) {
  const bool counted = missing != kUnknownLoss;
  if (counted) position += missing;
  if (!still_wanted()) return false;
  if (counted && session.observations() > 0 && gaps_reported < kMaxGapsReported) {
    ++gaps_reported;
    session.observe(sender, moment, BytesMissing{missing});
  }
  if (state == State::Reading) {
    settle(reader->gap(missing, moment), 0, moment);
    if (state == State::Undecided) midstream = true;
    return still_wanted();
  }
  state = State::Undecided;
  kept_size = 0;
  midstream = true;
  return true;
}

// Shows the first bytes to the probes. Takes from `bytes` only what it keeps.
void Dispatcher::Side::decide(Bytes& bytes, const Moment& moment) {
  std::array<std::uint8_t, kProbeBytes> joined;
  Bytes start_bytes = bytes.first(std::min(bytes.size(), kProbeBytes));
  if (kept_size > 0) {
    const std::size_t more = std::min(bytes.size(), kProbeBytes - kept_size);
    std::copy(kept().begin(), kept().end(), joined.begin());
    std::copy_n(bytes.begin(), more, joined.begin() + kept_size);
    start_bytes = Bytes(joined).first(kept_size + more);
  }
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const Probe answer = streams[i].probe(start_bytes);
    if (answer == Probe::NeedMore && start_bytes.size() < kProbeBytes) {
      keep(bytes);
      position += bytes.size();
      bytes = {};
      return;
    }
    if (answer != Probe::Yes || (midstream && streams[i].from_start_only) || !start(i, moment)) continue;
    if (state == State::Reading) read_kept(0, moment);
    return;
  }
  refuse();
}

// No probe wants these bytes.
void Dispatcher::Side::refuse() {
  if (midstream || conversation_going()) {
    state = State::Searching;
    search_left = kResyncBytes - kept_size;
  } else {
    rest();
  }
}

void Dispatcher::Side::rest() {
  reader.reset();
  kept_size = 0;
  state = conversation_going() ? State::Done : State::Dormant;
}

// Looks for a start in what is kept and in `bytes`, behind the first of them all.
void Dispatcher::Side::search(Bytes& bytes, const Moment& moment) {
  const Bytes fresh = bytes.first(std::min(bytes.size(), search_left));
  std::array<std::uint8_t, 2 * kTail> seam;  // starts that lie in or right behind what is kept
  const std::size_t behind = std::min(fresh.size(), kTail);
  std::copy(kept().begin(), kept().end(), seam.begin());
  std::copy_n(fresh.begin(), behind, seam.begin() + kept_size);
  auto found = find_start(streams, Bytes(seam).first(kept_size + behind));
  if (auto beyond = find_start(streams, fresh)) {
    beyond->shown_at += kept_size;
    beyond->at += kept_size;
    if (!found || *beyond < *found) found = beyond;
  }
  if (!found) {
    keep(fresh);
    position += fresh.size();
    search_left -= fresh.size();
    bytes = bytes.subspan(fresh.size());
    if (search_left == 0) rest();
    return;
  }
  const std::size_t old = kept_size;
  if (!start(found->protocol, moment)) {
    rest();
  } else if (found->at < old) {
    read_kept(found->at, moment);
  } else {
    kept_size = 0;
    position += found->at - old;
    bytes = bytes.subspan(found->at - old);
  }
}

// False: the protocol is not spoken on this flow.
bool Dispatcher::Side::start(std::size_t index, const Moment& moment) {
  protocol = index;
  if (handovers >= kMaxHandovers) {
    give_up("the protocol changes too often", moment);
    return true;
  }
  reader = streams[index].make(session, sender);
  if (!reader) return false;
  ++handovers;
  state = State::Reading;
  return true;
}

void Dispatcher::Side::read_kept(std::size_t from, const Moment& moment) {
  const auto bytes = kept_bytes;
  const Bytes due = Bytes(bytes).first(kept_size).subspan(from);
  kept_size = 0;
  if (due.empty()) return;
  const std::size_t taken = read(due, position, moment);
  if (state == State::Undecided) keep(due.subspan(taken));
}

// Returns how many of `bytes` are done with.
std::size_t Dispatcher::Side::read(Bytes bytes, std::uint64_t end, const Moment& moment) {
  std::uint64_t& sent = session.sent[static_cast<std::size_t>(sender)];
  sent = end;
  const ReadResult result = reader->read(bytes, moment);
  sent = end;
  return settle(result, bytes.size(), moment);
}

std::size_t Dispatcher::Side::settle(const ReadResult& result, std::size_t size, const Moment& moment) {
  switch (result.state) {
    case ReadState::Reading:
      return size;
    case ReadState::Boundary:
      reader.reset();
      state = State::Undecided;
      return std::min(result.consumed, size);
    case ReadState::Skim:
      rest();
      return size;
    case ReadState::GaveUp:
      give_up(result.reason, moment);
      return size;
  }
  return size;
}

void Dispatcher::Side::give_up(const char* reason, const Moment& moment) {
  rest();
  if (session.observations() > 0)
    session.observe(sender, moment, ParserGaveUp{std::string(streams[protocol].name), reason});
}

Dispatcher::Dispatcher(FlowSession& session, std::span<const StreamProtocol> streams,
                       std::span<const DatagramProtocol> datagrams)
    : session_(session), streams_(streams), datagrams_(datagrams) {}

Dispatcher::~Dispatcher() = default;

Dispatcher::Side& Dispatcher::side(Direction sender) {
  auto& side = sides_[static_cast<std::size_t>(sender)];
  if (!side) side = std::make_unique<Side>(session_, streams_, sender);
  return *side;
}

bool Dispatcher::bytes(Direction sender, Bytes bytes, std::uint64_t offset, const Moment& moment) {
  return side(sender).take(bytes, offset, moment);
}

bool Dispatcher::gap(Direction sender, std::uint64_t missing, const Moment& moment) {
  return side(sender).gap(missing, moment);
}

void Dispatcher::datagram(Direction sender, Bytes datagram, const Moment& moment) {
  for (const DatagramProtocol& protocol : datagrams_)
    if (protocol.parse(session_, sender, datagram, moment)) return;
}

void Dispatcher::acknowledged(Direction sender, std::uint64_t offset, const Moment& moment) {
  session_.acknowledged(sender, offset, moment);
  if (session_.has_conversation()) session_.conversation().acknowledged(sender, offset, moment);
  if (session_.has_stratum2()) session_.stratum2().acknowledged(sender, offset, moment);
}

bool Dispatcher::watches_acknowledgements() const {
  return session_.awaits_acknowledgement() || (session_.has_conversation() && session_.conversation().watches_acknowledgements()) ||
         (session_.has_stratum2() && session_.stratum2().watches_acknowledgements());
}

std::optional<Dispatcher::Standing> Dispatcher::standing(Direction sender) const {
  const auto& side = sides_[static_cast<std::size_t>(sender)];
  if (!side) return Standing::Between;
  if (side->state == Side::State::Dormant) return Standing::Unreadable;
  const bool between = side->state == Side::State::Undecided ? side->kept_size == 0 : side->state == Side::State::Reading && side->reader->between_messages();
  if (!between || side->midstream == session_.flow().start_seen || side->gaps_reported != 0) return std::nullopt;
  return Standing::Between;
}

void Dispatcher::resume(Direction sender, Standing standing) {
  if (standing == Standing::Unreadable) side(sender).state = Side::State::Dormant;
}

void Dispatcher::end(const Moment& moment) {
  if (session_.has_conversation()) session_.conversation().end(moment);
  if (session_.has_stratum2()) session_.stratum2().end(moment);
  if (session_.has_duino()) session_.duino().end(moment);
  for (auto& side : sides_) side.reset();
}

}  // namespace scanner
