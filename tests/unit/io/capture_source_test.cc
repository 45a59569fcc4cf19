#include "scanner/io/capture_source.h"

#include "scanner/io/capture_file.h"
#include "scanner/io/merged_source.h"
#include "tests/unit/io/capture_fixtures.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>
#include <unistd.h>

namespace scanner {
namespace {

using test::ByteString;
using test::operator+;
using test::made_up_packet;
using test::Reading;
using test::read_captures;
using test::Seen;
using test::TempDir;

const CaptureLayout kPcap{CaptureFormat::Pcap};

std::vector<Packet> many_packets(std::size_t count) {
  std::vector<Packet> packets;
  for (std::size_t i = 0; i < count; ++i)
    packets.push_back(made_up_packet(static_cast<std::int64_t>(i) * 1000, i * 37 % 1500, static_cast<std::uint8_t>(i)));
  return packets;
}

bool mentions(const std::vector<std::string>& sentences, const std::string& part) {
  for (const std::string& sentence : sentences)
    if (sentence.find(part) != std::string::npos) return true;
  return false;
}

TEST_CASE("a capture of many blocks is read packet by packet, whatever its compression", "[io]") {
  const TempDir dir;
  const std::vector<Packet> packets = many_packets(6000);  // above 4 MiB
  const ByteString plain = test::encode(packets);
  const ByteString pcap = test::encode(packets, kPcap);
  const auto middle = plain.begin() + 2'000'001;
  const ByteString front(plain.begin(), middle), back(middle, plain.end());
  const Reading expected = read_captures({dir.file("plain", plain)});
  REQUIRE(expected.events.size() == packets.size());
  for (std::size_t i = 0; i < packets.size(); ++i) {
    REQUIRE(expected.events[i].data == ByteString(packets[i].data.begin(), packets[i].data.end()));
    REQUIRE(expected.events[i].frame == i + 1);
  }
  CHECK(!expected.partial);
  CHECK(read_captures({dir.file("pcap", pcap)}).events == expected.events);
  CHECK(read_captures({dir.file("gz", test::gzip(plain))}).events == expected.events);
  CHECK(read_captures({dir.file("zst", test::zstd(pcap))}).events == expected.events);
  CHECK(read_captures({dir.file("members", test::gzip(front) + test::gzip({}) + test::gzip(back))}).events ==
        expected.events);
  CHECK(read_captures({dir.file("tape", test::gzip(plain) + ByteString(512))}).events == expected.events);
  CHECK(read_captures({dir.file("frames", test::zstd(front) + test::zstd({}) + test::zstd(back))}).events ==
        expected.events);
}

TEST_CASE("a record longer than a block is read", "[io]") {
  const TempDir dir;
  CaptureLayout layout;
  layout.snaplen = 8 * 1024 * 1024;
  const Packet large = made_up_packet(5, 3'000'000, 1);
  const Packet small = made_up_packet(6, 10, 2);
  const Reading reading = read_captures({dir.file("a", test::encode({small, large, small}, layout))});
  REQUIRE(reading.events.size() == 3);
  CHECK(reading.events[1].data == ByteString(large.data.begin(), large.data.end()));
}

TEST_CASE("packets are views that live as long as their batch's blocks", "[io]") {
  const TempDir dir;
  const std::vector<Packet> packets = many_packets(6000);
  auto source = open_captures({dir.file("a", test::encode(packets))});
  REQUIRE(source);
  std::vector<EventBatch> kept;
  while (true) {
    EventBatch& batch = kept.emplace_back();
    const auto status = (*source)->next(batch);
    REQUIRE(status);
    if (*status == SourceStatus::End) break;
  }
  source->reset();
  std::size_t i = 0;
  for (const EventBatch& batch : kept)
    for (const Event& event : batch.events) {
      const Bytes expected = packets[i++].data;
      REQUIRE(std::equal(event.packet.data.begin(), event.packet.data.end(), expected.begin(), expected.end()));
    }
  CHECK(i == packets.size());
}

TEST_CASE("blocks come back when nobody holds them, and are no more than needed", "[io]") {
  const TempDir dir;
  const auto pool = BlockPool::make(4);
  auto file = CaptureFile::open(dir.file("a", test::encode(many_packets(12'000))), pool, {});
  REQUIRE(file);
  EventBatch batch;
  while (*(*file)->next(batch) != SourceStatus::End) {
  }
  CHECK(pool->spare_count() == 2);
}

TEST_CASE("a capture cut in the middle of a record gives what came before and one sentence", "[io]") {
  const TempDir dir;
  for (const CaptureLayout& layout : {kPcap, CaptureLayout{}}) {
    ByteString file = test::encode(many_packets(3000), layout);
    file.resize(file.size() - 1);
    for (const auto& [name, content] : {std::pair{"plain", file}, {"gz", test::gzip(file)}}) {
      const std::string path = dir.file(name, content);
      const Reading reading = read_captures({path});
      CHECK(reading.packets().size() == 2999);
      CHECK(reading.error.empty());
      CHECK(reading.partial);
      CHECK(reading.events.back().kind == EventKind::Loss);
      REQUIRE(reading.warnings.size() == 1);
      CHECK(mentions(reading.warnings, path + ": damaged at byte "));
      CHECK(mentions(reading.warnings, "cut in the middle of a record"));
    }
  }
}

TEST_CASE("a single capture file ends with an error that says file, byte and reason", "[io]") {
  const TempDir dir;
  ByteString content = test::encode({made_up_packet(1, 10, 1)}, kPcap) + ByteString(16, 0xff);
  const std::string path = dir.file("a", content);
  auto file = CaptureFile::open(path, BlockPool::make(), {});
  REQUIRE(file);
  const Reading reading = test::read_all(**file);
  CHECK(reading.packets().size() == 1);
  CHECK(reading.error ==
        path + ": damaged at byte 50: a record claims to hold 4294967295 bytes; what follows is not read");
}

TEST_CASE("damaged and cut compressed data give the packets in front of the damage", "[io]") {
  const TempDir dir;
  std::mt19937 random(7);
  std::vector<Packet> packets;
  for (int i = 0; i < 3000; ++i) packets.push_back(made_up_packet(i, 1000, static_cast<std::uint8_t>(random())));
  const ByteString plain = test::encode(packets, kPcap);
  for (auto pack : {test::gzip, test::zstd}) {
    const ByteString packed = pack(plain);
    ByteString cut = packed;
    cut.resize(packed.size() * 3 / 4);
    Reading reading = read_captures({dir.file("cut", cut)});
    CHECK(reading.packets().size() > 500);
    CHECK(reading.packets().size() < 3000);
    CHECK(mentions(reading.warnings, "the compressed data are cut off"));
    ByteString broken = packed + ByteString{1, 2, 3, 4, 5, 6, 7, 8};
    reading = read_captures({dir.file("broken", broken)});
    CHECK(reading.packets().size() == 3000);
    CHECK(reading.partial);
    broken = packed;
    for (std::size_t i = packed.size() / 2; i < packed.size() / 2 + 200; ++i) broken[i] ^= 0x5a;
    reading = read_captures({dir.file("broken2", broken)});
    CHECK(reading.partial);
  }
}

TEST_CASE("what is no capture is an error when it is opened", "[io]") {
  const TempDir dir;
  const auto error = [](const std::string& path) { return read_captures({path}).error; };
  CHECK(error(dir.path("absent")) == dir.path("absent") + ": No such file or directory");
  CHECK(error(dir.path(".")) == dir.path(".") + ": is a directory");
  CHECK(error(dir.file("empty", {})) == dir.path("empty") + ": is empty");
  CHECK(error(dir.file("short", {0xd4, 0xc3, 0xb2, 0xa1})) == dir.path("short") + ": is too short for a capture");
  const ByteString text(100, 'x');
  CHECK(error(dir.file("text", text)) ==
        dir.path("text") + ": is no capture (pcap or pcapng, plain or compressed with gzip or zstd)");
  CHECK(error(dir.file("text.gz", test::gzip(text))) ==
        dir.path("text.gz") + ": is compressed, but holds no capture (pcap or pcapng)");
  CHECK(read_captures({}).error == "no capture is given");
  CHECK(read_captures({"-", "-"}).error == "standard input is given twice");
}

TEST_CASE("an unreadable file among others keeps its index, and the others are read", "[io]") {
  const TempDir dir;
  const std::string a = dir.file("a", test::encode({made_up_packet(2, 10, 1)}));
  const std::string b = dir.file("b", test::encode({made_up_packet(1, 10, 2)}, kPcap));
  const Reading reading = read_captures({a, dir.path("absent"), b});
  REQUIRE(reading.events.size() == 2);
  CHECK(reading.events[0].file == 2);
  CHECK(reading.events[1].file == 0);
  CHECK(reading.partial);
  CHECK(reading.warnings == std::vector<std::string>{dir.path("absent") + ": No such file or directory"});
  auto source = open_captures({a, dir.path("absent"), b});
  REQUIRE(source);
  CHECK((*source)->file_names() == std::vector<std::string>{a, dir.path("absent"), b});
}

TEST_CASE("a damaged file among others ends alone", "[io]") {
  const TempDir dir;
  const std::string a = dir.file("a", test::encode({made_up_packet(1, 10, 1)}, kPcap) + ByteString(16, 0xff));
  const std::string b = dir.file("b", test::encode({made_up_packet(1, 10, 2), made_up_packet(3, 10, 3)}, kPcap));
  const Reading reading = read_captures({a, b});
  CHECK(reading.packets().size() == 3);
  CHECK(reading.error.empty());
  CHECK(reading.partial);
  CHECK(reading.warnings.size() == 1);
}

TEST_CASE("clipped packets and link types that are not read are said", "[io]") {
  const TempDir dir;
  Packet clipped = made_up_packet(1, 10, 1, static_cast<LinkType>(147));
  clipped.original_length = 99;
  const Reading reading = read_captures({dir.file("a", test::encode({clipped, made_up_packet(2, 10, 1)}))});
  CHECK(!reading.partial);
  CHECK(mentions(reading.warnings, "1 of 2 packets are shorter than on the wire"));
  CHECK(mentions(reading.warnings, "1 of 2 packets are of a link type that is not read (the first: 147)"));
}

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
      packets.push_back(made_up_packet(std::max<std::int64_t>(at, 0), 20 + random() % 60, static_cast<std::uint8_t>(n)));
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

TEST_CASE("a loss does not hold back the packets behind it", "[io]") {
  MergedSource merged;
  merged.add(std::make_unique<MadeUpSource>(
      std::vector<Event>{event_at(1, EventKind::Packet), event_at(100, EventKind::Loss), event_at(2, EventKind::Packet)}));
  merged.add(std::make_unique<MadeUpSource>(std::vector<Event>{event_at(3, EventKind::Packet)}));
  const Reading reading = test::read_all(merged);
  std::vector<std::int64_t> order;
  for (const Seen& event : reading.events) order.push_back(event.ns);
  CHECK(order == std::vector<std::int64_t>{1, 100, 2, 3});
}

TEST_CASE("a filter lets the matching packets through and keeps their frame numbers", "[io]") {
  const TempDir dir;
  // Raw IPv4, UDP to port 3333 and to port 53.
  const auto udp = [](std::uint8_t high, std::uint8_t low) {
    static std::vector<ByteString> kept;
    kept.reserve(8);
    kept.push_back({0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 1, 4, 0, high, low, 0, 8, 0, 0});
    Packet packet;
    packet.data = kept.back();
    packet.link = LinkType::Raw;
    return packet;
  };
  const std::string path = dir.file("a", test::encode({udp(0, 53), udp(13, 5), udp(0, 53), udp(13, 5)}));
  auto source = open_captures({path}, {"udp port 3333"});
  REQUIRE(source);
  const Reading reading = test::read_all(**source);
  REQUIRE(reading.events.size() == 2);
  CHECK(reading.events[0].frame == 2);
  CHECK(reading.events[1].frame == 4);
  CHECK(!reading.partial);
}

TEST_CASE("a wrong filter is an error with libpcap's words", "[io]") {
  const TempDir dir;
  const std::string path = dir.file("a", test::encode({made_up_packet(1, 60, 1)}));
  const auto source = open_captures({path}, {"tcp prot 80"});
  REQUIRE(!source);
  CHECK(source.error().message.find("filter \"tcp prot 80\": ") == 0);
  CHECK(source.error().message.find("syntax error") != std::string::npos);
}

TEST_CASE("packets of a link type that a filter cannot be applied to are left out and said", "[io]") {
  const TempDir dir;
  const std::string path =
      dir.file("a", test::encode({made_up_packet(1, 60, 1), made_up_packet(2, 60, 1, LinkType::Raw)}));
  auto source = open_captures({path}, {"not ether host 02:00:00:00:00:01"});
  REQUIRE(source);
  const Reading reading = test::read_all(**source);
  CHECK(reading.events.size() == 1);
  CHECK(reading.partial);
  CHECK(mentions(reading.warnings, "cannot be applied to link type 101"));
}

struct Pipe {
  Pipe() { REQUIRE(::pipe(ends) == 0); }
  ~Pipe() { close_writer(); }
  void write(const ByteString& bytes) const {
    REQUIRE(::write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  void close_writer() {
    if (ends[1] >= 0) ::close(ends[1]);
    ends[1] = -1;
  }
  int ends[2] = {-1, -1};
};

TEST_CASE("a live stream gives complete records at once and is idle in between", "[io]") {
  Pipe pipe;
  auto file = CaptureFile::from_fd(pipe.ends[0], "pipe", BlockPool::make(), {});
  REQUIRE(file);
  MergedSource merged;
  merged.add(std::move(*file));
  EventBatch batch;
  CHECK(*merged.next(batch) == SourceStatus::Idle);  // not even a header yet

  CaptureEncoder encoder(kPcap);
  pipe.write(encoder.take());
  CHECK(*merged.next(batch) == SourceStatus::Idle);

  REQUIRE(encoder.add(made_up_packet(1, 100, 1)));
  REQUIRE(encoder.add(made_up_packet(2, 100, 2)));
  const ByteString two = encoder.take();
  pipe.write(ByteString(two.begin(), two.begin() + 150));
  const auto began = std::chrono::steady_clock::now();
  REQUIRE(*merged.next(batch) == SourceStatus::More);
  CHECK(batch.events.size() == 1);
  CHECK(*merged.next(batch) == SourceStatus::Idle);
  const auto took = std::chrono::steady_clock::now() - began;
  CHECK(took >= std::chrono::milliseconds(45));
  pipe.write(ByteString(two.begin() + 150, two.end()));
  REQUIRE(*merged.next(batch) == SourceStatus::More);
  REQUIRE(batch.events.size() == 1);
  CHECK(batch.events[0].at.ns == 2);
  pipe.close_writer();
  CHECK(*merged.next(batch) == SourceStatus::End);
}

TEST_CASE("a stream that comes byte by byte, compressed or not, is read like a file", "[io]") {
  const ByteString plain = test::encode(many_packets(20));
  const TempDir dir;
  const Reading expected = read_captures({dir.file("a", plain)});
  for (const ByteString& content : {plain, test::gzip(plain), test::zstd(plain)}) {
    Pipe pipe;
    std::thread writer([&] {
      for (std::size_t i = 0; i < content.size(); i += 7)
        pipe.write(ByteString(content.begin() + static_cast<std::ptrdiff_t>(i),
                              content.begin() + static_cast<std::ptrdiff_t>(std::min(i + 7, content.size()))));
      pipe.close_writer();
    });
    auto file = CaptureFile::from_fd(pipe.ends[0], "pipe", BlockPool::make(), {});
    REQUIRE(file);
    const Reading reading = test::read_all(**file);
    writer.join();
    CHECK(reading.error.empty());
    CHECK(reading.events == expected.events);
  }
}

TEST_CASE("a live stream that is no capture is an error as soon as that shows", "[io]") {
  Pipe pipe;
  pipe.write(ByteString(100, 'x'));
  auto file = CaptureFile::from_fd(pipe.ends[0], "standard input", BlockPool::make(), {});
  REQUIRE(file);
  MergedSource merged;
  merged.add(std::move(*file));
  EventBatch batch;
  const auto status = merged.next(batch);
  REQUIRE(!status);
  CHECK(status.error().message.find("standard input: is no capture") == 0);
  CHECK(merged.warnings().empty());
}

TEST_CASE("the merge waits for an idle source without holding back what is certain", "[io]") {
  const TempDir dir;
  Pipe pipe;
  MergedSource merged;
  auto live = CaptureFile::from_fd(pipe.ends[0], "pipe", BlockPool::make(), {});
  auto stored =
      CaptureFile::open(dir.file("a", test::encode({made_up_packet(1, 9, 1), made_up_packet(5, 9, 1)})),
                        BlockPool::make(), {});
  REQUIRE((live && stored));
  merged.add(std::move(*live));
  merged.add(std::move(*stored));
  pipe.write(test::encode({made_up_packet(2, 9, 1)}));
  EventBatch batch;
  REQUIRE(*merged.next(batch) == SourceStatus::More);
  REQUIRE(batch.events.size() == 2);
  CHECK(batch.events[1].at.ns == 2);
  CHECK(*merged.next(batch) == SourceStatus::Idle);
  pipe.close_writer();
  REQUIRE(*merged.next(batch) == SourceStatus::More);
  CHECK(batch.events.size() == 1);
}

TEST_CASE("progress ends at the size of the files", "[io]") {
  const TempDir dir;
  const ByteString content = test::encode(many_packets(100));
  auto source = open_captures({dir.file("a", content), dir.file("b", test::gzip(content))});
  REQUIRE(source);
  test::read_all(**source);
  CHECK((*source)->progress().done_bytes == (*source)->progress().total_bytes);
  CHECK((*source)->progress().total_bytes == content.size() + test::gzip(content).size());
}

}  // namespace
}  // namespace scanner
