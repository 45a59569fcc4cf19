// The tests of a pack: the examples of its signatures and the cases in its tests/ directory.
#pragma once

#include "scanner/app/setup.h"
#include "scanner/signature/matcher.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

enum class TestState : std::uint8_t {
  Passed,
  Failed,
  Known,           // it fails, and says that it does: `todo`
  PassesAlready,   // it has a `todo` and passes: that is a failure, until the todo is gone
  Skipped,
};
std::string_view to_string(TestState state);  // "passed", "failed", "known", "passes already", "skipped"
inline bool is_failure(TestState state) { return state == TestState::Failed || state == TestState::PassesAlready; }

struct TestResult {
  std::string group;  // a signature's id, or "tests/" and the case's name
  std::string name;   // "match 1", "no_match 3", "case"
  std::string file;   // where it stands
  int line = 0;       // 1-based; 0: the file as a whole
  TestState state = TestState::Passed;
  std::string todo;    // why it is known to fail; or why it was skipped
  std::string detail;  // what is wrong, sentences with line ends; "": nothing
  double seconds = 0;  // that it took; 0: not measured
};

// Which groups are asked for, by name.
using Wanted = std::function<bool(std::string_view group)>;

// Every example of every signature, in their order. Each must be judged as it says; on a
// stream also when the text comes in two pieces, cut anywhere (kMaxCuts places, evenly
// spread, where it is longer), and byte by byte: the same pattern decides at the same place.
inline constexpr std::size_t kMaxCuts = 2048;
std::vector<TestResult> run_examples(const Matcher& matcher, const Wanted& wanted);

// Every case below `directory` (the pack's tests/), by name; none where there is no such
// directory. A case is a directory with captures (*.pcap, *.pcapng, *.cap, also .gz and .zst) or a recording
// (*.ndjson), and what must come of it: expect.yaml, .json or .ndjson, as `aupscan replay
// --expect` has it. Beside them may stand checks.yaml (local, undecoded, text, todo),
// tenants.yaml and note.md.
std::vector<TestResult> run_cases(const std::string& directory, const Setup& setup, const Wanted& wanted);

}  // namespace scanner
