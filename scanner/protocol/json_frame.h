// Finds where a JSON text ends, as its bytes come.
#pragma once

#include "scanner/model/bytes.h"

#include <cstdint>

namespace scanner {

// Follows strings, escapes and brackets; O(1) a byte, no memory. Starts at '{' or '['.
class JsonFramer {
 public:
  enum class State : std::uint8_t { Open, Closed, Broken };

  // Looks at `bytes` until the text closes or breaks; returns how many belong to it.
  // Broken: a line ended inside a string, or a new text began at the start of a line where
  // none could stand; the bytes taken are no message, and those behind may begin one.
  std::size_t take(Bytes bytes);
  State state() const { return state_; }
  void reset() { *this = JsonFramer(); }

 private:
  std::size_t take_string(Bytes bytes, std::size_t at);
  std::size_t take_outside(Bytes bytes, std::size_t at);

  State state_ = State::Open;
  bool in_string_ = false, escaped_ = false, line_start_ = false;
  std::uint8_t before_ = 0;  // the last character that counts, outside strings
  std::uint32_t depth_ = 0;
};

}  // namespace scanner
