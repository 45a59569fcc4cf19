#include "scanner/protocol/login_lines.h"

#include "scanner/model/letters.h"
#include "scanner/protocol/login_frames.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace scanner {
namespace {

bool begins(std::string_view line, std::string_view command) { return same_letters(line.substr(0, command.size()), command); }

constexpr std::size_t kMaxTags = 8;

struct Code {
  std::string_view code, protocol;
  LoginStep step;
};
// 530 and 430: not logged in; 535: credentials invalid.
constexpr Code kCodes[] = {{"230", "ftp", LoginStep::Accepted}, {"530", "ftp", LoginStep::Refused},  {"430", "ftp", LoginStep::Refused},
                           {"235", "smtp", LoginStep::Accepted}, {"535", "smtp", LoginStep::Refused}};

// What the answers to a log-in belong to: only once one was asked do "-ERR" and "NO" mean it.
struct Asked final : FlowSession::Shared {
  std::uint64_t open = 0;
  std::vector<std::string> tags;  // IMAP: of the last kMaxTags requests without an answer
  bool pop3 = false;
  std::uint64_t user = 0;  // FTP, POP3: whose log-in it is; 0: not said
};

// IMAP: of " LOGIN ann secret" the name.
std::uint64_t name_in(std::string_view login) {
  constexpr std::string_view kLogin = " LOGIN ";
  if (!begins(login, kLogin)) return 0;
  login.remove_prefix(kLogin.size());
  return fnv1a(login.substr(0, login.find(' ')));
}

}  // namespace

void LoginLines::take(Bytes text, const Moment& moment) {
  while (const auto line = lines_.take(text)) {
    const bool whole = !std::exchange(lost_, false);
    if (whole && sender_ == Direction::FromInitiator) judge_request(*line, moment);
    if (whole && sender_ == Direction::FromResponder) judge_answer(*line, moment);
    lines_.next();
  }
}

void LoginLines::gap() {
  lines_.next();
  lost_ = true;
}

void LoginLines::judge_request(std::string_view line, const Moment& moment) {
  if (begins(line, "USER ")) {
    if (auto* asked = session_.shared<Asked>()) asked->user = fnv1a(line.substr(line.find(' ')));
    return;
  }
  std::string_view tag;
  bool login = begins(line, "PASS ") || begins(line, "AUTH ");
  if (!login) {
    const std::size_t blank = line.find(' ');
    login = blank != std::string_view::npos && blank > 0 && (begins(line.substr(blank), " LOGIN ") || begins(line.substr(blank), " AUTHENTICATE "));
    if (login) tag = line.substr(0, blank);
  }
  if (!login) return;
  LoginSeen seen{"", LoginStep::Asked, fnv1a(tag.empty() ? line : line.substr(tag.size())), tag.empty() ? 0 : name_in(line.substr(tag.size()))};
  if (auto* asked = session_.shared<Asked>()) {
    ++asked->open;
    if (begins(line, "PASS ") && asked->user != 0) {
      seen.name = asked->user;
      seen.credentials = credentials_number(seen.name, line);
    }
    if (!tag.empty()) {
      if (asked->tags.size() == kMaxTags) asked->tags.erase(asked->tags.begin());
      asked->tags.emplace_back(tag);
    }
    asked->pop3 = begins(line, "PASS ");
  }
  session_.observe(sender_, moment, std::move(seen));
}

void LoginLines::judge_answer(std::string_view line, const Moment& moment) {
  if (std::exchange(greeting_, false)) return;
  auto* asked = session_.shared_if_made<Asked>();
  if (asked == nullptr || asked->open == 0) return;
  // One answer a request: what the server said may be read late, and several at a time.
  const auto conclude = [&](std::string_view protocol, LoginStep step) {
    --asked->open;
    session_.observe(sender_, moment, LoginSeen{std::string(protocol), step, 0});
  };
  for (const Code& code : kCodes)
    if (line.size() > code.code.size() && line.starts_with(code.code) && line[code.code.size()] == ' ') return conclude(code.protocol, code.step);
  if (asked->pop3 && begins(line, "-ERR")) return conclude("pop3", LoginStep::Refused);
  if (asked->pop3 && begins(line, "+OK")) return conclude("pop3", LoginStep::Accepted);
  const std::string_view tag = line.substr(0, line.find(' '));
  const auto found = std::find(asked->tags.begin(), asked->tags.end(), tag);
  if (found == asked->tags.end()) return;
  asked->tags.erase(found);
  const std::string_view rest = line.substr(tag.size());
  if (begins(rest, " NO")) return conclude("imap", LoginStep::Refused);
  if (begins(rest, " OK")) return conclude("imap", LoginStep::Accepted);
}

}  // namespace scanner
