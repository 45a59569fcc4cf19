// The events that the tests of the formats write.
#pragma once

#include "tests/support/seeded_random.h"
#include "tests/unit/app/sample_events.h"

namespace scanner::test {

inline const JsonFrame& format_frame() {
  static const JsonFrame kFrame{"urn:aupscan:replay", "1.2.3", "aupscan replay office.pcapng", {"office.pcapng"}};
  return kFrame;
}

inline ProcessStarted sample_process() {
  ProcessStarted process;
  process.id = {"boot-1", kNoon.ns, 4711};
  process.parent_pid = 1;
  process.executable = "/usr/local/bin/miner";
  process.arguments = {"miner", "--threads", "4"};
  process.comm = "miner";
  process.container = "c0ffee";
  process.sha256 = std::string(64, 'f');
  process.uid = 33;
  return process;
}

// Its process' own incident, now part of another one.
inline BreachEvent sample_merged() {
  BreachEvent event = sample_indicator("tenant:acme/web-1", std::string(32, 'c'));
  event.activity = "mining.software";
  event.state = "closed";
  event.revision = 3;
  event.merged_into = std::string(32, 'a');
  event.subject.tenant = "acme";
  event.subject.instance = "web-1";
  event.process_stage = Stage::Contact;
  event.traffic_stage = Stage::None;
  event.findings[0].kind = EvidenceKind::Process;
  event.findings[0].flow.reset();
  event.findings[0].packets.clear();
  event.findings[0].process = sample_process();
  event.independent_kinds = {"process"};
  return event;
}

// A breach, an indicator, an incident that closes into another.
inline std::vector<BreachEvent> sample_stream() { return {sample_event(), sample_indicator(), sample_merged()}; }

// What a stranger would put into a name: quotes, brackets, line ends, escapes, bytes that are
// no UTF-8, marks that turn text.
inline std::string hostile_text(SeededRandom& random) {
  static const std::vector<std::string> kPieces{"\"", "\\", "]", "[", "\n", "\r", std::string(1, '\0'), "\x1b[2J", "=", "'", "<", ">", "\xff", "\xc3", "\xed\xa0\x80", "\xe2\x80\xae",
                                                "\xe2\x80\xa8", "\xef\xbb\xbf", "\x7f", "\xc2\x85", "pool", ".example", ":3333", "\xe7\x9f\xbf", "\xf0\x9f\x98\x80", " ", "a", "%s", "\\\"", "]["};
  std::string text;
  for (std::uint32_t left = random.below(random.one_in(8) ? 400 : 12); left > 0; --left) text += kPieces[random.below(static_cast<std::uint32_t>(kPieces.size()))];
  return text;
}

// An event whose every text that can come from traffic, processes or recordings is hostile.
inline BreachEvent hostile_event(SeededRandom& random) {
  BreachEvent event = random.one_in(3) ? sample_merged() : random.one_in(2) ? sample_event() : sample_indicator();
  const auto text = [&random] { return hostile_text(random); };
  event.incident += std::to_string(random());
  if (random.one_in(2)) event.merged_into.clear();
  event.subject.id = (random.one_in(2) ? "host:" : "tenant:") + text();
  event.subject.tenant = text();
  event.subject.instance = text();
  event.subject.attribution_method = text();
  event.subject.attribution_proof = text();
  for (Finding& finding : event.findings) {
    finding.source = text();
    finding.reason = text();
    finding.listed = text();
    finding.matches = {text(), text()};
    if (!finding.process) continue;
    ProcessStarted& process = *finding.process;
    process.executable = text();
    process.arguments = {text(), text(), text()};
    process.comm = text();
    process.cgroup = text();
    process.container = text();
    process.id.boot = text();
  }
  event.mining = {{text(), text(), text(), text(), text(), 1, 1, 0, 0, 0}};
  if (random.one_in(4)) event.findings.clear();
  event.counter_evidence = {text()};
  event.compromise_indicators = {text()};
  event.evidence = {{std::string(64, '0'), "pcapng", text(), 12}};
  return event;
}

}  // namespace scanner::test
