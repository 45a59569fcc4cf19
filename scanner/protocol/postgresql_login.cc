// Log-ins to PostgreSQL (Frontend/Backend Protocol 3.0, "Start-up" and "Message Formats"): the
// client says a name, the server asks for a password in one way or another, and takes or refuses it.
//
// Observed: the outcome, with numbers for the name and, where it was asked for in clear text, the
// password; MD5 and SCRAM hide it. A refusal counts once a password was said: without one it is
// a rule of the server's about addresses or names. What follows a log-in, and all of a session
// that turns to TLS, is passed over.
#include "scanner/protocol/login_frames.h"

namespace scanner::postgresql_login {
namespace {

constexpr std::uint32_t kVersion3 = 0x00030000, kSslRequest = 80877103, kGssRequest = 80877104;
constexpr std::size_t kLength = 4;  // counts itself
constexpr std::uint32_t kMaxStartup = 10000;  // the server's own bound
constexpr int kMostMessages = 16;  // of a log-in, either side

struct Login final : LoginTalk {
  std::uint64_t name = 0, credentials = 0;  // 0: not said
  bool clear = false;  // the password is asked for in clear text
};

std::uint64_t body_size(Bytes length) {
  const std::uint32_t size = Cursor(length.last(kLength)).be32();
  return size < kLength ? 0 : size - kLength;
}

// Of "user\0ann\0database\0shop\0\0" the user.
std::string_view user_of(Bytes parameters) {
  while (!parameters.empty() && parameters[0] != 0) {
    const std::string_view key = text_before_nul(parameters);
    parameters = parameters.subspan(std::min(key.size() + 1, parameters.size()));
    const std::string_view value = text_before_nul(parameters);
    if (key == "user") return value;
    parameters = parameters.subspan(std::min(value.size() + 1, parameters.size()));
  }
  return {};
}

// The SQLSTATE among the fields of an ErrorResponse.
std::string_view state_of(Bytes fields) {
  while (!fields.empty() && fields[0] != 0) {
    const std::uint8_t kind = fields[0];
    const std::string_view value = text_before_nul(fields.subspan(1));
    if (kind == 'C') return value;
    fields = fields.subspan(std::min(value.size() + 2, fields.size()));
  }
  return {};
}

class Client final : public LoginReader {
 public:
  explicit Client(Login& login) : LoginReader(login), login_(login) {}

 private:
  bool take(Bytes& bytes, const Moment&) override { return login_.name == 0 ? take_startup(bytes) : take_message(bytes); }

  bool take_startup(Bytes& bytes) {
    // Encryption was granted: what follows is no start-up.
    if (startup_.between() && bytes[0] != 0) {
      login_.over = true;
      return false;
    }
    const auto startup = startup_.take(bytes, body_size);
    if (!startup) return false;
    on_startup(*startup);
    startup_.next();
    return true;
  }
  bool take_message(Bytes& bytes) {
    const auto message = messages_.take(bytes, body_size);
    if (!message) return false;
    if (++count_ > kMostMessages) login_.over = true;
    if (messages_.head()[0] == 'p') on_password(*message);
    messages_.next();
    return true;
  }
  void on_startup(Bytes startup) {
    Cursor cursor(startup);
    const std::uint32_t version = cursor.be32();
    if (version == kSslRequest || version == kGssRequest) {
      login_.over = ++count_ > 2;  // there are two kinds
      return;
    }
    const std::string_view user = user_of(cursor.rest());
    if (version != kVersion3 || user.empty()) login_.over = true;
    else login_.name = fnv1a(user);
  }
  void on_password(Bytes said) {
    login_.credentials = login_.clear ? credentials_number(login_.name, as_text(said)) : login_.name;
  }

  Login& login_;
  LoginFrame<kLength> startup_;
  LoginFrame<1 + kLength> messages_;
  int count_ = 0;
};

class Server final : public LoginReader {
 public:
  Server(FlowSession& session, Login& login) : LoginReader(login), session_(session), login_(login) {}

 private:
  bool take(Bytes& bytes, const Moment& moment) override {
    // The answer to a request for encryption is one byte: no.
    if (may_refuse_ && bytes[0] == 'N') {
      bytes = bytes.subspan(1);
      return true;
    }
    may_refuse_ = false;
    const auto message = messages_.take(bytes, body_size);
    if (!message) return false;
    if (++count_ > kMostMessages) login_.over = true;
    else on_message(static_cast<char>(messages_.head()[0]), *message, moment);
    messages_.next();
    return true;
  }
  void on_message(char kind, Bytes body, const Moment& moment) {
    constexpr std::uint32_t kGranted = 0, kClearText = 3;
    if (kind == 'R') {
      Cursor cursor(body);
      const std::uint32_t method = cursor.be32();
      login_.clear = method == kClearText;
      if (method == kGranted) conclude(LoginStep::Accepted, moment);
    } else if (kind == 'E') {
      const std::string_view state = state_of(body);
      if (state == "28P01" || state == "28000") conclude(LoginStep::Refused, moment);
      login_.over = true;
    } else if (kind != 'v') {  // the version can be negotiated; nothing else comes before
      login_.over = true;
    }
  }
  void conclude(LoginStep step, const Moment& moment) {
    login_.over = true;
    if (login_.credentials == 0) return;
    LoginSeen seen{"postgresql", step, login_.credentials, login_.name};
    seen.hidden = login_.credentials == login_.name;
    session_.observe(Direction::FromResponder, moment, std::move(seen));
  }

  FlowSession& session_;
  Login& login_;
  LoginFrame<1 + kLength> messages_;
  int count_ = 0;
  bool may_refuse_ = true;
};

}  // namespace

// A length and a version, or a request for encryption.
Probe probe(Bytes start) {
  for (std::size_t i = 0; i < std::min(start.size(), std::size_t{2}); ++i)
    if (start[i] != 0) return Probe::No;
  if (start.size() < 2 * kLength) return Probe::NeedMore;
  Cursor cursor(start);
  const std::uint32_t length = cursor.be32(), version = cursor.be32();
  if (version == kSslRequest || version == kGssRequest) return length == 2 * kLength ? Probe::Yes : Probe::No;
  return version == kVersion3 && length > 2 * kLength && length <= kMaxStartup ? Probe::Yes : Probe::No;
}

std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender) {
  Login* login = sender == Direction::FromInitiator ? session.shared<Login>() : nullptr;
  return login == nullptr || login->over ? nullptr : std::make_unique<Client>(*login);
}

// A no to encryption, or to either kind of it; then a message: authentication, an error, or the
// version.
Probe probe_answer(Bytes start) {
  std::size_t at = 0;
  while (at < std::min(start.size(), std::size_t{2}) && start[at] == 'N') ++at;
  if (at == start.size()) return Probe::NeedMore;
  if (start[at] != 'R' && start[at] != 'E' && start[at] != 'v') return Probe::No;
  for (std::size_t i = at + 1; i < std::min(start.size(), at + 3); ++i)
    if (start[i] != 0) return Probe::No;
  return start.size() < at + 3 ? Probe::NeedMore : Probe::Yes;
}

std::unique_ptr<StreamReader> make_answer(FlowSession& session, Direction sender) {
  Login* login = sender == Direction::FromResponder ? session.shared_if_made<Login>() : nullptr;
  return login == nullptr || login->over ? nullptr : std::make_unique<Server>(session, *login);
}

}  // namespace scanner::postgresql_login
