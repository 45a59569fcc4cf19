// The course that every log-in dialect over lines of JSON takes; what its messages look like
// is each dialect's own.
#pragma once

#include "tools/trafficgen/talk.h"
#include "tools/trafficgen/words.h"

#include <optional>

namespace scanner::trafficgen {

// The words of one dialect. Requests come without id: the course numbers them.
class LineWords {
 public:
  LineWords(const Conversation& conversation, Random& random) : conversation_(conversation), random_(random) {}
  virtual ~LineWords() = default;

  // What goes before everything else.
  virtual std::optional<Json> greet() { return std::nullopt; }
  virtual Json greeted() { return Json::object(); }
  virtual std::optional<Json> subscribe() { return std::nullopt; }
  virtual Json subscribed() { return true; }
  virtual Json log_in() = 0;
  virtual Json logged_in() { return true; }
  virtual std::vector<Json> suggestions() { return {}; }
  // Pushed before the first job.
  virtual std::vector<Json> settings() { return {}; }
  // The first one is 1. Where the first job travels inside the log-in's answer, the course
  // pushes from the second on.
  virtual Json job(std::uint64_t number) = 0;
  virtual bool job_in_log_in() const { return false; }
  // For dialects whose miners ask for each job.
  virtual std::optional<Json> ask_work() { return std::nullopt; }
  virtual Json work(std::uint64_t number) { return job(number); }
  virtual Json submit(std::uint64_t job) = 0;
  virtual Json share_accepted() { return true; }
  virtual std::optional<Json> keep_alive() { return std::nullopt; }
  virtual Json kept_alive() { return true; }
  virtual Json error(int code, std::string_view message) { return Json::array({code, message, nullptr}); }
  // Puts an answer into its frame.
  virtual Json answer(const Json& id, const Json& result, const Json& error) {
    return {{"id", id}, {"result", result}, {"error", error}};
  }

 protected:
  std::string user() const {
    const Miner& miner = conversation_.miner;
    return miner.worker.empty() ? miner.wallet : miner.wallet + "." + miner.worker;
  }
  const Conversation& conversation_;
  Random& random_;
};

void talk_lines(const Conversation& conversation, LineWords& words, Random& random, Talk& talk);

}  // namespace scanner::trafficgen
