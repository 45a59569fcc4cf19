// P2Pool of the Bitcoin family (p2pool/p2pool, util/p2protocol.py): Bitcoin's framing behind a
// prefix of eight bytes, one for each pool of peers.
//
// Observed: the first message of a direction, which is `version`, if its checksum is right.
#include "scanner/model/digest.h"
#include "scanner/protocol/bitcoin_networks.h"
#include "scanner/protocol/parser.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace scanner::peer_pool {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kPrefix = 8, kCommand = 12, kHeader = kPrefix + kCommand + 8;
constexpr auto kVersion = "version\0\0\0\0\0"sv;
constexpr std::uint32_t kMaxVersion = 4096;

std::uint32_t payload_size(Bytes header) {
  Cursor cursor(header.subspan(kPrefix + kCommand));
  return cursor.le32();
}

class Reader final : public StreamReader {
 public:
  Reader(FlowSession& session, Direction sender) : session_(session), sender_(sender) {}

  ReadResult read(Bytes bytes, const Moment& moment) override {
    const std::size_t wanted = kHeader + kMaxVersion;
    kept_.insert(kept_.end(), bytes.begin(),
                 bytes.begin() + static_cast<std::ptrdiff_t>(std::min(bytes.size(), wanted - kept_.size())));
    if (kept_.size() < kHeader || kept_.size() < kHeader + payload_size(kept_)) return {};
    observe(moment);
    return {ReadState::Skim};
  }

  ReadResult gap(std::uint64_t, const Moment&) override { return {ReadState::Skim}; }

 private:
  void observe(const Moment& moment) {
    const Sha256 once = sha256(Bytes(kept_).subspan(kHeader, payload_size(kept_)));
    if (std::memcmp(sha256(once).data(), &kept_[kHeader - 4], 4) != 0) return;
    const PeerPool* pool = find_peer_pool(kept_);
    CoinPeerSeen seen;
    seen.protocol = "p2pool";
    seen.network = pool->name;
    seen.coin = pool->coin;
    seen.command = "version";
    seen.message = CoinPeerMessage::HandshakeRequest;
    seen.verified = true;
    seen.pool = true;
    session_.observe(sender_, moment, std::move(seen));
  }

  FlowSession& session_;
  Direction sender_;
  std::vector<std::uint8_t> kept_;
};

}  // namespace

Probe probe(Bytes start) {
  if (start.size() < kPrefix) return Probe::NeedMore;
  if (!find_peer_pool(start)) return Probe::No;
  if (start.size() < kHeader) return Probe::NeedMore;
  return as_text(start.subspan(kPrefix, kCommand)) == kVersion && payload_size(start) <= kMaxVersion ? Probe::Yes
                                                                                                     : Probe::No;
}

std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender) {
  return std::make_unique<Reader>(session, sender);
}

}  // namespace scanner::peer_pool
