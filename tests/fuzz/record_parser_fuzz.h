// What the fuzz targets of the capture formats check: views stay inside the file, the
// parser always gets on, and pieces give the same events as the whole.
#pragma once

#include "scanner/io/record_parser.h"

#include <cstdlib>
#include <vector>

namespace scanner::fuzz {

inline void check(bool holds) {
  if (!holds) std::abort();
}

template <typename Parser>
std::vector<Event> parse_all(Parser& parser, Bytes file, std::size_t begin, std::size_t piece) {
  std::vector<Event> all;
  std::size_t end = piece == 0 ? file.size() : begin;
  while (true) {
    std::vector<Event> events;
    const ParseStep step = parser.parse(file.subspan(begin, end - begin), 3, events);
    check(step.consumed <= end - begin);
    for (const Event& event : events) {
      const Bytes data = event.packet.data;
      check(data.empty() || (data.data() >= file.data() + begin && data.data() + data.size() <= file.data() + end));
      check(event.kind != EventKind::Packet || event.packet.original_length >= data.size());
      check(event.at.ns >= 0 && event.at.ns <= kLatestNs);
    }
    all.insert(all.end(), events.begin(), events.end());
    begin += step.consumed;
    if (!step.damage.empty()) return all;
    if (step.needed == 0) {
      check(!events.empty());
      continue;
    }
    check(step.needed > end - begin && step.needed <= kMaxPacket + 64);
    if (end == file.size()) return all;
    end = std::min(file.size(), end + piece);
  }
}

template <typename Open>
void parse_both_ways(Bytes file, std::size_t begin, Open open) {
  auto whole = open();
  if (!whole) return;
  auto pieces = open();
  const std::vector<Event> expected = parse_all(**whole, file, begin, 0);
  const std::vector<Event> found = parse_all(**pieces, file, begin, 1 + file.size() / 50);
  check(expected.size() == found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const Packet& a = expected[i].packet;
    const Packet& b = found[i].packet;
    check(expected[i].at == found[i].at && expected[i].kind == found[i].kind && expected[i].lost == found[i].lost);
    check(a.data.data() == b.data.data() && a.data.size() == b.data.size() && a.frame == b.frame && a.link == b.link);
  }
}

}  // namespace scanner::fuzz
