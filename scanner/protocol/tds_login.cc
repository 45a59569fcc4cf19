// Log-ins to MS SQL Server in the clear ([MS-TDS] 2.2.6.4 LOGIN7, 2.2.7.10 ERROR): the client
// sends name and password, the server takes or refuses them.
//
// Observed: the outcome, with numbers for the name and the password (which is written with its
// bits turned, always in the same way). Most clients encrypt LOGIN7: of them nothing is said here.
#include "scanner/protocol/login_frames.h"

#include <algorithm>
#include <initializer_list>

namespace scanner::tds_login {
namespace {

constexpr std::size_t kHeader = 8;
constexpr std::uint8_t kAnswer = 0x04, kLogin7 = 0x10, kPrelogin = 0x12;
constexpr std::size_t kNameAt = 40, kPasswordAt = 44;  // an offset and a count of characters each
constexpr std::uint32_t kLoginFailed = 18456;
constexpr int kMostPackets = 8;

struct Login final : LoginTalk {
  std::uint64_t name = 0, credentials = 0;  // 0: not said
};

std::uint64_t body_size(Bytes header) {
  const std::uint16_t size = Cursor(header.subspan(2)).be16();
  return size < kHeader ? 0 : size - kHeader;
}

// The characters, two bytes each, that the entry at `at` of LOGIN7 points to.
std::string_view field_of(Bytes login, std::size_t at) {
  Cursor entry(login.subspan(std::min(at, login.size())));
  const std::size_t offset = entry.le16(), size = std::size_t{2} * entry.le16();
  if (!entry.ok() || offset + size > login.size()) return {};
  return as_text(login.subspan(offset, size));
}

class Reader final : public LoginReader {
 public:
  Reader(FlowSession& session, Direction sender, Login& login) : LoginReader(login), session_(session), sender_(sender), login_(login) {}

 private:
  bool take(Bytes& bytes, const Moment& moment) override {
    const auto packet = frame_.take(bytes, body_size);
    if (!packet) return false;
    const std::uint8_t type = frame_.head()[0];
    if (++packets_ > kMostPackets) login_.over = true;
    else if (sender_ == Direction::FromResponder) on_server(type, *packet, moment);
    else on_client(type, *packet);
    frame_.next();
    return true;
  }

  void on_client(std::uint8_t type, Bytes packet) {
    if (type == kPrelogin && login_.name == 0) return;
    const std::string_view name = field_of(packet, kNameAt);
    login_.over = type != kLogin7 || name.empty() || login_.name != 0;
    if (login_.over) return;
    login_.name = fnv1a(name);
    login_.credentials = credentials_number(login_.name, field_of(packet, kPasswordAt));
  }

  // Errors, information and changes of the environment may come before what matters.
  void on_server(std::uint8_t type, Bytes packet, const Moment& moment) {
    constexpr std::uint8_t kError = 0xaa, kInfo = 0xab, kGranted = 0xad, kEnvironment = 0xe3;
    if (type != kAnswer) login_.over = true;
    if (login_.name == 0) return;  // the answer to PRELOGIN
    login_.over = true;
    for (Cursor cursor(packet); cursor.remaining() > 0;) {
      const std::uint8_t token = cursor.u8();
      if (token != kError && token != kInfo && token != kGranted && token != kEnvironment) return;
      const std::uint16_t size = cursor.le16();
      Cursor inside(packet.subspan(cursor.position()));
      const bool failed = token == kError && inside.le32() == kLoginFailed;
      if (!cursor.ok()) return;
      if (failed || token == kGranted) {
        session_.observe(sender_, moment, LoginSeen{"mssql", failed ? LoginStep::Refused : LoginStep::Accepted, login_.credentials, login_.name});
        return;
      }
      cursor.skip(size);
    }
  }

  FlowSession& session_;
  Direction sender_;
  Login& login_;
  LoginFrame<kHeader> frame_;
  int packets_ = 0;
};

// As far as it has come, does a head begin here, of a packet of one of these types?
bool may_be_head(Bytes start, std::initializer_list<std::uint8_t> types) {
  if (!start.empty() && std::find(types.begin(), types.end(), start[0]) == types.end()) return false;
  return start.size() < 2 || start[1] <= 1;
}

}  // namespace

// A head, and behind it the options of PRELOGIN or the length in LOGIN7, which is the head's.
Probe probe(Bytes start) {
  constexpr std::size_t kMostPrelogin = 4096;
  if (!may_be_head(start, {kLogin7, kPrelogin})) return Probe::No;
  if (start.size() < kHeader + 4) return Probe::NeedMore;
  const std::uint64_t size = body_size(start);
  if (start[0] == kLogin7) return size == Cursor(start.subspan(kHeader)).le32() ? Probe::Yes : Probe::No;
  return start[4] == 0 && start[5] == 0 && start[kHeader] == 0 && size >= 4 && size <= kMostPrelogin ? Probe::Yes : Probe::No;
}

std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender) {
  Login* login = sender == Direction::FromInitiator ? session.shared<Login>() : nullptr;
  return login == nullptr || login->over ? nullptr : std::make_unique<Reader>(session, sender, *login);
}

Probe probe_answer(Bytes start) {
  if (!may_be_head(start, {kAnswer})) return Probe::No;
  if (start.size() < kHeader) return Probe::NeedMore;
  return body_size(start) >= 4 ? Probe::Yes : Probe::No;
}

std::unique_ptr<StreamReader> make_answer(FlowSession& session, Direction sender) {
  Login* login = sender == Direction::FromResponder ? session.shared_if_made<Login>() : nullptr;
  return login == nullptr || login->over ? nullptr : std::make_unique<Reader>(session, sender, *login);
}

}  // namespace scanner::tds_login
