#include "tools/aupsig/test.h"

#include "scanner/app/setup.h"
#include "scanner/app/wording.h"
#include "scanner/io/rule_files.h"
#include "scanner/model/pattern.h"
#include "tools/aupsig/refusal.h"
#include "tools/aupsig/test_output.h"

#include <algorithm>
#include <iostream>

namespace scanner {
namespace {

std::string written(const std::vector<TestResult>& results, const TestOptions& options) {
  switch (options.format) {
    case TestFormat::Text: return tests_text(results, options.all);
    case TestFormat::Tap: return tests_tap(results);
    case TestFormat::Junit: return tests_junit(results);
    case TestFormat::Json: return tests_json(results);
  }
  return "";
}

}  // namespace

ExitCode test_pack(const TestOptions& options, std::ostream& out) {
  const std::string pack = options.pack.empty() ? shipped("signatures") : options.pack;
  if (const auto source = read_pack_source(pack); !source || source->files.empty()) return refuse(source ? pack + ": no signatures, dialects or data sets" : source.error().message);
  const auto attempt = try_set_up(RuleOptions{pack, options.declaration, options.config, "", ""}, "", nullptr);
  if (!attempt.setup) {
    for (std::string problem : attempt.problems) {
      if (problem.starts_with("aupscan: ")) problem.replace(0, 7, "aupsig");  // what set_up's other callers are called
      std::cerr << problem << "\n";
    }
    return ExitCode::Found;
  }
  const Wanted wanted = [&](std::string_view group) {
    return options.only.empty() || std::any_of(options.only.begin(), options.only.end(), [&](const std::string& name) { return matches_pattern(name, group, Star::Any); });
  };
  std::vector<TestResult> results;
  if (options.examples) results = run_examples(*attempt.setup->matcher, wanted);
  if (options.cases) {
    auto cases = run_cases(pack + "/tests", *attempt.setup, wanted);
    std::move(cases.begin(), cases.end(), std::back_inserter(results));
  }
  if (results.empty()) return refuse(pack + ": nothing to test" + (options.only.empty() ? "" : " under the names that were asked for"));
  out << written(results, options);
  return count(results).failed > 0 ? ExitCode::Unexpected : ExitCode::Done;
}

}  // namespace scanner
