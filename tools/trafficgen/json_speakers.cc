// JSON that is not mining, though it looks like it: what must not be accused.
#include "tools/trafficgen/http_rpc.h"
#include "tools/trafficgen/speakers.h"

namespace scanner::trafficgen {
namespace {

using namespace std::chrono_literals;

// Lines of JSON-RPC, asked and answered in turn.
class Lines {
 public:
  Lines(const Conversation& conversation, Talk& talk) : trip_(conversation.network.round_trip), talk_(talk) {}

  void ask(std::string_view method, const Json& params, const Json& result) {
    talk_.client(line({{"jsonrpc", "2.0"}, {"id", next_id_}, {"method", method}, {"params", params}}));
    talk_.wait(trip_);
    talk_.server(line({{"jsonrpc", "2.0"}, {"id", next_id_++}, {"result", result}}));
    talk_.wait(1s);
  }
  void notify(std::string_view method, const Json& params) {
    talk_.server(line({{"jsonrpc", "2.0"}, {"method", method}, {"params", params}}));
    talk_.wait(1s);
  }

 private:
  Duration trip_;
  Talk& talk_;
  std::uint64_t next_id_ = 1;
};

}  // namespace

// A wallet and its Electrum server (electrum-protocol 1.4): subscriptions, but no mining.
void speak_electrum(const Conversation& conversation, Random& random, Talk& talk) {
  Lines lines(conversation, talk);
  lines.ask("server.version", {"electrum/4.5.5", "1.4"}, {"ElectrumX 1.16.0", "1.4"});
  lines.ask("blockchain.headers.subscribe", Json::array(), {{"hex", "00e0ff3f" + random.hex(152)}, {"height", 880000}});
  lines.ask("server.banner", Json::array(), "Welcome. This server is kept by volunteers of the mining.subscribe club.");
  for (std::uint64_t i = 0; i < conversation.content.requests; ++i)
    lines.ask("blockchain.scripthash.subscribe", {random.hex(64)}, random.hex(64));
  lines.notify("blockchain.headers.subscribe",
               Json::array({{{"hex", "00e0ff3f" + random.hex(152)}, {"height", 880001}}}));
  lines.ask("blockchain.estimatefee", Json::array({6}), 0.0001);
}

// The Language Server Protocol: JSON behind Content-Length heads, here over TCP.
void speak_language_server(const Conversation& conversation, Random&, Talk& talk) {
  const auto headed = [](const Json& json) {
    const std::string body = json.dump();
    return "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  };
  talk.client(
      headed({{"jsonrpc", "2.0"},
              {"id", 1},
              {"method", "initialize"},
              {"params", {{"processId", 4711}, {"rootUri", "file:///srv/pool"}, {"capabilities", Json::object()}}}}));
  talk.wait(conversation.network.round_trip);
  talk.server(headed({{"jsonrpc", "2.0"}, {"id", 1}, {"result", {{"capabilities", {{"hoverProvider", true}}}}}}));
  talk.client(headed({{"jsonrpc", "2.0"}, {"method", "initialized"}, {"params", Json::object()}}));
  for (std::uint64_t i = 0; i < conversation.content.requests; ++i) {
    talk.wait(3s);
    talk.client(headed({{"jsonrpc", "2.0"},
                        {"method", "textDocument/didOpen"},
                        {"params",
                         {{"textDocument",
                           {{"uri", "file:///srv/pool/stratum.py"},
                            {"languageId", "python"},
                            {"version", 1},
                            {"text", conversation.content.body}}}}}}));
    talk.wait(conversation.network.round_trip);
    talk.server(headed({{"jsonrpc", "2.0"},
                        {"method", "textDocument/publishDiagnostics"},
                        {"params", {{"uri", "file:///srv/pool/stratum.py"}, {"diagnostics", Json::array()}}}}));
  }
}

// Wallets and block explorers talk JSON-RPC over HTTP to nodes all day.
void speak_wallet_rpc(const Conversation& conversation, Random& random, Talk& talk) {
  HttpRpc rpc(conversation, talk, "/json_rpc", "wallet-gui/0.18");
  for (std::uint64_t i = 0; i < conversation.content.requests; ++i) {
    rpc.ask("get_balance", {{"account_index", 0}}, Reply::Accept,
            {{"balance", 157443303037455077}, {"unlocked_balance", 157443303037455077}});
    talk.wait(1s);
    rpc.ask("getblockcount", Json::array(), Reply::Accept, 880000);
    rpc.ask("getmininginfo", Json::array(), Reply::Accept,
            {{"blocks", 880000}, {"difficulty", 114167270716407.6}, {"networkhashps", 8.2e20}, {"chain", "main"}});
    rpc.ask("eth_blockNumber", Json::array(), Reply::Accept, "0x152a8f1");
    rpc.ask("eth_call",
            Json::array({{{"to", "0x" + random.hex(40)}, {"data", "0x70a08231" + random.hex(64)}}, "latest"}),
            Reply::Accept, "0x" + random.hex(64));
    rpc.ask("transfer", {{"destinations", {{{"amount", 100000000000}, {"address", "made-up"}}}}}, Reply::Error,
            nullptr);
    talk.wait(4s);
  }
}

// A job queue that calls its methods login, job and submit, as CryptoNote pools do.
void speak_job_queue(const Conversation& conversation, Random& random, Talk& talk) {
  Lines lines(conversation, talk);
  const std::string session = random.hex(16);
  lines.ask("login", {{"login", "render-node-7"}, {"pass", "secret"}, {"queue", "thumbnails"}},
            {{"id", session},
             {"status", "OK"},
             {"job", {{"job_id", "41"}, {"kind", "thumbnail"}, {"input", "s3://bucket/a.png"}}}});
  for (std::uint64_t i = 0; i < conversation.content.requests; ++i) {
    const std::string number = std::to_string(42 + i);
    lines.notify("job", {{"job_id", number},
                         {"kind", "thumbnail"},
                         {"target", "256x256"},
                         {"input", "s3://bucket/" + random.hex(8) + ".png"}});
    lines.ask("submit",
              {{"id", session}, {"job_id", number}, {"result", "s3://bucket/" + random.hex(8) + ".thumb.png"}},
              {{"status", "OK"}});
  }
  lines.ask("keepalived", {{"id", session}}, {{"status", "KEEPALIVED"}});
}

}  // namespace scanner::trafficgen
