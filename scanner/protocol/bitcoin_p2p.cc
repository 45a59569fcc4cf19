// The peer-to-peer protocol that Bitcoin's family shares: magic, command, length, checksum
// (Bitcoin developer reference, "Message headers"). Found by magic and a known command
// together, on any port; by the magic alone never (some are plain text).
//
// Observed: the first message of each command in a direction, at most kMaxKinds of them, and
// one message every kRemind while a session goes on. `version` counts as the request of a
// handshake and `verack` as its response; whether both sides did is for others to say.
// Payloads are skipped unread but for small ones that are to be observed: those are checked
// against their checksum. A wrong checksum is no reason to give up: some networks of the
// family use another hash, and until 2012 `version` and `verack` had none (BIP 14's time).
#include "scanner/model/digest.h"
#include "scanner/protocol/bitcoin_networks.h"
#include "scanner/protocol/parser.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace scanner::bitcoin_p2p {
namespace {

constexpr std::size_t kMagic = 4, kCommand = 12, kChecksumAt = 20, kHeader = 24;
constexpr std::uint32_t kMaxPayload = 64u << 20;
constexpr std::uint32_t kMaxVersionPayload = 4096;
constexpr std::uint32_t kMaxChecked = 8192;  // larger payloads are observed unverified
constexpr std::size_t kMaxKinds = 24;
constexpr Duration kRemind = std::chrono::minutes(10);
constexpr std::size_t kMaxAgent = 256;

// What a conversation may begin with, where its start was seen or not.
constexpr std::string_view kCommands[] = {
    "version",      "verack",     "addr",        "addrv2",       "sendaddrv2", "inv",          "getdata",
    "notfound",     "getblocks",  "getheaders",  "tx",           "block",      "headers",      "getaddr",
    "mempool",      "ping",       "pong",        "reject",       "filterload", "filteradd",    "filterclear",
    "merkleblock",  "alert",      "sendheaders", "feefilter",    "sendcmpct",  "cmpctblock",   "getblocktxn",
    "blocktxn",     "wtxidrelay", "sendtxrcncl", "getcfilters",  "cfilter",    "getcfheaders", "cfheaders",
    "getcfcheckpt", "cfcheckpt",  "getcfilter",  "getcftypes",   "cftypes",    "getminings",   "miningstate",
    "getinitstate", "initstate",  "xversion",    "xverack",      "protoconf",  "dsproof-beta", "sendheaders2",
    "getheaders2",  "headers2",   "senddsq",     "dsq",          "spork",      "getsporks",    "ssc",
    "govobj",       "govobjvote", "govsync",     "mnauth",       "mnlistdiff", "getmnlistd",   "qsendrecsigs",
    "clsig",        "islock",     "isdlock",     "mnb",          "mnp",        "mnw",          "mnget",
    "ix",           "txlvote",    "dseg",        "getassetdata", "assetdata",  "asstnotfound",
};

// Lower-case letters, digits and hyphens, then NUL to the end. "": not a command.
std::string_view command_text(Bytes field) {
  const std::string_view text = as_text(field);
  const std::size_t size = std::min(text.find('\0'), text.size());
  const bool word = std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size),
                                [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
  const bool padded = text.find_first_not_of('\0', size) == std::string_view::npos;
  return word && padded ? text.substr(0, size) : std::string_view{};
}

bool is_known(std::string_view command) {
  return std::find(std::begin(kCommands), std::end(kCommands), command) != std::end(kCommands);
}

bool is_start(Bytes header) {
  if (!find_bitcoin_network(header)) return false;
  const std::string_view command = command_text(header.subspan(kMagic, kCommand));
  Cursor cursor(header.subspan(kMagic + kCommand));
  const std::uint32_t size = cursor.le32();
  return is_known(command) && size <= (command == "version" ? kMaxVersionPayload : kMaxPayload);
}

bool checksum_matches(Bytes payload, const std::uint8_t* checksum) {
  const Sha256 once = sha256(payload);
  return std::memcmp(sha256(once).data(), checksum, 4) == 0;
}

// Where a checksum would stand, the payload begins: with the protocol's version.
bool lacks_checksum(Bytes version_header) {
  Cursor cursor(version_header.subspan(kChecksumAt));
  return cursor.le32() < 0x20000;
}

std::uint64_t compact_size(Cursor& cursor) {
  const std::uint8_t first = cursor.u8();
  return first < 0xfd ? first : first == 0xfd ? cursor.le16() : first == 0xfe ? cursor.le32() : cursor.le64();
}

// The user agent of a `version` message (BIP 14).
std::string user_agent(Bytes payload) {
  Cursor cursor(payload);
  cursor.skip(4 + 8 + 8 + 26 + 26 + 8);
  const std::uint64_t size = compact_size(cursor);
  const Bytes text = size <= kMaxAgent ? cursor.take(static_cast<std::size_t>(size)) : Bytes{};
  return std::string(as_text(text));
}

class Reader : public StreamReader {
 public:
  Reader(FlowSession& session, Direction sender) : session_(session), sender_(sender) {}

  ReadResult read(Bytes bytes, const Moment& moment) override {
    const std::size_t total = bytes.size();
    while (!bytes.empty()) {
      if (payload_left_ > 0) {
        const Bytes piece = bytes.first(std::min<std::size_t>(bytes.size(), payload_left_));
        bytes = bytes.subspan(piece.size());
        take_payload(piece, moment);
        continue;
      }
      if (header_size_ == 0 && network_ && bytes[0] != network_->magic[0])
        return {ReadState::Boundary, total - bytes.size()};
      bytes = bytes.subspan(take_header(bytes));
      if (header_size_ < kHeader) continue;
      if (const char* reason = message(moment)) return {ReadState::GaveUp, 0, reason};
    }
    return {};
  }

