// What each signature of a pack costs, and whether the pack stays within its budget.
//
// Two kinds of figures. Sizes of what the patterns compile to depend on the patterns and on
// Hyperscan's version alone: a budget decides by them. Times are of this machine and this moment:
// they are printed and decide nothing.
#pragma once

#include "scanner/app/options.h"
#include "scanner/signature/compile_cost.h"
#include "scanner/signature/matcher.h"
#include "tools/aupsig/budget.h"
#include "tools/aupsig/sheet.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scanner {

struct ProfileOptions {
  std::string pack;                 // directory of signatures, or a bundle; "": the one that comes with the program
  std::vector<std::string> corpus;  // captures, recordings, directories of them; empty: sizes alone
  std::string budget;               // a file, or "key=number,key=number"; "": none is held
  bool held = false;                // --budget was given; with budget "": the pack's own file
  std::vector<std::string> reports;
  std::size_t most_bytes = std::size_t{32} * 1024 * 1024;  // of texts a field that are measured
  unsigned rounds = 5;              // the fastest counts
  bool json = false;
  std::string agent;       // socket of a running agent, whose traffic is measured on instead of a corpus; "": none
  unsigned seconds = 10;   // of its traffic
};

// What a corpus holds for one field.
struct FieldLoad {
  std::uint64_t texts = 0, bytes = 0;
  std::uint64_t left_out = 0;   // bytes beyond what is measured; of an agent: of which no sample was taken
  double nanoseconds = 0;       // of one pass of the whole pack over them
};

struct SignatureProfile {
  const Signature* signature = nullptr;  // in the ruleset
  CompileClass kind = CompileClass::Anchored;
  CompileCost alone;         // compiled by itself
  std::int64_t adds_bytes = 0;   // database of its field with it, less that without it
  std::int64_t adds_stream = 0;  // likewise the state of a stream
  double nanoseconds = 0;    // of one pass by itself over its field's texts
  std::uint64_t found = 0;   // texts in which one of its patterns was found: its condition was asked
  std::uint64_t matches = 0;  // … and held
  double ns_per_byte = 0;
  double share = 0;          // 0..1, of the sum of all signatures' nanoseconds; without a corpus of their adds_bytes
};

struct Profile {
  std::string path;
  std::shared_ptr<const Ruleset> ruleset;
  CompileCost pack;  // all fields together
  std::vector<SignatureProfile> signatures;  // searched ones, the dearest first
  std::array<FieldLoad, kFieldCount> fields;
  std::uint64_t captures = 0, unreadable = 0, partial = 0;
  std::string host;       // of the agent that was asked; "": none was
  unsigned watched_seconds = 0;  // of its traffic
  bool measured = false;  // there was a corpus, or an agent
  double seconds = 0;
};

// Fills in what an agent that runs the same rules tells of its traffic. An Error: nobody listens at
// options.agent, it runs other rules, or refuses.
Result<void> ask_agent(const ProfileOptions& options, Profile& profile);

// Nothing, and said on standard error, where the pack or the whole corpus cannot be read.
std::optional<Profile> compute_profile(const ProfileOptions& options);

Sheet profile_sheet(const Profile& profile, const std::optional<BudgetVerdict>& budget);
std::string profile_json(const Profile& profile, const std::optional<BudgetVerdict>& budget);

// Prints and writes what is asked for. Found: over the budget.
ExitCode profile(const ProfileOptions& options);

}  // namespace scanner
