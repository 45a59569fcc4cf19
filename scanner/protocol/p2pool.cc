// P2Pool for Monero (SChernykh/p2pool, src/p2p_server.h): both peers begin with 00, a challenge
// and an id (eight bytes each), and answer the other's challenge with 01, a hash and a salt of
// eight. The hash is Keccak-256 over challenge, side chain id and salt; the id is never sent, but
// those of the public side chains are known, so that the handshake proves itself on any port.
// The initiator's hash also carries work (difficulty 10000).
//
// Observed: one message a side, once both solutions were seen and fit. A private side chain's
// cannot be checked: it is observed on P2Pool's own ports alone, if the work is there.
#include "scanner/model/digest.h"
#include "scanner/protocol/parser.h"

#include <algorithm>
#include <array>
#include <optional>

namespace scanner::p2pool {
namespace {

constexpr std::size_t kChallengeAt = 1, kSolutionAt = 17, kHashAt = 18, kSaltAt = 50, kHandshake = 58, kNumber = 8;
constexpr std::uint64_t kDifficulty = 10000;

struct SideChain {
  std::string_view name;
  std::uint16_t port;
  Sha256 id;
};
// side_chain.cpp: default, mini and nano.
constexpr SideChain kChains[] = {
    {"p2pool-main", 37889, {34,  175, 126, 231, 181, 11, 104, 146, 227, 153, 218, 107, 44, 108, 68,  39,
                            178, 81,  4,   212, 169, 4,  142, 0,   177, 110, 157, 240, 68, 7,   249, 24}},
    {"p2pool-mini", 37888, {57,  130, 201, 26, 149, 174, 199, 250, 66,  80, 189, 18,  108, 216, 194, 220,
                            136, 23,  63,  24, 64,  113, 221, 44,  219, 86, 39,  163, 53,  24,  126, 196}},
    {"p2pool-nano", 37890, {171, 248, 206, 148, 210, 226, 114, 99,  250, 145, 221, 96, 13, 216, 23, 63,
                            104, 53,  129, 168, 244, 80,  141, 138, 157, 250, 50,  54, 37, 189, 5,  89}},
};

using Handshake = std::array<std::uint8_t, kHandshake>;

struct Both final : FlowSession::Shared {
  std::optional<Handshake> of[2];
};

bool solves(const Handshake& solution, const Handshake& other, const SideChain& chain) {
  std::array<std::uint8_t, kNumber + 32 + kNumber> text{};
  std::copy_n(other.begin() + kChallengeAt, kNumber, text.begin());
  std::copy(chain.id.begin(), chain.id.end(), text.begin() + kNumber);
  std::copy_n(solution.begin() + kSaltAt, kNumber, text.begin() + kNumber + 32);
  const Sha256 hash = keccak256(text);
  return std::equal(hash.begin(), hash.end(), solution.begin() + kHashAt);
}

bool carries_work(const Handshake& solution) {
  Cursor cursor(Bytes(solution).subspan(kSaltAt - kNumber));
  return cursor.le64() <= ~std::uint64_t{0} / kDifficulty;
}

class Reader final : public StreamReader {
 public:
  Reader(FlowSession& session, Direction sender, Both& both) : session_(session), sender_(sender), both_(both) {}

  ReadResult read(Bytes bytes, const Moment& moment) override {
    const std::size_t piece = std::min(bytes.size(), kHandshake - size_);
    std::copy_n(bytes.begin(), piece, handshake_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += piece;
    if (size_ < kHandshake) return {};
    both_.of[static_cast<std::size_t>(sender_)] = handshake_;
    if (both_.of[0] && both_.of[1]) judge(*both_.of[0], *both_.of[1], moment);
    return {ReadState::Skim};
  }

  ReadResult gap(std::uint64_t, const Moment&) override { return {ReadState::Skim}; }

 private:
  void judge(const Handshake& initiator, const Handshake& responder, const Moment& moment) {
    if (!carries_work(initiator)) return;
    for (const SideChain& chain : kChains)
      if (solves(initiator, responder, chain) && solves(responder, initiator, chain))
        return tell(chain.name, true, moment);
    const std::uint16_t port = session_.flow().tuple.destination.port;
    if (std::any_of(std::begin(kChains), std::end(kChains), [port](const SideChain& c) { return c.port == port; }))
      tell("p2pool-private", false, moment);
  }

  void tell(std::string_view network, bool verified, const Moment& moment) {
    for (const Direction side : {Direction::FromInitiator, Direction::FromResponder}) {
      CoinPeerSeen seen;
      seen.protocol = "p2pool";
      seen.network = network;
      seen.coin = "monero";
      seen.command = "handshake";
      seen.message = CoinPeerMessage::HandshakeResponse;
      seen.verified = verified;
      seen.pool = true;
      session_.observe(side, moment, std::move(seen));
    }
  }

  FlowSession& session_;
  Direction sender_;
  Both& both_;
  Handshake handshake_{};
  std::size_t size_ = 0;
};

}  // namespace

Probe probe(Bytes start) {
  if (!start.empty() && start[0] != 0) return Probe::No;
  if (start.size() > kSolutionAt && start[kSolutionAt] != 1) return Probe::No;
  return start.size() < kHandshake ? Probe::NeedMore : Probe::Yes;
}

std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender) {
  if (!session.flow().start_seen) return nullptr;
  Both* both = session.shared<Both>();
  return both == nullptr ? nullptr : std::make_unique<Reader>(session, sender, *both);
}

}  // namespace scanner::p2pool
