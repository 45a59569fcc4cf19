// The whole agent on a made-up source: everything but the live capture.
#include "scanner/app/agent.h"

#include "scanner/app/verify.h"
#include "scanner/engine/event_json.h"
#include "scanner/io/capture_writer.h"
#include "scanner/io/line_client.h"
#include "scanner/io/text_file.h"
#include "tests/support/event_schema.h"
#include "tests/support/miner_source.h"
#include "tests/unit/app/replay_fixture.h"
#include "places.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <map>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;
using test::MinerSource;
using test::TempDirectory;

// An agent's directories, its configuration, and a small set of rules that compile at once.
struct Place {
  TempDirectory directory;
  std::string socket = directory.file("control.sock");

  explicit Place(const std::string& more = "") {
    std::filesystem::create_directories(directory.file("pack/dialects"));
    std::filesystem::copy_file(AUPSCAN_SOURCE_DIR "/signatures/dialects/cryptonote.yaml", directory.file("pack/dialects/cryptonote.yaml"));
    write("aupscan.yaml", "agent: {directory: state, signatures: pack}\ncontrol: {socket: control.sock}\noutbox: {directory: outbox, events_per_subject_hour: 0}\n"
                          "evidence: {directory: evidence}\nsinks: {file: {path: events.ndjson}}\n" + more);
  }
  void write(const std::string& name, const std::string& text) const { REQUIRE(write_text_file(directory.file(name), text)); }
  AgentOptions options() const {
    AgentOptions options;
    options.rules.config = directory.file("aupscan.yaml");
    options.rules.declaration = AUPSCAN_SOURCE_DIR "/config/declaration.yaml";
    return options;
  }
  ExitCode run(MinerSource::Options source) const {
    return run_agent(options(), [&](const Setup&, const std::shared_ptr<OwnTraffic>&) -> Result<AgentInput> {
      AgentInput input;
      input.source = std::make_unique<MinerSource>(source);
      return input;
    });
  }
  // What the file sink got, each line held against the schema.
  std::vector<Json> delivered() const {
    std::vector<Json> events;
    std::istringstream lines(read_text_file(directory.file("events.ndjson")).value_or(""));
    for (std::string line; std::getline(lines, line);) {
      CHECK(test::schema_errors(line) == "");
      events.push_back(Json::parse(line));
    }
    return events;
  }
  std::vector<std::string> claims() const {
    std::vector<std::string> claims;
    for (const Json& event : delivered())
      if (event["type"] != "aupscan.health.v1") claims.push_back(claim_of(event.dump()));
    return claims;
  }
  std::vector<Json> health(const std::string& what) const {
    std::vector<Json> found;
    for (const Json& event : delivered())
      if (event["data"].value("what", "") == what) found.push_back(event["data"]["detail"]);
    return found;
  }
  Json ask(const std::string& request) const {
    auto client = LineClient::connect(socket);
    REQUIRE(client);
    REQUIRE(client->send(request));
    const auto answer = client->receive();
    REQUIRE(answer);
    return Json::parse(*answer);
  }
};

// Standard error for as long as it lives.
class Messages {
 public:
  Messages() : before_(std::cerr.rdbuf(text_.rdbuf())) {}
  ~Messages() { std::cerr.rdbuf(before_); }
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::streambuf* before_;
};

// One signature, harmless, whose revision makes another ruleset of it.
std::string signature(int revision) {
  return "id: mining.pool.more\ntitle: Made up\nactivity: mining.pool\nfield: stream.client\nstage: interest\nweight: 0.1\nstatus: active\nowner: tests\nrevision: " + std::to_string(revision) +
         "\npatterns: {word: {literal: 'never-said-by-anybody'}}\ncondition: word\nreferences: [https://example.org/]\nknown_false_positives: [none seen]\n"
         "examples: {match: [never-said-by-anybody], no_match: [said]}\n";
}

