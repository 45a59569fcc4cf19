// Real captures: how far each conversation gets, read off its packets by hand.
#include "tests/support/corpus.h"
#include "tests/support/temp_directory.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

using namespace scanner;

namespace {

using Json = nlohmann::json;

struct Case {
  const char* file;
  const char* stage;    // the highest over all events of an expected activity
  const char* subject;  // of that event
  int shares_accepted;  // -1: no matter
};

constexpr Case kCases[] = {
    {"DI-cryptominingdetection__PCAPs__xmr.suprnova.cc.pcapng", "proof", "ip:147.229.13.222", 5},
    {"DI-cryptominingdetection__PCAPs__zec-eu.suprnova.cc.pcapng", "proof", "ip:147.229.13.222", 11},
    {"peafowl__test__pcaps__ethereum.pcap", "proof", "ip:192.168.2.92", 10},
    {"CoiniumServ__contrib__capture__litecoin-testnet-mini.pcapng", "proof", "ip:10.0.0.40", 4},
    {"CoiniumServ__contrib__capture__litecoin-testnet-v1.pcapng", "proof", "ip:10.0.0.40", -1},
    {"CoiniumServ__contrib__capture__litecoin-testnet.pcapng", "proof", "ip:10.0.0.40", -1},
    {"DI-cryptominingdetection__PCAPs__pool.eth.pp.ua.pcapng", "session", "ip:147.229.13.222", 0},
    {"zeek-cryptomining__testing__Traces__coinhive-stratum.pcap", "session", "ip:10.0.2.15", 0},
    {"zeek-cryptomining__testing__Traces__bitcoin-mining.pcap", "session", "ip:10.0.2.15", 0},
    {"DI-cryptominingdetection__PCAPs__cgminer.s0.pcapng", "session", "ip:192.168.1.100", 0},
    {"DI-cryptominingdetection__PCAPs__cgminer.g0.pcapng", "session", "ip:192.168.1.100", 0},
    {"DI-cryptominingdetection__PCAPs__cgminer.s2.pcapng", "contact", "ip:192.168.1.100", 0},
    {"nDPI__default__pcap__bitcoin.pcap", "session", "ip:192.168.1.142", -1},
    {"nDPI__default__pcap__ethereum.pcap", "session", "ip:192.168.1.184", -1},
    {"nDPI__default__pcap__monero-streams-a.pcap", "session", "ip:192.168.2.100", -1},
};

int rank_of(const std::string& stage) {
  const std::map<std::string, int> ranks{{"interest", 1}, {"contact", 2}, {"session", 3}, {"work", 4}, {"proof", 5}};
  const auto found = ranks.find(stage);
  return found == ranks.end() ? 0 : found->second;
}

}  // namespace

TEST_CASE("every real capture reaches the stage that its packets show, and the miner is its subject", "[corpus]") {
  if (!test::corpus_is_there()) return;
  for (const Case& expected : kCases) {
    INFO(expected.file);
    const auto last = test::last_revisions(test::run_captures({test::in_corpus(std::string("positive/") + expected.file)}));
    int highest = 0, accepted = 0;
    bool subject_reached = false;
    for (const auto& [incident, event] : last) {
      const int rank = rank_of(event["data"]["stage"]);
      highest = std::max(highest, rank);
      if (event["subject"] != expected.subject) continue;
      subject_reached = subject_reached || rank == rank_of(expected.stage);
      for (const Json& mining : event["data"]["mining"]) accepted += mining["shares"]["accepted"].get<int>();
    }
    CHECK(highest == rank_of(expected.stage));
    CHECK(subject_reached);
    if (expected.shares_accepted >= 0) CHECK(accepted == expected.shares_accepted);
  }
}

TEST_CASE("the cgminer captures tell attempts, contacts and sessions apart", "[corpus]") {
  if (!test::corpus_is_there()) return;
  const auto counts = [](const char* file) {
    for (const auto& [incident, event] : test::last_revisions(test::run_captures({test::in_corpus(std::string("positive/") + file)})))
      if (event["data"]["activity"] == "mining.pool") return event["data"]["counts"];
    return Json::object();
  };
  const Json s0 = counts("DI-cryptominingdetection__PCAPs__cgminer.s0.pcapng");
  CHECK(s0["attempts"] > 0);
  CHECK(s0["contacts"] > 0);
  CHECK(s0["sessions"] > 0);
  CHECK(s0["proof"] == 0);
  const Json s2 = counts("DI-cryptominingdetection__PCAPs__cgminer.s2.pcapng");
  CHECK(s2["contacts"] > 100);
  CHECK(s2["sessions"] == 0);
}

