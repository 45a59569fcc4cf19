// Bytes that somebody else owns, and the one way to read numbers out of them.
//
// A Bytes is a view: it dies with the block it points into, usually when the call that
// received it returns. Whoever needs the bytes longer copies them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace scanner {

using Bytes = std::span<const std::uint8_t>;

inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// FNV-1a with 64 bits, never 0: equal bytes give equal numbers. Not for tables that an enemy fills.
constexpr std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U;
  return hash == 0 ? 1 : hash;
}

// Reads forward and never past the end. After a read that did not fit, ok() is false,
// every later read returns zero or an empty view, and the position no longer moves: a
// parser may read a whole header and ask once.
class Cursor {
 public:
  explicit Cursor(Bytes bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  std::size_t position() const { return position_; }
  std::size_t remaining() const { return ok_ ? bytes_.size() - position_ : 0; }

  std::uint8_t u8() { return has(1) ? bytes_[position_++] : std::uint8_t{0}; }
  std::uint16_t be16() { return static_cast<std::uint16_t>(big(2)); }
  std::uint32_t be24() { return static_cast<std::uint32_t>(big(3)); }
  std::uint32_t be32() { return static_cast<std::uint32_t>(big(4)); }
  std::uint64_t be64() { return big(8); }
  std::uint16_t le16() { return static_cast<std::uint16_t>(little(2)); }
  std::uint32_t le24() { return static_cast<std::uint32_t>(little(3)); }
  std::uint32_t le32() { return static_cast<std::uint32_t>(little(4)); }
  std::uint64_t le64() { return little(8); }

  // A view of the next `count` bytes, or an empty one where fewer are left.
  Bytes take(std::size_t count) {
    if (!has(count)) return {};
    const Bytes taken = bytes_.subspan(position_, count);
    position_ += count;
    return taken;
  }
  void skip(std::size_t count) { take(count); }
  Bytes rest() { return take(remaining()); }

 private:
  bool has(std::size_t count) {
    if (!ok_ || bytes_.size() - position_ < count) ok_ = false;
    return ok_;
  }
  std::uint64_t big(std::size_t count) {
    std::uint64_t value = 0;
    if (has(count))
      for (std::size_t i = 0; i < count; ++i) value = value << 8 | bytes_[position_++];
    return value;
  }
  std::uint64_t little(std::size_t count) {
    std::uint64_t value = 0;
    if (has(count))
      for (std::size_t i = 0; i < count; ++i) value |= std::uint64_t{bytes_[position_++]} << (8 * i);
    return value;
  }

  Bytes bytes_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

}  // namespace scanner
