#include "scanner/app/options.h"

#include "scanner/app/version.h"
#include "scanner/engine/format/event_format.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <map>

namespace scanner {
namespace {

constexpr const char* kReplayExamples = R"(
Examples:
  aupscan replay office.pcapng
      what was mined, where, how far it got; and what was covered
  aupscan replay --events - day1.pcap day2.pcap.zst | jq .data.activity
      one JSON event a line; the files are merged by time
  tcpdump -i eth0 -U -w - | aupscan replay --events - -
      events as they arise
  aupscan replay --local 198.51.100.0/24 --report out.html --evidence slices uplink.pcap
      judge one network's own conduct; write a page and the decisive packets
  aupscan replay --events events.ndjson --export ocsf=ocsf.ndjson uplink.pcap
      our own events to keep, and the same ones for a security lake
  aupscan replay --expect expected.ndjson --fail-on breach regression.pcap
      exit 4 where the claims differ, 3 where there is a breach

Exit status: 0 done, 1 usage error or nothing could be read, 2 some input was left out,
3 see --fail-on, 4 see --expect. aupscan(1) and scanner/docs/events.md tell more.
)";

std::string format_names() {
  std::string text = "formats are";
  for (const EventFormatEntry& entry : event_formats()) text += " " + std::string(entry.name);
  return text;
}

std::string format_table() {
  std::string text = "\nFormats of --format and --export (scanner/docs/formats.md):\n";
  for (const EventFormatEntry& entry : event_formats()) text += "  " + std::string(entry.name) + std::string(9 - std::min<std::size_t>(8, entry.name.size()), ' ') + std::string(entry.about) + "\n";
  return text;
}

void add_rule_options(CLI::App& command, RuleOptions& rules) {
  command.add_option("--signatures", rules.signatures, "Directory of signatures, dialects and data sets")->type_name("DIR");
  command.add_option("--declaration", rules.declaration, "What the provider forbids")->type_name("FILE");
  command.add_option("--config", rules.config, "Configuration; the command line goes before it")->type_name("FILE");
  command.add_option("--panel", rules.panel, "What speaks for a break-in and what for intent")->type_name("FILE");
  command.add_option("--tenants", rules.tenants, "Whose addresses, containers and networks are whose")->type_name("FILE");
}

void add_fail_on(CLI::App& command, FailOn& fail_on) {
  command
      .add_option_function<std::string>(
          "--fail-on", [&fail_on](const std::string& text) { fail_on = text == "breach" ? FailOn::Breach : FailOn::Indicator; },
          "Exit 3 on a breach, or on an indicator as well")
      ->check(CLI::IsMember({"breach", "indicator"}))
      ->type_name("LEVEL");
}

// Throws what CLI11 makes its message of.
void add_exports(const std::vector<std::string>& texts, std::vector<Export>& exports) {
  for (const std::string& text : texts) {
    const std::size_t equals = std::min(text.find('='), text.size());
    Export made{text.substr(0, equals), text.substr(std::min(equals + 1, text.size()))};
    if (made.path.empty()) throw CLI::ValidationError("--export", text + ": not of the form FORMAT=FILE");
    if (make_event_format(made.format) == nullptr) throw CLI::ValidationError("--export", "there is no format '" + made.format + "'; " + format_names());
    exports.push_back(std::move(made));
  }
}

void add_replay(CLI::App& app, ReplayOptions& options, std::vector<std::string>& local) {
  CLI::App& command = *app.add_subcommand("replay", "Judge captures and recordings as the live agent would have");
  command.footer(format_table() + kReplayExamples);
  command.add_option("CAPTURE", options.captures, "pcap or pcapng, plain, gzip or zstd; '-': standard input")->required();
  command.add_option("--events", options.events, "Write events as NDJSON; '-': standard output, and nothing else there")->type_name("FILE");
  std::vector<std::string> printed{"table"};
  for (const EventFormatEntry& entry : event_formats()) printed.emplace_back(entry.name);
  command
      .add_option("--format", options.format,
                  "What to print: a table (default) or events in one of the formats; beside --events - the table goes to standard error")
      ->check(CLI::IsMember(printed))
      ->type_name("FORMAT");
  command.add_option_function<std::vector<std::string>>("--export", [&options](const auto& texts) { add_exports(texts, options.exports); }, "Write events in this format as well; may be given several times")
      ->allow_extra_args(false)
      ->type_name("FORMAT=FILE");
  command.add_option("--tls-keys", options.tls_keys, "Secrets of TLS sessions (SSLKEYLOGFILE): what is in them is read too")->type_name("FILE");
  command.add_option("--report", options.report, "Write one self-contained page")->type_name("FILE.html");
  command.add_option("--expect", options.expect, "Compare the claims with this file; exit 4 and show a diff where they differ")->type_name("FILE");
  command.add_option("--flows", options.flows, "Write every flow with an observation, and its stage, as TSV")->type_name("FILE");
  command.add_option("--evidence", options.evidence, "Write the packets behind each event there")->type_name("DIR");
  command.add_option("--local", local, "Only these addresses can be subjects; may be given several times")->type_name("CIDR")->allow_extra_args(false);
  command.add_option("--threads", options.threads, "Worker threads, 1 to 64; 1 unless given")->check(CLI::Range(1U, 64U))->type_name("N");
  command.add_option("--filter", options.filter, "Read only packets that match, as tcpdump would")->type_name("BPF");
  add_fail_on(command, options.fail_on);
  command.add_flag("--quiet", options.quiet, "No progress and no coverage on standard error");
  add_rule_options(command, options.rules);
}

constexpr const char* kRecordExamples = R"(
Examples:
  aupscan record --output web-1 --duration 10m
      packets of every interface but loopback, processes, sockets and usage, for ten minutes
  aupscan record --output web-1 --interface eth0 --filter "not port 22" --max-bytes 2G
      one interface, without what nobody needs, at most 2 GiB
  aupscan replay web-1.pcapng
      judges the recording as the agent would have judged the host

Control-C ends the recording in good order. Exit status: 0 done, 1 nothing could be recorded,
2 the recording is whole and ends early or lacks something. scanner/docs/recording.md tells more.
)";

