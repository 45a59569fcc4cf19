// Log-ins to MySQL and MariaDB (MySQL client/server protocol, "Connection Phase"): the server
// greets, the client answers with a name and a scrambled password, the server takes or refuses it.
//
// Observed: the outcome, with a number for the name. The scramble is another one on each
// connection, so that nobody can tell whether two passwords are the same. What follows a log-in,
// and all of a session that turns to TLS, is passed over.
#include "scanner/protocol/login_frames.h"

namespace scanner::mysql_login {
namespace {

constexpr std::uint32_t kProtocol41 = 0x200, kSsl = 0x800;  // capabilities of the client
constexpr std::size_t kHeader = 4, kSslRequest = 32, kNameAt = 32;
constexpr std::uint16_t kAccessDenied = 1045, kAccessDeniedNoPassword = 1698;
constexpr int kMostPackets = 16;  // of a log-in: greeting, switches of the method, keys

struct Login final : LoginTalk {
  std::uint64_t name = 0;  // 0: the client has not said it
};

class Reader final : public LoginReader {
 public:
  Reader(FlowSession& session, Direction sender, Login& login) : LoginReader(login), session_(session), sender_(sender), login_(login) {}

 private:
  bool take(Bytes& bytes, const Moment& moment) override {
    const auto packet = frame_.take(bytes, [](Bytes header) { return Cursor(header).le24(); });
    if (!packet) return false;
    if (++packets_ > kMostPackets) login_.over = true;
    else if (sender_ == Direction::FromInitiator) on_client(*packet);
    else on_server(*packet, moment);
    frame_.next();
    return true;
  }

  void on_client(Bytes packet) {
    if (login_.name != 0) return;  // more of the same log-in
    Cursor cursor(packet);
    const std::uint32_t capabilities = cursor.le32();
    if (!cursor.ok() || (capabilities & kProtocol41) == 0 || ((capabilities & kSsl) != 0 && frame_.size() == kSslRequest) || packet.size() <= kNameAt) {
      login_.over = true;
      return;
    }
    login_.name = fnv1a(text_before_nul(packet.subspan(kNameAt)));
  }

  void on_server(Bytes packet, const Moment& moment) {
    if (packet.empty() || login_.name == 0) return;
    constexpr std::uint8_t kOk = 0x00, kError = 0xff;
    if (packet[0] != kOk && packet[0] != kError) return;
    login_.over = true;
    Cursor cursor(packet.subspan(1));
    const std::uint16_t code = cursor.le16();
    if (packet[0] == kError && code != kAccessDenied && code != kAccessDeniedNoPassword) return;
    LoginSeen seen{"mysql", packet[0] == kOk ? LoginStep::Accepted : LoginStep::Refused, login_.name, login_.name};
    seen.hidden = true;
    session_.observe(sender_, moment, std::move(seen));
  }

  FlowSession& session_;
  Direction sender_;
  Login& login_;
  LoginFrame<kHeader> frame_;
  int packets_ = 0;
};

// "\x4a\0\0" "\0" "\x0a" "8.0.36"
Probe probe_greeting(Bytes start) {
  constexpr std::uint8_t kVersion = 10;
  if (start.size() > 4 && start[4] != kVersion) return Probe::No;
  if (start.size() < 6) return Probe::NeedMore;
  return start[5] >= '0' && start[5] <= '9' ? Probe::Yes : Probe::No;
}

// Behind the head: capabilities, the largest packet, a character set, and 19 zeros at least.
Probe probe_response(Bytes start) {
  constexpr std::size_t kZerosAt = kHeader + 9, kZeros = 19;
  for (std::size_t i = kZerosAt; i < std::min(start.size(), kZerosAt + kZeros); ++i)
    if (start[i] != 0) return Probe::No;
  return start.size() < kZerosAt + kZeros ? Probe::NeedMore : Probe::Yes;
}

}  // namespace

// The first packet of either side: less than 64 KiB, its number 0 or 1.
Probe probe(Bytes start) {
  if (start.size() > 2 && start[2] != 0) return Probe::No;
  if (start.size() < 4) return Probe::NeedMore;
  return start[3] == 0 ? probe_greeting(start) : start[3] == 1 ? probe_response(start) : Probe::No;
}

std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender) {
  Login* login = sender == Direction::FromResponder ? session.shared<Login>() : session.shared_if_made<Login>();
  return login == nullptr || login->over ? nullptr : std::make_unique<Reader>(session, sender, *login);
}

}  // namespace scanner::mysql_login
