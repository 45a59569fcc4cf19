#include "tools/trafficgen/line_miner.h"

namespace scanner::trafficgen {
namespace {

using namespace std::chrono_literals;

class Course {
 public:
  Course(const Conversation& conversation, LineWords& words, Random& random, Talk& talk)
      : conversation_(conversation),
        miner_(conversation.miner),
        pool_(conversation.pool),
        words_(words),
        random_(random),
        talk_(talk) {}

  void run() {
    if (const auto request = words_.greet()) ask(*request, pool_.subscribe, words_.greeted());
    if (miner_.subscribes)
      if (const auto request = words_.subscribe()) ask(*request, pool_.subscribe, words_.subscribed());
    if (miner_.logs_in) log_in();
    if (miner_.suggests)
      for (const Json& request : words_.suggestions()) ask(request, Reply::Accept, true);
    if (!granted_ && !pool_.pushes_work_anyway) return wait_in_vain();
    for (const Json& setting : words_.settings()) push(setting);
    if (!(words_.job_in_log_in() && granted_)) next_job();
    mine();
  }

 private:
  void send(Side from, const Json& json) { talk_.say(from, line(json, from == Side::Client && miner_.spaced)); }
  void push(const Json& json) {
    send(Side::Server, json);
    talk_.wait(200us);
  }

  // Sends a request and what the pool makes of it.
  void ask(Json request, Reply reply, const Json& result) {
    const std::uint64_t id = next_id_++;
    Json numbered = {{"id", id}};
    numbered.update(request);
    send(Side::Client, numbered);
    talk_.wait(conversation_.network.round_trip);
    if (reply != Reply::Ignore) send(Side::Server, answer(id, reply, result));
    talk_.wait(5ms);
  }

  Json answer(std::uint64_t id, Reply reply, const Json& result) {
    Json shown = id;
    if (pool_.ids == AnswerIds::Other) shown = id + 7000;
    if (pool_.ids == AnswerIds::Text) shown = std::to_string(id);
    if (pool_.ids == AnswerIds::Null) shown = nullptr;
    switch (reply) {
      case Reply::Accept:
        return words_.answer(shown, result, nullptr);
      case Reply::Refuse:
        return words_.answer(shown, false, nullptr);
      case Reply::Error:
        return words_.answer(shown, nullptr, words_.error(24, "Unauthorized worker"));
      default:
        return words_.answer(shown, nullptr, nullptr);
    }
  }

  void log_in() {
    const bool with_job = words_.job_in_log_in() && pool_.login == Reply::Accept;
    if (with_job) job_ = 1;
    ask(words_.log_in(), pool_.login, words_.logged_in());
    granted_ = pool_.login == Reply::Accept || pool_.login == Reply::Null;
  }

  void wait_in_vain() { talk_.wait_until(std::min<Duration>(conversation_.duration, 15s)); }

  void next_job() {
    ++job_;
    if (const auto request = words_.ask_work(); request && !pushed_first_)
      ask(*request, pool_.work, words_.work(job_));
    else
      push(words_.job(job_));
    pushed_first_ = true;
  }

  void mine() {
    const std::uint64_t most = miner_.shares.value_or(~std::uint64_t{0});
    Duration share = talk_.now() + gap(), job = talk_.now() + pool_.job_every;
    Duration alive = miner_.keep_alive > 0ns ? talk_.now() + miner_.keep_alive : Duration::max();
    while (true) {
      const Duration due = std::min({submitted_ < most ? share : Duration::max(), job, alive});
      if (due > conversation_.duration) return;
      talk_.wait_until(due);
      if (due == alive) {
        if (const auto request = words_.keep_alive()) ask(*request, Reply::Accept, words_.kept_alive());
        alive = talk_.now() + miner_.keep_alive;
      } else if (due == job) {
        next_job();
        job = talk_.now() + pool_.job_every;
      } else {
        submit();
        share = talk_.now() + gap();
      }
    }
  }

  void submit() {
    ++submitted_;
    Reply reply = pool_.shares;
    if (reply == Reply::Accept && pool_.refuse_every != 0 && submitted_ % pool_.refuse_every == 0) reply = Reply::Error;
    ask(words_.submit(job_), reply, words_.share_accepted());
  }

  // Half to one and a half of the mean; or as shares are found, each moment as likely as any other:
  // steps of a sixteenth until one is met.
  Duration gap() {
    const auto mean = static_cast<std::uint64_t>(miner_.share_every.count());
    if (miner_.by_chance) {
      std::uint64_t steps = 0;
      while (random_.below(16) != 0) ++steps;
      return Duration(static_cast<std::int64_t>(mean / 16 * steps + random_.below(mean / 16 + 1)));
    }
    return Duration(static_cast<std::int64_t>(mean / 2 + random_.below(mean)));
  }

  const Conversation& conversation_;
  const Miner& miner_;
  const Pool& pool_;
  LineWords& words_;
  Random& random_;
  Talk& talk_;
  std::uint64_t next_id_ = 1, job_ = 0, submitted_ = 0;
  bool granted_ = false, pushed_first_ = false;
};

}  // namespace

void talk_lines(const Conversation& conversation, LineWords& words, Random& random, Talk& talk) {
  Course(conversation, words, random, talk).run();
}

}  // namespace scanner::trafficgen
