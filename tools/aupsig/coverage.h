// Which of the declaration's activities the pack's signatures and dialects cover, with which
// ATT&CK techniques, and where there are holes.
#pragma once

#include "scanner/app/options.h"
#include "scanner/app/setup.h"
#include "tools/aupsig/sheet.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace scanner {

struct CoverageOptions {
  std::string pack;                 // directory of signatures; "": the one that comes with the program
  std::vector<std::string> corpus;  // captures, recordings, directories of them; may be empty
  std::string cases;                // directory of test cases, <activity>/<case>/; "": beside the pack
  std::string picture;              // FILE.svg or FILE.html; "": none
  std::vector<std::string> reports;
  RuleOptions rules;
  unsigned threads = 0;
  bool json = false;
  bool quiet = false;
};

struct SignatureCoverage {
  const Signature* signature = nullptr;
  std::uint64_t hits = 0, captures = 0;  // on the corpus
  std::vector<std::string> flags;        // "never fired", "experimental", …
};

struct ActivityCoverage {
  std::string activity, clause, item, description;
  bool declared = true;  // false: only signatures name it
  std::vector<std::string> dialects;
  std::vector<std::size_t> signatures;   // indices in CoverageResult::signatures
  std::size_t active = 0;                // of them
  std::size_t cases = 0;                 // test cases
  std::uint64_t concluded = 0;           // verdicts on the corpus
  std::set<std::string> concluded_by;    // what they rest on
  std::vector<std::string> flags;        // "no signature", "only experimental", "no test case", "never concluded"
};

struct TechniqueCoverage {
  std::string id;  // "T1496.001"
  std::map<std::string, std::vector<std::size_t>> by_activity;
  bool active = false;  // an active signature names it
  bool fired = false;   // one of its signatures did, on the corpus
};

struct CoverageResult {
  std::string path, cases;
  std::shared_ptr<const Matcher> matcher;  // `signatures` point into its ruleset
  std::string declaration_version;
  std::vector<ActivityCoverage> activities;  // in the declaration's order, then undeclared ones
  std::vector<SignatureCoverage> signatures;  // as in the ruleset
  std::vector<TechniqueCoverage> techniques;  // by id
  std::size_t unmapped = 0;                   // signatures that name no technique
  std::uint64_t captures = 0, unreadable = 0, partial = 0;
  bool ran = false;  // there was a corpus

  std::size_t holes() const;  // flags of activities
};

std::optional<CoverageResult> compute_coverage(const CoverageOptions& options);

// What a technique is called; "" for one that is not known here.
std::string_view technique_name(std::string_view id);

Sheet coverage_sheet(const CoverageResult& result);
std::string coverage_json(const CoverageResult& result);
// Activities × techniques as SVG; with `page`, inside a page of HTML.
std::string coverage_picture(const CoverageResult& result, bool page);

ExitCode coverage(const CoverageOptions& options);

}  // namespace scanner
