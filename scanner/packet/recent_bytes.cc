#include "scanner/packet/recent_bytes.h"

#include <algorithm>
#include <cstring>

namespace scanner {

void RecentBytes::add(std::uint64_t offset, Bytes bytes) {
  end_ = offset + bytes.size();
  if (bytes.size() > kCount) bytes = bytes.last(kCount);
  offset = end_ - bytes.size();
  if (end_ - begin_ > kCount) begin_ = end_ - kCount;
  const std::size_t at = offset % kCount;
  const std::size_t straight = std::min(bytes.size(), kCount - at);
  std::memcpy(ring_.data() + at, bytes.data(), straight);
  std::memcpy(ring_.data(), bytes.data() + straight, bytes.size() - straight);
}

std::size_t RecentBytes::count_differing(std::uint64_t offset, Bytes bytes) const {
  std::size_t count = 0;
  for (const std::uint8_t byte : bytes) {
    if (offset >= begin_ && offset < end_ && ring_[offset % kCount] != byte) ++count;
    ++offset;
  }
  return count;
}

}  // namespace scanner
