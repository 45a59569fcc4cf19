// RFC 5424 messages, read back by a grammar of their own.
#include "scanner/engine/format/syslog.h"

#include "scanner/model/digest.h"
#include "tests/support/syslog_grammar.h"
#include "tests/unit/engine/format/format_events.h"

#include <catch2/catch.hpp>

using namespace scanner;
using namespace scanner::test;

TEST_CASE("a syslog message tells what happened, how bad it is and where the whole is", "[format]") {
  const BreachEvent event = sample_event();
  const SyslogMessage message = read_syslog(to_syslog(event, format_frame()));
  REQUIRE(message.error == "");
  CHECK(message.priority == 10 * 8 + 2);
  CHECK(message.timestamp == "2026-01-02T12:10:00.000000Z");
  CHECK(message.host == "-");
  CHECK(message.application == "aupscan");
  CHECK(message.message_id == "breach");
  CHECK(message.data.at("origin").at("swVersion") == "1.2.3");
  const auto& data = message.data.at("aupscan@32473");
  CHECK(data.at("id") == event.id);
  CHECK(data.at("sha256") == to_hex(sha256(as_bytes(to_json(event, format_frame())))));
  CHECK(data.at("stage") == "proof");
  CHECK(data.at("dst") == "198.51.100.20");
  CHECK(data.at("pool") == "pool.example:3333");
  CHECK(message.text.find("takes part in a mining pool (XMR) at pool.example:3333") != std::string::npos);
}

TEST_CASE("quotes, backslashes and brackets come back from structured data as they were", "[format]") {
  BreachEvent event = sample_event();
  event.mining[0].pool = R"(a"b\c]d[e=f)";
  const SyslogMessage message = read_syslog(to_syslog(event, format_frame()));
  REQUIRE(message.error == "");
  CHECK(message.data.at("aupscan@32473").at("pool") == R"(a"b\c]d[e=f)");
}

TEST_CASE("the longest of everything still fits into a syslog message, cut between characters", "[format]") {
  for (const std::string& unit : {std::string("]"), std::string("\xe7\x9f\xbf"), std::string("\""), std::string("\xff"), std::string("a")}) {
    std::string text;
    for (int i = 0; i < 3000; ++i) text += unit;
    BreachEvent event = sample_merged();
    event.subject.id = "host:" + text;
    event.mining = {{text, text, text, text, text, ~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0}, 0, 0}};
    event.findings = {sample_finding()};
    event.findings[0].source = event.findings[0].reason = text;
    event.findings[0].process = sample_process();
    event.findings[0].process->executable = text;
    event.activity = event.severity = event.mode = event.clause = event.item = text;
    JsonFrame frame = format_frame();
    frame.version = text;
    const std::string line = to_syslog(event, frame);
    CHECK(line.size() <= kMaxSyslog);
    CHECK(line.size() > kMaxSyslog / 2);
    CHECK(read_syslog(line).error == "");
  }
}

TEST_CASE("severities become syslog's own, and a subject's host name its host", "[format]") {
  BreachEvent event = sample_event();
  for (const auto& [severity, priority] : {std::pair<const char*, int>{"low", 85}, {"medium", 84}, {"high", 83}, {"critical", 82}, {"", 86}}) {
    event.severity = severity;
    CHECK(read_syslog(to_syslog(event, format_frame())).priority == priority);
  }
  event.subject.id = "host:web 1";
  CHECK(read_syslog(to_syslog(event, format_frame())).host == "web?1");
}
