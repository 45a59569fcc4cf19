// SOCKS 5 (RFC 1928, log-in by RFC 1929) and SOCKS 4 and 4a (Ying-Da Lee's memos): the
// handshake, up to where the tunnel begins. What then follows goes back to the probes, in
// both directions; the address asked for stays with the flow (FlowSession::tunnel_to).
//
// Only CONNECT is followed. Bounded: one handshake message, at most kMaxMessage bytes. A
// name or password is never kept.
#include "scanner/protocol/parser.h"

#include <algorithm>
#include <array>
#include <string>

namespace scanner::socks {
namespace {

constexpr std::size_t kMaxMessage = 600;  // SOCKS 4a with a user and a name of 255 bytes each
constexpr std::size_t kMaxText = 255;
constexpr std::size_t kSocks4Head = 8, kSocks4Reply = 8;
constexpr std::uint8_t kV4 = 4, kV5 = 5, kAuthentication = 1;
constexpr std::uint8_t kConnect = 1;
constexpr std::uint8_t kIpV4 = 1, kName = 3, kIpV6 = 4;
constexpr std::uint8_t kNoMethod = 0xff, kGranted4 = 90;
constexpr std::size_t kBad = kMaxMessage + 1;  // a message's size: it is none

// A size is what is known to be needed so far: more, once there is more to judge by.
std::size_t greeting_size(Bytes m) { return m.size() < 2 ? 2 : m[1] == 0 ? kBad : 2U + m[1]; }

std::size_t log_in_size(Bytes m) {
  if (m.size() < 2) return 2;
  const std::size_t user = m[1];
  return m.size() < 3 + user ? 3 + user : 3 + user + m[2 + user];
}

// Of a request and of a reply.
std::size_t address_size(Bytes m) {
  if (m.size() < 5) return 5;
  if (m[2] != 0) return kBad;
  switch (m[3]) {
    case kIpV4: return 10;
    case kIpV6: return 22;
    case kName: return m[4] == 0 ? kBad : 7U + m[4];
    default: return kBad;
  }
}

bool asks_by_name(Bytes m) { return m[4] == 0 && m[5] == 0 && m[6] == 0 && m[7] != 0; }

std::size_t socks4_size(Bytes m) {
  if (m.size() < kSocks4Head + 1) return kSocks4Head + 1;
  const auto texts = m.subspan(kSocks4Head);
  const auto user = std::find(texts.begin(), texts.end(), 0);
  if (user == texts.end()) return texts.size() > kMaxText ? kBad : m.size() + 1;
  if (!asks_by_name(m)) return kSocks4Head + static_cast<std::size_t>(user - texts.begin()) + 1;
  const auto name = std::find(user + 1, texts.end(), 0);
  if (name == texts.end()) return texts.end() - user > static_cast<std::ptrdiff_t>(kMaxText) ? kBad : m.size() + 1;
  return kSocks4Head + static_cast<std::size_t>(name - texts.begin()) + 1;
}

bool is_host_character(std::uint8_t c) { return c > ' ' && c < 0x7f; }

std::optional<std::string> name_of(Bytes text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_host_character)) return {};
  return std::string(as_text(text));
}

class Reader final : public StreamReader {
 public:
  Reader(FlowSession& session, Direction sender) : session_(session), sender_(sender) {}

