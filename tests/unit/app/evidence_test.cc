#include "scanner/io/evidence.h"

#include "scanner/io/text_file.h"
#include "scanner/model/digest.h"
#include "tests/unit/app/replay_fixture.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sodium.h>
#include <sstream>
#include <sys/stat.h>

namespace scanner {
namespace {

using SortedJson = nlohmann::json;
using test::Buffer;
using test::PacketBuilder;
using test::TcpDialogue;
using test::TcpSegment;
using test::TempDirectory;

// "subject activity stage" of the last revision of each incident, sorted.
std::vector<std::string> conduct(const std::vector<std::string>& events) {
  std::map<std::string, std::string> last;
  for (const std::string& text : events) {
    const SortedJson event = SortedJson::parse(text);
    last[event["data"]["incident"]] = event["subject"].get<std::string>() + " " + event["data"]["activity"].get<std::string>() + " " + event["data"]["stage"].get<std::string>();
  }
  std::vector<std::string> out;
  for (const auto& [incident, text] : last) out.push_back(text);
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<SortedJson> manifest(const std::string& directory) {
  std::vector<SortedJson> out;
  std::istringstream lines(read_text_file(directory + "/manifest.ndjson").value());
  for (std::string line; std::getline(lines, line);) out.push_back(SortedJson::parse(line));
  return out;
}

std::string conduct_of(const SortedJson& entry) {
  return entry["subject"].get<std::string>() + " " + entry["activity"].get<std::string>() + " " + entry["stage"].get<std::string>();
}

ReplayOptions options_for(const TempDirectory& directory, const std::string& capture) {
  ReplayOptions options;
  options.captures = {directory.file(capture)};
  options.evidence = directory.file("slices");
  return options;
}

// Every slice, replayed alone, must tell what its incident told.
void check_slices(const TempDirectory& directory, const std::vector<std::string>& events) {
  const auto entries = manifest(directory.file("slices"));
  std::vector<std::string> claimed;
  for (const SortedJson& entry : entries) {
    claimed.push_back(conduct_of(entry));
    const std::string path = directory.file("slices") + "/" + entry["file"].get<std::string>();
    const std::string content = read_text_file(path).value();
    CHECK(entry["size"] == content.size());
    CHECK(entry["sha256"] == to_hex(sha256(as_bytes(content))));
    CHECK(entry["plain_sha256"] == entry["sha256"]);
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    ReplayOptions again;
    again.captures = {path};
    const auto told = conduct(test::run_replay(again).events);
    CHECK(std::find(told.begin(), told.end(), conduct_of(entry)) != told.end());
  }
  std::sort(claimed.begin(), claimed.end());
  CHECK(claimed == conduct(events));
}

TcpDialogue other_miner() {
  TcpDialogue talk;
  talk.client_address = "192.0.2.77";
  talk.server_address = "198.51.100.9";
  talk.at = talk.at + std::chrono::milliseconds(3);
  talk.handshake();
  talk.client(R"({"id":1,"method":"mining.subscribe","params":["miner/1.0"]})" "\n");
  talk.server(R"({"id":1,"error":null,"result":[[["mining.notify","s"]],"00",4]})" "\n");
  talk.client(R"({"id":2,"method":"mining.authorize","params":["worker","x"]})" "\n");
  talk.server(R"({"id":2,"error":null,"result":true})" "\n");
  return talk.client_acks().close();
}

TEST_CASE("each slice, replayed, tells the same subject, activity and stage", "[app]") {
  const TempDirectory directory;
  const TcpDialogue first = test::miner_dialogue(3), second = other_miner();
  test::write_capture(directory.file("a.pcapng"), {&first, &second});
  const auto run = test::run_replay(options_for(directory, "a.pcapng"));
  CHECK(run.code == ExitCode::Done);
  CHECK(conduct(run.events) == std::vector<std::string>{"ip:192.0.2.1 mining.pool proof", "ip:192.0.2.77 mining.pool session"});
  CHECK_THAT(run.messages, Catch::Contains("2 evidence slices in") && Catch::Contains("not encrypted"));
  check_slices(directory, run.events);
  const auto entries = manifest(directory.file("slices"));
  CHECK(entries.at(0)["packets"] == first.segments.size());
  CHECK(entries.at(1)["packets"] == second.segments.size());
}

TEST_CASE("a slice has the connection that the finding is about, not an earlier one of the same tuple", "[app]") {
  const TempDirectory directory;
  TcpDialogue earlier;
  earlier.handshake().client(std::string(5000, 'x')).close();
  TcpDialogue miner = test::miner_dialogue(1), later;
  for (TcpSegment& segment : miner.segments) segment.at = segment.at + std::chrono::minutes(1);
  later.at = later.at + std::chrono::minutes(3);
  later.handshake().client("GET / HTTP/1.1\r\n\r\n").close();
  test::write_capture(directory.file("a.pcapng"), {&earlier, &miner, &later});
  const auto run = test::run_replay(options_for(directory, "a.pcapng"));
  check_slices(directory, run.events);
  CHECK(manifest(directory.file("slices")).at(0)["packets"] == miner.segments.size());
}

TEST_CASE("packets in fragments reach the slice whole", "[app]") {
  const TempDirectory directory;
  const TcpDialogue miner = test::miner_dialogue(1);
  std::vector<std::pair<Timestamp, Buffer>> frames;
  std::uint32_t id = 1;
  std::size_t fragments = 0;
  for (const TcpSegment& segment : miner.segments) {
    const bool from_client = segment.from == Direction::FromInitiator;
    PacketBuilder builder;
    builder.ethernet();
    if (from_client) builder.ip(miner.client_address, miner.server_address).tcp(miner.client_port, miner.server_port, {segment.sequence, segment.acknowledgement, segment.flags});
    else builder.ip(miner.server_address, miner.client_address).tcp(miner.server_port, miner.client_port, {segment.sequence, segment.acknowledgement, segment.flags});
    builder.payload(segment.payload);
    const auto pieces = segment.payload.empty() ? std::vector<Buffer>{builder.build()} : builder.build_fragments(id++, 64);
    fragments += pieces.size();
    for (const Buffer& piece : pieces) frames.emplace_back(segment.at, piece);
  }
  test::write_capture(directory.file("a.pcapng"), {}, frames);
  const auto run = test::run_replay(options_for(directory, "a.pcapng"));
  REQUIRE(conduct(run.events) == std::vector<std::string>{"ip:192.0.2.1 mining.pool proof"});
  check_slices(directory, run.events);
  CHECK(manifest(directory.file("slices")).at(0)["packets"] == fragments);
}

TEST_CASE("a small budget keeps the beginning and what decides", "[app]") {
  const TempDirectory directory;
  const TcpDialogue whole = test::miner_dialogue(400);
  test::write_capture(directory.file("a.pcapng"), {&whole});
  ReplayOptions options = options_for(directory, "a.pcapng");
  options.rules.config = directory.file("aupscan.yaml");
  REQUIRE(write_text_file(options.rules.config, "evidence: {bytes_per_incident: 65536}\n"));
  const auto run = test::run_replay(options);
  check_slices(directory, run.events);
  const SortedJson entry = manifest(directory.file("slices")).at(0);
  CHECK(entry["cut"] == true);
  CHECK(entry["size"].get<std::size_t>() < 90000);
}

TEST_CASE("the plan keeps decisive packets beyond the budget, with their neighbours", "[io]") {
  const TcpDialogue miner = test::miner_dialogue(200);
  BreachEvent event;
  event.subject.address = *IpAddress::parse(miner.client_address);
  Finding finding;
  finding.flow = FlowRef{};
  finding.flow->tuple = {{*IpAddress::parse(miner.client_address), miner.client_port}, {*IpAddress::parse(miner.server_address), miner.server_port}, IpProtocol::Tcp};
  finding.packets = {{0, 2}, {0, 500}};
  event.findings = {finding};
  EvidenceBudget budget;
  budget.bytes_per_incident = 5000;
  EvidencePlan plan({&event}, NameTrail{}, budget);
  std::vector<Buffer> frames;
  for (const TcpSegment& segment : miner.segments) frames.push_back(miner.packet(segment));
  const auto packet = [&](std::size_t i) {
    Packet one = test::packet_of(frames[i]);
    one.frame = static_cast<std::uint32_t>(i + 1);
    return one;
  };
  for (std::size_t i = 0; i < frames.size(); ++i) plan.note(packet(i));
  plan.choose();
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < frames.size(); ++i)
    if (!plan.slices_with(packet(i)).empty()) kept.push_back(i + 1);
  CHECK(kept.front() == 1);
  for (std::size_t frame = 492; frame <= 508; ++frame) CHECK(std::binary_search(kept.begin(), kept.end(), frame));
  CHECK_FALSE(std::binary_search(kept.begin(), kept.end(), std::size_t{491}));
  CHECK_FALSE(std::binary_search(kept.begin(), kept.end(), std::size_t{509}));
  CHECK(plan.slice(0).cut);
  CHECK(plan.slice(0).packets == kept.size());
}

TEST_CASE("the answer that named the pool is part of the slice", "[io]") {
  const IpAddress miner = *IpAddress::parse("192.0.2.1"), pool = *IpAddress::parse("198.51.100.2");
  NameTrail names;
  Observation observation;
  observation.flow.id = 3;
  observation.flow.tuple = {{miner, 5353}, {*IpAddress::parse("203.0.113.53"), 53}, IpProtocol::Udp};
  DnsSeen dns;
  dns.name = "pool.example";
  observation.what = dns;
  observation.frame = 10;
  names.see(observation);
  dns.response = true;
  dns.addresses = {pool};
  observation.what = dns;
  observation.frame = 11;
  names.see(observation);
  observation.frame = 30;
  names.see(observation);
  CHECK(names.packets_for(miner, pool) == std::vector<PacketRef>{{0, 10}, {0, 11}, {0, 30}});
  CHECK(names.packets_for(pool, miner).empty());
}

TEST_CASE("standard input and pipes are refused before the run", "[app]") {
  const TempDirectory directory;
  ReplayOptions options = options_for(directory, "a");
  options.captures = {"-"};
  CHECK_THAT(can_be_read_again(options.captures).error().message, Catch::Contains("standard input"));
  REQUIRE(::mkfifo(directory.file("fifo").c_str(), 0600) == 0);
  CHECK_THAT(can_be_read_again({directory.file("fifo")}).error().message, Catch::Contains("no regular file"));
  CHECK(can_be_read_again({directory.file("missing")}));  // the run itself says that
}

TEST_CASE("sealed evidence is opened by its recipients and nobody else", "[io]") {
  REQUIRE(sodium_init() >= 0);
  std::array<RecipientKey, 3> open_keys;
  std::array<std::array<std::uint8_t, 32>, 3> secret_keys;
  for (std::size_t i = 0; i < 3; ++i) crypto_box_keypair(open_keys[i].data(), secret_keys[i].data());
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{65536}, std::size_t{65537}, std::size_t{200000}}) {
    CAPTURE(size);
    const std::vector<std::uint8_t> plain(size, 0x5a);
    auto sealed = seal(plain, std::span(open_keys).first(2)).value();
    for (std::size_t i = 0; i < 2; ++i) CHECK(open_sealed(sealed, open_keys[i], secret_keys[i]).value() == plain);
    CHECK_THAT(open_sealed(sealed, open_keys[2], secret_keys[2]).error().message, Catch::Contains("not sealed for this key"));
    CHECK_FALSE(open_sealed(sealed, open_keys[0], secret_keys[1]));
    // No byte may change, none may be lost, none may be added.
    for (const std::size_t at : {std::size_t{0}, std::size_t{9}, std::size_t{20}, std::size_t{16 + 112 + 40}, std::size_t{16 + 224 + 3}, sealed.size() - 1}) {
      auto changed = sealed;
      changed[at] ^= 1;
      CAPTURE(at);
      CHECK_FALSE(open_sealed(changed, open_keys[0], secret_keys[0]));
    }
    CHECK_FALSE(open_sealed(Bytes(sealed).first(sealed.size() - 1), open_keys[0], secret_keys[0]));
    sealed.push_back(0);
    CHECK_FALSE(open_sealed(sealed, open_keys[0], secret_keys[0]));
  }
  CHECK_FALSE(open_sealed({}, open_keys[0], secret_keys[0]));
  CHECK_FALSE(seal({}, {}));
}

