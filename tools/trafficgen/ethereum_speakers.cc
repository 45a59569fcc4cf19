// Ethereum's three: getwork over lines (ETHPROXY) or HTTP, EthereumStratum/1.0.0 (NiceHash)
// and EthereumStratum/2.0.0 (EIP-1571).
#include "tools/trafficgen/http_rpc.h"
#include "tools/trafficgen/line_miner.h"
#include "tools/trafficgen/speakers.h"

#include <algorithm>

namespace scanner::trafficgen {
namespace {

using namespace std::chrono_literals;

Json call(std::string_view method, Json params) {
  return {{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}};
}
Json bare_call(std::string_view method, Json params) { return {{"method", method}, {"params", std::move(params)}}; }

Json work(Random& random) {
  return Json::array({"0x" + random.hex(64), "0x" + random.hex(64), "0x0000000112e0be82" + random.hex(48)});
}

class ProxyWords final : public LineWords {
 public:
  using LineWords::LineWords;

  Json log_in() override {
    return named(call("eth_submitLogin", Json::array({conversation_.miner.wallet, conversation_.miner.password})));
  }
  std::optional<Json> ask_work() override { return named(call("eth_getWork", Json::array())); }
  Json work(std::uint64_t) override { return trafficgen::work(random_); }
  Json job(std::uint64_t) override { return {{"id", 0}, {"jsonrpc", "2.0"}, {"result", trafficgen::work(random_)}}; }
  Json submit(std::uint64_t) override {
    return named(
        call("eth_submitWork", Json::array({"0x" + random_.hex(16), "0x" + random_.hex(64), "0x" + random_.hex(64)})));
  }
  std::optional<Json> keep_alive() override {
    return named(
        call("eth_submitHashrate", Json::array({"0x" + std::string(56, '0') + "01c9c380", "0x" + random_.hex(64)})));
  }
  Json answer(const Json& id, const Json& result, const Json& error) override {
    Json json = {{"id", id}, {"jsonrpc", "2.0"}};
    if (error.is_null())
      json["result"] = result;
    else
      json["error"] = error;
    return json;
  }
  Json error(int, std::string_view message) override { return {{"code", -1}, {"message", message}}; }

 private:
  Json named(Json request) const {
    if (!conversation_.miner.worker.empty()) request["worker"] = conversation_.miner.worker;
    return request;
  }
};

class StratumOneWords final : public LineWords {
 public:
  using LineWords::LineWords;

  std::optional<Json> subscribe() override {
    const std::string& agent = conversation_.miner.agent;
    return bare_call("mining.subscribe",
                     Json::array({agent.empty() ? "ethminer/0.19.0" : agent, "EthereumStratum/1.0.0"}));
  }
  Json subscribed() override {
    return Json::array({Json::array({"mining.notify", random_.hex(32), "EthereumStratum/1.0.0"}), random_.hex(6)});
  }
  Json log_in() override { return bare_call("mining.authorize", Json::array({user(), conversation_.miner.password})); }
  std::vector<Json> settings() override {
    return {{{"id", nullptr}, {"method", "mining.set_difficulty"}, {"params", {conversation_.pool.difficulty}}}};
  }
  Json job(std::uint64_t number) override {
    return {{"id", nullptr},
            {"method", "mining.notify"},
            {"params", {"bf" + std::to_string(1000 + number), random_.hex(64), random_.hex(64), true}}};
  }
  Json submit(std::uint64_t job) override {
    return bare_call("mining.submit", Json::array({user(), "bf" + std::to_string(1000 + job), random_.hex(10)}));
  }
};

class StratumTwoWords final : public LineWords {
 public:
  using LineWords::LineWords;

