// Work from a node: getblocktemplate (BIP 22, 23) and the getwork before it, over HTTP.
#include "tools/trafficgen/http_rpc.h"
#include "tools/trafficgen/speakers.h"

#include <algorithm>

namespace scanner::trafficgen {
namespace {

using namespace std::chrono_literals;

Json block_template(Random& random, std::uint64_t height) {
  Json json;
  json["capabilities"] = {"proposal"};
  json["version"] = 536870912;
  json["rules"] = {"csv", "!segwit"};
  json["previousblockhash"] = random.hex(64);
  json["transactions"] = Json::array();
  for (int i = 0; i < 3; ++i)
    json["transactions"].push_back({{"data", "02000000" + random.hex(400)}, {"txid", random.hex(64)}, {"fee", 1410}});
  json["coinbaseaux"] = Json::object();
  json["coinbasevalue"] = 312513370;
  json["longpollid"] = random.hex(64) + std::to_string(height);
  json["target"] = "00000000000000000003" + random.hex(44);
  json["mintime"] = 1767225600;
  json["mutable"] = {"time", "transactions", "prevblock"};
  json["noncerange"] = "00000000ffffffff";
  json["sizelimit"] = 4000000;
  json["curtime"] = 1772438400;
  json["bits"] = "17034219";
  json["height"] = height;
  return json;
}

Json get_work(Random& random) {
  return {{"midstate", random.hex(64)},
          {"data", "00000002" + random.hex(248)},
          {"hash1", std::string(128, '0')},
          {"target", std::string(56, 'f') + "00000000"}};
}

// Asks, then asks again (held open until the next block, with long polling); shares between.
template <typename Ask, typename Submit>
void solo_course(const Conversation& conversation, Talk& talk, Ask ask, Submit submit) {
  const std::uint64_t most = conversation.miner.shares.value_or(~std::uint64_t{0});
  std::uint64_t submitted = 0;
  ask(false);
  Duration share = talk.now() + conversation.miner.share_every;
  while (talk.now() < conversation.duration) {
    if (submitted < most && talk.now() >= share) {
      ++submitted;
      share += conversation.miner.share_every;
      submit();
    }
    if (!conversation.pool.long_polling) talk.wait(conversation.miner.poll_every);
    ask(conversation.pool.long_polling);
  }
}

}  // namespace

void speak_getblocktemplate(const Conversation& conversation, Random& random, Talk& talk) {
  const Miner& miner = conversation.miner;
  HttpRpc rpc(conversation, talk, "/", miner.agent.empty() ? "cgminer 4.12.0" : miner.agent);
  rpc.send_with({{"Authorization", "Basic cnBjOnNlY3JldA=="}});
  std::uint64_t height = 880000;
  std::string poll_id;
  solo_course(
      conversation, talk,
      [&](bool poll) {
        Json options = {{"capabilities", {"coinbasetxn", "workid", "longpoll"}}, {"rules", {"segwit"}}};
        if (poll && !poll_id.empty()) options["longpollid"] = poll_id;
        const Json block = block_template(random, height++);
        poll_id = block["longpollid"];
        rpc.ask("getblocktemplate", Json::array({options}), conversation.pool.work, block,
                poll ? conversation.pool.job_every : Duration{});
      },
      [&] {
        const bool taken = conversation.pool.shares == Reply::Accept;
        rpc.ask("submitblock", Json::array({"00000020" + random.hex(600)}),
                taken ? Reply::Accept : conversation.pool.shares, nullptr);
      });
}

void speak_getwork(const Conversation& conversation, Random& random, Talk& talk) {
  const Miner& miner = conversation.miner;
  HttpRpc rpc(conversation, talk, "/", miner.agent.empty() ? "cgminer 2.11.4" : miner.agent);
  rpc.send_with(
      {{"X-Mining-Extensions", "longpoll midstate rollntime submitold"}, {"Authorization", "Basic cnBjOnNlY3JldA=="}});
  if (conversation.pool.long_polling)
    rpc.answer_with({{"X-Long-Polling", "/long-polling"}, {"X-Roll-NTime", "expire=120"}});
  solo_course(
      conversation, talk,
      [&](bool poll) {
        if (poll)
          rpc.get("/long-polling", conversation.pool.work, get_work(random), conversation.pool.job_every);
        else
          rpc.ask("getwork", Json::array(), conversation.pool.work, get_work(random));
      },
      [&] { rpc.ask("getwork", Json::array({"00000002" + random.hex(248)}), conversation.pool.shares, true); });
}

}  // namespace scanner::trafficgen
