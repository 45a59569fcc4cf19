// Runs the tests of a pack: examples and cases.
#pragma once

#include "scanner/app/options.h"

#include <iosfwd>
#include <string>
#include <vector>

namespace scanner {

enum class TestFormat { Text, Tap, Junit, Json };

struct TestOptions {
  std::string pack;               // directory of signatures; "": the one that comes with the program
  std::vector<std::string> only = {};  // names of signatures and "tests/CASE", with "*"; empty: all
  TestFormat format = TestFormat::Text;
  bool all = false;               // text: also what passes
  bool cases = true, examples = true;
  std::string declaration = {}, config = {};  // files for the cases; "": what comes with the program
};

// Writes to `out`; what keeps it from testing goes to standard error. Done; Unexpected where a
// test fails or one with a todo passes; Found where the pack has errors; Usage where it cannot
// be read, or nothing in it has such a name.
ExitCode test_pack(const TestOptions& options, std::ostream& out);

}  // namespace scanner
