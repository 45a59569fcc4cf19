// What signatures cost before a byte is searched: the size of what they compile to. These
// figures depend on the patterns and on Hyperscan's version, and not on the machine, its load
// or the traffic: a pipeline can decide by them.
#pragma once

#include "scanner/model/result.h"
#include "scanner/signature/signature.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace scanner {

struct CompileCost {
  std::size_t database_bytes = 0;  // shared by all that is searched
  std::size_t stream_bytes = 0;    // for each open stream; 0 for fields that are no streams
};

// Of what these signatures search in `field`, compiled together as the matcher does it, but for
// the plainest processor that Hyperscan serves. Nothing to search costs nothing. An Error is
// Hyperscan's refusal.
Result<CompileCost> compile_cost(const std::vector<const Signature*>& signatures, Field field);

// How a pattern has to be searched, cheapest first.
enum class CompileClass : std::uint8_t {
  Anchored,   // stands at the beginning of the text or nowhere: a text that begins otherwise is done with
  Literal,    // fixed bytes anywhere
  Bounded,    // a regex of bounded length anywhere
  Unbounded,  // a regex that may stretch over the whole text: on a stream its state is kept to the end
};
std::string_view to_string(CompileClass kind);  // "anchored", …
CompileClass compile_class(const Pattern& pattern);
// That of its dearest pattern.
CompileClass compile_class(const Signature& signature);

}  // namespace scanner
