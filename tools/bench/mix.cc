// Makes the mixed capture of the benchmark: copies of ordinary captures, each with other
// addresses and another start, merged by time, up to a wanted size. Classic pcap, Ethernet.
//
//   mix OUT.pcap MEGABYTES COPIES_OF_MINING LIST
//
// LIST names one capture a line; a line that begins with '!' is mining and is copied
// COPIES_OF_MINING times; the others as often as the size asks.
#include "scanner/io/capture_source.h"
#include "scanner/io/capture_writer.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <queue>
#include <string>
#include <vector>

using namespace scanner;

namespace {

constexpr std::int64_t kSpan = 300'000'000'000;  // ns that the mixed capture covers

struct Base {
  std::vector<Packet> packets;
  std::vector<std::vector<std::uint8_t>> data;  // what the packets point into
  std::uint64_t bytes = 0;
  bool mining = false;
};

bool load(const std::string& path, Base& base) {
  auto source = open_captures({path});
  if (!source) return false;
  EventBatch batch;
  for (;;) {
    const auto status = (*source)->next(batch);
    if (!status) break;
    for (const Event& event : batch.events) {
      if (event.kind != EventKind::Packet) continue;
      if (event.packet.link != LinkType::Ethernet) return false;
      base.data.emplace_back(event.packet.data.begin(), event.packet.data.end());
      base.packets.push_back(event.packet);
      base.bytes += event.packet.data.size() + 16;
    }
    if (*status == SourceStatus::End) break;
  }
  for (std::size_t i = 0; i < base.packets.size(); ++i) base.packets[i].data = base.data[i];
  // Order by time and fit into the span, so that copies interleave.
  std::stable_sort(base.packets.begin(), base.packets.end(), [](const Packet& a, const Packet& b) { return a.at < b.at; });
  if (base.packets.empty()) return false;
  const std::int64_t first = base.packets.front().at.ns;
  const std::int64_t length = std::max<std::int64_t>(base.packets.back().at.ns - first, 1);
  for (Packet& packet : base.packets) {
    const std::int64_t offset = packet.at.ns - first;
    packet.at.ns = length > kSpan / 2 ? static_cast<std::int64_t>(static_cast<double>(offset) * static_cast<double>(kSpan) / 2 / static_cast<double>(length)) : offset;
  }
  return true;
}

// Another network for every copy: the second octet of IPv4 addresses, the sixth of IPv6.
void readdress(std::vector<std::uint8_t>& frame, std::uint8_t copy) {
  std::size_t at = 12;
  while (at + 4 <= frame.size() && (frame[at] == 0x81 || frame[at] == 0x88) && (frame[at + 1] == 0 || frame[at + 1] == 0xa8)) at += 4;
  if (at + 2 > frame.size()) return;
  const bool v4 = frame[at] == 8 && frame[at + 1] == 0;
  const bool v6 = frame[at] == 0x86 && frame[at + 1] == 0xdd;
  at += 2;
  if (v4 && at + 20 <= frame.size()) {
    for (const std::size_t address : {at + 12, at + 16})
      if (frame[address] < 224) frame[address + 1] = static_cast<std::uint8_t>(frame[address + 1] + copy);
  } else if (v6 && at + 40 <= frame.size()) {
    for (const std::size_t address : {at + 8, at + 24})
      if (frame[address] != 0xff) frame[address + 5] = static_cast<std::uint8_t>(frame[address + 5] + copy);
  }
}

struct Instance {
  const Base* base = nullptr;
  std::uint8_t copy = 0;
  std::int64_t start = 0;
  std::size_t next = 0;
  std::int64_t at() const { return start + base->packets[next].at.ns; }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: mix OUT.pcap MEGABYTES COPIES_OF_MINING LIST\n");
    return 1;
  }
  const std::uint64_t wanted = std::stoull(argv[2]) * 1'000'000;
  const unsigned long mining_copies = std::stoul(argv[3]);
  std::vector<std::unique_ptr<Base>> bases;
  std::ifstream list(argv[4]);
  std::uint64_t ordinary = 0, mining = 0;
  for (std::string line; std::getline(list, line);) {
    auto base = std::make_unique<Base>();
    base->mining = line.starts_with("!");
    if (line.empty() || !load(base->mining ? line.substr(1) : line, *base)) continue;
    (base->mining ? mining : ordinary) += base->bytes;
    bases.push_back(std::move(base));
  }
  if (ordinary == 0) {
    std::fprintf(stderr, "mix: %s names no readable Ethernet capture\n", argv[4]);
    return 1;
  }
  std::uint64_t size = mining * mining_copies;
  std::vector<Instance> instances;
  std::uint64_t random = 42;
  const auto start = [&random] {
    random = random * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::int64_t>((random >> 20) % static_cast<std::uint64_t>(kSpan / 2));
  };
  for (std::uint8_t copy = 0; copy < 250 && (size < wanted || copy == 0); ++copy)
    for (const auto& base : bases) {
      if (base->mining ? copy >= mining_copies : size >= wanted) continue;
      instances.push_back({base.get(), copy, start(), 0});
      if (!base->mining) size += base->bytes;
    }
  const auto later = [&](std::size_t a, std::size_t b) { return std::pair(instances[a].at(), a) > std::pair(instances[b].at(), b); };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> queue(later);
  for (std::size_t i = 0; i < instances.size(); ++i) queue.push(i);
  CaptureEncoder encoder({.format = CaptureFormat::Pcap, .microseconds = true});
  std::FILE* out = std::fopen(argv[1], "wb");
  if (out == nullptr) {
    std::perror(argv[1]);
    return 1;
  }
  std::vector<std::uint8_t> frame;
  bool written = true;
  const auto flush = [&] {
    const auto bytes = encoder.take();
    written = written && std::fwrite(bytes.data(), 1, bytes.size(), out) == bytes.size();
  };
  while (!queue.empty()) {
    const std::size_t i = queue.top();
    queue.pop();
    Instance& instance = instances[i];
    Packet packet = instance.base->packets[instance.next];
    packet.at.ns = instance.at() + 1'700'000'000'000'000'000;
    frame.assign(packet.data.begin(), packet.data.end());
    readdress(frame, instance.copy);
    packet.data = frame;
    if (!encoder.add(packet)) return 1;
    if (encoder.size() > (1U << 22)) flush();
    if (++instance.next < instance.base->packets.size()) queue.push(i);
  }
  flush();
  written = std::fclose(out) == 0 && written;
  if (!written) std::fprintf(stderr, "mix: %s could not be written\n", argv[1]);
  return written ? 0 : 1;
}