// Text like "90s" or "2G" to a number.
CLI::AsNumberWithUnit seconds_of_text() {
  return CLI::AsNumberWithUnit(std::map<std::string, std::uint64_t>{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}, CLI::AsNumberWithUnit::CASE_SENSITIVE, "TIME");
}

void add_record(CLI::App& app, RecordOptions& options) {
  CLI::App& command = *app.add_subcommand("record", "Record this host: packets, processes, sockets and usage");
  command.footer(kRecordExamples);
  command.add_option("--output", options.output, "NAME.pcapng and NAME.ndjson are made; nothing is replaced")->required()->type_name("NAME");
  command.add_option("--interface", options.interfaces, "Capture here; may be given several times; all that are up but loopback unless given")->type_name("IF")->allow_extra_args(false);
  command.add_option("--duration", options.duration_seconds, "End after so many seconds, or 90s, 10m, 2h, 1d; else with Control-C")->transform(seconds_of_text());
  command.add_option("--snaplen", options.snaplen, "Keep so many bytes of a packet")->check(CLI::Range(64U, 262144U))->type_name("N");
  command.add_option("--filter", options.filter, "Record only packets that match, as tcpdump would")->type_name("BPF");
  command.add_option("--signatures", options.signatures, "Whose data set image-words tells which texts of executables to keep")->type_name("DIR");
  command.add_option("--tenants", options.tenants, "Whose addresses, containers and networks are whose: recorded too")->type_name("FILE");
  command.add_option("--max-bytes", options.max_bytes, "End when both files together hold so much; 500M, 2G")->transform(CLI::AsSizeValue(false))->type_name("N");
}

constexpr const char* kVerifyExamples = R"(
Examples:
  aupscan verify --public-key 1f0c… /var/lib/aupscan/outbox
      every record, the chain and its signatures
  aupscan verify --public-key signing.pub events.ndjson
      events as the file sink wrote them
  aupscan verify --evidence /var/lib/aupscan/evidence --identity reviewer.key /var/lib/aupscan/outbox
      opens the sealed evidence and replays it: does it show what the events claim?

Exit status: 0 whole, 1 usage error or nothing could be read, 2 something was changed, cut or is
missing, 4 replayed evidence does not show what was claimed. scanner/docs/outbox.md tells more.
)";

void add_verify(CLI::App& app, VerifyOptions& options) {
  CLI::App& command = *app.add_subcommand("verify", "Check the integrity of events and evidence, offline");
  command.footer(kVerifyExamples);
  command.add_option("PATH", options.paths, "An outbox, a file of its events, or a directory of evidence")->required();
  command.add_option("--public-key", options.public_keys, "Whose signatures count: 64 hexadecimal digits or a file with them; may be given several times")->type_name("KEY")->allow_extra_args(false);
  command.add_option("--identity", options.identity, "The secret half of a recipient's key, to open sealed evidence")->type_name("FILE");
  command.add_option("--evidence", options.evidence, "Where the evidence lies that events name")->type_name("DIR");
  command
      .add_option_function<std::string>(
          "--format", [&options](const std::string& text) { options.table = text == "table"; }, "A table (default) or NDJSON")
      ->check(CLI::IsMember({"table", "ndjson"}))
      ->type_name("FORMAT");
  add_rule_options(command, options.rules);
}

constexpr const char* kAgentExamples = R"(
Examples:
  aupscan agent --config /etc/aupscan/aupscan.yaml
      watches this host until SIGTERM; SIGHUP reloads
  aupscan check --config /etc/aupscan/aupscan.yaml
      what is wrong with the configuration, without an agent

The agent observes and tells; it never acts. scanner/docs/agent.md tells more.
)";

