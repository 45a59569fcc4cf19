// Stratum V2 (stratum-mining/sv2-spec): plain frames, or frames as they look inside its Noise
// session. Nothing is really encrypted there: noise of the right lengths at the right times.
#include "tools/trafficgen/speakers.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace scanner::trafficgen {
namespace {

using namespace std::chrono_literals;

enum Type : std::uint8_t {
  kSetup = 0x00,
  kSetupSuccess = 0x01,
  kSetupError = 0x02,
  kOpen = 0x10,
  kOpenSuccess = 0x11,
  kOpenError = 0x12,
  kOpenExtended = 0x13,
  kOpenExtendedSuccess = 0x14,
  kJob = 0x15,
  kUpdate = 0x16,
  kSubmit = 0x1a,
  kSubmitExtended = 0x1b,
  kSubmitSuccess = 0x1c,
  kSubmitError = 0x1d,
  kExtendedJob = 0x1f,
  kPrevious = 0x20,
  kTarget = 0x21,
};
constexpr std::uint32_t kChannel = 7, kVersion = 0x20000000, kTime = 1772438400;

std::string little(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}
std::string text(std::string_view value) {
  return static_cast<char>(std::min<std::size_t>(value.size(), 255)) + std::string(value.substr(0, 255));
}

// 2^256 / hashes, little-endian, exact in the leading 32 bits.
std::string target_of(double hashes) {
  int exponent = 0;
  const double mantissa = std::frexp(1.0 / std::max(hashes, 1.0), &exponent);  // [0.5, 1) times 2^exponent
  const auto digits = static_cast<std::uint64_t>(std::ldexp(mantissa, 32));
  const int shift = 256 + exponent - 32;  // of `digits`, in bits
  std::string target(32, '\0');
  for (int bit = 0; bit < 32; ++bit)
    if ((digits >> bit & 1) != 0 && shift + bit >= 0 && shift + bit < 256)
      target[static_cast<std::size_t>((shift + bit) / 8)] |= static_cast<char>(1 << ((shift + bit) % 8));
  return target;
}

class Stratum2Course {
 public:
  Stratum2Course(const Conversation& conversation, Random& random, Talk& talk, bool sealed)
      : conversation_(conversation),
        miner_(conversation.miner),
        pool_(conversation.pool),
        random_(random),
        talk_(talk),
        sealed_(sealed) {}

  void run() {
    if (sealed_) shake_hands();
    say(Side::Client, kSetup, set_up());
    talk_.wait(conversation_.network.round_trip);
    if (!reply(pool_.subscribe, kSetupSuccess, little(2, 2) + little(0, 4), kSetupError,
               little(0, 4) + text("unsupported-protocol")))
      return;
    talk_.wait(2ms);
    say(Side::Client, extended() ? kOpenExtended : kOpen, open());
    talk_.wait(conversation_.network.round_trip);
    if (!reply(pool_.login, extended() ? kOpenExtendedSuccess : kOpenSuccess, opened(), kOpenError,
               little(1, 4) + text("unknown-user")) &&
        !pool_.pushes_work_anyway)
      return;
    next_job();
    mine();
  }

 private:
  bool extended() const { return miner_.configures; }
  std::string target() const { return target_of(pool_.difficulty * 4294967296.0); }

  // What each act of the handshake is made of is random to everybody else.
  void shake_hands() {
    talk_.client(random_.bytes(64));
    talk_.wait(conversation_.network.round_trip);
    talk_.server(random_.bytes(64 + 64 + 16 + 74 + 16));
    talk_.wait(1ms);
  }

  void say(Side from, Type type, const std::string& payload) {
    const bool of_channel = (type >= kUpdate && type <= kTarget) || type == kJob;
    if (sealed_) return talk_.say(from, random_.bytes(6 + 16 + payload.size() + 16));
    talk_.say(from, little(of_channel ? 0x8000 : 0, 2) + static_cast<char>(type) + little(payload.size(), 3) + payload);
  }

  bool reply(Reply how, Type success, const std::string& granted, Type error, const std::string& refused) {
    if (how == Reply::Ignore) {
      talk_.wait_until(std::min<Duration>(conversation_.duration, 15s));
    } else if (how == Reply::Accept) {
      say(Side::Server, success, granted);
    } else {
      say(Side::Server, error, refused);
    }
    return how == Reply::Accept;
  }

