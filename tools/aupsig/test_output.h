// What the tests of a pack came to, as a person reads it and as programs do.
#pragma once

#include "tools/aupsig/pack_tests.h"

#include <string>
#include <vector>

namespace scanner {

struct TestCounts {
  std::size_t passed = 0, failed = 0, known = 0, skipped = 0;  // failed: with those that pass already
};
TestCounts count(const std::vector<TestResult>& results);

// Failures with what is wrong, what is known to fail, one line of summary; `all`: a line for
// each test.
std::string tests_text(const std::vector<TestResult>& results, bool all);
// TAP version 14. What is known to fail has TAP's directive for that; what passes already is a
// plain "not ok", since elsewhere a test with the directive that passes fails nothing.
std::string tests_tap(const std::vector<TestResult>& results);
// JUnit: a test suite a group; what is known to fail is skipped with its reason.
std::string tests_junit(const std::vector<TestResult>& results);
// One object: "tests" and "summary".
std::string tests_json(const std::vector<TestResult>& results);

}  // namespace scanner
