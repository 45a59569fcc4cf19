#include "tools/trafficgen/speakers.h"

#include <algorithm>
#include <array>

namespace scanner::trafficgen {
namespace {

constexpr std::array kSpeakers{
    Speaker{"bitcoin-stratum", "Stratum v1 of the Bitcoin family", kMiner | kPool, 3333, false, speak_bitcoin_stratum},
    Speaker{"cryptonote", "Monero's log-in dialect", kMiner | kPool, 3333, false, speak_cryptonote},
    Speaker{"equihash", "Stratum for Zcash (ZIP 301)", kMiner | kPool, 3333, false, speak_equihash},
    Speaker{"kawpow", "Stratum for Ravencoin", kMiner | kPool, 3333, false, speak_kawpow},
    Speaker{"ethereum-getwork", "eth_getWork over lines (ETHPROXY) or HTTP", kMiner | kPool, 8545, false,
            speak_ethereum_getwork},
    Speaker{"ethereum-stratum-1", "EthereumStratum/1.0.0 (NiceHash)", kMiner | kPool, 3333, false,
            speak_ethereum_stratum_1},
    Speaker{"ethereum-stratum-2", "EthereumStratum/2.0.0 (EIP-1571)", kMiner | kPool, 3333, false,
            speak_ethereum_stratum_2},
    Speaker{"kaspa", "Kaspa's stratum, as its bridge speaks it", kMiner | kPool, 5555, false, speak_kaspa},
    Speaker{"alephium", "Alephium's stratum", kMiner | kPool, 20032, false, speak_alephium},
    Speaker{"ironfish", "Iron Fish's stratum", kMiner | kPool, 9034, false, speak_ironfish},
    Speaker{"beam", "Beam's stratum", kMiner | kPool, 5252, false, speak_beam},
    Speaker{"grin", "the stratum of Grin and MWC", kMiner | kPool, 3416, false, speak_grin},
    Speaker{"duino-coin", "Duino-Coin's comma-separated lines", kMiner | kPool, 2811, false, speak_duino},
    Speaker{"stratum2", "Stratum V2 without encryption", kMiner | kPool, 34254, false, speak_stratum2},
    Speaker{"stratum2-noise", "the same inside a Noise session", kMiner | kPool, 34254, false, speak_stratum2_noise},
    Speaker{"getblocktemplate", "solo work from a node (BIP 22)", kMiner | kPool, 8332, false, speak_getblocktemplate},
    Speaker{"monero-daemon", "solo work from a Monero node", kMiner | kPool, 18081, false, speak_monero_daemon},
    Speaker{"getwork", "the older form of it", kMiner | kPool, 8332, false, speak_getwork},
    Speaker{"bitcoin-peer", "two nodes of the Bitcoin family", kPeer, 8333, false, speak_bitcoin_peer},
    Speaker{"discv4", "Ethereum's discovery", kPeer, 30303, true, speak_discv4},
    Speaker{"levin", "two Monero nodes", kPeer, 18080, false, speak_levin},
    Speaker{"bitcoin-v2", "two Bitcoin nodes over BIP 324", kPeer, 8333, false, speak_bitcoin_v2},
    Speaker{"rlpx", "two Ethereum nodes", kPeer, 30303, false, speak_rlpx},
    Speaker{"p2pool", "two P2Pool nodes, for Monero", kPeer, 37889, false, speak_p2pool},
    Speaker{"peer-pool", "two P2Pool nodes, for Bitcoin", kPeer, 9333, false, speak_peer_pool},
    Speaker{"dns", "questions for one name", kContent, 53, true, speak_dns},
    Speaker{"web", "HTTP/1.1 requests for one page", kContent, 80, false, speak_web},
    Speaker{"tls", "a TLS 1.3 hello and records of noise", kContent, 443, false, speak_tls},
    Speaker{"mail", "one mail over SMTP", kContent, 25, false, speak_mail},
    Speaker{"log", "lines of syslog over TCP", kContent, 514, false, speak_log},
    Speaker{"sql", "a MySQL query and its rows", kContent, 3306, false, speak_sql},
    Speaker{"http-log-in", "log-ins over HTTP", kLogIn, 80, false, speak_http_log_in},
    Speaker{"mysql-log-in", "a log-in to MySQL", kLogIn, 3306, false, speak_mysql_log_in},
    Speaker{"postgresql-log-in", "a log-in to PostgreSQL", kLogIn, 5432, false, speak_postgresql_log_in},
    Speaker{"mssql-log-in", "a log-in to MS SQL Server", kLogIn, 1433, false, speak_mssql_log_in},
    Speaker{"redis-log-in", "log-ins to Redis", kLogIn, 6379, false, speak_redis_log_in},
    Speaker{"electrum", "a wallet and its Electrum server", kContent, 50001, false, speak_electrum},
    Speaker{"language-server", "an editor and its language server", kContent, 2087, false, speak_language_server},
    Speaker{"wallet-rpc", "a wallet's JSON-RPC over HTTP", kContent, 18081, false, speak_wallet_rpc},
    Speaker{"job-queue", "workers that log in, get jobs and submit", kContent, 7711, false, speak_job_queue},
    Speaker{"web-coinhive", "a browser miner of the Coinhive family", kMiner | kPool | kWebSocket, 80, false,
            speak_web_coinhive},
    Speaker{"web-miner-pool", "a browser miner of webminerpool", kMiner | kPool | kWebSocket, 80, false,
            speak_web_miner_pool},
    Speaker{"chat", "a chat with jobs and submissions over WebSocket", kContent | kWebSocket, 80, false, speak_chat},
    Speaker{"ticker", "prices over WebSocket", kContent | kWebSocket, 80, false, speak_ticker},
    Speaker{"graphql", "GraphQL subscriptions over WebSocket", kContent | kWebSocket, 80, false, speak_graphql},
    Speaker{"script", "what the scenario writes down", kScript, 9000, false, speak_script},
};

}  // namespace

std::span<const Speaker> speakers() { return kSpeakers; }

const Speaker* find_speaker(std::string_view name) {
  const auto found =
      std::find_if(kSpeakers.begin(), kSpeakers.end(), [&](const Speaker& speaker) { return speaker.name == name; });
  return found == kSpeakers.end() ? nullptr : &*found;
}

}  // namespace scanner::trafficgen