  std::string set_up() const {
    const std::string agent = miner_.agent.empty() ? "example-miner" : miner_.agent;
    return little(0, 1) + little(2, 2) + little(2, 2) + little(extended() ? 4 : 1, 4) + text(pool_.name) +
           little(conversation_.server.port, 2) + text(agent) + text("rev 1") + text("1.0") + text("");
  }
  std::string open() const {
    const std::string user = miner_.worker.empty() ? miner_.wallet : miner_.wallet + "." + miner_.worker;
    return little(1, 4) + text(user) + little(std::bit_cast<std::uint32_t>(2.5e12f), 4) + std::string(32, '\xff') +
           (extended() ? little(8, 2) : "");
  }
  std::string opened() {
    const std::string prefix = text(random_.bytes(4));
    return little(1, 4) + little(kChannel, 4) + target() + (extended() ? little(8, 2) : "") + prefix + little(100, 4);
  }

  void next_job() {
    ++job_;
    const std::string head = little(kChannel, 4) + little(job_, 4) + '\0' + little(kVersion, 4);
    if (extended())
      say(Side::Server, kExtendedJob,
          head + '\x01' + '\x04' + random_.bytes(4 * 32) + little(58, 2) + random_.bytes(58) + little(120, 2) +
              random_.bytes(120));
    else
      say(Side::Server, kJob, head + random_.bytes(32));
    say(Side::Server, kPrevious,
        little(kChannel, 4) + little(job_, 4) + random_.bytes(24) + std::string(8, '\0') + little(kTime, 4) +
            little(0x1703a30c, 4));
    talk_.wait(200us);
  }

  void mine() {
    const std::uint64_t most = miner_.shares.value_or(~std::uint64_t{0});
    Duration share = talk_.now() + gap(), job = talk_.now() + pool_.job_every;
    while (true) {
      const Duration due = std::min(submitted_ < most ? share : Duration::max(), job);
      if (due > conversation_.duration) return;
      talk_.wait_until(due);
      if (due == job) {
        next_job();
        job = talk_.now() + pool_.job_every;
      } else {
        submit();
        share = talk_.now() + gap();
      }
    }
  }

  void submit() {
    const std::uint64_t sequence = submitted_++;
    say(Side::Client, extended() ? kSubmitExtended : kSubmit,
        little(kChannel, 4) + little(sequence, 4) + little(job_, 4) + random_.bytes(4) + little(kTime + 5, 4) +
            little(kVersion, 4) + (extended() ? text(random_.bytes(8)) : ""));
    talk_.wait(conversation_.network.round_trip);
    const std::uint64_t told = pool_.ids == AnswerIds::Other ? sequence + 7000 : sequence;
    const bool wrong =
        pool_.shares != Reply::Accept || (pool_.refuse_every != 0 && submitted_ % pool_.refuse_every == 0);
    if (pool_.shares == Reply::Ignore) return;
    if (wrong)
      return say(Side::Server, kSubmitError, little(kChannel, 4) + little(told, 4) + text("difficulty-too-low"));
    if (++unanswered_ < pool_.batch) return;
    say(Side::Server, kSubmitSuccess,
        little(kChannel, 4) + little(told, 4) + little(unanswered_, 4) +
            little(static_cast<std::uint64_t>(pool_.difficulty) * unanswered_, 8));
    unanswered_ = 0;
  }

  // Half to one and a half of the mean.
  Duration gap() {
    const auto mean = static_cast<std::uint64_t>(miner_.share_every.count());
    return Duration(static_cast<std::int64_t>(mean / 2 + random_.below(mean)));
  }

  const Conversation& conversation_;
  const Miner& miner_;
  const Pool& pool_;
  Random& random_;
  Talk& talk_;
  bool sealed_;
  std::uint64_t job_ = 0, submitted_ = 0, unanswered_ = 0;
};

}  // namespace

void speak_stratum2(const Conversation& conversation, Random& random, Talk& talk) {
  Stratum2Course(conversation, random, talk, false).run();
}
void speak_stratum2_noise(const Conversation& conversation, Random& random, Talk& talk) {
  Stratum2Course(conversation, random, talk, true).run();
}

}  // namespace scanner::trafficgen