TEST_CASE("with recipients, no plain slice is left", "[app]") {
  REQUIRE(sodium_init() >= 0);
  RecipientKey open_key;
  std::array<std::uint8_t, 32> secret_key;
  crypto_box_keypair(open_key.data(), secret_key.data());
  const TempDirectory directory;
  const TcpDialogue miner = test::miner_dialogue(2);
  test::write_capture(directory.file("a.pcapng"), {&miner});
  ReplayOptions options = options_for(directory, "a.pcapng");
  options.rules.config = directory.file("aupscan.yaml");
  REQUIRE(write_text_file(options.rules.config, "evidence: {recipients: [\"" + to_text(open_key) + "\"]}\n"));
  const auto run = test::run_replay(options);
  CHECK(run.code == ExitCode::Done);
  CHECK_THAT(run.messages, Catch::Contains("sealed for 1 recipient"));
  const SortedJson entry = manifest(options.evidence).at(0);
  CHECK(entry["kind"] == "pcapng.sealed");
  CHECK(entry["recipients"] == SortedJson::array({to_text(open_key)}));
  const std::string sealed = read_text_file(options.evidence + "/" + entry["file"].get<std::string>()).value();
  CHECK(entry["sha256"] == to_hex(sha256(as_bytes(sealed))));
  const auto plain = open_sealed(as_bytes(sealed), open_key, secret_key).value();
  CHECK(entry["plain_sha256"] == to_hex(sha256(plain)));
  CHECK(entry["plain_size"] == plain.size());
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(options.evidence)) ++files;
  CHECK(files == 2);
  REQUIRE(write_text_file(directory.file("opened.pcapng"), std::string(as_text(plain))));
  ReplayOptions again;
  again.captures = {directory.file("opened.pcapng")};
  CHECK(conduct(test::run_replay(again).events) == conduct(run.events));
}

}  // namespace
}  // namespace scanner
