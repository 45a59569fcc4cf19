#include "scanner/protocol/json_frame.h"

#include <cstring>

namespace scanner {

std::size_t JsonFrame::take(Bytes bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint8_t c = bytes[i];
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
      }
      if (c == '\n') {  // no JSON has one in a string: a line that was never finished
        state_ = State::Broken;
        return i + 1;
      }
      continue;
    }
    switch (c) {
      case '"': in_string_ = true; break;
      case '{':
        // Pretty-printed JSON has a bracket, a comma or a colon before; else the line above
        // was never finished.
        if (line_start_ && before_ != ',' && before_ != '[' && before_ != ':') {
          state_ = State::Broken;
          return i;
        }
        [[fallthrough]];
      case '[': ++depth_; break;
      case '}':
      case ']':
        if (--depth_ == 0) {
          state_ = State::Closed;
          return i + 1;
        }
        break;
      default: break;
    }
    line_start_ = c == '\n' && depth_ > 0;
    if (c > ' ') before_ = c;
  }
  return bytes.size();
}

}  // namespace scanner
