// How long a search takes on this machine: what `aupsig profile` measures on a corpus and an agent
// on its own traffic, in the same way.
#pragma once

#include "scanner/signature/matcher.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace scanner {

// A text of a field and the port of its flow's responder; 0: none.
struct PortedText {
  std::string text;
  std::uint16_t port = 0;
};

// One pass over a field's texts, the fastest of `rounds`, in nanoseconds. Only the search; what a
// hit sets off afterwards is not measured.
double search_time(const Matcher& matcher, Field field, std::span<const PortedText> texts, unsigned rounds);

// The signature by itself. Its condition is not asked: it costs nothing beside the search.
Result<std::unique_ptr<Matcher>> matcher_of(const Signature& signature);

}  // namespace scanner
