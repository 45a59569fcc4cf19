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

// XMRig's daemon mode: it asks for the height, and for a template where that changed. One that
// configures itself is P2Pool, which makes its templates from the miner's data.
void speak_monero_daemon(const Conversation& conversation, Random& random, Talk& talk) {
  const Miner& miner = conversation.miner;
  const std::string agent = miner.agent.empty() ? "XMRig/6.21.0 (Linux x86_64) libuv/1.44.2" : miner.agent;
  HttpRpc rpc(conversation, talk, "/json_rpc", agent);
  std::uint64_t height = 3090000;
  Duration block = talk.now();
  const auto poll = [&] {
    talk.client(http_request("GET", "/getheight", conversation.server.to_string(), {{"User-Agent", agent}}, ""));
    talk.wait(conversation.network.round_trip);
    talk.server(http_response(200, {{"Content-Type", "application/json"}},
                              Json{{"hash", random.hex(64)}, {"height", height}, {"status", "OK"}}.dump(), false));
    talk.wait(5ms);
  };
  solo_course(
      conversation, talk,
      [&](bool) {
        poll();
        if (talk.now() < block) return;
        block += conversation.pool.job_every;
        ++height;
        if (miner.configures)
          return rpc.ask("get_miner_data", nullptr, conversation.pool.work,
                         {{"major_version", 16},
                          {"height", height},
                          {"prev_id", random.hex(64)},
                          {"seed_hash", random.hex(64)},
                          {"difficulty", "0x6002d4a5b7"},
                          {"median_weight", 300000},
                          {"already_generated_coins", 18446744073709551615ULL},
                          {"tx_backlog", Json::array()},
                          {"status", "OK"}});
        rpc.ask("getblocktemplate", {{"wallet_address", miner.wallet}, {"extra_nonce", random.hex(16)}},
                conversation.pool.work,
                {{"blocktemplate_blob", "1010" + random.hex(800)},
                 {"blockhashing_blob", "1010" + random.hex(148)},
                 {"difficulty", static_cast<std::uint64_t>(conversation.pool.difficulty)},
                 {"height", height},
                 {"prev_hash", random.hex(64)},
                 {"seed_hash", random.hex(64)},
                 {"reserved_offset", 130},
                 {"status", "OK"}});
      },
      [&] {
        rpc.ask(miner.configures ? "submit_block" : "submitblock", Json::array({"1010" + random.hex(800)}),
                conversation.pool.shares, {{"status", "OK"}});
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