// One that holds on every miner's log-in.
std::string login_signature() {
  std::string text = signature(1);
  for (std::size_t at; (at = text.find("never-said-by-anybody")) != std::string::npos;) text.replace(at, 21, "\"login\"");
  text.replace(text.find("[\"login\"]"), 9, "['\"login\"']");
  return text;
}

// The claims of the same miners where nothing comes in between.
std::vector<std::string> claims_of_miners(const Place& like, std::uint32_t count) {
  Place quiet;
  std::filesystem::remove_all(quiet.directory.file("pack"));
  std::filesystem::copy(like.directory.file("pack"), quiet.directory.file("pack"), std::filesystem::copy_options::recursive);
  MinerSource::Options options;
  options.count = count;
  REQUIRE(quiet.run(options) == ExitCode::Done);
  return quiet.claims();
}

TEST_CASE("an agent delivers what a replay of the same packets says, with evidence that shows it", "[agent]") {
  const Messages messages;
  const Place place;
  MinerSource::Options options;
  options.count = 5;
  REQUIRE(place.run(options) == ExitCode::Done);
  std::vector<std::string> replayed;
  {
    auto writer = CaptureWriter::create(place.directory.file("miners.pcapng")).value();
    MinerSource source(options);
    EventBatch batch;
    for (auto status = source.next(batch).value(); status != SourceStatus::End || !batch.events.empty(); status = source.next(batch).value())
      for (const Event& event : batch.events) REQUIRE(writer.write(event.packet));
    REQUIRE(writer.close());
    ReplayOptions again;
    again.captures = {place.directory.file("miners.pcapng")};
    again.events = place.directory.file("replayed.ndjson");
    again.rules = place.options().rules;
    again.quiet = true;
    const std::ostringstream table;
    std::streambuf* out = std::cout.rdbuf(table.rdbuf());
    REQUIRE(replay(again) == ExitCode::Done);
    std::cout.rdbuf(out);
    std::istringstream lines(read_text_file(again.events).value());
    for (std::string line; std::getline(lines, line);) replayed.push_back(claim_of(line));
  }
  CHECK(place.claims() == replayed);
  std::set<std::string> stages;
  for (const Json& event : place.delivered()) {
    if (event["type"] == "aupscan.health.v1") continue;
    stages.insert(event["data"]["stage"]);
    CHECK_FALSE(event["data"]["evidence"].empty());
  }
  CHECK(stages.contains("proof"));
  CHECK(place.health("agent.started").size() == 1);
  CHECK(place.health("agent.stopped").size() == 1);

  VerifyOptions verifying;
  verifying.paths = {place.directory.file("outbox")};
  verifying.evidence = place.directory.file("evidence");
  verifying.rules = place.options().rules;
  verifying.table = false;
  std::ostringstream said;
  std::streambuf* out = std::cout.rdbuf(said.rdbuf());
  const ExitCode verified = verify(verifying);
  std::cout.rdbuf(out);
  CHECK(verified == ExitCode::Done);
  CHECK(said.str().find("\"different\"") == std::string::npos);
  CHECK(said.str().find("\"shown\"") != std::string::npos);
}

