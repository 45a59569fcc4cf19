// What changes if another pack is shipped: verdict by verdict over a corpus, or hit by hit over
// stored observations.
#pragma once

#include "scanner/app/options.h"
#include "tools/aupsig/back_test.h"
#include "tools/aupsig/capture_outcomes.h"
#include "tools/aupsig/corpus_files.h"
#include "tools/aupsig/pack_change.h"
#include "tools/aupsig/outcome.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scanner {

struct DiffOptions {
  std::string before, after;         // directories of signatures, or bundles
  std::vector<std::string> corpus;   // captures, recordings, directories of them
  std::vector<std::string> observations;  // files of `aupsig observations`
  std::vector<std::string> reports;  // files to write: .html, .md, else text
  RuleOptions rules;                 // declaration, configuration, panel, tenants: the same for both
  std::vector<Cidr> local;
  unsigned threads = 0;  // 0: one a processor
  bool json = false;
  bool quiet = false;
};

// What one capture says.
struct CaptureChange {
  CorpusFile file;
  std::string error;  // it could not be read at all
  bool partial = false;
  std::vector<std::string> warnings;
  std::vector<OutcomeChange> changes;
  std::array<std::array<std::uint64_t, 3>, 2> verdicts{};  // before and after, by EventType
  bool hits_differ = false;
};

struct SignatureHits {
  std::string id;
  std::array<std::uint64_t, 2> hits{}, captures{};
  std::array<bool, 2> there{};
};

// The size of what a pack compiles to, on any machine.
struct PackSize {
  std::size_t signatures = 0, database_bytes = 0, stream_bytes = 0;
};

struct DiffResult {
  std::array<std::string, 2> paths;
  std::array<std::shared_ptr<const Matcher>, 2> matchers;  // `pack` points into their rulesets
  std::array<PackSize, 2> sizes;
  PackChange pack;
  std::vector<CaptureChange> captures;  // by path
  std::vector<std::string> problems;    // paths that are not there
  std::vector<SignatureHits> hits;      // by id, of either pack; empty without captures
  std::optional<BackTest> back_test;    // on stored observations, where some were named
  std::uint64_t packets = 0, bytes = 0, dropped = 0;
  double seconds = 0;  // of judging

  std::size_t changed_captures() const;
  std::size_t changes() const;
  std::size_t unreadable() const;
  std::size_t partial() const;
  bool differs() const;  // a verdict, or a signature's hits
};

// Loads both packs, judges the corpus, searches the observations. Nothing, and said on standard
// error, where a pack or all that was named cannot be read.
std::optional<DiffResult> compute_diff(const DiffOptions& options);

// Prints and writes what is asked for.
ExitCode diff(const DiffOptions& options);

}  // namespace scanner
