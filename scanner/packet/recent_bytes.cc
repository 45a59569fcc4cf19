#include "scanner/packet/recent_bytes.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <numeric>

namespace scanner {

void RecentBytes::add(std::uint64_t offset, Bytes bytes) {
  if (bytes.empty()) return;
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
  const std::uint64_t first = std::max(offset, begin_), last = std::min(offset + bytes.size(), end_);
  if (first >= last) return 0;
  bytes = bytes.subspan(static_cast<std::size_t>(first - offset), static_cast<std::size_t>(last - first));
  const std::size_t at = first % kCount, straight = std::min(bytes.size(), kCount - at);
  const auto differing = [](Bytes sent, const std::uint8_t* delivered) {
    if (std::memcmp(sent.data(), delivered, sent.size()) == 0) return std::size_t{0};
    return sent.size() - std::inner_product(sent.begin(), sent.end(), delivered, std::size_t{0}, std::plus<>(), std::equal_to<>());
  };
  return differing(bytes.first(straight), ring_.data() + at) + differing(bytes.subspan(straight), ring_.data());
}

}  // namespace scanner