TEST_CASE("200 reloads under traffic lose no flow and no packet, and a broken pack is refused while the old one runs on", "[agent]") {
  const Messages messages;
  const Place place;
  std::filesystem::create_directory(place.directory.file("pack/mining.pool"));
  std::atomic<bool> over{false};
  int refused = 0, done = 0;
  std::set<std::string> rulesets;
  std::thread people;
  MinerSource::Options options;
  options.batch = 2;
  options.stop = [&] { return over.load(); };
  options.before = [&] {
    // Traffic goes on all the time, and leaves some of the machine to the reloads.
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (people.joinable()) return;
    people = std::thread([&] {
      for (int i = 0; i < 200; ++i) {
        const bool broken = i % 10 == 9;
        place.write("pack/mining.pool/more.yaml", broken ? "signature: [\n" : signature(i % 3 + 1));
        const Json answer = place.ask(R"({"command":"reload"})");
        INFO(answer.dump());
        CHECK(answer["ok"] == !broken);
        if (broken && !answer["problems"].empty()) CHECK(answer["problems"][0].get<std::string>().find("more.yaml:") != std::string::npos);
        if (answer.contains("ruleset")) rulesets.insert(answer["ruleset"]);
        ++(broken ? refused : done);
      }
      over = true;
    });
  };
  const ExitCode code = place.run(options);
  people.join();
  REQUIRE(code == ExitCode::Done);
  CHECK(rulesets.size() == 3);
  place.write("pack/mining.pool/more.yaml", signature(1));
  CHECK(done == 180);
  CHECK(refused == 20);
  CHECK(place.health("agent.reloaded").size() == 180);
  CHECK(place.health("agent.reload_refused").size() == 20);
  const auto claims = place.claims();
  // Every miner has the same number of events.
  const auto one = claims_of_miners(place, 1).size();
  CHECK(claims == claims_of_miners(place, static_cast<std::uint32_t>(claims.size() / one)));
}

TEST_CASE("the kill switch holds across restarts, and taking it back lets findings count again", "[agent]") {
  const Messages messages;
  const Place place;
  std::thread person;
  std::atomic<bool> over{false};
  MinerSource::Options options;
  options.stop = [&] { return over.load(); };
  options.before = [&] {
    if (person.joinable()) return;
    person = std::thread([&] {
      CHECK(place.ask(R"({"command":"kill-switch","name":"no-such-thing","on":true})")["ok"] == false);
      const Json answer = place.ask(R"({"command":"kill-switch","name":"mining-ladder","on":true})");
      CHECK(answer["ok"] == true);
      CHECK(answer["durable"] == true);
      CHECK(place.ask(R"({"command":"status"})")["status"]["kill_switch"]["names"] == Json::array({"mining-ladder"}));
      over = true;
    });
  };
  REQUIRE(place.run(options) == ExitCode::Done);
  person.join();
  CHECK(place.health("agent.kill_switch").size() == 1);

  std::filesystem::remove(place.directory.file("events.ndjson"));
  MinerSource::Options more;
  more.first = 70000;
  more.count = 3;
  REQUIRE(place.run(more) == ExitCode::Done);
  CHECK(place.claims().empty());
  CHECK(place.health("agent.started").back()["kill_switch"]["names"] == Json::array({"mining-ladder"}));

  place.write("state/kill-switch.json", "{\"all\":false,\"names\":[]}\n");
  more.first = 80000;
  REQUIRE(place.run(more) == ExitCode::Done);
  CHECK_FALSE(place.claims().empty());
}

TEST_CASE("a kill switch whose file cannot be understood keeps the agent from starting", "[agent]") {
  const Messages messages;
  const Place place;
  std::filesystem::create_directory(place.directory.file("state"));
  place.write("state/kill-switch.json", "{");
  MinerSource::Options options;
  options.count = 1;
  CHECK(place.run(options) == ExitCode::Usage);
  CHECK(messages.text().find("kill-switch.json") != std::string::npos);
}

TEST_CASE("SIGTERM ends an agent in good order, with closing events", "[agent]") {
  const Messages messages;
  const Place place;
  int batches = 0;
  MinerSource::Options options;
  options.before = [&] {
    if (++batches == 20) ::kill(::getpid(), SIGTERM);
  };
  REQUIRE(place.run(options) == ExitCode::Done);
  CHECK(place.health("agent.stopped").size() == 1);
  std::map<std::string, std::string> states;
  for (const Json& event : place.delivered())
    if (event["type"] != "aupscan.health.v1") states[event["data"]["incident"]] = event["data"]["state"];
  CHECK_FALSE(states.empty());
  for (const auto& [incident, state] : states) CHECK(state == "closed");
}

