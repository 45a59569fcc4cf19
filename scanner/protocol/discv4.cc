// Ethereum's node discovery, version 4 (ethereum/devp2p, discv4.md): a datagram of
// hash (32), signature (65), type (1) and an RLP list. The hash is Keccak-256 of what
// follows it, so that a packet proves itself, on any port.
//
// Observed: the first of each type in a direction and flow, and one every kRemind. Only
// those are hashed, after checks that ordinary datagrams fail.
#include "scanner/model/digest.h"
#include "scanner/protocol/parser.h"

#include <algorithm>

namespace scanner::discv4 {
namespace {

constexpr std::size_t kHash = 32, kSignatureEnd = 97, kType = 97, kData = 98;
constexpr std::size_t kMaxPacket = 1280;
constexpr Duration kRemind = std::chrono::minutes(10);

constexpr std::string_view kTypes[] = {"ping", "pong", "findnode", "neighbors", "enrrequest", "enrresponse"};
constexpr std::uint8_t kPing = 1, kPong = 2;

// An RLP list that ends within the datagram (what follows it is to be ignored).
bool holds_list(Bytes data) {
  const std::uint8_t first = data[0];
  if (first < 0xc0) return false;
  if (first <= 0xf7) return std::size_t{first} - 0xc0 <= data.size() - 1;
  if (first == 0xf8) return data.size() >= 2 && data[1] > 55 && std::size_t{data[1]} <= data.size() - 2;
  if (first != 0xf9 || data.size() < 3) return false;  // more would not fit a packet
  const std::size_t size = std::size_t{data[1]} << 8 | data[2];
  return size > 255 && size <= data.size() - 3;
}

}  // namespace

bool parse(FlowSession& session, Direction sender, Bytes datagram, const Moment& moment) {
  if (datagram.size() <= kData || datagram.size() > kMaxPacket) return false;
  const std::uint8_t type = datagram[kType];
  if (type == 0 || type > std::size(kTypes)) return false;
  if (datagram[kSignatureEnd - 1] > 1 || !holds_list(datagram.subspan(kData))) return false;  // recovery id

  FlowSession::Noted& noted = session.noted[static_cast<std::size_t>(sender)];
  const std::uint32_t kind = 1u << type;
  if ((noted.kinds & kind) != 0 && moment.at - noted.last < kRemind) return true;
  const Sha256 hash = keccak256(datagram.subspan(kHash));
  if (!std::equal(hash.begin(), hash.end(), datagram.begin())) return false;
  noted.kinds |= kind;
  noted.last = moment.at;

  CoinPeerSeen seen;
  seen.protocol = "discv4";
  seen.network = "ethereum";
  seen.command = kTypes[type - 1];
  seen.verified = true;
  if (type == kPing) seen.message = CoinPeerMessage::HandshakeRequest;
  if (type == kPong) seen.message = CoinPeerMessage::HandshakeResponse;
  session.observe(sender, moment, std::move(seen));
  return true;
}

}  // namespace scanner::discv4
