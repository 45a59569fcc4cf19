#include "scanner/io/capture_source.h"

#include "scanner/io/capture_file.h"
#include "tests/unit/io/capture_fixtures.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <mutex>
#include <random>
#include <thread>

namespace scanner {
namespace {

using test::ByteString;
using test::operator+;
using test::made_up_packet;
using test::many_packets;
using test::mentions;
using test::read_captures;
using test::Reading;
using test::TempDir;

const CaptureLayout kPcap{CaptureFormat::Pcap};

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

TEST_CASE("other threads read and release batches while the next ones are read", "[io]") {
  const TempDir dir;
  const std::vector<Packet> packets = many_packets(12'000);
  auto source = open_captures({dir.file("a", test::encode(packets))});
  REQUIRE(source);
  std::deque<EventBatch> queue;
  std::mutex mutex;
  bool done = false;
  std::uint64_t sum = 0;
  std::thread reader([&] {
    for (bool last = false; !last;) {
      EventBatch batch;
      {
        const std::lock_guard lock(mutex);
        last = done && queue.empty();
        if (!queue.empty()) {
          batch = std::move(queue.front());
          queue.pop_front();
        }
      }
      for (const Event& event : batch.events)
        for (const std::uint8_t byte : event.packet.data) sum += byte;
    }
  });
  for (bool ended = false; !ended;) {
    EventBatch batch;
    const auto status = (*source)->next(batch);
    ended = !status || *status == SourceStatus::End;
    const std::lock_guard lock(mutex);
    queue.push_back(std::move(batch));
    done = ended;
  }
  reader.join();
  std::uint64_t expected = 0;
  for (const Packet& packet : packets)
    for (const std::uint8_t byte : packet.data) expected += byte;
  CHECK(sum == expected);
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