TEST_CASE("a second agent with the same directory does not start", "[agent]") {
  const Messages messages;
  const Place place;
  MinerSource::Options options;
  options.count = 1;
  ExitCode second = ExitCode::Done;
  bool tried = false;
  options.before = [&] {
    if (std::exchange(tried, true)) return;
    MinerSource::Options other;
    other.count = 1;
    second = place.run(other);
  };
  CHECK(place.run(options) == ExitCode::Done);
  CHECK(second == ExitCode::Usage);
  CHECK(messages.text().find("another agent uses it") != std::string::npos);
}

TEST_CASE("a mistake in the configuration is told at its place, and nothing starts", "[agent]") {
  const Messages messages;
  const Place place("agnet: {}\n");
  CHECK(place.run({}) == ExitCode::Usage);
  CHECK(messages.text().find("aupscan.yaml:6:1: error") != std::string::npos);
}

std::string http_get(std::uint16_t port, const std::string& path) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (::connect(fd, static_cast<const sockaddr*>(static_cast<const void*>(&address)), sizeof address) == 0) {
    const std::string request = "GET " + path + " HTTP/1.0\r\nHost: localhost\r\n\r\n";
    char buffer[4096];
    if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0)
      for (ssize_t got; (got = ::read(fd, buffer, sizeof buffer)) > 0;) answer.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(fd);
  return answer;
}

TEST_CASE("metrics, health and readiness are told over HTTP to this host", "[agent]") {
  const Messages messages;
  const std::uint16_t port = static_cast<std::uint16_t>(20000 + ::getpid() % 20000);
  const Place place;
  std::string text = read_text_file(place.directory.file("aupscan.yaml")).value();
  text.replace(text.find("control.sock}"), 13, "control.sock, metrics: '127.0.0.1:" + std::to_string(port) + "'}");
  place.write("aupscan.yaml", text);
  std::thread person;
  std::atomic<bool> over{false};
  std::string metrics, healthy, ready;
  MinerSource::Options options;
  options.stop = [&] { return over.load(); };
  options.before = [&] {
    if (person.joinable()) return;
    person = std::thread([&] {
      while ((ready = http_get(port, "/readyz")).find("200 OK") == std::string::npos) std::this_thread::yield();
      healthy = http_get(port, "/healthz");
      metrics = http_get(port, "/metrics");
      over = true;
    });
  };
  REQUIRE(place.run(options) == ExitCode::Done);
  person.join();
  CHECK(healthy.find("200 OK") != std::string::npos);
  CHECK(metrics.find("# TYPE aupscan_packets_total counter") != std::string::npos);
  CHECK(metrics.find("aupscan_sink_behind_records{sink=\"file\"}") != std::string::npos);
  CHECK(metrics.find("aupscan_resident_bytes") != std::string::npos);
}

TEST_CASE("a signature that holds too often is suspended and told, as a replay would; a person or a reload takes it up again", "[agent]") {
  const Messages messages;
  const Place place("limits: {signature_hits_per_minute: 4}\n");
  std::filesystem::create_directory(place.directory.file("pack/mining.pool"));
  place.write("pack/mining.pool/more.yaml", login_signature());
  const auto state = [&] {
    const Json answer = place.ask(R"({"command":"status"})");
    for (const Json& one : answer["status"]["signatures"])
      if (one["id"] == "mining.pool.more") return one;
    return Json();
  };
  std::thread person;
  std::atomic<bool> over{false};
  MinerSource::Options options;
  options.stop = [&] { return over.load(); };
  options.before = [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (person.joinable()) return;
    person = std::thread([&] {
      const auto wait_for = [&](bool suspended) {
        Json now = state();
        for (int i = 0; i < 1000 && (!now.is_object() || now["suspended"].is_null() == suspended); ++i) {
          std::this_thread::sleep_for(std::chrono::milliseconds(10));
          now = state();
        }
        return now;
      };
      const Json suspended = wait_for(true);
      CHECK(suspended["suspended"].is_string());
      CHECK(suspended["findings"] == 4);
      CHECK(suspended["hits"].get<int>() - suspended["held_back"].get<int>() == 4);
      CHECK(place.ask(R"({"command":"resume","name":"mining.pool.none"})")["ok"] == false);
      const Json answer = place.ask(R"({"command":"resume","name":"mining.pool.more"})");
      CHECK(answer["resumed"] == true);
      CHECK(wait_for(true)["findings"] == 8);
      CHECK(place.ask(R"({"command":"reload"})")["resumed"] == Json::array({"mining.pool.more"}));
      CHECK(wait_for(true)["findings"] == 12);
      over = true;
    });
  };
  REQUIRE(place.run(options) == ExitCode::Done);
  person.join();
  const auto told = place.health("signature.suspended");
  REQUIRE(told.size() >= 3);
  CHECK(told[0]["signature"] == "mining.pool.more");
  CHECK(told[0]["hits_per_minute"] == 4);
  CHECK(place.health("signature.resumed").size() == 1);
  CHECK(messages.text().find("the signature mining.pool.more is suspended since ") != std::string::npos);
}

