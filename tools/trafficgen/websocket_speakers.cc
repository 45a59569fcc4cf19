// What is said in WebSocket messages: browser miners, and the chats, tickers and queries that
// they hide among. A turn is a message; carriers.cc frames them.
#include "tools/trafficgen/speakers.h"
#include "tools/trafficgen/words.h"

namespace scanner::trafficgen {
namespace {

using namespace std::chrono_literals;

// A browser miner's course: log-in, jobs, shares. The words are each family's own.
class BrowserMiner {
 public:
  BrowserMiner(const Conversation& conversation, Random& random, Talk& talk) : conversation_(conversation), random_(random), talk_(talk) {}
  virtual ~BrowserMiner() = default;

  void run() {
    const Pool& pool = conversation_.pool;
    say(Side::Client, log_in());
    talk_.wait(conversation_.network.round_trip);
    if (pool.login == Reply::Ignore) return talk_.wait(10s);
    if (pool.login != Reply::Accept) return say(Side::Server, refusal());
    for (const Json& json : granted()) say(Side::Server, json);
    const std::uint64_t most = conversation_.miner.shares.value_or(~std::uint64_t{0});
    for (std::uint64_t share = 0; share < most; ++share) {
      talk_.wait(conversation_.miner.share_every);
      if (talk_.now() > conversation_.duration) return;
      submit(share);
    }
  }

 protected:
  virtual Json log_in() = 0;
  virtual std::vector<Json> granted() = 0;
  virtual Json refusal() = 0;
  virtual Json job() = 0;
  virtual Json share() = 0;
  virtual Json accepted() = 0;

  const Conversation& conversation_;
  Random& random_;
  std::uint64_t hashes_ = 0;

 private:
  void say(Side side, const Json& json) { talk_.say(side, json.dump()); }
  void submit(std::uint64_t number) {
    if (number > 0 && number % 4 == 0) say(Side::Server, job());
    say(Side::Client, share());
    talk_.wait(conversation_.network.round_trip);
    hashes_ += 256;
    if (conversation_.pool.shares == Reply::Accept) say(Side::Server, accepted());
    else if (conversation_.pool.shares != Reply::Ignore) say(Side::Server, refusal());
  }

  Talk& talk_;
};

class Coinhive final : public BrowserMiner {
 public:
  using BrowserMiner::BrowserMiner;

 private:
  static Json of(std::string_view type, Json params) { return {{"type", type}, {"params", std::move(params)}}; }
  Json log_in() override {
    return of("auth", {{"site_key", conversation_.miner.wallet}, {"type", "anonymous"}, {"user", nullptr}, {"goal", 0}});
  }
  std::vector<Json> granted() override { return {of("authed", {{"token", ""}, {"hashes", 0}}), job()}; }
  Json refusal() override { return of("error", {{"error", "invalid_site_key"}}); }
  Json job() override {
    return of("job", {{"job_id", random_.hex(12)}, {"blob", "0707" + random_.hex(148)}, {"target", "ffffff00"}});
  }
  Json share() override {
    return of("submit", {{"job_id", "j1"}, {"nonce", random_.hex(8)}, {"result", random_.hex(64)}});
  }
  Json accepted() override { return of("hash_accepted", {{"hashes", hashes_}}); }
};

class WebMinerPool final : public BrowserMiner {
 public:
  using BrowserMiner::BrowserMiner;

 private:
  Json log_in() override {
    return {{"identifier", "handshake"}, {"pool", conversation_.pool.name.empty() ? "pool.example.net" : conversation_.pool.name},
            {"login", conversation_.miner.wallet}, {"password", "x"}, {"userid", ""}, {"version", 7}};
  }
  std::vector<Json> granted() override { return {job()}; }
  Json refusal() override { return {{"identifier", "error"}, {"param", "pool refused"}}; }
  Json job() override {
    return {{"identifier", "job"}, {"job_id", random_.hex(12)}, {"algo", "cn"}, {"variant", 1}, {"height", 0},
            {"blob", "0707" + random_.hex(148)}, {"target", "ffffff00"}};
  }
  Json share() override {
    return {{"identifier", "solved"}, {"job_id", "j1"}, {"nonce", random_.hex(8)}, {"result", random_.hex(64)}};
  }
  Json accepted() override { return {{"identifier", "hashsolved"}}; }
};

}  // namespace

void speak_web_coinhive(const Conversation& conversation, Random& random, Talk& talk) { Coinhive(conversation, random, talk).run(); }

void speak_web_miner_pool(const Conversation& conversation, Random& random, Talk& talk) { WebMinerPool(conversation, random, talk).run(); }

// A team's chat whose bots hand out jobs: the vocabulary of a browser miner, without its work.
void speak_chat(const Conversation& conversation, Random& random, Talk& talk) {
  const auto say = [&](Side side, std::string_view type, const Json& params) {
    talk.say(side, Json{{"type", type}, {"params", params}}.dump());
    talk.wait(conversation.network.round_trip);
  };
  say(Side::Client, "auth", {{"token", random.hex(32)}, {"type", "user"}, {"user", "ann"}});
  say(Side::Server, "authed", {{"token", ""}, {"hashes", 0}});
  for (std::uint64_t i = 0; i < conversation.content.requests; ++i) {
    talk.wait(2s);
    say(Side::Server, "job", {{"job_id", std::to_string(i)}, {"blob", "paint the fence"}, {"target", "garden"}});
    say(Side::Client, "submit", {{"job_id", std::to_string(i)}, {"nonce", "1"}, {"result", "done, see the photos"}});
    say(Side::Server, "hash_accepted", {{"hashes", i}});
  }
}

void speak_ticker(const Conversation& conversation, Random& random, Talk& talk) {
  talk.client(Json{{"method", "SUBSCRIBE"}, {"params", {"xmrusdt@trade", "btcusdt@trade"}}, {"id", 1}}.dump());
  talk.wait(conversation.network.round_trip);
  talk.server(Json{{"result", nullptr}, {"id", 1}}.dump());
  for (std::uint64_t i = 0; i < conversation.content.requests; ++i) {
    talk.wait(200ms);
    talk.server(Json{{"e", "trade"}, {"s", "XMRUSDT"}, {"t", 1000 + i}, {"p", std::to_string(150 + random.below(9))}, {"job", "none"}}.dump());
  }
}

void speak_graphql(const Conversation& conversation, Random& random, Talk& talk) {
  talk.client(Json{{"type", "connection_init"}, {"payload", Json::object()}}.dump());
  talk.wait(conversation.network.round_trip);
  talk.server(Json{{"type", "connection_ack"}}.dump());
  talk.client(Json{{"id", "1"}, {"type", "subscribe"}, {"payload", {{"query", "subscription { job { id target blob } }"}}}}.dump());
  for (std::uint64_t i = 0; i < conversation.content.requests; ++i) {
    talk.wait(1s);
    talk.server(Json{{"id", "1"}, {"type", "next"}, {"payload", {{"data", {{"job", {{"id", i}, {"target", "arm64"}, {"blob", random.hex(40)}}}}}}}}.dump());
  }
}

}  // namespace scanner::trafficgen
