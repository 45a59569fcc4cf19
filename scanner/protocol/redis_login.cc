// Log-ins to Redis and its kin (RESP, redis.io "Redis serialization protocol specification"):
// AUTH, by itself or in HELLO, as an array of strings or as a line.
//
// Observed: each log-in's outcome, with numbers for name and password. An answer of NOAUTH is no
// refusal: nobody was refused who did not log in. Values are passed over by their length. A
// direction is read no further once it has said many things of which none is a log-in.
#include "scanner/model/letters.h"
#include "scanner/protocol/line_start.h"
#include "scanner/protocol/login_frames.h"

#include <algorithm>
#include <string>
#include <vector>

namespace scanner::redis_login {
namespace {

constexpr std::size_t kMaxKept = 128;      // of a value
constexpr std::uint64_t kMaxValue = 512ULL << 20;  // the server's own bound
constexpr std::size_t kMaxValues = 8;      // kept of a command
constexpr std::size_t kMaxOpen = 16;       // log-ins without an answer
constexpr int kMostOthers = 64;            // commands, or lines of answers, since the last log-in

struct Credentials {
  std::uint64_t name = 0, all = 0;
};
struct Login final : LoginTalk {
  std::vector<Credentials> open;  // oldest first
};

// The number behind a line's mark; nothing where there is none or more than `most`.
std::optional<std::uint64_t> count_in(std::string_view line, std::uint64_t most) {
  std::uint64_t count = 0;
  if (line.size() < 2) return {};
  for (const char c : line.substr(1)) {
    if (c < '0' || c > '9' || count > most) return {};
    count = count * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return count <= most ? std::optional(count) : std::nullopt;
}

// Where a conversation has begun, what follows is searched for its messages.
class Reader : public LoginReader {
 public:
  Reader(FlowSession& session, Login& login) : LoginReader(login), flow_(session) {}

  ReadResult read(Bytes bytes, const Moment& moment) final {
    if (flow_.has_conversation()) return {ReadState::Boundary, 0};
    return LoginReader::read(bytes, moment);
  }

 private:
  FlowSession& flow_;
};

class Client final : public Reader {
 public:
  Client(FlowSession& session, Login& login) : Reader(session, login), login_(login) {}

 private:
  bool take(Bytes& bytes, const Moment&) override {
    if (value_left_ > 0) {
      take_value(bytes);
      return true;
    }
    const auto line = lines_.take(bytes);
    if (!line) return false;
    on_line(*line);
    lines_.next();
    return true;
  }
  void on_line(std::string_view line) {
    if (values_left_ > 0) {
      const auto size = line.starts_with('$') ? count_in(line, kMaxValue) : std::nullopt;
      if (!size) login_.over = true;
      else value_left_ = *size + 2;  // and its line end
      value_size_ = size.value_or(0);
      values_.emplace_back();
      return;
    }
    values_.clear();
    if (line.starts_with('*')) {
      constexpr std::uint64_t kMost = 1 << 20;
      const auto count = count_in(line, kMost);
      if (!count) login_.over = true;
      values_left_ = count.value_or(0);
      return;
    }
    for (std::size_t at = 0; at < line.size() && values_.size() < kMaxValues;) {
      const std::size_t blank = std::min(line.find(' ', at), line.size());
      if (blank > at) values_.emplace_back(line.substr(at, blank - at));
      at = blank + 1;
    }
    on_command();
  }

  void take_value(Bytes& bytes) {
    const std::size_t taken = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), value_left_));
    std::string& value = values_.back();
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(value_size_, kMaxKept));
    value += as_text(bytes.first(std::min(taken, wanted - value.size())));
    value_left_ -= taken;
    bytes = bytes.subspan(taken);
    if (value_left_ > 0) return;
    if (values_.size() > kMaxValues) values_.pop_back();
    if (--values_left_ == 0) on_command();
  }

  // AUTH [name] password; HELLO 3 AUTH name password
  void on_command() {
    std::size_t at = 0;
    if (values_.size() > 2 && same_letters(values_[0], "HELLO") && same_letters(values_[2], "AUTH")) at = 2;
    const std::size_t behind = std::min(values_.size() - std::min(at + 1, values_.size()), std::size_t{2});
    if (values_.empty() || !same_letters(values_[at], "AUTH") || behind == 0) {
      login_.over = login_.over || ++others_ > kMostOthers;
      return;
    }
    others_ = 0;
    const std::string_view name = behind == 2 ? std::string_view(values_[at + 1]) : "default";
    Credentials said{fnv1a(name), 0};
    said.all = credentials_number(said.name, values_[at + behind]);
    if (login_.open.size() == kMaxOpen) login_.open.erase(login_.open.begin());
    login_.open.push_back(said);
  }

  Login& login_;
  LineStart lines_;
  std::vector<std::string> values_;  // of the command that is being read
  std::uint64_t values_left_ = 0, value_left_ = 0, value_size_ = 0;
  int others_ = 0;
};

