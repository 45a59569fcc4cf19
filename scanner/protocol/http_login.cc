#include "scanner/protocol/http_login.h"

#include "scanner/model/letters.h"
#include "scanner/protocol/login_frames.h"

#include <algorithm>
#include <string>

namespace scanner {
namespace {

// Nobody guesses what is longer: those are tokens, minted anew for each use.
constexpr std::size_t kMaxBasic = 128;
constexpr std::size_t kMaxSaid = kMaxBasic / 4 * 3;

constexpr std::uint8_t kNoDigit = 64;
constexpr std::array<std::uint8_t, 256> kDigits = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  std::uint8_t value = 0;
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")) digits[static_cast<std::uint8_t>(c)] = value++;
  return digits;
}();

// What base64 (RFC 4648) spells, up to the first character that is none: at most kMaxBasic of them.
// Clients send it with every request, so nothing is allocated.
std::string_view base64_text(std::string_view text, std::array<char, kMaxSaid>& made) {
  std::size_t size = 0;
  std::uint32_t bits = 0;
  int have = 0;
  for (const char c : text) {
    const std::uint8_t digit = kDigits[static_cast<std::uint8_t>(c)];
    if (digit == kNoDigit) break;
    bits = bits << 6 | digit;
    have += 6;
    if (have < 8) continue;
    have -= 8;
    made[size++] = static_cast<char>(bits >> have & 0xff);
  }
  return {made.data(), size};
}

std::optional<HttpLogin> basic(std::string_view value) {
  if (value.empty() || value.size() > kMaxBasic) return {};
  std::array<char, kMaxSaid> space;
  const std::string_view said = base64_text(value, space);
  const std::size_t colon = said.find(':');
  if (colon == said.npos) return {};
  HttpLogin login;
  login.name = fnv1a(said.substr(0, colon));
  login.credentials = credentials_number(login.name, said.substr(colon + 1));
  return login;
}

std::optional<HttpLogin> digest(std::string_view value) {
  constexpr std::string_view kName = "username=\"";
  const std::size_t at = value.find(kName);
  if (at == value.npos) return {};
  const std::string_view rest = value.substr(at + kName.size());
  HttpLogin login;
  login.name = login.credentials = fnv1a(rest.substr(0, rest.find('"')));
  login.hidden = true;
  return login;
}

bool has(std::string_view key, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) { return key.find(part) != key.npos; });
}

// Gathers the fields that make a log-in. Which is which their names tell, as forms have them.
class Fields {
 public:
  void take(std::string_view key, std::string_view value) {
    constexpr std::size_t kMaxKey = 64;
    const std::string name = lowered(key.substr(0, kMaxKey));
    // Against forgery of requests: another one each time.
    if (has(name, {"token", "csrf", "nonce"})) return;
    if (has(name, {"pass", "pwd"}) || name == "pw") {
      if (value.empty()) return;
      password_ += value;
      password_ += '\0';
    } else if (has(name, {"user", "mail", "login"}) || name == "log" || name == "name" || name == "account") {
      name_ += value;
      name_ += '\0';
    }
  }
  std::optional<HttpLogin> login() const {
    if (password_.empty()) return {};
    HttpLogin login;
    login.name = fnv1a(name_);
    login.credentials = credentials_number(login.name, password_);
    login.form = true;
    return login;
  }

 private:
  std::string name_, password_;
};

// "user=ann&password=x"
void read_pairs(std::string_view body, Fields& fields) {
  while (!body.empty()) {
    const std::string_view pair = body.substr(0, body.find('&'));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    fields.take(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())));
    body.remove_prefix(std::min(pair.size() + 1, body.size()));
  }
}

// The string that begins at body[0], a quote, without its quotes, as it is written; it and the
// quotes are taken off. Without an end it is what there is.
std::string_view take_string(std::string_view& body) {
  std::size_t end = 1;
  while (end < body.size() && body[end] != '"') end += body[end] == '\\' ? 2 : 1;
  end = std::min(end, body.size());
  const std::string_view text = body.substr(1, end - 1);
  body.remove_prefix(std::min(end + 1, body.size()));
  return text;
}

// {"user":"ann","password":"x"}, however deep it lies: strings with a colon between them.
void read_json(std::string_view body, Fields& fields) {
  std::string_view key;
  bool colon = false;
  while (!body.empty()) {
    if (body.front() == '"') {
      const std::string_view text = take_string(body);
      if (colon) fields.take(key, text);
      key = colon ? std::string_view() : text;
      colon = false;
    } else {
      const bool space = body.front() == ' ' || body.front() == '\t' || body.front() == '\r' || body.front() == '\n';
      if (!space) colon = body.front() == ':' && !key.empty();
      body.remove_prefix(1);
    }
  }
}

}  // namespace

std::optional<HttpLogin> login_of_authorization(std::string_view value) {
  const std::size_t blank = std::min(value.find(' '), value.size());
  const std::string_view scheme = value.substr(0, blank);
  value.remove_prefix(blank);
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  if (equals_lowered(scheme, "basic")) return basic(value);
  return equals_lowered(scheme, "digest") ? digest(value) : std::nullopt;
}

std::optional<HttpLogin> login_of_form(std::string_view body) {
  Fields fields;
  body.remove_prefix(std::min(body.find_first_not_of(" \t\r\n"), body.size()));
  if (body.starts_with('{')) read_json(body, fields);
  else read_pairs(body, fields);
  return fields.login();
}

void HttpLogins::asked(std::uint64_t exchange, const HttpLogin& login) {
  open_[next_] = {exchange, login};
  next_ = (next_ + 1) % kMaxOpen;
}

std::optional<LoginSeen> HttpLogins::answered(std::uint64_t exchange, int status, bool stale) {
  const auto found = std::find_if(open_.begin(), open_.end(), [&](const Open& one) { return one.exchange == exchange && one.login.credentials != 0; });
  if (found == open_.end()) return {};
  const HttpLogin login = found->login;
  *found = {};
  constexpr int kUnauthorised = 401, kForbidden = 403;
  const bool refused = (status == kUnauthorised && !stale) || (status == kForbidden && login.form);
  const bool accepted = status >= 200 && status < 400;
  if (!refused && !accepted) return {};
  if (accepted && accepted_ == login.credentials) return {};
  if (accepted) accepted_ = login.credentials;
  LoginSeen seen{"http", refused ? LoginStep::Refused : LoginStep::Accepted, login.credentials, login.name};
  seen.hidden = login.hidden;
  seen.passed_on = login.passed_on;
  return seen;
}

}  // namespace scanner
