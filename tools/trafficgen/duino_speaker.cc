// Duino-Coin as its PC miner and the small boards speak it: text, commas, hardly a line feed.
#include "scanner/model/bytes.h"
#include "scanner/model/digest.h"
#include "tools/trafficgen/speakers.h"

namespace scanner::trafficgen {
namespace {

using namespace std::chrono_literals;

class Course {
 public:
  Course(const Conversation& conversation, Random& random, Talk& talk)
      : conversation_(conversation), miner_(conversation.miner), pool_(conversation.pool), random_(random), talk_(talk) {}

  void run() {
    if (pool_.subscribe == Reply::Accept) talk_.server("3.0\n");
    talk_.wait(conversation_.network.round_trip);
    const std::uint64_t most = miner_.shares.value_or(~std::uint64_t{0});
    std::uint64_t submitted = 0;
    while (talk_.now() < conversation_.duration) {
      if (!take_job()) return talk_.wait_until(conversation_.duration);
      if (submitted == most) return talk_.wait_until(conversation_.duration);
      talk_.wait(miner_.share_every / 2 + Duration(static_cast<std::int64_t>(random_.below(
                                              static_cast<std::uint64_t>(miner_.share_every.count())))));
      submit(++submitted);
    }
  }

 private:
  void say(std::string text) { talk_.client(std::move(text) + (miner_.spaced ? "\n" : "")); }

  bool take_job() {
    say("JOB," + miner_.wallet + "," + (miner_.algorithms.empty() ? "LOW" : miner_.algorithms.front()) + "," +
        miner_.password);
    talk_.wait(conversation_.network.round_trip);
    if (pool_.work == Reply::Ignore) return false;
    if (pool_.work != Reply::Accept) {
      talk_.server("BAD,This user doesn't exist\n");
      return false;
    }
    const auto difficulty = static_cast<std::uint64_t>(pool_.difficulty);
    const std::string last = random_.hex(40);
    number_ = 1 + random_.below(100 * difficulty);
    const std::string expected = to_hex(sha1(as_bytes(last + std::to_string(number_))));
    talk_.server(last + "," + expected + "," + std::to_string(difficulty) + "\n");
    return true;
  }

  void submit(std::uint64_t count) {
    const bool wrong = pool_.shares != Reply::Accept || (pool_.refuse_every != 0 && count % pool_.refuse_every == 0);
    const std::string agent = miner_.agent.empty() ? "Official PC Miner 4.3" : miner_.agent;
    say(std::to_string(number_ + (wrong ? 1 : 0)) + ",250000.50," + agent + "," + miner_.worker + ",,1337");
    talk_.wait(conversation_.network.round_trip);
    if (pool_.shares != Reply::Ignore) talk_.server(wrong ? "BAD,Incorrect result\n" : "GOOD\n");
    talk_.wait(5ms);
  }

  const Conversation& conversation_;
  const Miner& miner_;
  const Pool& pool_;
  Random& random_;
  Talk& talk_;
  std::uint64_t number_ = 0;
};

}  // namespace

void speak_duino(const Conversation& conversation, Random& random, Talk& talk) {
  Course(conversation, random, talk).run();
}

}  // namespace scanner::trafficgen