void add_agent(CLI::App& app, AgentOptions& options) {
  CLI::App& command = *app.add_subcommand("agent", "Watch this host, and tell");
  command.footer(kAgentExamples);
  add_rule_options(command, options.rules);
  command.add_option("--ready-file", options.ready_file, "Made when the agent looks (for those who do not use sd_notify)")->type_name("FILE");
  command.add_option("--record", options.record, "Keep all that it sees as NAME.pcapng and NAME.ndjson, which replay takes")->type_name("NAME");
}

constexpr const char* kScanExamples = R"(
Examples:
  aupscan scan
      which processes look like mining, and what was covered
  aupscan scan --events - --fail-on breach | jq .data.findings
      events as NDJSON; exit 3 where there is a breach
  aupscan scan --seconds 70
      long enough for a load to count as lasting

Without root it sees less, and says what. Exit status as replay's.
)";

void add_scan(CLI::App& app, ScanOptions& options) {
  CLI::App& command = *app.add_subcommand("scan", "One look at this host's processes, their sockets and their load");
  command.footer(kScanExamples);
  command.add_option("--events", options.events, "Write events as NDJSON; '-': standard output, and nothing else there")->type_name("FILE");
  command.add_option("--seconds", options.seconds, "How long to look, 1 to 3600; 5 unless given")->check(CLI::Range(1U, 3600U))->type_name("N");
  add_fail_on(command, options.fail_on);
  command.add_flag("--quiet", options.quiet, "No table");
  add_rule_options(command, options.rules);
}

constexpr const char* kCtlExamples = R"(
Examples:
  aupscan ctl status
      what the agent sees, drops, and has to deliver
  aupscan ctl kill-switch monero-login on
      switches a signature, dialect or detector off, also after restarts; `off` takes that back
  aupscan ctl resume mining.web.pool-path
      a signature that held too often and was suspended counts again
  aupscan ctl kill-switch all on
      nothing is looked at any more
  aupscan ctl tap
      observations and events as they arise, redacted

Exit status: 0 done, 1 refused or no agent listens.
)";

void add_ctl(CLI::App& app, CtlOptions& options) {
  CLI::App& command = *app.add_subcommand("ctl", "Ask a running agent, or tell it something");
  command.footer(kCtlExamples);
  command.add_option("COMMAND", options.command, "status, reload, pause, resume, kill-switch or tap")
      ->required()
      ->check(CLI::IsMember({"status", "reload", "pause", "resume", "kill-switch", "tap"}));
  command.add_option("NAME", options.name, "kill-switch: a signature, a dialect, a detector, or all; resume: a suspended signature");
  command.add_option("STATE", options.state, "kill-switch: on (the default) or off")->check(CLI::IsMember({"on", "off"}));
  command.add_option("--socket", options.socket, "Where the agent listens")->type_name("PATH");
  command.add_option("--config", options.config, "Configuration that names the socket")->type_name("FILE");
  command.add_flag("--json", options.json, "The answer as it came");
}

}  // namespace

CommandLine parse_command_line(int argc, char** argv) {
  CommandLine line;
  CLI::App app("aupscan: finds breaches of an acceptable-use declaration, with evidence that stands up");
  app.set_version_flag("--version", std::string("aupscan ") + kVersion);
  app.require_subcommand(1);
  ReplayOptions replay;
  RecordOptions record;
  CheckOptions check;
  VerifyOptions verify;
  std::vector<std::string> local;
  add_replay(app, replay, local);
  add_record(app, record);
  CLI::App& check_command = *app.add_subcommand("check", "Check signatures, declaration and configuration");
  check_command.footer("\nExample:\n  aupscan check --signatures signatures --declaration config/declaration.yaml");
  add_rule_options(check_command, check.rules);
  add_verify(app, verify);
  AgentOptions agent;
  CtlOptions ctl;
  add_agent(app, agent);
  add_ctl(app, ctl);
  ScanOptions scan;
  add_scan(app, scan);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == 0;  // --help or --version
    if (asked)
      app.exit(error, std::cout, std::cerr);
    else
      std::cerr << "aupscan: " << error.what() << " (aupscan --help lists the options)\n";
    line.exit = asked ? ExitCode::Done : ExitCode::Usage;
    return line;
  }
  for (const std::string& text : local) {
    const auto range = Cidr::parse(text);
    if (!range) {
      std::cerr << "aupscan: --local " << text << ": not an address range such as 198.51.100.0/24\n";
      line.exit = ExitCode::Usage;
      return line;
    }
    replay.local.push_back(*range);
  }
  if (app.got_subcommand("replay")) line.replay = replay;
  if (app.got_subcommand("record")) line.record = record;
  if (app.got_subcommand("check")) line.check = check;
  if (app.got_subcommand("verify")) line.verify = verify;
  if (app.got_subcommand("agent")) line.agent = agent;
  if (app.got_subcommand("ctl")) line.ctl = ctl;
  if (app.got_subcommand("scan")) line.scan = scan;
  return line;
}

}  // namespace scanner
