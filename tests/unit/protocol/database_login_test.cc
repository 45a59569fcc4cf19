#include "tests/unit/protocol/flow_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

std::string zeros(std::size_t count) { return std::string(count, '\0'); }
std::string be32(std::size_t value) { return be16(value >> 16) + be16(value & 0xffff); }
std::string le16(std::size_t value) { return le32(value).substr(0, 2); }

// What was seen, as "-mysql" for a refusal and "+mysql" where somebody was let in.
std::string story(const FlowRun& run) {
  std::string text;
  for (const LoginSeen& login : run.sink.all<LoginSeen>()) text += (login.step == LoginStep::Accepted ? "+" : "-") + login.protocol + " ";
  return text;
}

struct Login {
  std::string story;
  std::vector<LoginSeen> seen;
};
Login login_in(std::uint16_t port, const std::vector<Segment>& segments) {
  FlowRun run(test_flow(port));
  for (const Segment& segment : segments) run.say(segment.sender, segment.bytes);
  check_every_cut(test_flow(port), segments);
  return {story(run), run.sink.all<LoginSeen>()};
}

std::string packet(int number, const std::string& body) { return le32(body.size()).substr(0, 3) + static_cast<char>(number) + body; }
const std::string kGreeting = packet(0, "\x0a" "8.0.36" + zeros(1) + "\x11" + zeros(3) + "abcdefgh" + zeros(1) + "\xff\xf7\x21\x02" + zeros(13) + "ABCDEFGHIJKL" + zeros(1));
std::string response(const std::string& name, const std::string& scramble) {
  return packet(1, "\x85\xa6\x0f" + zeros(5) + "\x21" + zeros(23) + name + zeros(1) + "\x14" + scramble);
}
std::string denial(int code) { return packet(2, "\xff" + le16(static_cast<std::size_t>(code)) + "#28000Access denied"); }

std::string message(const std::string& kind, const std::string& body) { return kind + be32(body.size() + 4) + body; }
std::string startup(const std::string& name) {
  const std::string body = be32(0x30000) + "database" + zeros(1) + "shop" + zeros(1) + "user" + zeros(1) + name + zeros(2);
  return be32(body.size() + 4) + body;
}
std::string method(std::size_t number, const std::string& more = "") { return message("R", be32(number) + more); }
std::string password(const std::string& text) { return message("p", text + zeros(1)); }
std::string error(const std::string& state) { return message("E", "SFATAL" + zeros(1) + "C" + state + zeros(1) + "Mno" + zeros(2)); }

std::string tds(char type, const std::string& body) { return std::string(1, type) + "\x01" + be16(body.size() + 8) + zeros(2) + "\x01" + zeros(1) + body; }
std::string wide(std::string_view text) {
  std::string out;
  for (const char c : text) out += c + zeros(1);
  return out;
}
std::string login7(const std::string& name, const std::string& secret) {
  std::string table, data;
  for (const std::string& field : {wide("desk"), wide(name), wide(secret)}) {
    table += le16(94 + data.size()) + le16(field.size() / 2);
    data += field;
  }
  const std::string body = zeros(32) + table + zeros(94 - 36 - table.size()) + data;
  return tds('\x10', le32(body.size() + 4) + body);
}
const std::string kPrelogin = zeros(2) + "\x06" + zeros(1) + "\x06\xff" + zeros(6);
std::string token(const std::string& kind, const std::string& body) { return kind + le16(body.size()) + body; }
std::string tds_error(std::size_t number) { return token("\xaa", le32(number) + "\x01\x0e" + zeros(8)); }

}  // namespace

TEST_CASE("MySQL refuses or takes a name, whose password stays hidden", "[protocol]") {
  const auto refused = login_in(3306, {{kServer, kGreeting}, {kClient, response("root", std::string(20, 'r'))}, {kServer, denial(1045)}});
  CHECK(refused.story == "-mysql ");
  const auto again = login_in(3306, {{kServer, kGreeting}, {kClient, response("root", std::string(20, 's'))}, {kServer, denial(1698)}});
  REQUIRE(again.seen.size() == 1);
  CHECK(refused.seen[0].hidden);
  CHECK(refused.seen[0].credentials == again.seen[0].credentials);
  const auto taken = login_in(3306, {{kServer, kGreeting}, {kClient, response("ann", std::string(20, 'r'))}, {kServer, packet(2, "\xfe" "caching_sha2_password" + zeros(1))}, {kClient, packet(3, std::string(32, 'h'))}, {kServer, packet(4, "\x01\x03") + packet(5, zeros(7))}});
  CHECK(taken.story == "+mysql ");
  CHECK(taken.seen[0].name != refused.seen[0].name);
}

