#include "scanner/protocol/tls_session.h"

#include "tests/unit/protocol/real_tls.h"
#include "tests/unit/protocol/talk_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

struct Line {
  bool miner;
  std::string text;
};

const std::vector<Line>& mining() {
  static const std::vector<Line> lines = {
      {true, R"({"id":1,"method":"mining.subscribe","params":["rig/1.0"]})" "\n"},
      {false, R"({"id":1,"result":[[["mining.notify","a1"]],"f000000a",4],"error":null})" "\n"},
      {true, R"({"id":2,"method":"mining.authorize","params":["worker.1","x"]})" "\n"},
      {false, R"({"id":2,"result":true,"error":null})" "\n"},
      {false, R"({"id":null,"method":"mining.set_difficulty","params":[1024]})" "\n"},
      {true, R"({"id":3,"method":"mining.submit","params":["worker.1","j1","00000000","66000000","12345678"]})" "\n"},
      {false, R"({"id":3,"result":true,"error":null})" "\n"},
      {true, R"({"id":4,"method":"mining.submit","params":["worker.1","j1","00000001","66000001","12345679"]})" "\n"},
      {false, R"({"id":4,"result":true,"error":null})" "\n"},
  };
  return lines;
}

Story plain_story() {
  Talk talk;
  for (const Line& line : mining()) talk.say(line.miner ? kClient : kServer, line.text);
  return talk.story();
}

using Flights = std::vector<RealTls::Flight>;

void append(Flights& all, Flights more) {
  for (auto& one : more) all.push_back(std::move(one));
}

// The whole session on the wire; the keys change before line `update_before`.
Flights session_of(RealTls& tls, std::size_t update_before = ~std::size_t{0}) {
  Flights flights = tls.handshake();
  for (std::size_t i = 0; i < mining().size(); ++i) {
    if (i == update_before) append(flights, tls.update_keys());
    append(flights, mining()[i].miner ? tls.client_says(mining()[i].text) : tls.server_says(mining()[i].text));
  }
  return flights;
}

// A flow with a key log.
struct Keyed {
  explicit Keyed(std::string_view key_log, std::uint64_t position = 0) {
    secrets.read_key_log(as_bytes(key_log), position);
    keyring.secrets = &secrets;
    talk.session().tls_keyring = &keyring;
  }

  Keyed& hear(const Flights& flights, std::size_t piece = 0) {
    for (const auto& flight : flights) {
      std::vector<std::size_t> cuts;
      for (std::size_t at = piece; piece > 0 && at < flight.bytes.size(); at += piece) cuts.push_back(at);
      talk.say(flight.from_client ? kClient : kServer, flight.bytes, cuts);
    }
    return *this;
  }
  std::vector<std::string> troubles() const {
    std::vector<std::string> reasons;
    for (const Observation& one : talk.observations())
      if (const auto* trouble = std::get_if<ParserGaveUp>(&one.what)) reasons.push_back(trouble->reason);
    return reasons;
  }

  TlsSecrets secrets;
  TlsKeyring keyring;
  Talk talk;
};

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("a session with its keys tells what its plain twin tells, in every suite", "[tls]") {
  const auto [version, suite] = GENERATE(table<int, std::string>({{13, "TLS_AES_128_GCM_SHA256"},
                                                                  {13, "TLS_AES_256_GCM_SHA384"},
                                                                  {13, "TLS_CHACHA20_POLY1305_SHA256"},
                                                                  {12, "ECDHE-ECDSA-AES128-GCM-SHA256"},
                                                                  {12, "ECDHE-ECDSA-AES256-GCM-SHA384"},
                                                                  {12, "ECDHE-ECDSA-CHACHA20-POLY1305"}}));
  INFO(suite);
  RealTls tls({.version = version, .suite = suite});
  const Flights flights = session_of(tls);
  for (const std::size_t piece : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{100}}) {
    Keyed keyed(tls.key_log());
    keyed.hear(flights, piece);
    CHECK(keyed.talk.story() == plain_story());
    CHECK(keyed.keyring.counts.with_keys == 1);
    CHECK(keyed.keyring.counts.opened == 1);
    CHECK(keyed.troubles().empty());
  }
}

TEST_CASE("padded records and a change of keys are followed", "[tls]") {
  RealTls tls({.padding = 256});
  const Flights flights = session_of(tls, 5);
  Keyed keyed(tls.key_log());
  keyed.hear(flights);
  CHECK(keyed.talk.story() == plain_story());
}

TEST_CASE("a hello that has to be said again begins the same session", "[tls]") {
  RealTls tls({.server_groups = "P-256"});
  const Flights flights = session_of(tls);
  Keyed keyed(tls.key_log());
  keyed.hear(flights);
  CHECK(keyed.talk.story() == plain_story());
  std::size_t hellos = 0;
  for (const Observation& one : keyed.talk.observations()) hellos += std::holds_alternative<TlsClientHello>(one.what) ? 1 : 0;
  CHECK(hellos == 1);
}

