#include "scanner/protocol/tls_secrets.h"

#include "scanner/protocol/tls_keys.h"
#include "tests/unit/protocol/flow_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

std::string random_of(char digit) { return std::string(64, digit); }
std::string line(std::string_view label, char random, std::size_t octets, char secret = 'a') {
  return std::string(label) + " " + random_of(random) + " " + std::string(2 * octets, secret) + "\n";
}
std::string octets_of(char digit, std::size_t count) { return from_hex(std::string(2 * count, digit)); }

std::size_t size_of(const TlsSecrets& secrets, char random, TlsSecretKind kind, std::uint64_t position = 0) {
  TlsSessionSecrets found;
  if (!secrets.find(as_bytes(octets_of(random, 32)), position, found)) return 0;
  return found.get(kind).size;
}

}  // namespace

TEST_CASE("a key log's lines are found by the client's random", "[tls]") {
  TlsSecrets secrets;
  secrets.read_key_log(as_bytes("# a comment\r\n\n" + line("CLIENT_RANDOM", '1', 48) + line("CLIENT_HANDSHAKE_TRAFFIC_SECRET", '2', 32) +
                                line("SERVER_TRAFFIC_SECRET_0", '2', 48) + line("EXPORTER_SECRET", '2', 32) +
                                line("CLIENT_EARLY_TRAFFIC_SECRET", '3', 32)),
                       0);
  CHECK(secrets.sessions() == 2);
  CHECK(secrets.unreadable_lines() == 0);
  CHECK(size_of(secrets, '1', TlsSecretKind::Master) == 48);
  CHECK(size_of(secrets, '2', TlsSecretKind::ClientHandshake) == 32);
  CHECK(size_of(secrets, '2', TlsSecretKind::ServerTraffic) == 48);
  CHECK(size_of(secrets, '2', TlsSecretKind::ClientTraffic) == 0);
  CHECK(size_of(secrets, '3', TlsSecretKind::ClientHandshake) == 0);
}

TEST_CASE("lines that are none are counted and change nothing", "[tls]") {
  TlsSecrets secrets;
  for (const std::string& bad :
       {line("CLIENT_RANDOM", '1', 32), line("CLIENT_RANDOM", '1', 49), line("SERVER_TRAFFIC_SECRET_0", '1', 31), line("MADE_UP", '1', 32),
        "CLIENT_RANDOM " + random_of('1') + "\n", std::string("CLIENT_RANDOM\n"), "CLIENT_RANDOM 11 " + std::string(96, 'a') + "\n",
        "CLIENT_RANDOM " + random_of('g') + " " + std::string(96, 'a') + "\n", "CLIENT_RANDOM " + random_of('1') + " " + std::string(96, 'a') + " more\n"})
    secrets.read_key_log(as_bytes(bad), 0);
  CHECK(secrets.unreadable_lines() == 9);
  CHECK(secrets.empty());
}

TEST_CASE("a secret counts from its place in the run on, and the first of two counts", "[tls]") {
  TlsSecrets secrets;
  secrets.read_key_log(as_bytes(line("CLIENT_RANDOM", '1', 48, 'a')), 10);
  secrets.read_key_log(as_bytes(line("CLIENT_RANDOM", '1', 48, 'b')), 20);
  CHECK(size_of(secrets, '1', TlsSecretKind::Master, 9) == 0);
  CHECK(size_of(secrets, '1', TlsSecretKind::Master, 10) == 48);
  TlsSessionSecrets found;
  REQUIRE(secrets.find(as_bytes(octets_of('1', 32)), 30, found));
  CHECK(as_text(found.get(TlsSecretKind::Master).bytes()) == octets_of('a', 48));
}

TEST_CASE("sessions beyond the bound are refused and counted", "[tls]") {
  TlsSecrets secrets;
  std::string log;
  for (std::size_t i = 0; i < TlsSecrets::kMaxSessions + 3; ++i) {
    std::string number = std::to_string(i);
    log += "CLIENT_RANDOM " + std::string(64 - number.size(), '0') + number + " " + std::string(96, 'a') + "\n";
  }
  secrets.read_key_log(as_bytes(log), 0);
  CHECK(secrets.sessions() == TlsSecrets::kMaxSessions);
  CHECK(secrets.refused_lines() == 3);
}

// RFC 8448 section 3: the client's application record, fifty octets that count up.
TEST_CASE("the published TLS 1.3 trace is opened", "[tls]") {
  const tls::Suite* suite = tls::find_suite(0x1301);
  REQUIRE(suite != nullptr);
  const std::string secret = from_hex("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5");
  const auto keys = tls::RecordKeys::of_traffic_secret(*suite, as_bytes(secret));
  REQUIRE(keys);
  const std::string header = from_hex("1703030043");
  const std::string body = from_hex(
      "a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd54a9a20441e2b62974e1f5a6292a2977014bd1e3deae63aeebb"
      "21694915e4");
  std::vector<std::uint8_t> content;
  REQUIRE(keys->unseal(as_bytes(header), as_bytes(body), 0, content));
  REQUIRE(content.size() == 51);
  for (std::size_t i = 0; i < 50; ++i) CHECK(content[i] == i);
  CHECK(content.back() == 23);
  CHECK_FALSE(keys->unseal(as_bytes(header), as_bytes(body), 1, content));
  std::string changed = body;
  changed[3] ^= 1;
  CHECK_FALSE(keys->unseal(as_bytes(header), as_bytes(changed), 0, content));
  CHECK_FALSE(keys->unseal(as_bytes(header), as_bytes(body.substr(0, 15)), 0, content));
}