  std::optional<Json> greet() override {
    const std::string& agent = conversation_.miner.agent;
    return bare_call("mining.hello", {{"agent", agent.empty() ? "ethminer-0.19" : agent},
                                      {"host", conversation_.pool.name},
                                      {"port", "d05"},
                                      {"proto", "EthereumStratum/2.0.0"}});
  }
  Json greeted() override {
    return {{"proto", "EthereumStratum/2.0.0"},
            {"encoding", "plain"},
            {"resume", "1"},
            {"timeout", "b4"},
            {"maxerrors", "5"},
            {"node", "Geth/v1.8.21"}};
  }
  std::optional<Json> subscribe() override { return bare_call("mining.subscribe", Json::array()); }
  Json subscribed() override { return "s-" + random_.hex(5); }
  Json log_in() override { return bare_call("mining.authorize", Json::array({user(), conversation_.miner.password})); }
  Json logged_in() override { return "w-123"; }
  std::vector<Json> settings() override {
    return {{{"method", "mining.set"},
             {"params",
              {{"epoch", "dc"},
               {"target", "0112e0be826d694b2e62d01511f12a6061fbaec8bc02357593e70e52ba"},
               {"algo", "ethash"},
               {"extranonce", random_.hex(4)}}}}};
  }
  Json job(std::uint64_t number) override {
    return {{"method", "mining.notify"},
            {"params", {"bf0" + std::to_string(400 + number), "6526d5", random_.hex(64), "0"}}};
  }
  Json submit(std::uint64_t job) override {
    return bare_call("mining.submit", Json::array({"bf0" + std::to_string(400 + job), random_.hex(12), "w-123"}));
  }
  std::optional<Json> keep_alive() override { return bare_call("mining.noop", Json::array()); }
  Json error(int, std::string_view message) override { return {{"code", 403}, {"message", message}}; }
  Json answer(const Json& id, const Json& result, const Json& error) override {
    if (error.is_null() && result != false) return {{"id", id}, {"result", result}};
    return {{"id", id}, {"error", error.is_null() ? this->error(0, "refused") : error}};
  }
};

// Over HTTP there is no log-in: the wallet may stand in the URL.
void poll_work(const Conversation& conversation, Random& random, Talk& talk) {
  const Miner& miner = conversation.miner;
  const std::string path =
      miner.wallet.empty() ? "/" : "/" + miner.wallet + (miner.worker.empty() ? "" : "/" + miner.worker);
  HttpRpc rpc(conversation, talk, path, miner.agent.empty() ? "ethminer/0.19.0" : miner.agent);
  const std::uint64_t most = miner.shares.value_or(~std::uint64_t{0});
  std::uint64_t submitted = 0;
  Duration share = talk.now() + miner.share_every, job{};
  Json current = work(random);
  while (talk.now() < conversation.duration) {
    if (talk.now() >= job) {
      current = work(random);
      job = talk.now() + conversation.pool.job_every;
    }
    rpc.ask("eth_getWork", Json::array(), conversation.pool.work, current);
    if (submitted < most && talk.now() >= share && conversation.pool.work == Reply::Accept) {
      ++submitted;
      share += miner.share_every;
      rpc.ask("eth_submitWork", Json::array({"0x" + random.hex(16), current[0], "0x" + random.hex(64)}),
              conversation.pool.shares, true);
    }
    talk.wait(miner.poll_every);
  }
}

}  // namespace

void speak_ethereum_getwork(const Conversation& conversation, Random& random, Talk& talk) {
  if (conversation.pool.carriage != Carriage::Lines) return poll_work(conversation, random, talk);
  ProxyWords words(conversation, random);
  talk_lines(conversation, words, random, talk);
}
void speak_ethereum_stratum_1(const Conversation& conversation, Random& random, Talk& talk) {
  StratumOneWords words(conversation, random);
  talk_lines(conversation, words, random, talk);
}
void speak_ethereum_stratum_2(const Conversation& conversation, Random& random, Talk& talk) {
  StratumTwoWords words(conversation, random);
  talk_lines(conversation, words, random, talk);
}

}  // namespace scanner::trafficgen
