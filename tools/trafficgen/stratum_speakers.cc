// The Bitcoin family's Stratum v1 and its two cousins: Equihash (ZIP 301) and KawPow.
#include "tools/trafficgen/line_miner.h"
#include "tools/trafficgen/speakers.h"

#include <cmath>

namespace scanner::trafficgen {
namespace {

Json call(std::string_view method, Json params) { return {{"method", method}, {"params", std::move(params)}}; }
Json push(std::string_view method, Json params) {
  return {{"id", nullptr}, {"method", method}, {"params", std::move(params)}};
}

std::string job_name(std::uint64_t number) { return "job" + std::to_string(number); }

// 2^256 / hashes as 64 hex digits, exact in the leading 52 bits.
std::string target_of(double hashes) {
  int exponent = 0;
  const double mantissa = std::frexp(1.0 / std::max(hashes, 1.0), &exponent);  // [0.5, 1) times 2^exponent
  auto digits = static_cast<std::uint64_t>(std::ldexp(mantissa, 52));
  int shift = -exponent;  // leading zero bits
  std::string hex(64, '0');
  for (int i = 0; i < 52; ++i, digits <<= 1)
    if ((digits >> 51 & 1) != 0 && shift + i < 256) {
      char& c = hex[static_cast<std::size_t>((shift + i) / 4)];
      const int value = (c <= '9' ? c - '0' : c - 'a' + 10) | 8 >> ((shift + i) % 4);
      c = "0123456789abcdef"[value];
    }
  return hex;
}

class BitcoinWords final : public LineWords {
 public:
  using LineWords::LineWords;

  std::optional<Json> greet() override {
    if (!conversation_.miner.configures) return std::nullopt;
    return call("mining.configure",
                {{"version-rolling"}, {{"version-rolling.mask", "1fffe000"}, {"version-rolling.min-bit-count", 2}}});
  }
  Json greeted() override { return {{"version-rolling", true}, {"version-rolling.mask", "1fffe000"}}; }
  std::optional<Json> subscribe() override { return call("mining.subscribe", Json::array({agent()})); }
  Json subscribed() override {
    return Json::array(
        {Json::array({Json::array({"mining.set_difficulty", "d1"}), Json::array({"mining.notify", "n1"})}),
         random_.hex(8), 4});
  }
  Json log_in() override { return call("mining.authorize", Json::array({user(), conversation_.miner.password})); }
  std::vector<Json> suggestions() override {
    return {call("mining.suggest_difficulty", Json::array({conversation_.pool.difficulty})),
            call("mining.extranonce.subscribe", Json::array())};
  }
  std::vector<Json> settings() override {
    return {push("mining.set_difficulty", Json::array({conversation_.pool.difficulty}))};
  }
  Json job(std::uint64_t number) override {
    Json branches = Json::array();
    for (int i = 0; i < 8; ++i) branches.push_back(random_.hex(64));
    return push("mining.notify",
                Json::array({job_name(number), random_.hex(64), "01000000010000000000" + random_.hex(100),
                             random_.hex(120), branches, "20000000", "1b0404cb", "65a1" + random_.hex(4), true}));
  }
  Json submit(std::uint64_t job) override {
    Json params = Json::array({user(), job_name(job), random_.hex(8), "65a1" + random_.hex(4), random_.hex(8)});
    if (conversation_.miner.configures) params.push_back("00" + random_.hex(2) + "e000");
    return call("mining.submit", std::move(params));
  }

 private:
  std::string agent() const { return conversation_.miner.agent.empty() ? "cgminer/4.12.0" : conversation_.miner.agent; }
};

class EquihashWords final : public LineWords {
 public:
  using LineWords::LineWords;

  std::optional<Json> subscribe() override {
    const Miner& miner = conversation_.miner;
    return call("mining.subscribe", Json::array({miner.agent.empty() ? "lolMiner 1.88" : miner.agent, nullptr,
                                                 conversation_.pool.name, conversation_.server.port}));
  }
  Json subscribed() override { return Json::array({nullptr, random_.hex(24)}); }
  Json log_in() override { return call("mining.authorize", Json::array({user(), conversation_.miner.password})); }
  std::vector<Json> settings() override {
    return {push("mining.set_target", Json::array({target_of(conversation_.pool.difficulty)}))};
  }
  Json job(std::uint64_t number) override {
    return push("mining.notify", Json::array({job_name(number), "04000000", random_.hex(64), random_.hex(64),
                                              random_.hex(64), "b4a16500", "cb04041b", true}));
  }
  Json submit(std::uint64_t job) override {
    return call("mining.submit",
                Json::array({user(), job_name(job), "b4a16500", random_.hex(40), "fd4005" + random_.hex(2688)}));
  }
};

class KawpowWords final : public LineWords {
 public:
  using LineWords::LineWords;

  std::optional<Json> subscribe() override {
    const Miner& miner = conversation_.miner;
    return call("mining.subscribe", Json::array({miner.agent.empty() ? "GMiner/3.44" : miner.agent, nullptr,
                                                 conversation_.pool.name, std::to_string(conversation_.server.port)}));
  }
  Json subscribed() override { return Json::array({nullptr, random_.hex(4)}); }
  Json log_in() override { return call("mining.authorize", Json::array({user(), conversation_.miner.password})); }
  std::vector<Json> settings() override {
    return {push("mining.set_target", Json::array({target_of(conversation_.pool.difficulty)}))};
  }
  Json job(std::uint64_t number) override {
    header_ = random_.hex(64);
    return push("mining.notify",
                Json::array({job_name(number), header_, random_.hex(64), target_of(conversation_.pool.difficulty), true,
                             3400000 + number, "1b0404cb"}));
  }
  Json submit(std::uint64_t job) override {
    return call("mining.submit",
                Json::array({user(), job_name(job), "0x" + random_.hex(16), "0x" + header_, "0x" + random_.hex(64)}));
  }

 private:
  std::string header_;
};

}  // namespace

void speak_bitcoin_stratum(const Conversation& conversation, Random& random, Talk& talk) {
  BitcoinWords words(conversation, random);
  talk_lines(conversation, words, random, talk);
}
void speak_equihash(const Conversation& conversation, Random& random, Talk& talk) {
  EquihashWords words(conversation, random);
  talk_lines(conversation, words, random, talk);
}
void speak_kawpow(const Conversation& conversation, Random& random, Talk& talk) {
  KawpowWords words(conversation, random);
  talk_lines(conversation, words, random, talk);
}

}  // namespace scanner::trafficgen
