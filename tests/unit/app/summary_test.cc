#include "scanner/app/summary.h"

#include "scanner/app/wording.h"
#include "tests/unit/app/sample_events.h"

#include <catch2/catch.hpp>
#include <sstream>

namespace scanner {
namespace {

using test::sample_event;

SummaryInput input_of(const std::vector<const BreachEvent*>& incidents) {
  SummaryInput input;
  input.incidents = incidents;
  input.file_names = {"a.pcap"};
  input.coverage.files = 1;
  input.coverage.counts.packets = 1234;
  input.coverage.counts.bytes = 56789;
  input.coverage.counts.by_status[static_cast<std::size_t>(DecodeStatus::Truncated)] = 3;
  input.coverage.counts.by_status[static_cast<std::size_t>(DecodeStatus::Enciphered)] = 1;
  input.coverage.counts.flows.gaps = 2;
  input.coverage.counts.flows.gap_bytes = 700;
  input.coverage.counts.flows.one_sided = 4;
  input.coverage.counts.clamped = 5;
  input.coverage.counts.lost = 6;
  input.coverage.counts.clipped = 7;
  input.coverage.counts.clipped_bytes = 9000;
  input.coverage.counts.payload_cut = 800;
  input.coverage.first = input.coverage.last = test::kNoon;
  return input;
}

TEST_CASE("a block says who, what, where, how far, how sure and on which packets", "[app]") {
  const BreachEvent event = sample_event();
  const std::string text = summary(input_of({&event}), {});
  SummaryInput several = input_of({&event});
  several.file_names = {"a.pcap", "b.pcap"};
  CHECK_THAT(summary(several, {}), Catch::Contains("packets     4, 6, 9 of a.pcap\n"));
  for (const char* part : {"BREACH", "mining.pool  proof", "ip:192.0.2.10", "pool.example:3333: XMR (randomx), worker 44AFFq…", "11 accepted of 12 submitted, 1 rejected",
                           "1.23 kH/s", "2026-01-02 12:00:00 to 12:10:00 UTC (10 min)", "99.0 %, severity critical", "9.1, item 4-1", "a share was accepted", "packets     4, 6, 9\n",
                           "ip.addr==192.0.2.10 && ip.addr==198.51.100.20 && tcp.port==40000 && tcp.port==3333", "1 breach, 0 indicators"}) {
    CAPTURE(part);
    CHECK_THAT(text, Catch::Contains(part));
  }
}

TEST_CASE("where nothing was found, the coverage is the answer", "[app]") {
  const std::string text = summary(input_of({}), {});
  CHECK(text.starts_with("nothing found\n"));
  for (const char* part : {"1,234 packets, 56.8 kB", "4 packets: 3 cut short within their headers, 1 encrypted by the link", "6 packets dropped", "7 packets clipped by the capture (9.00 kB not", "captured, 800 B of payload, 3 packets cut within their headers)", "2 gaps in TCP", "(700 B)", "4 one-sided flows",
                           "5 timestamps clamped"}) {
    CAPTURE(part);
    CHECK_THAT(text, Catch::Contains(part));
  }
}

TEST_CASE("a clean capture is said to be one", "[app]") {
  SummaryInput input = input_of({});
  input.coverage.counts = {};
  const std::string text = summary(input, {});
  for (const char* part : {"undecoded   no packet\n", "missing     nothing known: no drops", "doubtful    nothing: no clamped"}) {
    CAPTURE(part);
    CHECK_THAT(text, Catch::Contains(part));
  }
}

TEST_CASE("newcomers that a full detector turned away are told", "[app]") {
  SummaryInput input = input_of({});
  input.coverage.counts.subjects_refused = 3;
  CHECK_THAT(summary(input, {}), Catch::Contains("3 times a detector had no room for") && Catch::Contains("(detectors.subjects)"));
}

TEST_CASE("certainty is never claimed", "[app]") {
  BreachEvent event = sample_event();
  event.confidence = 1.0;
  CHECK_THAT(summary(input_of({&event}), {}), Catch::Contains("99.9 %"));
}

TEST_CASE("lines keep within the width, but for filters, which must be copied whole", "[app]") {
  BreachEvent event = sample_event();
  event.findings[0].reason = std::string(40, 'x') + " " + std::string(40, 'y') + " 矿池 " + std::string(40, 'z');
  SummaryStyle style;
  style.width = 60;
  std::istringstream lines(summary(input_of({&event}), style));
  for (std::string line; std::getline(lines, line);)
    if (line.find("Wireshark") == std::string::npos) {
      CAPTURE(line);
      CHECK(display_width(line) <= 60);
    }
}

TEST_CASE("there is colour only where it was asked for", "[app]") {
  const BreachEvent event = sample_event();
  CHECK(summary(input_of({&event}), {}).find('\x1b') == std::string::npos);
  CHECK(summary(input_of({&event}), {true, 100}).find("\x1b[1;31mBREACH") != std::string::npos);
}

TEST_CASE("a pool's name cannot steer the terminal", "[app]") {
  BreachEvent event = sample_event();
  event.mining[0].pool = "evil\x1b]0;title\x07";
  event.findings[0].reason = "\xc2\x9b" "2J";
  event.subject.id = "tenant:\x1b[31m";
  CHECK(summary(input_of({&event}), {}).find_first_of("\x1b\x07") == std::string::npos);
  CHECK(summary(input_of({&event}), {}).find("\xc2\x9b") == std::string::npos);
}

TEST_CASE("many incidents are counted, not all shown", "[app]") {
  const BreachEvent event = sample_event();
  SummaryInput input = input_of(std::vector<const BreachEvent*>(150, &event));
  input.dropped = 10;
  CHECK_THAT(summary(input, {}), Catch::Contains("150 breaches") && Catch::Contains("60 further incidents not shown"));
}

}  // namespace
}  // namespace scanner