TEST_CASE("an agent profiles its signatures on what it sees, and tells figures alone", "[agent]") {
  const Messages messages;
  const Place place;
  std::filesystem::create_directory(place.directory.file("pack/mining.pool"));
  place.write("pack/mining.pool/more.yaml", login_signature());
  std::thread person;
  std::atomic<bool> over{false};
  MinerSource::Options options;
  options.stop = [&] { return over.load(); };
  options.before = [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (person.joinable()) return;
    person = std::thread([&] {
      CHECK(place.ask(R"({"command":"profile","seconds":0})")["ok"] == false);
      const Json answer = place.ask(R"({"command":"profile","seconds":1})");
      INFO(answer.dump());
      REQUIRE(answer["ok"] == true);
      CHECK(answer["profile"]["ruleset"] == place.ask(R"({"command":"status"})")["status"]["ruleset"]);
      const Json& one = answer["profile"]["signatures"][0];
      CHECK(one["id"] == "mining.pool.more");
      CHECK(one["found"] > 0);
      CHECK(one["hits"] > 0);
      CHECK(one["nanoseconds"] > 0);
      const Json& field = answer["profile"]["fields"][0];
      CHECK(field["field"] == "stream.client");
      CHECK(field["texts"] >= one["found"]);
      CHECK(field["bytes"] >= field["sampled_bytes"]);
      CHECK(field["sampled_bytes"] > 0);
      CHECK(answer.dump().find("login") == std::string::npos);
      over = true;
    });
  };
  REQUIRE(place.run(options) == ExitCode::Done);
  person.join();
}

TEST_CASE("a profile that is being made is broken off by a reload, and whoever asked is told", "[agent]") {
  const Messages messages;
  const Place place;
  std::filesystem::create_directory(place.directory.file("pack/mining.pool"));
  place.write("pack/mining.pool/more.yaml", login_signature());
  std::thread person;
  std::atomic<bool> over{false};
  MinerSource::Options options;
  options.stop = [&] { return over.load(); };
  options.before = [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (person.joinable()) return;
    person = std::thread([&] {
      auto waiting = LineClient::connect(place.socket).value();
      REQUIRE(waiting.send(R"({"command":"profile","seconds":60})"));
      Json second;
      // Two clients: whose request comes first is not said.
      for (int i = 0; i < 200 && (!second.contains("ok") || second["error"] != "a profile is being made already"); ++i) second = place.ask(R"({"command":"profile","seconds":1})");
      CHECK(second["error"] == "a profile is being made already");
      CHECK(place.ask(R"({"command":"reload"})")["ok"] == true);
      CHECK(Json::parse(waiting.receive().value())["error"] == "other rules came, or the agent ends: nothing was measured");
      over = true;
    });
  };
  REQUIRE(place.run(options) == ExitCode::Done);
  person.join();
}

}  // namespace
}  // namespace scanner
