#include "tools/aupsig/record_test.h"

#include "scanner/packet/decode.h"
#include "scanner/signature/wallet.h"
#include "tests/unit/aupsig/workbench_case.h"
#include "tools/aupsig/dns_names.h"
#include "tools/aupsig/shrink.h"
#include "tools/aupsig/text_secrets.h"
#include "tools/trafficgen/wallet_like.h"
#include "tools/trafficgen/wallets.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

using namespace scanner;
using namespace scanner::test;

namespace {

// Every address of a capture's TCP and UDP packets that a host can own and that is no
// documentation address, as it stands in a packet and as it is written.
std::vector<std::string> address_traces(const LoadedCapture& capture) {
  std::set<IpAddress> addresses;
  for (const EventBatch& batch : capture.batches)
    for (const Event& event : batch.events) {
      if (event.kind != EventKind::Packet) continue;
      Decoded decoded;
      decode(event.packet, decoded);
      if (decoded.status != DecodeStatus::Ok || (decoded.tuple.protocol != IpProtocol::Tcp && decoded.tuple.protocol != IpProtocol::Udp)) continue;
      addresses.insert(decoded.tuple.source.address);
      addresses.insert(decoded.tuple.destination.address);
    }
  std::vector<std::string> traces;
  for (const IpAddress& address : addresses) {
    const std::string text = address.to_string();
    if (!address.can_be_subject() || text.starts_with("192.0.2.") || text.starts_with("198.51.100.") || text.starts_with("203.0.113.") || text.starts_with("2001:db8:")) continue;
    traces.emplace_back(address.octets.begin() + (address.is_v4() ? 12 : 0), address.octets.end());
    traces.push_back(text);
  }
  return traces;
}

// Does `trace` stand in `bytes`? A written address only as a whole: 10.0.0.4 is not in 110.0.0.40.
bool stands_in(const std::string& bytes, const std::string& trace) {
  const auto part_of_number = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  const bool written = trace.find('.') != std::string::npos && trace.size() >= 7;
  for (std::size_t at = bytes.find(trace); at != std::string::npos; at = bytes.find(trace, at + 1)) {
    if (!written) return true;
    const std::size_t end = at + trace.size();
    if ((at == 0 || !part_of_number(bytes[at - 1])) && (end >= bytes.size() || !part_of_number(bytes[end]))) return true;
  }
  return false;
}

std::string file_content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

LoadedCapture loaded_again(const RecordedTest& recorded) {
  const TempDirectory directory;
  std::ofstream(directory.file("capture.pcapng"), std::ios::binary).write(reinterpret_cast<const char*>(recorded.capture.data()), static_cast<std::streamsize>(recorded.capture.size()));
  auto capture = load_capture({directory.file("capture.pcapng")});
  REQUIRE(capture);
  return std::move(*capture);
}

std::map<std::string, BreachEvent> incidents_of(const LoadedCapture& capture) {
  IncidentCollector collector;
  run_engine(shipped_setup(), capture.batches, collector);
  return collector.last();
}

RecordedTest recorded(const LoadedCapture& capture, std::uint64_t size = 0, std::size_t budget = 600) {
  RecordTestOptions options;
  options.budget = budget;
  const auto made = record_test(shipped_setup(), capture, size, options);
  INFO((made ? std::string() : made.error().message));
  REQUIRE(made);
  return *made;
}

std::string refusal(const LoadedCapture& capture) {
  const auto made = record_test(shipped_setup(), capture, 0, {});
  return made ? std::string() : made.error().message;
}

}  // namespace

TEST_CASE("a test recorded from a capture shows the same, and nobody's name", "[aupsig][record-test]") {
  for (const char* name : {"mining.pool/cryptonote-proof", "mining.pool/bitcoin-proof", "mining.pool/ethereum-http-wallet-in-url", "mining.pool/through-socks5-password", "mining.pool/ipv6-fragments", "mining.pool/encapsulations",
                           "mining.pool/client-side-only", "mining.pool/listed-name", "mining.solo/getblocktemplate-proof"}) {
    const std::string path = std::string(name) + "/scenario.yaml";
    if (!std::filesystem::exists(std::string(AUPSCAN_SOURCE_DIR "/tests/scenario/") + path)) continue;
    INFO(name);
    const trafficgen::Scenario scenario = scenario_of(path);
    const LoadedCapture capture = loaded(scenario);
    const RecordedTest made = recorded(capture);
    CHECK(made.packets <= made.original_packets);
    const LoadedCapture again = loaded_again(made);
    const auto rename = [&](const std::string& subject) {
      const auto mapped = made.addresses.find(*IpAddress::parse(subject.substr(3)));
      return mapped == made.addresses.end() ? subject : "ip:" + mapped->second.to_string();
    };
    CHECK(claim_lines(incidents_of(capture), made.level, {}, rename) == claim_lines(incidents_of(again), made.level, {}));
    const std::string bytes(made.capture.begin(), made.capture.end());
    for (const auto& conversation : scenario.conversations) {
      if (conversation.miner.wallet.size() > 8) CHECK(bytes.find(conversation.miner.wallet) == std::string::npos);
      if (conversation.miner.password.size() > 4) CHECK(bytes.find(conversation.miner.password) == std::string::npos);
    }
  }
}