namespace {

std::string end_of(const Json& flow, const std::string& side) { return flow[side + "_ip"].get<std::string>() + ":" + std::to_string(flow[side + "_port"].get<int>()); }

// What a host would tell of a process without a miner's name that owns the miner's socket and
// keeps four cores busy as evenly as a miner does.
void write_busy_owner(const std::string& path, const Json& flow, Timestamp first, Timestamp last) {
  const std::string start = to_rfc3339(first - std::chrono::seconds(1));
  const auto told = [&](Timestamp at, const std::string& kind) {
    return Json{{"at", to_rfc3339(at)}, {"kind", kind}, {"pid", 4242}, {"start", start}};
  };
  std::ofstream out(path);
  out << R"({"format":"aupscan-recording","version":1,"boot":"0f6c1a52-5d0e-4b7e-9d3e-2f6f7a1b9c10","made_by":"a test"})" << '\n';
  Json started = told(first - std::chrono::seconds(1), "process_started");
  started.update({{"parent_pid", 1}, {"executable", "/usr/lib/thing/worker"}, {"arguments", {"worker"}}, {"comm", "worker"}});
  out << started.dump() << '\n';
  Json owned = told(first + std::chrono::seconds(2), "socket_owned");
  owned.update({{"local", end_of(flow, "src")}, {"remote", end_of(flow, "dst")}, {"protocol", "tcp"}});
  out << owned.dump() << '\n';
  int window = 0;
  for (Timestamp at = first + std::chrono::seconds(10); at < last; at = at + std::chrono::seconds(10)) {
    Json usage = told(at, "usage");
    usage.update({{"window_seconds", 10}, {"cpu_cores", ++window % 2 == 0 ? 3.99 : 3.95}, {"resident_bytes", 2'457'862'144}});
    out << usage.dump() << '\n';
  }
}

}  // namespace

TEST_CASE("mining inside TLS is an indicator, and a breach beside the process that owns its socket", "[corpus]") {
  if (!test::corpus_is_there()) return;
  const std::string longest = test::in_corpus("tls-mining/tls13-eth-443.pcap");
  const auto alone = test::last_revisions(test::run_captures({longest}));
  REQUIRE(alone.size() == 1);
  const Json& indicator = alone.begin()->second;
  CHECK(indicator["type"] == "aupscan.indicator.v1");
  const Json& finding = indicator["data"]["findings"][0];
  CHECK(finding["reason"].get<std::string>().find("has the shape of mining at a pool") != std::string::npos);
  const auto time_of = [&](const char* key) { return parse_rfc3339(indicator["data"]["window"][key].get<std::string>()).value(); };

  const test::TempDirectory directory;
  std::filesystem::copy_file(longest, directory.file("case.pcap"));
  write_busy_owner(directory.file("case.ndjson"), finding["flow"], time_of("first_seen"), time_of("last_seen"));
  const auto beside = test::last_revisions(test::run_captures({directory.file("case.pcap")}));
  REQUIRE(beside.size() == 1);
  const Json& breach = beside.begin()->second;
  CHECK(breach["type"] == "aupscan.breach.v1");
  CHECK(breach["subject"] == indicator["subject"]);
  CHECK(breach["data"]["stages"]["process"] == "session");
  CHECK(breach["data"]["stages"]["traffic"] == "contact");
}

TEST_CASE("benign sessions inside TLS are no breach, and at most one is an indicator", "[corpus]") {
  if (!test::corpus_is_there()) return;
  int indicators = 0;
  for (const auto& capture : std::filesystem::directory_iterator(test::in_corpus("tls-benign"))) {
    INFO(capture.path());
    const auto last = test::last_revisions(test::run_captures({capture.path().string()}));
    for (const auto& [incident, event] : last) CHECK(event["type"] != "aupscan.breach.v1");
    indicators += last.empty() ? 0 : 1;
  }
  CHECK(indicators <= 1);
}
