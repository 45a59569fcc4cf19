#include "tools/aupsig/commands.h"
#include "tools/aupsig/record_test.h"
#include "tools/aupsig/rule_options.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace scanner {

Run define_record_test(CLI::App& command) {
  const auto options = std::make_shared<RecordTestOptions>();
  command.add_option("CAPTURE", options->captures, "Captures, or plain evidence slices")->required();
  command.add_option("-o,--output", options->output, "Directory for capture.pcapng, expect.yaml and note.md")->required();
  command.add_option("--incident", options->incident, "Make the test of this incident alone (data.incident of its events)");
  command.add_option("--budget", options->budget, "How often the engine may be run to make it smaller");
  add_rule_options(command, options->rules);
  command.footer(R"(
The capture is cut down to what the claim needs, and who was there is taken out: addresses become
documentation addresses, wallets, workers, passwords and host names made-up ones of the same length.
Then both captures are replayed; the test is written only where they show the same.

Refused, with the reason: peer-to-peer handshakes (their addresses stand under a checksum), TLS that
keys opened, compressed bodies, claims that rest on a recording of processes.

Examples:
  aupsig record-test missed.pcapng -o tests/scenario/mining.pool/new-dialect
      a case from a capture
  aupsig record-test slices/4f1c….pcapng --incident 4f1c… -o case
      from an event's evidence

Exit status: 0 done, 1 usage error or nothing could be read, 2 the capture is damaged, 4 refused.
)");
  return [options] { return run_record_test(*options); };
}

}  // namespace scanner
