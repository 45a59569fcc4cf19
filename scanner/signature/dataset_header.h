// What a data set says of itself, and the simplest kind of set.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace scanner {

// How a set's entries grow old. The confidence in an entry halves every half_life days and
// never falls below floor; an entry older than valid_days is context only, whatever its tier.
struct Ageing {
  std::uint32_t valid_days = 0;  // 0: for ever
  std::uint32_t half_life = 0;   // days; 0: no decay
  double floor = 0;              // 0..1, of the confidence of a fresh entry
};

// What a data set says of itself in its header.
struct DatasetHeader {
  std::string name, kind, date, licence;
  Ageing ageing;
};

// Texts to look for, in lower case.
struct WordSet {
  DatasetHeader header;
  std::vector<std::string> words;
};

}  // namespace scanner
