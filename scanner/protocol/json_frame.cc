#include "scanner/protocol/json_frame.h"

#include <array>

namespace scanner {
namespace {

// What a character is to the frame, inside strings and outside.
enum class Kind : std::uint8_t { Plain, Space, Line, Quote, Escape, Open, Close };

constexpr std::array<Kind, 256> kKinds = [] {
  std::array<Kind, 256> kinds{};
  for (std::size_t c = 0; c <= ' '; ++c) kinds[c] = Kind::Space;
  kinds['\n'] = Kind::Line;
  kinds['"'] = Kind::Quote;
  kinds['\\'] = Kind::Escape;
  kinds['{'] = kinds['['] = Kind::Open;
  kinds['}'] = kinds[']'] = Kind::Close;
  return kinds;
}();

constexpr bool ends_run_in_string(Kind k) { return k == Kind::Quote || k == Kind::Escape || k == Kind::Line; }

}  // namespace

std::size_t JsonFramer::take(Bytes bytes) {
  std::size_t at = 0;
  while (at < bytes.size() && state_ == State::Open) at = in_string_ ? take_string(bytes, at) : take_outside(bytes, at);
  return at;
}

std::size_t JsonFramer::take_string(Bytes bytes, std::size_t at) {
  if (escaped_) {
    escaped_ = false;
    if (bytes[at] != '\n') return at + 1;
  }
  while (at < bytes.size() && !ends_run_in_string(kKinds[bytes[at]])) ++at;
  if (at == bytes.size()) return at;
  switch (kKinds[bytes[at]]) {
    case Kind::Quote: in_string_ = false; break;
    case Kind::Escape: escaped_ = true; break;
    default: state_ = State::Broken; break;  // a line feed: a line that was never finished
  }
  return at + 1;
}

std::size_t JsonFramer::take_outside(Bytes bytes, std::size_t at) {
  const std::size_t start = at;
  while (at < bytes.size() && kKinds[bytes[at]] == Kind::Plain) ++at;
  if (at > start) {
    before_ = bytes[at - 1];
    line_start_ = false;
    return at;
  }
  const std::uint8_t c = bytes[at];
  // Pretty-printed JSON has a bracket, a comma or a colon before an object that begins a
  // line; else the line above was never finished.
  if (c == '{' && line_start_ && before_ != ',' && before_ != '[' && before_ != ':') {
    state_ = State::Broken;
    return at;
  }
  const Kind kind = kKinds[c];
  line_start_ = kind == Kind::Line && depth_ > 0;
  if (kind == Kind::Quote) in_string_ = true;
  if (kind == Kind::Open) ++depth_;
  if (kind == Kind::Close && --depth_ == 0) state_ = State::Closed;
  if (kind != Kind::Space && kind != Kind::Line) before_ = c;
  return at + 1;
}

}  // namespace scanner
