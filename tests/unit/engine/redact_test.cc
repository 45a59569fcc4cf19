#include "scanner/engine/redact.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {
const std::string kWallet = "46WNbmwXpYxiBpkbHjAgjC65cyzAxtaaBQjcGpAZquhBKw2r8NtPQniEgMJcwFMCZzSBrEJtmPsTR54MoGBDbjTi2W1XmgM";
bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
}  // namespace

TEST_CASE("a JSON excerpt keeps its shape and loses wallets, workers and passwords", "[engine]") {
  const Redactor redactor("");
  const std::string out = redactor.json_excerpt(R"({"id":1,"method":"login","params":{"login":")" + kWallet + R"(","pass":"hunter2secret","agent":"XMRig/6.1"}})");
  CHECK(holds(out, R"("method":"login")"));
  CHECK(holds(out, "XMRig/6.1"));
  CHECK_FALSE(holds(out, kWallet.substr(0, 8)));
  CHECK_FALSE(holds(out, "hunter2"));
  const std::string worker = redactor.json_excerpt(R"({"method": "mining.authorize", "params": ["alice.rig1", "secret"]})");
  CHECK(holds(worker, "mining.authorize"));
  CHECK_FALSE(holds(worker, "alice"));
  CHECK_FALSE(holds(worker, "secret"));
}

TEST_CASE("a personal key loses its value even where the value looks harmless", "[engine]") {
  const Redactor redactor("");
  CHECK_FALSE(holds(redactor.json_excerpt(R"({"login":"deadbeef","pass":"submit"})"), "deadbeef"));
  CHECK_FALSE(holds(redactor.json_excerpt(R"({"login":"deadbeef","pass":"submit"})"), "\"submit\""));
}

TEST_CASE("an Ethereum account is no harmless hex", "[engine]") {
  CHECK_FALSE(holds(Redactor("").json_excerpt(R"({"params":["0x0fccfff9e61a230ff380530c6827caf4759337c6","x"]})"), "0x0fcc"));
  CHECK(holds(Redactor("").json_excerpt(R"({"result":["0x22b597d7bf24ef9a605a5d4fb6f7e155b7d0ce28ba6a9aa9eda6b74b34685d71"]})"), "0x22b597d7bf24ef…"));
}

TEST_CASE("an excerpt that is cut in the middle of a value gives nothing of it away", "[engine]") {
  CHECK_FALSE(holds(Redactor("").json_excerpt(R"({"params":{"login":")" + kWallet.substr(0, 40)), kWallet.substr(0, 8)));
  CHECK(Redactor("").json_excerpt("{\"a\":\"\\").size() < 20);
}

TEST_CASE("other text loses wallets and mail addresses, and its control bytes are shown", "[engine]") {
  const std::string out = Redactor("").text_excerpt("pay " + kWallet + " or mail alice@example.net\n");
  CHECK_FALSE(holds(out, kWallet.substr(0, 10)));
  CHECK(holds(out, kWallet.substr(0, 6)));
  CHECK_FALSE(holds(out, "alice"));
  CHECK(holds(out, "\\x0a"));
}

TEST_CASE("what leaves is valid UTF-8 whatever came in", "[engine]") {
  const std::string out = Redactor("").text_excerpt("\xff\xc0\x80 \xed\xa0\x80 ok \xc3\xa9");
  CHECK(holds(out, "ok \xc3\xa9"));
  CHECK_FALSE(holds(out, "\xff"));
  CHECK_FALSE(holds(out, "\xed\xa0"));
}

TEST_CASE("a reference needs a key, is equal for equal workers and differs between keys", "[engine]") {
  CHECK(Redactor("").reference("alice").empty());
  const Redactor one("0123456789abcdef"), other("fedcba9876543210");
  CHECK(one.reference("alice") == one.reference("alice"));
  CHECK(one.reference("alice") != one.reference("bob"));
  CHECK(one.reference("alice") != other.reference("alice"));
  CHECK(one.prefix("alice.worker1") == "alice.…");
  CHECK(one.prefix("ab") == "ab…");
  CHECK(one.prefix("").empty());
}
