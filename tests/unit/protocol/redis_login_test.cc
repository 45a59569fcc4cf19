#include "tests/unit/protocol/flow_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

std::string command(const std::vector<std::string>& values) {
  std::string text = "*" + std::to_string(values.size()) + "\r\n";
  for (const std::string& value : values) text += "$" + std::to_string(value.size()) + "\r\n" + value + "\r\n";
  return text;
}

std::vector<LoginSeen> seen_in(const std::vector<Segment>& segments) {
  FlowRun run(test_flow(6379));
  for (const Segment& segment : segments) run.say(segment.sender, segment.bytes);
  check_every_cut(test_flow(6379), segments);
  return run.sink.all<LoginSeen>();
}
std::string story(const std::vector<LoginSeen>& seen) {
  std::string text;
  for (const LoginSeen& login : seen) text += login.protocol + (login.step == LoginStep::Accepted ? "+ " : "- ");
  return text;
}

const std::string kWrong = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";

}  // namespace

TEST_CASE("Redis refuses and takes passwords, each told from the others", "[protocol]") {
  const auto seen = seen_in({{kClient, command({"AUTH", "one"})}, {kServer, kWrong}, {kClient, command({"auth", "two"})}, {kServer, "-ERR invalid password\r\n"}, {kClient, command({"AUTH", "three"})}, {kServer, "+OK\r\n"}});
  CHECK(story(seen) == "redis- redis- redis+ ");
  CHECK(seen[0].credentials != seen[1].credentials);
  CHECK(seen[0].name == seen[1].name);
}

TEST_CASE("names, HELLO and a line by itself log in to Redis as well", "[protocol]") {
  for (const std::string& said : {command({"AUTH", "ann", "one"}), command({"HELLO", "3", "AUTH", "ann", "one", "SETNAME", "x"}), std::string("AUTH one\r\n")}) {
    INFO(said);
    CHECK(story(seen_in({{kClient, said}, {kServer, kWrong}})) == "redis- ");
  }
  CHECK(seen_in({{kClient, command({"AUTH", "ann", "one"})}, {kServer, kWrong}})[0].name != seen_in({{kClient, command({"AUTH", "bob", "one"})}, {kServer, kWrong}})[0].name);
}

TEST_CASE("who has to log in first, or logs in where no password is set, was refused nothing", "[protocol]") {
  CHECK(seen_in({{kClient, command({"GET", "a"})}, {kServer, "-NOAUTH Authentication required.\r\n"}}).empty());
  CHECK(seen_in({{kClient, command({"AUTH", "one"})}, {kServer, "-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?\r\n"}}).empty());
  CHECK(story(seen_in({{kClient, command({"PING"}) + command({"AUTH", "one"})}, {kServer, "-NOAUTH Authentication required.\r\n" + kWrong}})) == "redis- ");
}

TEST_CASE("what is stored in Redis is not read as commands", "[protocol]") {
  CHECK(seen_in({{kClient, command({"SET", "a", command({"AUTH", "one"})})}, {kServer, kWrong}}).empty());
  CHECK(story(seen_in({{kClient, command({"SET", "a", std::string(5000, 'v')}) + command({"AUTH", "one"})}, {kServer, kWrong}})) == "redis- ");
}

TEST_CASE("after many commands without a log-in Redis is read no further", "[protocol]") {
  FlowRun run(test_flow(6379));
  bool wanted = true;
  for (int i = 0; i < 100 && wanted; ++i) wanted = run.say(kClient, command({"GET", "a"}));
  CHECK_FALSE(wanted);
}

TEST_CASE("values of Redis without an end, and counts that are none, are given up", "[protocol]") {
  for (const char* said : {"*2\r\n$4\r\nAUTH\r\n$99999999999999999999\r\n", "*2\r\n$4\r\nAUTH\r\nx\r\n", "*99999999999\r\n$1\r\na\r\n"}) {
    INFO(said);
    FlowRun run(test_flow(6379));
    run.say(kClient, said);
    run.say(kServer, kWrong);
    CHECK(run.sink.all<LoginSeen>().empty());
  }
}

TEST_CASE("AUTH behind a greeting is mail's", "[protocol]") {
  FlowRun run(test_flow(587));
  run.say(kServer, "220 " + std::string(kProbeBytes, 'x') + "\r\n");
  run.say(kClient, "AUTH PLAIN AGEAYg==" + std::string(kProbeBytes, 'x') + "\r\n");
  run.say(kServer, "535 no\r\n");
  const auto seen = run.sink.all<LoginSeen>();
  REQUIRE(seen.size() == 2);
  CHECK(seen[1].protocol == "smtp");
}
