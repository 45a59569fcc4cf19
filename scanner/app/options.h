// The command line, as values.
#pragma once

#include "scanner/model/address.h"
#include "scanner/model/finding.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace scanner {

// The exit codes of every program (DESIGN §6). Where several apply: 1 before 4 before 3
// before 2.
enum class ExitCode : int { Done = 0, Usage = 1, Partial = 2, Found = 3, Unexpected = 4 };

enum class FailOn { Never, Indicator, Breach };

// Events in another format, into a file.
struct Export {
  std::string format;  // a name of event_formats()
  std::string path;    // "-": standard output
};

// Shared by every command that judges.
struct RuleOptions {
  std::string signatures;   // directory; "" : the installed one
  std::string declaration;  // file; "" : the installed one
  std::string config;       // file; "" : the defaults
  std::string panel;        // file; "" : the installed one
  std::string tenants;      // file; "" : the configuration's, else none
};

struct ReplayOptions {
  RuleOptions rules;
  std::vector<std::string> captures;
  std::string events;             // "" : none, "-" : standard output
  std::string format;             // what to print: "table" or a name of event_formats(); "": a table, unless standard output is taken
  std::vector<Export> exports;
  std::string report, expect, flows, evidence;  // files and a directory; "" : none
  std::vector<Cidr> local;
  unsigned threads = 1;
  std::string filter;
  std::string tls_keys;  // file; "" : none
  FailOn fail_on = FailOn::Never;
  bool quiet = false;
};

struct RecordOptions {
  std::string output;                   // NAME of NAME.pcapng and NAME.ndjson
  std::vector<std::string> interfaces;  // empty: all that are up but loopback
  std::uint64_t duration_seconds = 0;   // 0: until it is interrupted
  std::uint32_t snaplen = 262144;
  std::string filter;
  std::string signatures;       // directory; "": the installed one
  std::string tenants;          // file; "": none is recorded
  std::uint64_t max_bytes = 0;  // 0: no bound
};

struct CheckOptions {
  RuleOptions rules;
};

struct VerifyOptions {
  RuleOptions rules;               // to replay evidence with
  std::vector<std::string> paths;  // outboxes, files of events, directories of evidence
  std::vector<std::string> public_keys;  // hexadecimal, or a file that holds it
  std::string identity;                  // a file; "": sealed evidence stays closed
  std::string evidence;                  // directory; "": beside what names it, if at all
  bool table = true;                     // else NDJSON
};

struct AgentOptions {
  RuleOptions rules;       // what the command line names goes before the configuration
  std::string ready_file;  // made when the agent looks; "": none
  std::string record;      // name of a recording of all that it sees; "": none
};

struct ScanOptions {
  RuleOptions rules;
  std::string events;    // "": none, "-": standard output
  unsigned seconds = 5;  // of looking
  FailOn fail_on = FailOn::Never;
  bool quiet = false;
};

// A request to a running agent, and where it listens.
struct CtlOptions {
  std::string socket;   // "": the configuration's
  std::string config;   // file; "": the defaults
  std::string command;  // "status", "reload", "pause", "resume", "kill-switch", "tap"
  std::string name, state;  // of the kill switch: what, and "on" or "off"; "": tell how it stands
  bool json = false;
};

struct CommandLine {
  std::optional<AgentOptions> agent;
  std::optional<CtlOptions> ctl;
  std::optional<ScanOptions> scan;
  std::optional<ReplayOptions> replay;
  std::optional<RecordOptions> record;
  std::optional<CheckOptions> check;
  std::optional<VerifyOptions> verify;
  std::optional<ExitCode> exit;  // --help, --version or a mistake: said already
};

CommandLine parse_command_line(int argc, char** argv);

}  // namespace scanner
