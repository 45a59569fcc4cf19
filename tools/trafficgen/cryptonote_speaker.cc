// The log-in dialect of Monero and its relatives, as XMRig and its pools speak it.
#include "tools/trafficgen/line_miner.h"
#include "tools/trafficgen/speakers.h"

#include <algorithm>

namespace scanner::trafficgen {
namespace {

using namespace std::chrono_literals;

Json call(std::string_view method, Json params) {
  return {{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}};
}

class CryptonoteWords final : public LineWords {
 public:
  CryptonoteWords(const Conversation& conversation, Random& random)
      : LineWords(conversation, random), session_(random.hex(16)) {}

  Json log_in() override {
    const Miner& miner = conversation_.miner;
    Json params = {
        {"login", miner.wallet},
        {"pass", miner.password},
        {"agent", miner.agent.empty() ? "XMRig/6.21.0 (Linux x86_64) libuv/1.44.2 gcc/12.2.0" : miner.agent}};
    if (!miner.worker.empty()) params["rigid"] = miner.worker;
    if (!miner.algorithms.empty()) params["algo"] = miner.algorithms;
    if (miner.configures) params["mode"] = "self-select";
    return call("login", std::move(params));
  }
  Json logged_in() override {
    return {{"id", session_},
            {"job", job_object(1)},
            {"extensions", {"algo", "nicehash", "connect", "keepalive"}},
            {"status", "OK"}};
  }
  bool job_in_log_in() const override { return true; }
  // The template that a self-selecting miner made, from the pool's wallet and extra nonce.
  std::vector<Json> suggestions() override {
    if (!conversation_.miner.configures) return {};
    return {call("block_template", {{"id", session_},
                                    {"job_id", job_name(1)},
                                    {"blob", "1010" + random_.hex(600)},
                                    {"height", 3090001},
                                    {"difficulty", 412345678901},
                                    {"prev_hash", random_.hex(64)},
                                    {"seed_hash", random_.hex(64)}})};
  }
  Json job(std::uint64_t number) override { return call("job", job_object(number)); }
  Json submit(std::uint64_t job) override {
    Json params = {{"id", session_}, {"job_id", job_name(job)}, {"nonce", random_.hex(8)}, {"result", random_.hex(64)}};
    if (!conversation_.pool.algorithm.empty()) params["algo"] = conversation_.pool.algorithm;
    return call("submit", std::move(params));
  }
  Json share_accepted() override { return {{"status", "OK"}}; }
  std::optional<Json> keep_alive() override { return call("keepalived", {{"id", session_}}); }
  Json kept_alive() override { return {{"status", "KEEPALIVED"}}; }
  Json error(int, std::string_view) override { return {{"code", -1}, {"message", "Unauthenticated"}}; }
  Json answer(const Json& id, const Json& result, const Json& error) override {
    if (result == false) return {{"id", id}, {"jsonrpc", "2.0"}, {"error", this->error(0, "")}, {"result", nullptr}};
    return {{"id", id}, {"jsonrpc", "2.0"}, {"error", error}, {"result", result}};
  }

 private:
  static std::string job_name(std::uint64_t number) { return "x" + std::to_string(100 + number); }

  Json job_object(std::uint64_t number) {
    Json job;
    if (conversation_.miner.configures)
      job = {{"pool_wallet", "4" + std::string(94, 'A')}, {"extra_nonce", random_.hex(16)}};
    else if (conversation_.pool.algorithm.starts_with("astrobwt"))
      job = {{"blob", random_.hex(96)}};
    else
      job = {{"blob", "1010" + random_.hex(148)}};
    job["job_id"] = job_name(number);
    job["target"] = target();
    if (!conversation_.pool.algorithm.empty()) job["algo"] = conversation_.pool.algorithm;
    job["height"] = 3090000 + number;
    job["seed_hash"] = random_.hex(64);
    return job;
  }

  // 2^32 / difficulty, four bytes little-endian, in hex.
  std::string target() const {
    const auto value =
        static_cast<std::uint32_t>(std::min(4294967295.0, 4294967296.0 / std::max(conversation_.pool.difficulty, 1.0)));
    std::string hex;
    for (int byte = 0; byte < 4; ++byte)
      for (const int shift : {4, 0}) hex += "0123456789abcdef"[value >> (8 * byte + shift) & 15];
    return hex;
  }

  std::string session_;
};

}  // namespace

void speak_cryptonote(const Conversation& conversation, Random& random, Talk& talk) {
  CryptonoteWords words(conversation, random);
  talk_lines(conversation, words, random, talk);
}

}  // namespace scanner::trafficgen
