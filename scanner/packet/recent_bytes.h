// The last bytes that a stream delivered, to be compared with what is sent again.
#pragma once

#include "scanner/model/bytes.h"

#include <array>
#include <cstdint>

namespace scanner {

class RecentBytes {
 public:
  static constexpr std::size_t kCount = 512;

  explicit RecentBytes(std::uint64_t offset) : begin_(offset), end_(offset) {}  // the ring is filled before it is read

  // Bytes delivered at `offset`, which is where the last ones ended.
  void add(std::uint64_t offset, Bytes bytes);
  // The stream goes on at `offset` behind a gap; or another one begins.
  void restart(std::uint64_t offset) { begin_ = end_ = offset; }
  // How many of these bytes, sent for `offset`, differ from those that were delivered there.
  std::size_t count_differing(std::uint64_t offset, Bytes bytes) const;

 private:
  std::uint64_t begin_, end_;                // stream offsets of what is kept
  std::array<std::uint8_t, kCount> ring_;    // the byte at offset n is at n % kCount
};

}  // namespace scanner
