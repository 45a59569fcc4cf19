#include "scanner/protocol/duino_conversation.h"

#include "scanner/model/digest.h"
#include "scanner/model/letters.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace scanner {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMaxUser = 256, kMaxSoftware = 128, kHashDigits = 40, kMaxNumber = 18;
constexpr double kTriesPerDifficulty = 50;  // a number from 1 to 100 n is found after half of them

// What miners call the difficulty that they want: what they run on, or how fast it is.
constexpr std::array kDifficultyNames{"LOW"sv,     "MEDIUM"sv,   "NET"sv,      "EXTREME"sv,   "AVR"sv,
                                      "ARM"sv,     "DUE"sv,      "MEGA"sv,     "ESP8266"sv,   "ESP8266H"sv,
                                      "ESP32"sv,   "ESP8266N"sv, "ESP32S"sv,   "ESP8266NH"sv, "RPI"sv};

// Cuts the text up to the next comma off its front.
std::string_view next_field(std::string_view& text) {
  const std::size_t comma = text.find(',');
  const std::string_view field = text.substr(0, comma);
  text = comma == text.npos ? std::string_view() : text.substr(comma + 1);
  return field;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\0"sv;
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

bool is_digits(std::string_view text, std::size_t most) {
  return !text.empty() && text.size() <= most && text.find_first_not_of("0123456789") == text.npos;
}

bool is_hash(std::string_view text) {
  return text.size() == kHashDigits && text.find_first_not_of("0123456789abcdefABCDEF") == text.npos;
}

bool is_version(std::string_view text) {
  return (text.size() == 3 || text.size() == 4) && text[1] == '.' && is_digits(text.substr(0, 1), 1) &&
         is_digits(text.substr(2), 2);
}

bool is_job_request(std::string_view text) { return text.starts_with("JOB,") && text.size() > 4; }

double number_of(std::string_view text) {
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number > 0 && number < 1e18 ? number : 0;
}

// Does the number solve the job? Small boards write it in binary.
bool solves(std::string_view number, std::string_view last, std::string_view expected) {
  const auto is_right = [&](std::string_view digits) {
    return to_hex(sha1(as_bytes(std::string(last).append(digits)))) == expected;
  };
  if (is_right(number)) return true;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value, 2);
  return error == std::errc() && end == number.data() + number.size() && is_right(std::to_string(value));
}

}  // namespace

bool DuinoConversation::take(Direction sender, Bytes bytes, const Moment& moment) {
  if (speaking_ && *speaking_ != sender) finish(*speaking_, moment);
  speaking_ = sender;
  std::string& text = text_[static_cast<std::size_t>(sender)];
  // Asked after every message: what comes behind one too many must not depend on the segment.
  while (!bytes.empty() && strange_ < kMaxStrange) {
    const void* feed = std::memchr(bytes.data(), '\n', bytes.size());
    const std::size_t size =
        feed == nullptr ? bytes.size()
                        : static_cast<std::size_t>(static_cast<const std::uint8_t*>(feed) - bytes.data());
    if (text.size() + size > kMaxMessage) {
      text.clear();
      return false;
    }
    text += as_text(bytes.first(size));
    if (feed == nullptr) break;
    finish(sender, moment);
    bytes = bytes.subspan(size + 1);
  }
  return strange_ < kMaxStrange;
}

void DuinoConversation::lost(Direction sender) {
  text_[static_cast<std::size_t>(sender)].clear();
  skipping_[static_cast<std::size_t>(sender)] = true;
  asked_at_.reset();
  shared_at_.reset();
  job_.reset();
}

void DuinoConversation::end(const Moment& moment) {
  if (speaking_) finish(*speaking_, moment);
}

// A message of `sender` is complete.
void DuinoConversation::finish(Direction sender, const Moment& moment) {
  const std::string whole = std::exchange(text_[static_cast<std::size_t>(sender)], {});
  const std::string_view text = trimmed(whole);
  if (text.empty()) return;
  if (std::exchange(skipping_[static_cast<std::size_t>(sender)], false)) return;
  if (is_job_request(text) && (!miner_ || *miner_ == sender)) return ask(sender, text, moment);
  if (is_version(text) && !greeted_ && miner_ != sender) {
    greeted_ = true;
    miner_ = opposite(sender);
    ++evidence_;
    return;
  }
  if (!(miner_ == sender ? by_miner(text, moment) : by_pool(text, moment))) ++strange_;
}

