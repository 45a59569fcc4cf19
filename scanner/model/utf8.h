// Text from strangers, code point by code point. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace scanner {

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 1;  // bytes; an invalid byte is one code point U+FFFD
};

// The first code point (RFC 3629: no surrogates, no overlong forms). `text` is not empty.
CodePoint decode_one(std::string_view text);

// Neither a control character (C0, DEL, C1) nor one that hides text or turns its direction.
bool is_printable(char32_t code_point);

}  // namespace scanner