TEST_CASE("other errors of MySQL, and sessions that turn to TLS, are no refusals", "[protocol]") {
  CHECK(login_in(3306, {{kServer, kGreeting}, {kClient, response("root", std::string(20, 'r'))}, {kServer, denial(1044)}}).story.empty());
  CHECK(login_in(3306, {{kServer, kGreeting}, {kClient, packet(1, "\x85\xae\x0f" + zeros(5) + "\x21" + zeros(23)) + "\x16\x03\x01"}, {kServer, denial(1045)}}).story.empty());
  CHECK(login_in(3306, {{kServer, kGreeting}, {kServer, denial(1045)}}).story.empty());
  CHECK(login_in(3306, {{kServer, packet(0, "\xff" + le16(1130) + "Host is not allowed")}}).story.empty());
}

TEST_CASE("PostgreSQL refuses a password in clear text, which is told from others", "[protocol]") {
  const auto with = [](const std::string& secret) {
    return login_in(5432, {{kClient, be32(8) + be32(80877103)}, {kServer, "N"}, {kClient, startup("ann")}, {kServer, method(3)}, {kClient, password(secret)}, {kServer, error("28P01")}});
  };
  CHECK(with("one").story == "-postgresql ");
  CHECK_FALSE(with("one").seen[0].hidden);
  CHECK(with("one").seen[0].name == with("two").seen[0].name);
  CHECK(with("one").seen[0].credentials != with("two").seen[0].credentials);
}

TEST_CASE("PostgreSQL hides a password behind MD5 and SCRAM, and takes it", "[protocol]") {
  const auto md5 = login_in(5432, {{kClient, startup("ann")}, {kServer, method(5, "salt")}, {kClient, password("md5" + std::string(32, '0'))}, {kServer, error("28P01")}});
  CHECK(md5.story == "-postgresql ");
  CHECK(md5.seen[0].hidden);
  CHECK(login_in(5432, {{kClient, startup("ann")}, {kServer, method(10, "SCRAM-SHA-256" + zeros(2))}, {kClient, password("n,,n=")}, {kServer, method(11, "r=x")}, {kClient, password("c=biws")}, {kServer, method(12, "v=x") + method(0)}}).story == "+postgresql ");
}

TEST_CASE("what PostgreSQL refuses before a password was said, or for another reason, is no refusal of one", "[protocol]") {
  CHECK(login_in(5432, {{kClient, startup("ann")}, {kServer, error("28000")}}).story.empty());
  CHECK(login_in(5432, {{kClient, startup("ann")}, {kServer, method(3)}, {kClient, password("one")}, {kServer, error("3D000")}}).story.empty());
  CHECK(login_in(5432, {{kClient, startup("ann")}, {kServer, method(0)}}).story.empty());
  CHECK(login_in(5432, {{kClient, be32(8) + be32(80877103)}, {kServer, "S"}, {kClient, "\x16\x03\x01" + zeros(2)}}).story.empty());
}

TEST_CASE("MS SQL Server refuses or takes a log-in in the clear", "[protocol]") {
  const auto with = [](const std::string& secret, const std::string& answer) {
    return login_in(1433, {{kClient, tds('\x12', kPrelogin)}, {kServer, tds('\x04', kPrelogin)}, {kClient, login7("sa", secret)}, {kServer, tds('\x04', answer)}});
  };
  CHECK(with("one", tds_error(18456)).story == "-mssql ");
  CHECK(with("one", tds_error(18456)).seen[0].credentials != with("two", tds_error(18456)).seen[0].credentials);
  CHECK(with("one", tds_error(18456)).seen[0].name == with("two", tds_error(18456)).seen[0].name);
  CHECK(with("one", token("\xe3", zeros(5)) + token("\xad", zeros(10))).story == "+mssql ");
  CHECK(with("one", tds_error(4060)).story.empty());
  CHECK(login_in(1433, {{kClient, login7("sa", "one")}, {kServer, tds('\x04', tds_error(18456))}}).story == "-mssql ");
}

TEST_CASE("an encrypted log-in to MS SQL Server says nothing", "[protocol]") {
  CHECK(login_in(1433, {{kClient, tds('\x12', kPrelogin)}, {kServer, tds('\x04', kPrelogin)}, {kClient, tds('\x12', "\x16\x03\x01" + zeros(20))}, {kClient, "\x17\x03\x03" + zeros(20)}, {kServer, tds('\x04', tds_error(18456))}}).story.empty());
}

TEST_CASE("a database's log-in with a hole is passed over", "[protocol]") {
  for (const Direction side : {kClient, kServer}) {
    FlowRun run(test_flow(3306));
    run.say(kServer, kGreeting);
    run.say(kClient, response("root", std::string(20, 'r')));
    run.lose(side, 10);
    run.say(kServer, denial(1045));
    CHECK(story(run).empty());
  }
}

TEST_CASE("a SOCKS 4 request is not taken for an answer of MS SQL Server", "[protocol]") {
  FlowRun run(test_flow(1080));
  run.say(kClient, "\x04\x01\x0d\x05" + zeros(3) + "\x01" "ann" + zeros(1) + "pool.test.example" + zeros(1));
  CHECK(run.sink.all<ProxyRequestSeen>().size() == 1);
}