TEST_CASE("a wallet that tells the coin is exchanged for one that tells the same", "[aupsig][record-test]") {
  const RecordedTest made = recorded(loaded(scenario_of("mining.pool/cryptonote-proof/scenario.yaml")));
  REQUIRE(made.claim.size() == 1);
  CHECK(made.claim[0].find("mining=XMR/") != std::string::npos);
  CHECK(made.claim[0].find("accepted=6") != std::string::npos);
  CHECK(made.outline.find("coin: \"XMR\"") != std::string::npos);
}

TEST_CASE("what cannot be made anonymous is refused with the reason", "[aupsig][record-test]") {
  CHECK(refusal(loaded(scenario_of("coin.node/bitcoin-peer-both-ways/scenario.yaml"))).find("carries addresses under a checksum") != std::string::npos);
  CHECK(refusal(loaded(scenario_of("made-up-dialect/traffic.yaml"))).find("nothing is claimed of this capture") != std::string::npos);
  CHECK(refusal(loaded(scenario_of("mining.pool/p2pool-peers/scenario.yaml"))).find("carries addresses under a checksum") != std::string::npos);
}

TEST_CASE("every mining capture of the corpus becomes a small test without its addresses and wallets", "[aupsig][record-test][corpus]") {
  const std::string corpus = AUPSCAN_CORPUS_DIR;
  std::ifstream manifest(corpus + "/manifest.tsv");
  if (!manifest) {
    std::puts("skipped: no labelled corpus beside the checkout");
    return;
  }
  std::size_t tried = 0, exchanged = 0;
  for (std::string line; std::getline(manifest, line);) {
    std::vector<std::string> columns;
    std::istringstream row(line);
    for (std::string column; std::getline(row, column, '\t');) columns.push_back(column);
    if (columns.size() < 7 || !columns[6].starts_with("mining-")) continue;
    INFO(columns[0]);
    ++tried;
    const std::string path = corpus + "/" + columns[0];
    const std::uint64_t size = std::filesystem::file_size(path);
    const auto capture = load_capture({path});
    REQUIRE(capture);
    const RecordedTest made = recorded(*capture, size, 300);
    CHECK(made.capture.size() <= std::max<std::uint64_t>(size / 10, 16 * 1024));

    const auto rename = [&](const std::string& subject) { return "ip:" + made.addresses.at(*IpAddress::parse(subject.substr(3))).to_string(); };
    // What was left out, under its original name.
    ClaimScope scope;
    for (const auto& [original, mapped] : made.addresses)
      for (const auto& [subject, activity] : made.scope.without)
        if (subject == "ip:" + mapped.to_string()) scope.without.insert({"ip:" + original.to_string(), activity});
    const auto before = claim_lines(incidents_of(*capture), made.level, scope, rename);
    CHECK_FALSE(before.empty());
    CHECK(before == claim_lines(incidents_of(loaded_again(made)), made.level, made.scope));

    const std::string bytes(made.capture.begin(), made.capture.end());
    for (const std::string& trace : address_traces(*capture)) CHECK_FALSE(stands_in(bytes, trace));
    const std::string original = file_content(path);
    for (const Wallet& wallet : find_wallets(original, 100'000)) {
      CHECK(bytes.find(original.substr(wallet.begin, wallet.end - wallet.begin)) == std::string::npos);
      ++exchanged;
    }
    for (const auto& [worker, made_up] : made.texts) {
      CHECK(worker.size() == made_up.size());
      if (worker.size() > 8) CHECK(bytes.find(worker) == std::string::npos);
    }
  }
  CHECK(tried >= 12);
  CHECK(exchanged > 10);
}

TEST_CASE("a made-up wallet is of the same kind and length, and somebody else's", "[aupsig][record-test]") {
  trafficgen::Random random(3);
  for (const char* coin : {"bitcoin", "bitcoin-legacy", "litecoin", "zcash", "monero", "kaspa", "ethereum"}) {
    INFO(coin);
    for (int i = 0; i < 20; ++i) {
      const std::string original = *trafficgen::make_up_wallet(coin, random);
      const auto made = trafficgen::make_up_like(original, random);
      REQUIRE(made);
      CHECK(made->size() == original.size());
      CHECK(*made != original);
      const auto before = find_wallets(original), after = find_wallets(*made);
      REQUIRE(before.size() == 1);
      REQUIRE(after.size() == 1);
      CHECK(after[0].coins == before[0].coins);
      CHECK(after[0].kind == before[0].kind);
      CHECK(after[0].weak == before[0].weak);
    }
  }
  // Examples of BIP 350, BIP 173 and the CashAddr specification.
  for (const char* original : {"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3", "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"}) {
    INFO(original);
    const auto made = trafficgen::make_up_like(original, random);
    REQUIRE(made);
    CHECK(*made != original);
    REQUIRE(find_wallets(*made).size() == 1);
    CHECK(find_wallets(*made)[0].kind == find_wallets(original)[0].kind);
  }
  CHECK_FALSE(trafficgen::make_up_like("no wallet at all", random));
}

TEST_CASE("texts are exchanged word by word for ones of the same form", "[aupsig][record-test]") {
  const std::string name = "alice.rig-07";
  const std::string made = made_up_like(name, 1);
  CHECK(made.size() == name.size());
  CHECK(made != name);
  CHECK(made[5] == '.');
  CHECK(made[9] == '-');
  CHECK(made.substr(0, 5) == made_up_like("alice", 1));
  CHECK(made_up_like(name, 1) == made);
  CHECK(made_up_name("a.pool.example.com", {"pool"}, 1).substr(1, 6) == ".pool.");
  CHECK(made_up_name("a.pool.example.com", {"pool"}, 1).ends_with(".zzz"));
}

TEST_CASE("what a WebSocket client masked is laid open in valid frames", "[aupsig][record-test]") {
  std::string stream = "GET / HTTP/1.1\r\n\r\n";
  const std::string key = "\x01\x02\x03\x04", text = "hello";
  stream += "\x81";
  stream += static_cast<char>(0x80 | text.size());
  stream += key;
  for (std::size_t i = 0; i < text.size(); ++i) stream += static_cast<char>(text[i] ^ key[i % 4]);
  CHECK(unmask_websocket(stream));
  CHECK(stream.ends_with(std::string(4, '\0') + "hello"));
  std::string compressed = std::string("GET / HTTP/1.1\r\n\r\n") + "\xc1" + std::string(1, '\0');
  CHECK_FALSE(unmask_websocket(compressed));
}

TEST_CASE("edits of a stream move what stands behind them, and acknowledgements with it", "[aupsig][record-test]") {
  PacketModel model;
  model.connections.push_back({{{*IpAddress::parse("192.0.2.1"), 40000}, {*IpAddress::parse("192.0.2.2"), 3333}, IpProtocol::Tcp}, {"abcdefghij", ""}, {}});
  auto& carriers = model.connections[0].carriers;
  carriers.push_back({.at = {1}, .side = 0, .ack = true, .begin = 0, .end = 4});
  carriers.push_back({.at = {2}, .side = 0, .ack = true, .begin = 4, .end = 10});
  carriers.push_back({.at = {3}, .side = 1, .ack = true, .begin = 0, .end = 0, .acknowledged = 10});
  model.order = {{0, 0}, {0, 1}, {0, 2}};
  edit(model, 0, 0, {{6, 8, "XYZ"}, {0, 4, ""}});
  CHECK(model.connections[0].stream[0] == "efXYZij");
  CHECK(model.connections[0].carriers[0].emptied);
  CHECK(model.connections[0].carriers[1].begin == 0);
  CHECK(model.connections[0].carriers[1].end == 7);
  CHECK(model.connections[0].carriers[2].acknowledged == 7);
  drop_emptied(model);
  REQUIRE(model.order.size() == 2);
  const EventBatch batch = packets_of(model);
  Decoded decoded;
  decode(batch.events[0].packet, decoded);
  CHECK(decoded.status == DecodeStatus::Ok);
  CHECK(as_text(decoded.payload) == "efXYZij");
}

TEST_CASE("the smallest subset is found, and the budget is kept", "[aupsig][record-test]") {
  std::size_t budget = 1000, asked = 0;
  const auto needs = [&](const std::vector<std::size_t>& kept) {
    ++asked;
    return std::binary_search(kept.begin(), kept.end(), std::size_t{3}) && std::binary_search(kept.begin(), kept.end(), std::size_t{77});
  };
  CHECK(smallest_subset(100, budget, needs) == std::vector<std::size_t>{3, 77});
  CHECK(asked < 120);
  budget = 5;
  asked = 0;
  const auto found = smallest_subset(100, budget, needs);
  CHECK(asked == 5);
  CHECK(needs(found));
}