class Server final : public Reader {
 public:
  Server(FlowSession& session, Login& login) : Reader(session, login), session_(session), login_(login) {}

 private:
  bool take(Bytes& bytes, const Moment& moment) override {
    const auto line = lines_.take(bytes);
    if (!line) return false;
    on_line(*line, moment);
    lines_.next();
    return true;
  }
  void on_line(std::string_view line, const Moment& moment) {
    if (login_.open.empty()) {
      login_.over = ++others_ > kMostOthers;
      return;
    }
    others_ = 0;
    const bool refused = line.starts_with("-WRONGPASS") || line.starts_with("-ERR invalid password");
    // That there is no password to be given is no refusal.
    const bool pointless = line.starts_with("-ERR AUTH") || line.starts_with("-ERR Client sent AUTH");
    if (!refused && !pointless && line != "+OK") return;
    const Credentials said = login_.open.front();
    login_.open.erase(login_.open.begin());
    if (pointless) return;
    session_.observe(Direction::FromResponder, moment, LoginSeen{"redis", refused ? LoginStep::Refused : LoginStep::Accepted, said.all, said.name});
  }

  FlowSession& session_;
  Login& login_;
  LineStart lines_;
  int others_ = 0;
};

}  // namespace

// A client's array of strings.
Probe probe(Bytes start) {
  const std::string_view text = as_text(start);
  constexpr std::string_view kBehindCount = "\r\n$";
  if (text.empty()) return Probe::NeedMore;
  if (text[0] != '*') return Probe::No;
  constexpr std::size_t kMostDigits = 7;
  std::size_t at = 1;
  while (at < text.size() && at <= kMostDigits && text[at] >= '0' && text[at] <= '9') ++at;
  if (at == text.size()) return Probe::NeedMore;
  const std::string_view behind = text.substr(at, kBehindCount.size());
  if (at == 1 || !kBehindCount.starts_with(behind)) return Probe::No;
  return behind.size() < kBehindCount.size() ? Probe::NeedMore : Probe::Yes;
}

std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender) {
  Login* login = session.has_conversation() || sender != Direction::FromInitiator ? nullptr : session.shared<Login>();
  return login == nullptr || login->over ? nullptr : std::make_unique<Client>(session, *login);
}

Probe probe_line(Bytes start) {
  constexpr std::string_view kAuth = "AUTH ";
  const std::string_view text = as_text(start.first(std::min(start.size(), kAuth.size())));
  if (!kAuth.starts_with(text)) return Probe::No;
  return text.size() < kAuth.size() ? Probe::NeedMore : Probe::Yes;
}

// Where the server spoke first, AUTH is mail's. Inside a carrier nobody knows.
std::unique_ptr<StreamReader> make_line(FlowSession& session, Direction sender) {
  const bool first = session.sent[static_cast<std::size_t>(opposite(sender))] == 0 && session.carried_depth(sender) == 0;
  return first ? make(session, sender) : nullptr;
}

// Any first byte of an answer, where the client speaks this.
Probe probe_answer(Bytes start) {
  constexpr std::string_view kFirst = "+-:$*%";
  if (start.empty()) return Probe::NeedMore;
  return kFirst.find(static_cast<char>(start[0])) == std::string_view::npos ? Probe::No : Probe::Yes;
}

std::unique_ptr<StreamReader> make_answer(FlowSession& session, Direction sender) {
  Login* login = session.has_conversation() || sender != Direction::FromResponder ? nullptr : session.shared_if_made<Login>();
  return login == nullptr || login->over ? nullptr : std::make_unique<Server>(session, *login);
}

}  // namespace scanner::redis_login
