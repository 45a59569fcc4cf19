// Stratum of chains that changed its jobs and shares: Kaspa, Alephium, Iron Fish.
#include "tools/trafficgen/line_miner.h"
#include "tools/trafficgen/speakers.h"

namespace scanner::trafficgen {
namespace {

Json call(std::string_view method, Json params) { return {{"method", method}, {"params", std::move(params)}}; }
Json push(std::string_view method, Json params) {
  return {{"id", nullptr}, {"method", method}, {"params", std::move(params)}};
}

// As the bridge to a node speaks it: jobs of four numbers, or of one text for BzMiner; the
// extra nonce without "mining." in front.
class KaspaWords final : public LineWords {
 public:
  using LineWords::LineWords;

  std::optional<Json> subscribe() override {
    return call("mining.subscribe", Json::array({agent(), "EthereumStratum/1.0.0"}));
  }
  Json subscribed() override { return Json::array({true, "EthereumStratum/1.0.0"}); }
  Json log_in() override { return call("mining.authorize", Json::array({user(), conversation_.miner.password})); }
  std::vector<Json> settings() override {
    return {push("set_extranonce", Json::array({random_.hex(4), 6})),
            push("mining.set_difficulty", Json::array({conversation_.pool.difficulty}))};
  }
  Json job(std::uint64_t number) override {
    Json params = Json::array({std::to_string(number)});
    if (agent().find("BzMiner") != std::string::npos) {
      params.push_back(random_.hex(80));
    } else {
      params.push_back(Json::array({random_.next(), random_.next(), random_.next(), random_.next()}));
      params.push_back(1772438400000 + number);
    }
    return {{"jsonrpc", "2.0"}, {"id", number}, {"method", "mining.notify"}, {"params", std::move(params)}};
  }
  Json submit(std::uint64_t job) override {
    return call("mining.submit", Json::array({user(), std::to_string(job), "0x" + random_.hex(16)}));
  }

 private:
  std::string agent() const { return conversation_.miner.agent.empty() ? "lolMiner 1.76" : conversation_.miner.agent; }
};

// The coin's own pool knows no log-in and sends a job for each chain; after EIP-1571, where
// the miner logs in, a job is three texts.
class AlephiumWords final : public LineWords {
 public:
  using LineWords::LineWords;

  std::optional<Json> greet() override {
    if (own()) return std::nullopt;
    const std::string& agent = conversation_.miner.agent;
    return call("mining.hello", Json::array({agent.empty() ? "bzminer-21" : agent, "AlephiumStratum/1.0.0"}));
  }
  Json greeted() override { return Json::array({"AlephiumStratum/1.0.0", true, "b4", "5", "pool"}); }
  std::optional<Json> subscribe() override { return call("mining.subscribe", Json::array({"s-1"})); }
  Json subscribed() override { return "s-" + random_.hex(6); }
  Json log_in() override { return call("mining.authorize", Json::array({user(), conversation_.miner.password})); }
  Json logged_in() override { return "w-7"; }
  std::vector<Json> settings() override {
    if (own()) return {push("mining.set_difficulty", Json::array({conversation_.pool.difficulty}))};
    return {push("mining.set_extranonce", random_.hex(4)),
            push("mining.set_target", "00000000ffff" + std::string(52, '0'))};
  }
  Json job(std::uint64_t number) override {
    if (!own()) return push("mining.notify", Json::array({name(number), "0b", random_.hex(604)}));
    Json jobs = Json::array();
    for (int from = 0; from < 4; ++from)
      for (int to = 0; to < 4; ++to)
        jobs.push_back({{"jobId", name(number)},
                        {"fromGroup", from},
                        {"toGroup", to},
                        {"headerBlob", random_.hex(604)},
                        {"txsBlob", ""}});
    return push("mining.notify", std::move(jobs));
  }
  Json submit(std::uint64_t job) override {
    if (!own()) return call("mining.submit", Json::array({name(job), random_.hex(44), "w-7"}));
    return call("mining.submit", {{"jobId", name(job)},
                                  {"fromGroup", 1},
                                  {"toGroup", 2},
                                  {"nonce", random_.hex(48)},
                                  {"worker", user()}});
  }
  Json answer(const Json& id, const Json& result, const Json& error) override {
    Json json = {{"id", id}};
    if (own()) json["method"] = "mining.submit_result";
    json["result"] = result;
    json["error"] = error;
    return json;
  }

 private:
  bool own() const { return !conversation_.miner.logs_in; }
  static std::string name(std::uint64_t number) { return std::to_string(1000 + number); }
};

// Parameters under "body"; the pool answers by name and counts its messages itself.
class IronFishWords final : public LineWords {
 public:
  using LineWords::LineWords;

  Json log_in() override {
    const Miner& miner = conversation_.miner;
    return {{"method", "mining.subscribe"},
            {"body",
             {{"version", 3},
              {"agent", miner.agent.empty() ? "lolMiner/1.85beta" : miner.agent},
              {"publicAddress", user()},
              {"extend", {"mining.submitted"}}}}};
  }
  Json logged_in() override { return own("mining.subscribed", {{"clientId", 12}, {"xn", random_.hex(4)}}); }
  std::vector<Json> settings() override {
    return {own("mining.set_target", {{"target", "00000000ffff" + std::string(52, '0')}})};
  }
  Json job(std::uint64_t number) override {
    return own("mining.notify", {{"miningRequestId", number}, {"header", random_.hex(360)}});
  }
  Json submit(std::uint64_t job) override {
    return {{"method", "mining.submit"}, {"body", {{"miningRequestId", job}, {"randomness", random_.hex(16)}}}};
  }
  Json answer(const Json& id, const Json& result, const Json& error) override {
    if (result.is_object()) return result;
    if (!logged_in_once_ && result != true)
      return own("mining.disconnect", {{"reason", "bad_address"}, {"message", "Invalid public address"}});
    Json body = {{"id", id}, {"result", error.is_null() && result == true}};
    if (result != true) body["message"] = "share is not valid";
    return own("mining.submitted", std::move(body));
  }

 private:
  Json own(std::string_view method, Json body) {
    if (method == "mining.subscribed") logged_in_once_ = true;
    return {{"id", next_++}, {"method", method}, {"body", std::move(body)}};
  }
  std::uint64_t next_ = 501;
  bool logged_in_once_ = false;
};

}  // namespace

void speak_kaspa(const Conversation& conversation, Random& random, Talk& talk) {
  KaspaWords words(conversation, random);
  talk_lines(conversation, words, random, talk);
}
void speak_alephium(const Conversation& conversation, Random& random, Talk& talk) {
  AlephiumWords words(conversation, random);
  talk_lines(conversation, words, random, talk);
}
void speak_ironfish(const Conversation& conversation, Random& random, Talk& talk) {
  IronFishWords words(conversation, random);
  talk_lines(conversation, words, random, talk);
}

}  // namespace scanner::trafficgen
