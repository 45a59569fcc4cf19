// Conversations that nobody but their ends can read, by what is left: who sends how many bytes
// before the other answers. Random-looking bytes alone say nothing; each shape here asks for
// exact lengths in a fixed order. None of it is ever more than an indicator.
//
// stratum2-noise  Stratum V2 in a Noise NX session (sv2-spec, chapter 4): 64 bytes, an
//                 ElligatorSwift key; 234 bytes, key, sealed key and sealed certificate (170 with
//                 the keys of 32 bytes of older editions); then frames of a sealed header, 22
//                 bytes, and a payload and 16: SetupConnection (54 bytes or more), its .Success
//                 (44 exactly), a channel's opening (79 to 336), its answer with a first job (83
//                 at least). Other sub-protocols and negotiated extensions have other lengths and
//                 are not told.
// bip324          Bitcoin's v2 transport: also begins with 64 such bytes, but both sides append
//                 garbage of 0 to 4095, the answer ends with 36 bytes or more (terminator and
//                 version packet), the third turn begins with as many, and the fourth holds a
//                 node's `version`, longer than 44. Since that fits any obfuscated protocol, it is
//                 told on Bitcoin's own ports alone, and concluded from by nobody.
// rlpx            Ethereum's peers (devp2p, rlpx.md, EIP-8): a size of two bytes, then so many, an
//                 ECIES message that begins with 04 (an uncompressed point), and the like back,
//                 where frames of whole 16 bytes may follow.
//
// Ethereum's discv5 has no shape at all: its header is masked with the receiver's node id, and
// without that id any datagram of 63 to 1280 random bytes fits.
#include "scanner/protocol/parser.h"

#include <algorithm>
#include <array>
#include <bit>

namespace scanner::sealed_shapes {
namespace {

constexpr std::size_t kTurns = 6;
constexpr std::size_t kHead = 3;  // bytes that are remembered of each side

// 64 random bytes have 56.7 distinct values on average, and 256 bits set; both bounds lie four
// standard deviations or more away.
constexpr int kLeastDistinct = 46, kMostSkew = 60;

bool looks_random(Bytes sixty_four) {
  std::array<bool, 256> seen{};
  int distinct = 0, bits = 0;
  for (const std::uint8_t byte : sixty_four) {
    if (!seen[byte]) ++distinct;
    seen[byte] = true;
    bits += std::popcount(byte);
  }
  return distinct >= kLeastDistinct && std::abs(bits - 256) <= kMostSkew;
}

// Text, counters and paddings, which the first eight bytes mostly show.
bool looks_written(Bytes eight) {
  int printable = 0, zeros = 0;
  for (const std::uint8_t byte : eight) {
    if (byte >= 0x20 && byte < 0x7f) ++printable;
    if (byte == 0) ++zeros;
  }
  return printable == 8 || zeros >= 2;
}

bool within(std::uint64_t value, std::uint64_t least, std::uint64_t most) { return value >= least && value <= most; }

// What both sides' readers count.
struct Turns final : FlowSession::Shared {
  std::array<std::uint64_t, kTurns> length{};
  std::array<std::array<std::uint8_t, kHead>, 2> head{};
  std::size_t count = 0;  // turns begun; the last may go on
  bool over = false;      // nothing more can be learnt

  std::uint64_t rlpx_size(std::size_t side) const { return 2 + (std::uint64_t{head[side][0]} << 8 | head[side][1]); }

  // Each: could it still be that shape (`length` of the last turn is a lower bound)?
  bool may_be_noise() const {
    if (length[0] > 64 || (count > 1 && length[0] != 64)) return false;
    if (count > 1 && (length[1] > 234 || (count > 2 && length[1] != 234 && length[1] != 170))) return false;
    if (count > 2 && (length[2] > 1329 || (count > 3 && length[2] < 54))) return false;
    if (count > 3 && (length[3] > 44 || (count > 4 && length[3] != 44))) return false;
    return count <= 4 || (length[4] <= 336 && (count == 5 || length[4] >= 79));
  }
  bool may_be_bip324() const {
    if (length[0] > 64 + 4095) return false;
    if (count > 1 && (length[1] > 64 + 4095 + 1024 || (count > 2 && length[1] < 64 + 36))) return false;
    return count <= 3 || length[2] >= 36;
  }
  bool may_be_rlpx() const {
    constexpr std::uint64_t kLeast = 200, kMost = 1500;
    const std::uint64_t auth = rlpx_size(0);
    if (head[0][2] != 4 || !within(auth, kLeast, kMost) || length[0] > auth || (count > 1 && length[0] != auth))
      return false;
    const std::uint64_t ack = rlpx_size(1);
    if (count > 1 && (head[1][2] != 4 || !within(ack, kLeast, kMost))) return false;
    return count <= 2 || (length[1] >= ack && (length[1] - ack) % 16 == 0);
  }

