// Levin, the peer-to-peer protocol of Monero and other CryptoNote coins (monero-project,
// contrib/epee/include/net/levin_base.h): a header of 33 bytes, then a body, in any port.
//
// Observed: the first message of each command in a direction, at most kMaxKinds of them, and
// one every kRemind while a session goes on. Bodies are skipped unread, but for the start of
// a handshake request, which names the network. Levin has no checksum: never `verified`.
#include "scanner/protocol/parser.h"

#include <algorithm>
#include <array>

namespace scanner::levin {
namespace {

constexpr std::array<std::uint8_t, 8> kSignature = {0x01, 0x21, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01};
constexpr std::size_t kHeader = 33;
constexpr std::uint64_t kMaxBody = 100'000'000;  // LEVIN_DEFAULT_MAX_PACKET_SIZE
constexpr std::size_t kMaxHandshakeRead = 1024;
constexpr std::uint32_t kRequestFlag = 1, kResponseFlag = 2, kKnownFlags = 15;
constexpr std::uint32_t kHandshake = 1001;
constexpr std::size_t kMaxKinds = 24;
constexpr Duration kRemind = std::chrono::minutes(10);

struct Header {
  std::uint64_t body = 0;
  std::uint8_t wants_answer = 0;
  std::uint32_t command = 0, flags = 0, version = 0;

  bool plausible() const {
    return body <= kMaxBody && wants_answer <= 1 && flags <= kKnownFlags && version == 1 &&
           (command <= 1 || (command >= 1001 && command < 3000));
  }
};

Header read_header(Bytes bytes) {
  Cursor cursor(bytes.subspan(kSignature.size()));
  Header header;
  header.body = cursor.le64();
  header.wants_answer = cursor.u8();
  header.command = cursor.le32();
  cursor.skip(4);  // return code
  header.flags = cursor.le32();
  header.version = cursor.le32();
  return header;
}

std::string command_name(std::uint32_t command) {
  switch (command) {
    case 1001:
      return "handshake";
    case 1002:
      return "timed_sync";
    case 1003:
      return "ping";
    case 1007:
      return "support_flags";
    case 2001:
      return "new_block";
    case 2002:
      return "new_transactions";
    case 2003:
      return "request_get_objects";
    case 2004:
      return "response_get_objects";
    case 2006:
      return "request_chain";
    case 2007:
      return "response_chain_entry";
    case 2008:
      return "new_fluffy_block";
    case 2009:
      return "request_fluffy_missing_tx";
    case 2010:
      return "get_txpool_complement";
    default:
      return std::to_string(command);
  }
}

// The networks are told apart by the id in a handshake's node data, a string field of epee's
// portable storage: name length, name, type 10, length 16 shifted by two, value.
std::string_view network_of(Bytes body) {
  using namespace std::string_view_literals;
  constexpr auto kField = "\x0anetwork_id\x0a\x40"sv;
  constexpr auto kMonero = "\x12\x30\xf1\x71\x61\x04\x41\x61\x17\x31\x00\x82\x16\xa1\xa1"sv;
  const std::string_view text = as_text(body);
  const std::size_t at = text.find(kField);
  if (at == text.npos) return {};
  const std::string_view id = text.substr(at + kField.size(), 16);
  if (id.size() < 16 || id.substr(0, 15) != kMonero) return {};
  switch (id[15]) {
    case 0x10:
      return "monero-mainnet";
    case 0x11:
      return "monero-testnet";
    case 0x12:
      return "monero-stagenet";
    default:
      return {};
  }
}

bool is_start(Bytes bytes) {
  return std::equal(kSignature.begin(), kSignature.end(), bytes.begin()) && read_header(bytes).plausible();
}

class Reader : public StreamReader {
 public:
  Reader(FlowSession& session, Direction sender) : session_(session), sender_(sender) {}

