#include "scanner/io/merged_source.h"

#include "tests/unit/io/capture_fixtures.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>
#include <random>
#include <utility>

namespace scanner {
namespace {

using test::made_up_packet;
using test::read_captures;
using test::Reading;
using test::Seen;
using test::TempDir;

const CaptureLayout kPcap{CaptureFormat::Pcap};

// The order that mergecap documents and shows, done the plain way.
std::vector<Seen> mergecap_order(const std::vector<std::vector<Seen>>& files) {
  std::vector<std::size_t> next(files.size());
  std::vector<Seen> merged;
  while (true) {
    const Seen* earliest = nullptr;
    std::size_t from = 0;
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (next[i] == files[i].size()) continue;
      const Seen& head = files[i][next[i]];
      if (earliest && head.ns > earliest->ns) continue;
      earliest = &head;
      from = i;
    }
    if (!earliest) return merged;
    merged.push_back(*earliest);
    ++next[from];
  }
}

TEST_CASE("files given together come in the order of mergecap", "[io]") {
  const TempDir dir;
  std::mt19937 random(20);
  for (const std::size_t count : {2u, 3u, 9u}) {
    std::vector<std::string> paths;
    std::vector<std::vector<Seen>> files;
    for (std::size_t i = 0; i < count; ++i) {
      std::vector<Packet> packets;
      std::int64_t at = 0;
      for (std::size_t n = random() % 4000; n > 0; --n) {
        at += static_cast<std::int64_t>(random() % 4) - (random() % 50 == 0 ? 20 : 0);  // equal and backward times
        packets.push_back(made_up_packet(std::max<std::int64_t>(at, 0), random() % 60, static_cast<std::uint8_t>(n)));
      }
      paths.push_back(dir.file(std::to_string(i), test::encode(packets, i % 2 ? kPcap : CaptureLayout{})));
      files.push_back(read_captures({paths.back()}).events);
      for (Seen& event : files.back()) event.file = static_cast<std::uint16_t>(i);
    }
    CHECK(read_captures(paths).events == mergecap_order(files));
  }
}

TEST_CASE("files given together come as mergecap itself writes them", "[io]") {
  if (std::system("mergecap -h >/dev/null 2>&1") != 0) {
    WARN("skipped: mergecap is not installed");
    return;
  }
  const TempDir dir;
  std::mt19937 random(21);
  std::vector<std::string> paths;
  std::string command = "mergecap -F nsecpcap -w " + dir.path("merged");
  for (int i = 0; i < 4; ++i) {
    std::vector<Packet> packets;
    std::int64_t at = 0;
    for (int n = 0; n < 300; ++n) {
      at += static_cast<std::int64_t>(random() % 4) - (random() % 50 == 0 ? 20 : 0);
      packets.push_back(
          made_up_packet(std::max<std::int64_t>(at, 0), 20 + random() % 60, static_cast<std::uint8_t>(n)));
    }
    paths.push_back(dir.file(std::to_string(i), test::encode(packets)));
    command += " " + paths.back();
  }
  REQUIRE(std::system((command + " 2>/dev/null").c_str()) == 0);
  Reading together = read_captures(paths);
  for (std::size_t i = 0; i < together.events.size(); ++i) {
    together.events[i].file = 0;
    together.events[i].frame = static_cast<std::uint32_t>(i + 1);
  }
  CHECK(together.events == read_captures({dir.path("merged")}).events);
}

// Host records and losses at given times, one a batch.
class MadeUpSource : public Source {
 public:
  explicit MadeUpSource(std::vector<Event> events) : events_(std::move(events)) {}
  Result<SourceStatus> next(EventBatch& batch) override {
    batch.clear();
    if (position_ == events_.size()) return SourceStatus::End;
    batch.events.push_back(events_[position_++]);
    if (batch.events[0].kind == EventKind::Host)
      batch.host_records.push_back({batch.events[0].at, ProcessExited{{"boot", batch.events[0].at.ns, 1}}});
    return SourceStatus::More;
  }
  std::vector<std::string> file_names() const override { return {}; }

 private:
  std::vector<Event> events_;
  std::size_t position_ = 0;
};

Event event_at(std::int64_t ns, EventKind kind) {
  Event event;
  event.at = {ns};
  event.kind = kind;
  event.packet.at = {ns};
  return event;
}

TEST_CASE("host records are merged among packets, in front of those of the same time", "[io]") {
  MergedSource merged;
  merged.add(std::make_unique<MadeUpSource>(std::vector<Event>{
      event_at(1, EventKind::Packet), event_at(3, EventKind::Packet), event_at(5, EventKind::Packet)}));
  merged.add(std::make_unique<MadeUpSource>(
      std::vector<Event>{event_at(2, EventKind::Host), event_at(3, EventKind::Host), event_at(9, EventKind::Host)}));
  std::vector<std::pair<std::int64_t, EventKind>> order;
  EventBatch batch;
  while (*merged.next(batch) != SourceStatus::End)
    for (const Event& event : batch.events) {
      order.emplace_back(event.at.ns, event.kind);
      if (event.kind == EventKind::Host) CHECK(batch.host_records.at(event.host).at == event.at);
    }
  using enum EventKind;
  CHECK(order == std::vector<std::pair<std::int64_t, EventKind>>{
                     {1, Packet}, {2, Host}, {3, Host}, {3, Packet}, {5, Packet}, {9, Host}});
}

TEST_CASE("a loss or a key log does not hold back the packets behind it", "[io]") {
  for (const EventKind kind : {EventKind::Loss, EventKind::Secrets}) {
    MergedSource merged;
    merged.add(std::make_unique<MadeUpSource>(
        std::vector<Event>{event_at(1, EventKind::Packet), event_at(100, kind), event_at(2, EventKind::Packet)}));
    merged.add(std::make_unique<MadeUpSource>(std::vector<Event>{event_at(3, EventKind::Packet)}));
    const Reading reading = test::read_all(merged);
    std::vector<std::int64_t> order;
    for (const Seen& event : reading.events) order.push_back(event.ns);
    CHECK(order == std::vector<std::int64_t>{1, 100, 2, 3});
  }
}

}  // namespace
}  // namespace scanner