  // Goes on where the hole lies within one payload; else another start has to be found.
  ReadResult gap(std::uint64_t missing, const Moment& moment) override {
    if (due_) observe(moment, {}, false);
    payload_.clear();
    if (header_size_ > 0 || missing > payload_left_) return {ReadState::Boundary, 0};
    payload_left_ -= static_cast<std::uint32_t>(missing);
    return {};
  }

 private:
  // Returns how many bytes it took.
  std::size_t take_header(Bytes bytes) {
    const std::size_t size = header_size_ < kChecksumAt ? kChecksumAt : kHeader;
    const std::size_t piece = std::min(bytes.size(), size - header_size_);
    std::copy_n(bytes.begin(), piece, header_.begin() + header_size_);
    header_size_ = static_cast<std::uint8_t>(header_size_ + piece);
    const bool verack = command_text(Bytes(header_).subspan(kMagic, kCommand)) == "verack";
    if (header_size_ != kChecksumAt || !without_checksum_ || !verack) return piece;
    std::fill(header_.begin() + kChecksumAt, header_.end(), std::uint8_t{0});
    header_size_ = kHeader;
    return piece;
  }

  // A header is complete. Returns why it cannot be one.
  const char* message(const Moment& moment) {
    header_size_ = 0;
    network_ = find_bitcoin_network(header_);
    if (!network_) return "not a known network's magic";
    command_ = std::string(command_text(Bytes(header_).subspan(kMagic, kCommand)));
    if (command_.empty()) return "not a command";
    Cursor cursor(Bytes(header_).subspan(kMagic + kCommand));
    payload_left_ = cursor.le32();
    if (payload_left_ > kMaxPayload) return "a message larger than any network allows";
    due_ = is_due(moment);
    if (command_ == "version" && payload_left_ >= 4 && payload_left_ <= kMaxVersionPayload && lacks_checksum(header_)) {
      without_checksum_ = true;
      take_payload(Bytes(header_).subspan(kChecksumAt), moment);
      return nullptr;
    }
    if (due_ && payload_left_ > kMaxChecked) observe(moment, {}, false);
    if (due_ && payload_left_ == 0) observe(moment, {}, checksum_matches({}, &header_[kChecksumAt]));
    return nullptr;
  }

  void take_payload(Bytes piece, const Moment& moment) {
    const bool whole = payload_.empty() && piece.size() == payload_left_;
    payload_left_ -= static_cast<std::uint32_t>(piece.size());
    if (!due_) return;
    if (!whole) payload_.insert(payload_.end(), piece.begin(), piece.end());
    if (payload_left_ > 0) return;
    const Bytes payload = whole ? piece : Bytes(payload_);
    observe(moment, payload, checksum_matches(payload, &header_[kChecksumAt]));
    payload_.clear();
  }

  bool is_due(const Moment& moment) {
    const bool is_new = kinds_.size() < kMaxKinds && std::find(kinds_.begin(), kinds_.end(), command_) == kinds_.end();
    if (is_new) kinds_.push_back(command_);
    return is_new || moment.at - observed_at_ >= kRemind;
  }

  void observe(const Moment& moment, Bytes payload, bool verified) {
    due_ = false;
    observed_at_ = moment.at;
    CoinPeerSeen seen;
    seen.protocol = "bitcoin";
    seen.network = network_->name;
    seen.coin = network_->coin;
    seen.command = command_;
    seen.verified = verified;
    if (command_ == "version") {
      seen.message = CoinPeerMessage::HandshakeRequest;
      seen.agent = user_agent(payload);
    } else if (command_ == "verack") {
      seen.message = CoinPeerMessage::HandshakeResponse;
    }
    session_.observe(sender_, moment, std::move(seen));
  }

  FlowSession& session_;
  Direction sender_;
  const BitcoinNetwork* network_ = nullptr;
  std::array<std::uint8_t, kHeader> header_{};
  std::uint8_t header_size_ = 0;
  bool due_ = false;               // the message now coming is to be observed at its end
  bool without_checksum_ = false;  // this side's `version` had none
  std::uint32_t payload_left_ = 0;
  Timestamp observed_at_;
  std::string command_;
  std::vector<std::string> kinds_;  // observed already
  std::vector<std::uint8_t> payload_;
};

}  // namespace

Probe probe(Bytes start) {
  if (start.size() > kMagic && (start[kMagic] < 'a' || start[kMagic] > 'z')) return Probe::No;
  if (start.size() >= kMagic && !find_bitcoin_network(start)) return Probe::No;
  if (start.size() < kHeader) return Probe::NeedMore;
  return is_start(start) ? Probe::Yes : Probe::No;
}

// Looks for the NUL that ends a command and a letter where it begins: rare in most traffic.
std::optional<std::size_t> resync(Bytes bytes) {
  constexpr std::size_t kEnd = kMagic + kCommand - 1;
  for (std::size_t at = 1; at + kHeader <= bytes.size(); ++at) {
    if (bytes[at + kEnd] != 0) {
      const void* end = std::memchr(&bytes[at + kEnd], 0, bytes.size() - at - kEnd);
      if (end == nullptr) break;
      at = static_cast<std::size_t>(static_cast<const std::uint8_t*>(end) - bytes.data()) - kEnd;
    }
    const bool letter = bytes[at + kMagic] >= 'a' && bytes[at + kMagic] <= 'z';
    if (letter && at + kHeader <= bytes.size() && is_start(bytes.subspan(at))) return at;
  }
  return std::nullopt;
}

std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender) {
  return std::make_unique<Reader>(session, sender);
}

}  // namespace scanner::bitcoin_p2p
