#include "scanner/app/report.h"

#include "scanner/app/report_parts.h"
#include "tests/unit/app/replay_fixture.h"
#include "tests/unit/app/sample_events.h"

#include "scanner/io/text_file.h"

#include <catch2/catch.hpp>

namespace scanner {
namespace {

using test::sample_event;

const JsonFrame kFrame{"urn:aupscan:replay", "0.1.0", "aupscan replay a.pcap", {"a.pcap"}};

std::string page_of(const std::vector<const BreachEvent*>& incidents, const SessionLog& sessions = {}) {
  SummaryInput summary;
  summary.incidents = incidents;
  summary.file_names = {"a.pcap"};
  summary.coverage.files = 1;
  return report_page({summary, sessions, nullptr, kFrame, {}, "", {"a.pcap: the last packet is cut"}, std::string(64, 'e'), std::string(64, 'c')});
}

TEST_CASE("the page shows verdict, filter, frames, arithmetic and provenance", "[app]") {
  const BreachEvent event = sample_event();
  const std::string page = page_of({&event});
  for (const char* part : {"BREACH", "mining.pool", "ip:192.0.2.10", "XMR (randomx)", "pool.example:3333", "11 accepted of 12 submitted", "1.23 kH/s",
                           "ip.addr==192.0.2.10 &amp;&amp; ip.addr==198.51.100.20 &amp;&amp; tcp.port==40000 &amp;&amp; tcp.port==3333", "frames 4, 6, 9", "a share was accepted",
                           "(1) restrict or suspend", "a person decides", "a.pcap: the last packet is cut", "aupscan replay a.pcap"}) {
    CAPTURE(part);
    CHECK_THAT(page, Catch::Contains(part));
  }
}

TEST_CASE("a silent run is shown with what it covered", "[app]") {
  CHECK_THAT(page_of({}), Catch::Contains("nothing found") && Catch::Contains("What was covered") && Catch::Contains("banner clear"));
}

TEST_CASE("the page needs nothing from outside and runs nothing", "[app]") {
  const BreachEvent event = sample_event();
  const std::string page = page_of({&event});
  for (const char* part : {"<script", "http://", "https://", "src=", "<link", "@import", "url(", "onclick", "onload"}) {
    CAPTURE(part);
    CHECK(page.find(part) == std::string::npos);
  }
  CHECK_THAT(page, Catch::Contains("Content-Security-Policy"));
}

TEST_CASE("hostile text stays text wherever it stands", "[app]") {
  const std::string hostile = "\"'><script>alert(1)</script><b x='\xc2\x9b\x1b";
  BreachEvent event = sample_event();
  event.subject.id = "tenant:" + hostile;
  event.activity = event.severity = event.clause = event.item = event.declaration_version = event.state = event.merged_into = hostile;
  event.mining[0] = {hostile, hostile, hostile, hostile, hostile, 1, 1, 1, 1, 1};
  event.findings[0].reason = event.findings[0].source = event.findings[0].listed = hostile;
  event.findings[0].matches = {hostile};
  event.findings[0].process.emplace();
  event.findings[0].process->executable = hostile;
  event.arithmetic = {{hostile, 0.5}};
  event.independent_kinds = event.counter_evidence = event.compromise_indicators = event.wilful_indicators = {hostile};
  event.proposal.measures = {hostile};
  event.mode = hostile;
  SessionLog sessions;
  Observation observation;
  observation.flow = test::sample_flow();
  observation.at = test::kNoon;
  MiningSeen seen;
  seen.role = MiningRole::Submit;
  seen.dialect = hostile;
  observation.what = seen;
  sessions.see(observation);
  SummaryInput summary;
  summary.incidents = {&event, &event};
  summary.file_names = {hostile};
  EvidenceSlice slice;
  slice.file = slice.sha256 = hostile;
  const JsonFrame frame{hostile, hostile, hostile, {hostile}};
  const std::string page = report_page({summary, sessions, nullptr, frame, {slice, slice}, hostile, {hostile}, hostile, hostile});
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("<b x") == std::string::npos);
  CHECK(page.find('\x1b') == std::string::npos);
  CHECK(page.find("\xc2\x9b") == std::string::npos);
  CHECK_THAT(page, Catch::Contains("&lt;script&gt;alert(1)"));
}

TEST_CASE("the ladder marks what was reached and when", "[app]") {
  BreachEvent event = sample_event();
  event.stage = Stage::Session;
  const std::string ladder = ladder_html(event, {{Stage::Contact, test::kNoon}, {Stage::Session, test::kNoon + std::chrono::seconds(5)}});
  CHECK_THAT(ladder, Catch::Contains("<li class=\"on more\">interest<time>passed</time></li>") && Catch::Contains("<li class=\"on more\">contact<time>12:00:00</time></li>") &&
                         Catch::Contains("<li class=\"on\">session<time>12:00:05</time></li>") && Catch::Contains("<li class=\"\">work</li>"));
  event.stage = Stage::Observed;
  CHECK_THAT(ladder_html(event, {}), Catch::Contains("observed") && Catch::Contains("confirmed") && !Catch::Contains("session"));
}

TEST_CASE("a timeline draws each message with its frame", "[app]") {
  Session session;
  session.flow = test::sample_flow();
  session.dialect = "cryptonote";
  session.first = test::kNoon;
  session.last = test::kNoon + std::chrono::minutes(10);
  session.marks = {{test::kNoon, 1, MarkKind::Login}, {test::kNoon + std::chrono::minutes(5), 44, MarkKind::ShareAccepted}, {test::kNoon + std::chrono::minutes(10), 55, MarkKind::ShareAccepted}};
  session.totals[static_cast<std::size_t>(MarkKind::ShareAccepted)] = 2;
  const std::string svg = timeline_svg(session);
  CHECK_THAT(svg, Catch::Contains("<title>share accepted, +5 min, frame 44</title>") && Catch::Contains("share accepted 2") && Catch::Contains("192.0.2.10:40000") && Catch::Contains("class=\"sum\""));
  // One message at one time is no division by zero.
  session.last = session.first;
  session.marks.resize(1);
  CHECK(timeline_svg(session).find("nan") == std::string::npos);
}

TEST_CASE("the program writes the page, and the same run gives the same page", "[app]") {
  const test::TempDirectory directory;
  const test::TcpDialogue miner = test::miner_dialogue(3);
  test::write_capture(directory.file("a.pcapng"), {&miner});
  ReplayOptions options;
  options.captures = {directory.file("a.pcapng")};
  options.report = directory.file("report.html");
  REQUIRE(test::run_replay(options).code == ExitCode::Done);
  const std::string page = read_text_file(options.report).value();
  CHECK_THAT(page, Catch::Contains("<svg") && Catch::Contains("share accepted") && Catch::Contains("1 breach, 0 indicators"));
  REQUIRE(test::run_replay(options).code == ExitCode::Done);
  CHECK(read_text_file(options.report).value() == page);
}

}  // namespace
}  // namespace scanner