  ReadResult read(Bytes bytes, const Moment& moment) override {
    const std::size_t total = bytes.size();
    while (!bytes.empty()) {
      if (body_left_ > 0) {
        const Bytes piece = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), body_left_)));
        bytes = bytes.subspan(piece.size());
        take_body(piece, moment);
        continue;
      }
      if (header_size_ == 0 && bytes[0] != kSignature[0]) return {ReadState::Boundary, total - bytes.size()};
      const std::size_t piece = std::min(bytes.size(), kHeader - header_size_);
      std::copy_n(bytes.begin(), piece, bytes_.begin() + header_size_);
      header_size_ = static_cast<std::uint8_t>(header_size_ + piece);
      bytes = bytes.subspan(piece);
      if (header_size_ < kHeader) continue;
      header_size_ = 0;
      if (!is_start(bytes_)) return {ReadState::GaveUp, 0, "not a header of this protocol"};
      message(moment);
    }
    return {};
  }

  // Goes on where the hole lies within one body; else another start has to be found.
  ReadResult gap(std::uint64_t missing, const Moment& moment) override {
    if (handshake_read_ > 0) observe(moment);
    if (header_size_ > 0 || missing > body_left_) return {ReadState::Boundary, 0};
    body_left_ -= missing;
    return {};
  }

 private:
  void message(const Moment& moment) {
    header_ = read_header(bytes_);
    body_left_ = header_.body;
    if (!is_due(moment)) return;
    const bool asks = header_.command == kHandshake && (header_.flags & kRequestFlag) != 0;
    handshake_read_ = asks ? static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, kMaxHandshakeRead)) : 0;
    if (handshake_read_ == 0) observe(moment);
  }

  void take_body(Bytes piece, const Moment& moment) {
    body_left_ -= piece.size();
    if (handshake_read_ == 0) return;
    const Bytes kept = piece.first(std::min(piece.size(), handshake_read_ - handshake_.size()));
    handshake_.insert(handshake_.end(), kept.begin(), kept.end());
    if (handshake_.size() == handshake_read_) observe(moment);
  }

  bool is_due(const Moment& moment) {
    const std::uint64_t kind = std::uint64_t{header_.command} << 2 | (header_.flags & (kRequestFlag | kResponseFlag));
    const bool is_new = kinds_.size() < kMaxKinds && std::find(kinds_.begin(), kinds_.end(), kind) == kinds_.end();
    if (is_new) kinds_.push_back(kind);
    return is_new || moment.at - observed_at_ >= kRemind;
  }

  void observe(const Moment& moment) {
    observed_at_ = moment.at;
    CoinPeerSeen seen;
    seen.protocol = "levin";
    seen.command = command_name(header_.command);
    if (header_.command == kHandshake && (header_.flags & kRequestFlag) != 0)
      seen.message = CoinPeerMessage::HandshakeRequest;
    else if (header_.command == kHandshake && (header_.flags & kResponseFlag) != 0)
      seen.message = CoinPeerMessage::HandshakeResponse;
    if (const std::string_view network = network_of(handshake_); !network.empty()) {
      seen.network = network;
      seen.coin = "monero";
    }
    handshake_read_ = 0;
    handshake_.clear();
    session_.observe(sender_, moment, std::move(seen));
  }

  FlowSession& session_;
  Direction sender_;
  std::array<std::uint8_t, kHeader> bytes_{};
  std::uint8_t header_size_ = 0;
  Header header_;
  std::uint64_t body_left_ = 0;
  std::size_t handshake_read_ = 0;  // bytes of the body to wait for; 0: none
  Timestamp observed_at_;
  std::vector<std::uint64_t> kinds_;  // observed already: command and direction of asking
  std::vector<std::uint8_t> handshake_;
};

}  // namespace

Probe probe(Bytes start) {
  if (!start.empty() && start[0] != kSignature[0]) return Probe::No;
  const std::size_t compared = std::min(start.size(), kSignature.size());
  if (!std::equal(start.begin(), start.begin() + static_cast<std::ptrdiff_t>(compared), kSignature.begin()))
    return Probe::No;
  if (start.size() < kHeader) return Probe::NeedMore;
  return is_start(start) ? Probe::Yes : Probe::No;
}

std::optional<std::size_t> resync(Bytes bytes) {
  const std::string_view text = as_text(bytes);
  const std::string_view signature = as_text(kSignature);
  for (std::size_t at = text.find(signature, 1); at != text.npos; at = text.find(signature, at + 1)) {
    if (bytes.size() - at < kHeader) break;
    if (is_start(bytes.subspan(at))) return at;
  }
  return std::nullopt;
}

std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender) {
  return std::make_unique<Reader>(session, sender);
}

}  // namespace scanner::levin