TEST_CASE("without keys, with keys of another session or with keys that come too late nothing is opened", "[tls]") {
  RealTls tls({}), other({});
  const Flights flights = session_of(tls);
  session_of(other);
  for (const std::string& log : {std::string(), other.key_log()}) {
    Keyed keyed(log);
    keyed.hear(flights);
    CHECK(keyed.talk.story().empty());
    CHECK(keyed.keyring.counts.with_keys == 0);
    CHECK(keyed.troubles().empty());
  }
  Keyed late(tls.key_log(), 2);  // the hello is packet 1
  late.hear(flights);
  CHECK(late.talk.story().empty());
  Keyed in_time(tls.key_log(), 1);
  in_time.hear(flights);
  CHECK(in_time.talk.story() == plain_story());
}

TEST_CASE("wrong secrets open nothing, and that is said", "[tls]") {
  const int version = GENERATE(12, 13);
  RealTls tls({.version = version});
  const Flights flights = session_of(tls);
  std::string log = tls.key_log();
  for (std::size_t end = log.find('\n'); end != std::string::npos; end = log.find('\n', end + 1)) log[end - 1] = log[end - 1] == '0' ? '1' : '0';
  Keyed keyed(log);
  keyed.hear(flights);
  CHECK(keyed.talk.story().empty());
  CHECK(keyed.keyring.counts.with_keys == 1);
  CHECK(keyed.keyring.counts.opened == 0);
  CHECK(keyed.troubles() == Strings{"a record does not open with the keys given", "a record does not open with the keys given"});
}

TEST_CASE("application secrets alone are enough in TLS 1.3", "[tls]") {
  RealTls tls({});
  const Flights flights = session_of(tls);
  std::string log;
  for (std::string_view rest = tls.key_log(); !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n') + 1);
    if (line.find("HANDSHAKE") == std::string_view::npos) log += line;
    rest.remove_prefix(line.size());
  }
  Keyed keyed(log);
  keyed.hear(flights);
  CHECK(keyed.talk.story() == plain_story());
}

TEST_CASE("a suite without AEAD is not opened, and that is said", "[tls]") {
  RealTls tls({.version = 12, .suite = "ECDHE-ECDSA-AES128-SHA"});
  const Flights flights = session_of(tls);
  Keyed keyed(tls.key_log());
  keyed.hear(flights);
  CHECK(keyed.talk.story().empty());
  CHECK_FALSE(keyed.troubles().empty());
}

TEST_CASE("lost records are passed over: what follows is opened again", "[tls]") {
  const int version = GENERATE(12, 13);
  const bool whole = GENERATE(true, false);
  RealTls tls({.version = version});
  Flights flights = session_of(tls);
  // The miner's first share, the last but three flights, with or without part of its record.
  const std::size_t lost = flights.size() - 4;
  REQUIRE(flights[lost].from_client);
  Keyed keyed(tls.key_log());
  keyed.hear(Flights(flights.begin(), flights.begin() + static_cast<std::ptrdiff_t>(lost)));
  const std::string& bytes = flights[lost].bytes;
  const std::size_t heard = whole ? 0 : 20;
  if (heard > 0) keyed.talk.say(kClient, std::string_view(bytes).substr(0, heard));
  keyed.talk.lose(kClient, bytes.size() - heard);
  keyed.hear(Flights(flights.begin() + static_cast<std::ptrdiff_t>(lost) + 1, flights.end()));
  const Story story = keyed.talk.story();
  CHECK(std::find(story.begin(), story.end(), "submit accepted") != story.end());
  CHECK(keyed.troubles().empty());
}

TEST_CASE("a gap wider than the bound ends the direction", "[tls]") {
  RealTls tls({});
  Flights flights = session_of(tls);
  Keyed keyed(tls.key_log());
  keyed.hear(flights);
  for (int i = 0; i < 70; ++i) tls.client_says("x");
  keyed.talk.lose(kClient, 70 * 24);
  keyed.hear(tls.client_says(mining().back().text));
  CHECK(keyed.troubles() == Strings{"a record does not open with the keys given"});
}

TEST_CASE("the client's records wait for the server's hello, up to a bound", "[tls]") {
  RealTls tls({});
  Flights flights = tls.handshake();
  append(flights, tls.client_says(mining()[0].text));
  std::stable_partition(flights.begin(), flights.end(), [](const auto& flight) { return flight.from_client; });
  Keyed keyed(tls.key_log());
  keyed.hear(flights);
  CHECK(keyed.talk.story() == Story{"subscribe asked"});

  Keyed alone(tls.key_log());
  alone.hear(Flights(flights.begin(), flights.begin() + 1));
  for (int i = 0; i < 4; ++i) alone.hear(tls.client_says(std::string(12000, 'x')));
  CHECK(alone.troubles() == Strings{"the server's choice of keys was not seen"});
}

TEST_CASE("a web page in a session with keys is silent and no longer read", "[tls]") {
  RealTls tls({});
  Flights flights = tls.handshake();
  append(flights, tls.client_says("GET / HTTP/1.1\r\nHost: www.test.example\r\n\r\n"));
  append(flights, tls.server_says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
  Keyed keyed(tls.key_log());
  keyed.hear(flights);
  CHECK(keyed.talk.story().empty());
  CHECK(keyed.keyring.counts.opened == 1);
  CHECK(keyed.troubles().empty());
}
