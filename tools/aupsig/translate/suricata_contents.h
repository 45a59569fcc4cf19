// The texts that a Suricata rule asks for: buffer by buffer, in their order, as chains.
#pragma once

#include "tools/aupsig/translate/suricata_buffer.h"
#include "tools/aupsig/translate/suricata_rule.h"
#include "tools/aupsig/translate/text_place.h"
#include "tools/aupsig/translate/translation.h"

#include <string>
#include <vector>

namespace scanner {

// What must, or must not, be found in one buffer. The chain's place is set by who knows whether
// the buffer has a field of its own.
struct SuricataWant {
  const SuricataBuffer* buffer = nullptr;  // null: the payload
  TextChain chain;
  bool negated = false;
  bool bound_to_start = false;  // by offset, depth, startswith: counts from the beginning
  bool needs_whole = false;     // a regex with anchors inside: only in a field of its own
  std::string stem;             // to name its pattern by
  int line = 0, column = 0;
};

// A buffer's length, as bsize and urilen ask for it, both ends included.
struct SuricataLength {
  const SuricataBuffer* buffer = nullptr;
  std::size_t min = 0;
  std::optional<std::size_t> max;
  int line = 0, column = 0;
};

struct SuricataContents {
  std::vector<SuricataWant> wants;
  std::vector<SuricataLength> lengths;
};

// Options that are about texts are taken; what cannot be said of them is added to
// `translation`. `others`: the options that are about something else, in their order.
SuricataContents read_contents(const SuricataRule& rule, Translation& translation, std::vector<const SuricataOption*>& others);

}  // namespace scanner