  ReadResult read(Bytes bytes, const Moment& moment) override {
    std::size_t at = 0;
    while (at < bytes.size()) {
      const std::size_t due = next_size();
      if (due > kMaxMessage) return {ReadState::GaveUp, 0, "no SOCKS handshake"};
      const std::size_t piece = std::min(due - size_, bytes.size() - at);
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), piece, kept_.begin() + static_cast<std::ptrdiff_t>(size_));
      size_ += piece;
      at += piece;
      if (size_ < next_size()) continue;
      const Bytes message = Bytes(kept_).first(size_);
      size_ = 0;
      const ReadState state = take(message, moment);
      if (state == ReadState::Boundary) return {state, at};
      if (state != ReadState::Reading) return {state, 0, "no SOCKS handshake"};
    }
    return {};
  }

  // The tunnel may have begun.
  ReadResult gap(std::uint64_t, const Moment&) override { return {ReadState::Boundary, 0}; }

 private:
  enum class Role : std::uint8_t { Unknown, Client, Server };

  Bytes message() const { return Bytes(kept_).first(size_); }

  std::size_t next_size() {
    if (size_ == 0) return 1;
    if (role_ == Role::Unknown && kept_[0] == kV5 && size_ < 2) return 2;
    if (role_ == Role::Unknown) role_ = role();
    if (role_ == Role::Client && kept_[0] == kV4) return socks4_size(message());
    if (role_ == Role::Server && kept_[0] == 0) return kSocks4Reply;
    if (!greeted_) return role_ == Role::Client ? greeting_size(message()) : 2;
    if (kept_[0] == kAuthentication) return role_ == Role::Client ? log_in_size(message()) : 2;
    return kept_[0] == kV5 ? address_size(message()) : kBad;
  }

  Role role() const {
    const auto& asked_by = session_.socks_client;
    if (asked_by) return *asked_by == sender_ ? Role::Client : Role::Server;
    // Nobody was heard asking: no client offers no way to log in.
    return kept_[0] == 0 || (kept_[0] == kV5 && kept_[1] == 0) ? Role::Server : Role::Client;
  }

  ReadState take(Bytes m, const Moment& moment) {
    if (role_ == Role::Client) return m[0] == kV4 ? asked_socks4(m, moment) : !greeted_ ? greeted() : asked(m, moment);
    if (m[0] == 0) return answered(m[1] == kGranted4);
    if (m[0] == kAuthentication) return m[1] == 0 ? ReadState::Reading : answered(false);
    if (greeted_) return answered(m[1] == 0);
    greeted_ = true;
    return m[1] == kNoMethod ? answered(false) : ReadState::Reading;
  }

  ReadState greeted() {
    greeted_ = true;
    session_.socks_client = sender_;
    return ReadState::Reading;
  }

  ReadState asked(Bytes m, const Moment& moment) {
    if (m[0] == kAuthentication) return ReadState::Reading;
    if (m[1] != kConnect) return ReadState::Skim;
    Cursor cursor(m.subspan(4));
    std::optional<std::string> host;
    if (m[3] == kName) host = name_of(cursor.take(cursor.u8()));
    else if (m[3] == kIpV4) host = IpAddress::v4(cursor.take(4).data()).to_string();
    else host = IpAddress::v6(cursor.take(16).data()).to_string();
    return tunnel(std::move(host), cursor.be16(), "socks5", moment);
  }

  ReadState asked_socks4(Bytes m, const Moment& moment) {
    session_.socks_client = sender_;
    if (m[1] != kConnect) return ReadState::Skim;
    const auto port = static_cast<std::uint16_t>(m[2] << 8 | m[3]);
    if (!asks_by_name(m)) return tunnel(IpAddress::v4(m.data() + 4).to_string(), port, "socks4", moment);
    const Bytes texts = m.subspan(kSocks4Head);
    const auto user = static_cast<std::size_t>(std::find(texts.begin(), texts.end(), 0) - texts.begin());
    const Bytes name = texts.subspan(user + 1);
    return tunnel(name_of(name.first(name.size() - 1)), port, "socks4a", moment);
  }

  ReadState tunnel(std::optional<std::string> host, std::uint16_t port, const char* protocol, const Moment& moment) {
    if (!host || port == 0) return ReadState::GaveUp;
    session_.tunnel_to(*host, port);
    session_.observe(sender_, moment, ProxyRequestSeen{protocol, std::move(*host), port});
    return ReadState::Boundary;
  }

  ReadState answered(bool granted) {
    if (granted) return ReadState::Boundary;
    session_.no_tunnel();
    return ReadState::Skim;
  }

  FlowSession& session_;
  Direction sender_;
  Role role_ = Role::Unknown;
  bool greeted_ = false;
  std::size_t size_ = 0;
  std::array<std::uint8_t, kMaxMessage + 1> kept_;
};

// Registered: none, GSSAPI, name and password, and what IANA lists up to 9; the rest private.
bool is_method(std::uint8_t method) { return method <= 9 || (method >= 0x80 && method < kNoMethod); }

Probe probe_socks5(Bytes start) {
  if (start.size() < 2) return Probe::NeedMore;
  constexpr std::uint8_t kMostMethods = 16;
  const std::uint8_t count = start[1];
  if (count == 0) return start.size() < 3 ? Probe::NeedMore : start[2] == kV5 ? Probe::Yes : Probe::No;  // an answer
  if (count > kMostMethods) return Probe::No;
  const Bytes methods = start.subspan(2, std::min<std::size_t>(count, start.size() - 2));
  if (!std::all_of(methods.begin(), methods.end(), is_method)) return Probe::No;
  return methods.size() < count ? Probe::NeedMore : Probe::Yes;
}

Probe probe_socks4(Bytes start) {
  if (start.size() > 1 && start[1] != kConnect) return Probe::No;
  if (start.size() < kSocks4Head + 1) return Probe::NeedMore;
  const bool port = start[2] != 0 || start[3] != 0;
  const bool address = std::any_of(start.begin() + 4, start.begin() + 8, [](std::uint8_t c) { return c != 0; });
  const bool user = start[8] == 0 || is_host_character(start[8]);
  return port && address && user ? Probe::Yes : Probe::No;
}

}  // namespace

// A greeting, the answer to one with the start of the next, or a SOCKS 4 request.
Probe probe(Bytes start) {
  if (start.empty()) return Probe::NeedMore;
  if (start[0] == kV5) return probe_socks5(start);
  return start[0] == kV4 ? probe_socks4(start) : Probe::No;
}

std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender) {
  return std::make_unique<Reader>(session, sender);
}

// The answer to a SOCKS 4 request begins like many things: it is one on such flows alone.
Probe probe_answer(Bytes start) {
  if (start.empty() || (start.size() == 1 && start[0] == 0)) return Probe::NeedMore;
  constexpr std::uint8_t kLastCode = 93;
  return start[0] == 0 && start[1] >= kGranted4 && start[1] <= kLastCode ? Probe::Yes : Probe::No;
}

std::unique_ptr<StreamReader> make_answer(FlowSession& session, Direction sender) {
  if (session.socks_client != opposite(sender)) return nullptr;
  return std::make_unique<Reader>(session, sender);
}

}  // namespace scanner::socks
