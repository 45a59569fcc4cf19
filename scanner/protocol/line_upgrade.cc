// Plain lines that turn to TLS on the same flow: STARTTLS of SMTP (RFC 3207), IMAP and POP3
// (RFC 2595) and XMPP (RFC 6120), and proxies that answer with a line and then pass TLS on.
//
// Of such a protocol only the log-ins are read (login_lines.h). Text has no byte 0x16, with
// which TLS records of a handshake begin: the first one within kMaxText bytes goes back to the
// probes.
#include "scanner/protocol/login_lines.h"
#include "scanner/protocol/parser.h"

#include <algorithm>
#include <cstring>

namespace scanner::line_upgrade {
namespace {

constexpr std::uint8_t kTlsHandshake = 0x16;
constexpr std::size_t kMaxText = 8192;  // greetings, capabilities and XMPP's stream features
constexpr std::size_t kMinText = 2;

bool is_text(std::uint8_t c) { return (c >= ' ' && c < 0x7f) || c == '\r' || c == '\n' || c == '\t'; }

class Reader final : public StreamReader {
 public:
  Reader(FlowSession& session, Direction sender) : session_(session), logins_(session, sender) {}

  ReadResult read(Bytes bytes, const Moment& moment) override {
    // Now a message of it may turn up in any line.
    if (session_.has_conversation()) return {ReadState::Boundary, 0};
    const Bytes piece = bytes.first(std::min(bytes.size(), left_));
    const void* found = std::memchr(piece.data(), kTlsHandshake, piece.size());
    const Bytes text = found == nullptr ? piece : piece.first(static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - piece.data()));
    logins_.take(text, moment);
    if (found != nullptr) return {ReadState::Boundary, static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes.data())};
    left_ -= piece.size();
    return {left_ == 0 ? ReadState::Skim : ReadState::Reading};
  }
  ReadResult gap(std::uint64_t missing, const Moment&) override {
    left_ -= static_cast<std::size_t>(std::min<std::uint64_t>(missing, left_));
    logins_.gap();
    return {left_ == 0 ? ReadState::Skim : ReadState::Reading};
  }

 private:
  FlowSession& session_;
  LoginLines logins_;
  std::size_t left_ = kMaxText;
};

}  // namespace

Probe probe(Bytes start) {
  const Bytes judged = start.first(std::min(start.size(), kMinText));
  if (!std::all_of(judged.begin(), judged.end(), is_text)) return Probe::No;
  return judged.size() < kMinText ? Probe::NeedMore : Probe::Yes;
}

// Beside a conversation a message's start is searched instead.
std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender) {
  if (session.has_conversation()) return nullptr;
  return std::make_unique<Reader>(session, sender);
}

}  // namespace scanner::line_upgrade