void DuinoConversation::ask(Direction sender, std::string_view text, const Moment& moment) {
  miner_ = sender;
  next_field(text);
  user_ = next_field(text).substr(0, kMaxUser);
  const std::string_view name = next_field(text);
  const bool known = std::find(kDifficultyNames.begin(), kDifficultyNames.end(), name) != kDifficultyNames.end();
  if (known && !known_word_) {
    known_word_ = true;
    ++evidence_;
  }
  asked_at_ = moment.at;
  job_.reset();
  shared_at_.reset();
  if (shown())
    session_.observe(sender, moment,
                     seen(MiningRole::GetWork, MiningOutcome::Asked, "JOB " + std::string(known ? name : "")));
}

bool DuinoConversation::by_miner(std::string_view text, const Moment& moment) {
  // Wallets log in here too, and old miners say what they run on.
  if (text.starts_with("FROM,") || text.starts_with("LOGI,") || text == "CLOSE" || text == "PING") return true;
  // The pool's answer between them was not captured.
  if (const std::size_t next = text.find("JOB,"); next != text.npos && next > 0 && is_job_request(text.substr(next))) {
    ask(*miner_, text.substr(next), moment);
    return true;
  }
  std::string_view rest = text;
  if (!is_digits(next_field(rest), kMaxNumber)) return false;
  share(text, moment);
  return true;
}

void DuinoConversation::share(std::string_view text, const Moment& moment) {
  if (!job_) return;
  const std::string_view number = next_field(text);
  const double speed = number_of(next_field(text));
  software_ = next_field(text).substr(0, kMaxSoftware);
  share_right_ = solves(number, job_->last, job_->expected);
  if (share_right_) evidence_ = std::max(evidence_, 2);
  shared_at_ = moment.at;
  if (!shown()) return;
  if (!job_->told) deliver(*job_, moment);
  MiningSeen what = seen(MiningRole::Submit, MiningOutcome::Asked, "share " + std::string(number));
  what.reported_hashrate = speed;
  what.job = job_->expected;
  session_.observe(*miner_, moment, std::move(what));
}

bool DuinoConversation::by_pool(std::string_view text, const Moment& moment) {
  std::string_view rest = text;
  const std::string_view first = next_field(rest);
  if (first == "GOOD" || first == "BAD" || first == "BLOCK") {
    judge(first != "BAD", text, moment);
    return true;
  }
  if (is_hash(first) && is_hash(rest.substr(0, kHashDigits))) {
    Job job{lowered(first), lowered(next_field(rest)), number_of(rest), {}, false};
    if (!is_digits(rest, kMaxNumber) || !asked_at_) return is_digits(rest, kMaxNumber);
    job.asked_at = *std::exchange(asked_at_, std::nullopt);
    if (!std::exchange(work_seen_, true)) ++evidence_;
    job.told = shown();
    if (job.told) deliver(job, moment);
    job_ = std::move(job);
    return true;
  }
  // Anything else is no job: "This user doesn't exist", "Too many workers".
  if (!asked_at_) return false;
  if (shown()) {
    MiningSeen what = seen(MiningRole::GetWork, MiningOutcome::Refused, text.substr(0, kMaxSoftware));
    what.asked_at = *asked_at_;
    session_.observe(opposite(*miner_), moment, std::move(what));
  }
  asked_at_.reset();
  return false;
}

void DuinoConversation::deliver(const Job& job, const Moment& moment) {
  const std::string text =
      job.last + "," + job.expected + "," + std::to_string(static_cast<std::uint64_t>(job.difficulty));
  MiningSeen what = seen(MiningRole::GetWork, MiningOutcome::Accepted, text);
  what.job = job.expected;
  what.difficulty = job.difficulty;
  what.target_hashes = job.difficulty * kTriesPerDifficulty;
  what.asked_at = job.asked_at;
  session_.observe(opposite(*miner_), moment, std::move(what));
}

// The pool says what it thinks of the share.
void DuinoConversation::judge(bool good, std::string_view text, const Moment& moment) {
  if (!shared_at_ || !job_) return;
  const Timestamp asked_at = *std::exchange(shared_at_, std::nullopt);
  if (!shown() || (good && !share_right_)) return;
  MiningSeen what =
      seen(MiningRole::Submit, good ? MiningOutcome::Accepted : MiningOutcome::Refused, text.substr(0, kMaxSoftware));
  what.job = job_->expected;
  what.target_hashes = job_->difficulty * kTriesPerDifficulty;
  what.asked_at = asked_at;
  session_.observe(opposite(*miner_), moment, std::move(what));
}

MiningSeen DuinoConversation::seen(MiningRole role, MiningOutcome outcome, std::string_view excerpt) const {
  MiningSeen what;
  what.role = role;
  what.outcome = outcome;
  what.miner = *miner_;
  what.dialect = "duino-coin";
  what.method = role == MiningRole::Submit ? "share" : "JOB";
  what.worker = user_;
  what.agent = software_;
  what.coin = "DUCO";
  what.algorithm = "duco-s1";
  what.excerpt = excerpt;
  return what;
}

}  // namespace scanner
