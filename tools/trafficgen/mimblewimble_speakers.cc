// The log-in stratum of the Mimblewimble chains: Beam, and Grin with MWC.
#include "tools/trafficgen/line_miner.h"
#include "tools/trafficgen/speakers.h"

namespace scanner::trafficgen {
namespace {

// Everything at the top of the message; "result" answers all.
class BeamWords final : public LineWords {
 public:
  using LineWords::LineWords;

  Json log_in() override {
    asked_ = "login";
    return {{"id", asked_}, {"jsonrpc", "2.0"}, {"method", "login"}, {"api_key", user()}};
  }
  Json logged_in() override {
    return {{"nonceprefix", random_.hex(6)}, {"forkheight", 321321}, {"forkheight2", 777777}};
  }
  Json job(std::uint64_t number) override {
    return {{"id", std::to_string(number)},
            {"jsonrpc", "2.0"},
            {"method", "job"},
            {"input", random_.hex(64)},
            {"difficulty", 166429922},
            {"height", 2900000 + number}};
  }
  Json submit(std::uint64_t job) override {
    asked_ = std::to_string(job);
    return {{"id", asked_},
            {"jsonrpc", "2.0"},
            {"method", "solution"},
            {"nonce", random_.hex(16)},
            {"output", random_.hex(208)}};
  }
  Json answer(const Json&, const Json& result, const Json& error) override {
    const bool log_in = asked_ == "login", granted = error.is_null() && result != false;
    Json json = {{"id", asked_}, {"jsonrpc", "2.0"}, {"method", "result"}};
    json["code"] = log_in ? (granted ? 0 : -32003) : (granted ? 1 : 2);
    json["description"] =
        log_in ? (granted ? "Login successful" : "Login failed") : (granted ? "accepted" : "rejected");
    if (log_in && granted) json.update(result);
    return json;
  }

 private:
  std::string asked_;
};

// The first job is asked for; NiceHash, for which the miner does not subscribe, only pushes.
class GrinWords final : public LineWords {
 public:
  using LineWords::LineWords;

  Json log_in() override {
    const Miner& miner = conversation_.miner;
    return call("login", {{"login", user()},
                          {"pass", miner.password},
                          {"agent", miner.agent.empty() ? "grin-miner" : miner.agent}});
  }
  Json logged_in() override { return "ok"; }
  std::optional<Json> ask_work() override {
    if (!conversation_.miner.subscribes) return std::nullopt;
    return call("getjobtemplate", nullptr);
  }
  Json work(std::uint64_t number) override { return template_of(number); }
  Json job(std::uint64_t number) override {
    return {{"id", "Stratum"}, {"jsonrpc", "2.0"}, {"method", "job"}, {"params", template_of(number)}};
  }
  Json submit(std::uint64_t job) override {
    Json pow = Json::array();
    for (std::uint64_t edge = 0; edge < 42; ++edge) pow.push_back((edge << 26) + random_.below(1 << 26));
    return call("submit", {{"edge_bits", 32},
                           {"height", 4053000 + job},
                           {"job_id", job},
                           {"nonce", random_.next() >> 1},
                           {"pow", std::move(pow)}});
  }
  Json share_accepted() override { return "ok"; }
  std::optional<Json> keep_alive() override { return call("keepalive", nullptr); }
  Json kept_alive() override { return "ok"; }
  Json error(int, std::string_view) override { return {{"code", -32500}, {"message", "login first"}}; }
  Json answer(const Json& id, const Json& result, const Json& error) override {
    Json json = {{"id", id}, {"jsonrpc", "2.0"}, {"method", asked_}};
    if (error.is_null() && result != false)
      json["result"] = result;
    else
      json["error"] = this->error(0, "");
    return json;
  }

 private:
  Json call(std::string_view method, Json params) {
    asked_ = method;
    return {{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}};
  }
  Json template_of(std::uint64_t number) {
    return {{"difficulty", conversation_.pool.difficulty},
            {"height", 4053000 + number},
            {"job_id", number},
            {"pre_pow", "0005" + random_.hex(472)}};
  }
  std::string asked_;
};

}  // namespace

void speak_beam(const Conversation& conversation, Random& random, Talk& talk) {
  BeamWords words(conversation, random);
  talk_lines(conversation, words, random, talk);
}
void speak_grin(const Conversation& conversation, Random& random, Talk& talk) {
  GrinWords words(conversation, random);
  talk_lines(conversation, words, random, talk);
}

}  // namespace scanner::trafficgen
