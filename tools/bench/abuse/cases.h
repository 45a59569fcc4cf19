// The abuse that `tools/bench/evasions` makes: plainly, and in the ways in which somebody who
// knows the thresholds would go about it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scanner::evasions {

inline constexpr std::string_view kSubject = "192.0.2.10";  // who does it

struct Case {
  std::string activity;  // that would be right: "abuse.scan", …
  std::string name;
  std::string rate;      // in words
  std::string scenario;  // as tools/trafficgen reads it
  std::string why;       // it gets no further; empty where it is a breach
  bool local = false;    // it is known that the subject's addresses are ours, and no others
};

// A few thousand packets each, 20,000 at most; documentation addresses alone. In the table's order.
std::vector<Case> cases();

}  // namespace scanner::evasions
