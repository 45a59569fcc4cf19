// What a pack may cost: figures that are the same on every machine, with named exceptions.
//
//   pack:                          # all signatures together
//     database_bytes: 3000000
//     stream_bytes: 4096           # search state of one flow, both directions
//   signature:                     # each by itself
//     database_bytes: 100000
//     stream_bytes: 600
//     times_the_median: 20         # its database beside the pack's median
//     class: bounded               # the dearest that is allowed: anchored, literal, bounded, unbounded
//   exceptions:
//     mining.software.image-strings: {database_bytes: 400000, reason: "one list of 60 words"}
//
// What is not given is not held. An exception replaces single limits of `signature` and needs
// a reason; one that is not needed any more is told, so that it goes.
#pragma once

#include "scanner/model/diagnostic.h"
#include "scanner/signature/compile_cost.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

struct SizeLimits {
  std::optional<std::uint64_t> database_bytes, stream_bytes;
  std::optional<double> times_the_median;
  std::optional<CompileClass> kind;
};

struct BudgetException {
  SizeLimits limits;
  std::string reason;
  int line = 0;
};

struct Budget {
  std::string file;
  SizeLimits pack;  // database_bytes and stream_bytes alone
  SizeLimits signature;
  std::map<std::string, BudgetException> exceptions;  // by the signature's id
};

// Nothing where `diagnostics` got an error.
std::optional<Budget> load_budget(const std::string& file, std::string_view text, Diagnostics& diagnostics);

// "signature.database_bytes=100000,pack.stream_bytes=4096": the same keys on a command line. Nothing,
// and why in `problem`, where it cannot be understood.
std::optional<Budget> parse_budget_words(std::string_view words, std::string& problem);

// What a signature costs, as far as a budget asks.
struct SignatureSize {
  std::string id;
  CompileClass kind = CompileClass::Anchored;
  CompileCost alone;
};

struct BudgetVerdict {
  std::string name;                  // the file, or the words
  std::vector<std::string> over;     // one sentence each; empty: within the budget
  std::vector<std::string> unneeded;  // exceptions that nothing needs any more
};

BudgetVerdict hold_budget(const Budget& budget, const CompileCost& pack, const std::vector<SignatureSize>& signatures);

}  // namespace scanner
