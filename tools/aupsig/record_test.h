// A capture → a test that can be given away: small, without anybody's addresses or wallets, and
// proven to show the same.
#pragma once

#include "scanner/app/options.h"
#include "tools/aupsig/anonymise.h"
#include "tools/aupsig/capture_run.h"
#include "tools/aupsig/test_claim.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace scanner {

struct RecordTestOptions {
  RuleOptions rules;
  std::vector<std::string> captures;
  std::string incident;  // its id; "": all that the capture has
  std::string output;    // directory that is made
  std::size_t budget = 600;  // runs of the engine that the shrinking may take
};

struct RecordedTest {
  std::vector<std::uint8_t> capture;  // pcapng
  std::string outline, note;          // expect.yaml, note.md
  ClaimLevel level = ClaimLevel::Numbers;
  std::string left_out;               // incidents that are not part of it, and why; "": none
  ClaimScope scope;                   // what of the small capture's incidents is compared
  std::vector<std::string> claim;     // what both captures show, in the new one's names
  std::uint64_t packets = 0, original_packets = 0, original_bytes = 0;
  std::map<IpAddress, IpAddress> addresses;   // original → documentation address
  std::map<std::string, std::string> texts;   // original → made up
  std::set<std::string> kept_names;
};

// An Error says why no test can be made of it. `original_bytes`: of the capture's files.
Result<RecordedTest> record_test(const Setup& setup, const LoadedCapture& capture, std::uint64_t original_bytes, const RecordTestOptions& options);

// Reads, makes the test, writes capture.pcapng, expect.yaml and note.md, reads them again and
// holds them against each other. Unexpected: it is refused, with the reason on standard error.
ExitCode run_record_test(const RecordTestOptions& options);

}  // namespace scanner
