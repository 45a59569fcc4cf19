#include "scanner/packet/waiting_bytes.h"

#include <algorithm>
#include <iterator>

namespace scanner {
namespace {

// A run remembers a packet for every so many bytes at most: a flood of one-byte segments
// must not cost more in marks than in bytes.
constexpr std::size_t kBytesPerMark = 16;

std::size_t count_differing(Bytes a, const std::uint8_t* b) {
  std::size_t count = 0;
  for (const std::uint8_t byte : a) count += byte != *b++ ? 1 : 0;
  return count;
}

}  // namespace

std::size_t WaitingBytes::add(std::uint64_t begin, Bytes bytes, std::uint32_t cut, const PacketContext& packet) {
  std::size_t conflicting = 0;
  const std::uint64_t end = begin + bytes.size();
  auto run = runs_.upper_bound(begin);
  if (run != runs_.begin() && std::prev(run)->second.end() > begin) --run;
  while (!bytes.empty()) {
    const std::uint64_t next_begin = run == runs_.end() ? end : std::min(end, run->second.begin);
    if (next_begin > begin) {
      const Bytes fresh = bytes.first(static_cast<std::size_t>(next_begin - begin));
      add_new(begin, fresh, packet);
      bytes = bytes.subspan(fresh.size());
      begin = next_begin;
      continue;
    }
    const Run& present = run->second;
    const auto at = static_cast<std::size_t>(begin - present.begin);
    const Bytes again = bytes.first(std::min(bytes.size(), present.bytes.size() - at));
    conflicting += count_differing(again, present.bytes.data() + at);
    bytes = bytes.subspan(again.size());
    begin += again.size();
    ++run;
  }
  if (cut != 0) {
    auto last = runs_.upper_bound(end);
    if (last != runs_.begin() && std::prev(last)->second.end() == end) std::prev(last)->second.cut = cut;
  }
  return conflicting;
}

void WaitingBytes::add_new(std::uint64_t begin, Bytes bytes, const PacketContext& packet) {
  const Mark mark{begin, packet.sequence, packet.frame, packet.file};
  auto next = runs_.upper_bound(begin);
  Run* run = next == runs_.begin() ? nullptr : &std::prev(next)->second;
  if (run == nullptr || run->end() != begin) {
    run = &runs_.emplace_hint(next, begin, Run{begin, {}, {}, 0, packet.at})->second;
    run->marks.push_back(mark);
  } else if ((run->marks.size() + 1) * kBytesPerMark <= run->bytes.size() + bytes.size()) {
    run->marks.push_back(mark);
  }
  run->bytes.insert(run->bytes.end(), bytes.begin(), bytes.end());
  run->cut = 0;
  bytes_ += bytes.size();
}

WaitingBytes::Run WaitingBytes::take_first() {
  Run run = std::move(runs_.begin()->second);
  runs_.erase(runs_.begin());
  bytes_ -= run.bytes.size();
  return run;
}

}  // namespace scanner