  bool is_noise() const { return count == kTurns && length[5] >= 83 && may_be_noise(); }
  bool is_bip324() const { return count >= 4 && length[3] >= 100 && may_be_bip324(); }
  bool is_rlpx() const { return count == 3 && length[2] >= 64 && may_be_rlpx(); }
};

// Bitcoin's main network and its test networks.
bool is_bitcoin_port(std::uint16_t port) {
  constexpr std::uint16_t kPorts[] = {8333, 18333, 38333, 48333, 18444};
  return std::find(std::begin(kPorts), std::end(kPorts), port) != std::end(kPorts);
}

class Reader final : public StreamReader {
 public:
  Reader(FlowSession& session, Direction sender, Turns& turns) : session_(session), sender_(sender), turns_(turns) {}

  ReadResult read(Bytes bytes, const Moment& moment) override {
    if (turns_.over) return {ReadState::Skim};
    const auto side = static_cast<std::size_t>(sender_);
    for (std::size_t i = 0; i < bytes.size() && head_size_ < kHead; ++i) turns_.head[side][head_size_++] = bytes[i];
    // Turns alternate, and the initiator has the first.
    if (turns_.count == 0 || (turns_.count - 1) % 2 != side) {
      if (turns_.count == kTurns) return leave();
      ++turns_.count;
    }
    turns_.length[turns_.count - 1] += bytes.size();
    // The probe wanted more than a head, so the rest of it is here within this segment.
    return head_size_ < kHead ? ReadResult{} : judge(moment);
  }

  ReadResult gap(std::uint64_t, const Moment&) override { return leave(); }

 private:
  ReadResult leave() {
    turns_.over = true;
    return {ReadState::Skim};
  }

  ReadResult judge(const Moment& moment) {
    if (turns_.is_rlpx()) {
      peer(Direction::FromInitiator, "auth", moment);
      peer(Direction::FromResponder, "ack", moment);
      return leave();
    }
    if (turns_.is_noise()) return tell("stratum2-noise", moment);
    const bool node_port = is_bitcoin_port(session_.flow().tuple.destination.port);
    if (node_port && turns_.is_bip324()) return tell("bip324", moment);
    if (turns_.may_be_noise() || turns_.may_be_rlpx() || (node_port && turns_.may_be_bip324())) return {};
    return leave();
  }

  ReadResult tell(const char* shape, const Moment& moment) {
    session_.observe(sender_, moment, SealedSeen{shape, Direction::FromInitiator});
    return leave();
  }

  void peer(Direction side, const char* command, const Moment& moment) {
    CoinPeerSeen seen;
    seen.protocol = "rlpx";
    seen.network = "ethereum";  // or another network of devp2p
    seen.command = command;
    session_.observe(side, moment, std::move(seen));
  }

  FlowSession& session_;
  Direction sender_;
  Turns& turns_;
  std::size_t head_size_ = 0;
};

}  // namespace

Probe probe(Bytes start) {
  constexpr std::size_t kFirst = 8;
  if (start.size() < kFirst) return Probe::NeedMore;
  if (looks_written(start.first(kFirst))) return Probe::No;
  if (start.size() < kProbeBytes) return Probe::NeedMore;
  return looks_random(start.first(kProbeBytes)) ? Probe::Yes : Probe::No;
}

std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender) {
  if (!session.flow().start_seen) return nullptr;
  Turns* turns = session.shared<Turns>();
  if (turns == nullptr || turns->over) return nullptr;
  // Who answers bytes that were not of this kind, or speaks first, is not followed.
  if (sender == Direction::FromResponder && turns->count == 0) {
    turns->over = true;
    return nullptr;
  }
  return std::make_unique<Reader>(session, sender, *turns);
}

}  // namespace scanner::sealed_shapes
