#include "scanner/app/scan.h"

#include "scanner/app/event_writer.h"
#include "scanner/app/incident_book.h"
#include "scanner/app/setup.h"
#include "scanner/app/terminal.h"
#include "scanner/app/version.h"
#include "scanner/app/wording.h"
#include "scanner/io/live_source.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <unistd.h>

namespace scanner {
namespace {

using Steady = std::chrono::steady_clock;

bool holds(const std::vector<std::string>& words, std::string_view word) { return std::find(words.begin(), words.end(), word) != words.end(); }

// The process of an incident that shows most.
const Finding* process_of(const BreachEvent& event) {
  for (const Finding& finding : event.findings)
    if (finding.process) return &finding;
  return nullptr;
}

std::string program_text(const ProcessStarted& process) {
  std::string text = process.executable.empty() ? process.comm : process.executable;
  if (process.deleted) text += " (deleted)";
  if (process.memfd) text += " (never on a disk)";
  return text;
}

void add_line(std::string& out, const std::string& name, const std::string& value, std::size_t width) {
  if (value.empty()) return;
  std::string lead = "  " + fitted(name, 12);
  for (const std::string& line : wrapped(printable(value), std::max<std::size_t>(40, width) - 14)) {
    out += lead + line + "\n";
    lead.assign(14, ' ');
  }
}

std::string incident_text(const BreachEvent& event, std::size_t width) {
  std::string out = std::string(event.type == EventType::Breach ? "BREACH" : "INDICATOR") + "  " + event.activity + "  " + std::string(to_string(event.stage)) + "\n";
  add_line(out, "subject", event.subject.id, width);
  if (const Finding* finding = process_of(event)) {
    const ProcessStarted& process = *finding->process;
    add_line(out, "process", "pid " + std::to_string(process.id.pid) + ", " + program_text(process), width);
    add_line(out, "arguments", joined(process.arguments, " "), width);
    add_line(out, "user", std::to_string(process.uid), width);
    add_line(out, "container", process.container, width);
    add_line(out, "since", time_text(Timestamp{process.id.start_ns}) + " UTC", width);
  }
  std::vector<std::string> reasons;
  for (const Finding& finding : event.findings)
    if (!finding.reason.empty() && !holds(reasons, finding.reason)) reasons.push_back(finding.reason);
  constexpr std::size_t kMaxReasons = 5;
  if (reasons.size() > kMaxReasons) reasons.resize(kMaxReasons);
  for (const std::string& reason : reasons) add_line(out, "because", reason, width);
  add_line(out, "clause", event.clause + ", item " + event.item, width);
  return out + "\n";
}

// Reads until the time is over; the engine is finished then.
Result<void> look(LiveSource& source, Engine& engine, ScanCoverage& coverage, Duration time) {
  const Interrupt interrupt;
  const auto begin = Steady::now();
  EventBatch batch;
  bool stopped = false;
  for (SourceStatus status = SourceStatus::More; status != SourceStatus::End;) {
    const auto next = source.next(batch);
    if (!next) return tl::unexpected(next.error());
    status = *next;
    for (const HostRecord& record : batch.host_records) coverage.count(record);
    engine.feed(batch);
    if (stopped || (Steady::now() - begin < time && !interrupt.asked())) continue;
    source.stop();
    stopped = true;
  }
  coverage.looked = Steady::now() - begin;
  engine.finish();
  return {};
}

struct Looked {
  IncidentBook book;
  std::optional<Error> failure;  // of --events
};

Result<void> run(const ScanOptions& options, const Setup& setup, ScanCoverage& coverage, Looked& looked) {
  HostWatchOptions wanted;
  wanted.allow_ebpf = false;  // for news alone, and nothing is to be left in the kernel
  wanted.allow_netlink = setup.config.agent.netlink;
  wanted.poll_every = setup.config.agent.poll_every;
  wanted.usage_every = std::chrono::seconds(1);
  wanted.max_image_bytes = setup.config.agent.image_bytes;
  wanted.image_words = setup.matcher->ruleset().datasets().words("image-words");
  auto choice = open_host_watch(wanted);
  if (!choice) return tl::unexpected(choice.error());
  coverage.source = choice->watch->name();
  coverage.notes = choice->notes;
  coverage.root = ::geteuid() == 0;
  LiveOptions live;
  live.captures.interfaces.clear();
  auto source = LiveSource::open(live, std::move(choice->watch));
  if (!source) return tl::unexpected(source.error());
  const JsonFrame frame{"urn:aupscan:scan", kVersion, "", {}};
  EventFan fan;
  fan.add(looked.book);
  std::optional<EventWriter> writer;
  if (!options.events.empty()) {
    auto file = OutputFile::open(options.events);
    if (!file) return tl::unexpected(file.error());
    writer.emplace(std::move(*file), make_event_format("ndjson"), frame);
    fan.add(*writer);
  }
  SerialExecutor executor;
  EngineOptions judging = judging_options(setup);
  judging.judgement.tenants = setup.tenants->claims;
  Engine engine(judging, setup.matcher, setup.declaration, executor, fan);
  if (auto done = look(**source, engine, coverage, std::chrono::seconds(options.seconds)); !done) return done;
  if (!writer) return {};
  writer->close();
  looked.failure = writer->failure();
  return {};
}

}  // namespace

void ScanCoverage::count(const HostRecord& record) {
  if (const auto* started = std::get_if<ProcessStarted>(&record.what)) {
    if (!processes.insert(started->id).second) return;
    unread_images += holds(started->unknown, "executable") ? 1 : 0;
    unread_arguments += holds(started->unknown, "arguments") ? 1 : 0;
  }
  sockets += std::holds_alternative<SocketOwned>(record.what) ? 1 : 0;
  usage_samples += std::holds_alternative<UsageSample>(record.what) ? 1 : 0;
}

std::string scan_table(const std::vector<const BreachEvent*>& incidents, const ScanCoverage& coverage, std::size_t width) {
  std::string out;
  std::uint64_t breaches = 0;
  for (const BreachEvent* event : incidents) {
    out += incident_text(*event, width);
    breaches += event->type == EventType::Breach ? 1 : 0;
  }
  out += plural(breaches, "breach", "breaches") + ", " + plural(incidents.size() - breaches, "indicator", "indicators") + "\n";
  add_line(out, "covered", plural(coverage.processes.size(), "process", "processes") + ", " + plural(coverage.sockets, "socket", "sockets") + ", " +
                               plural(coverage.usage_samples, "measurement", "measurements") + " of their load, in " + duration_text(coverage.looked) + " (by " + coverage.source + ")", width);
  std::string missing;
  if (coverage.unread_images > 0) missing += "the programs of " + plural(coverage.unread_images, "process", "processes") + "; ";
  if (coverage.unread_arguments > 0) missing += "the arguments of " + plural(coverage.unread_arguments, "process", "processes") + "; ";
  if (!coverage.root) missing += "other users' sockets and images (root sees them); ";
  missing += "traffic (aupscan agent looks at it), and whether a load lasts (a minute of it counts)";
  add_line(out, "not seen", missing, width);
  for (const std::string& note : coverage.notes) add_line(out, "note", note, width);
  return out;
}

ExitCode scan(const ScanOptions& options) {
  auto setup = set_up(options.rules);
  if (!setup) return ExitCode::Usage;
  ScanCoverage coverage;
  Looked looked;
  if (const auto done = run(options, *setup, coverage, looked); !done) {
    tell_error(done.error().message);
    return ExitCode::Usage;
  }
  const bool taken = options.events == "-";
  const std::string table = scan_table(looked.book.incidents(), coverage, terminal_width(taken ? STDERR_FILENO : STDOUT_FILENO).value_or(100));
  if (!options.quiet) (taken ? std::cerr : std::cout) << table << std::flush;
  if (looked.failure) {
    tell_error(looked.failure->message);
    return ExitCode::Usage;
  }
  return has_found(options.fail_on, looked.book) ? ExitCode::Found : ExitCode::Done;
}

}  // namespace scanner
