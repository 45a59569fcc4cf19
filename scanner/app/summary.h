// The end of a run on a terminal: one block an incident, then what was covered.
#pragma once

#include "scanner/app/coverage_text.h"
#include "scanner/model/breach_event.h"

#include <cstdint>
#include <string>
#include <vector>

namespace scanner {

struct SummaryStyle {
  bool colour = false;
  std::size_t width = 100;  // columns; display filters may be longer, so that they can be copied
};

struct SummaryInput {
  std::vector<const BreachEvent*> incidents;  // in the order in which they are shown
  std::uint64_t dropped = 0;                  // incidents that were not kept
  std::vector<std::string> file_names;
  std::vector<std::string> slices;            // beside `incidents`: evidence files, "" for none
  RunCoverage coverage;
  std::vector<std::pair<std::string, std::string>> notes = {};  // a title and its text: shadow signatures, exceptions
};

// UTF-8, every line ended. Text from the network is made printable.
std::string summary(const SummaryInput& input, const SummaryStyle& style);
// Its last lines: how many of what, and what was covered.
std::string closing(const SummaryInput& input, const SummaryStyle& style);

// Of an incident's mining, in words: "12 submitted, 11 accepted, 1 rejected", …
std::string shares_text(const MiningSummary& mining);
std::string counts_text(const BreachEvent::Counts& counts);
// The finding that shows most; nullptr where none is listed.
const Finding* best_finding(const BreachEvent& event);
// "4, 6, 9 of b.pcap": the original frame numbers of a finding, at most `most` of them; the
// file where there are several.
std::string frames_text(const Finding& finding, const std::vector<std::string>& file_names, std::size_t most);

}  // namespace scanner
