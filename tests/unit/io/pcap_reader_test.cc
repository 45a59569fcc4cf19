#include "scanner/io/pcap_reader.h"

#include "tests/unit/io/capture_fixtures.h"

#include <catch2/catch.hpp>

namespace scanner {
namespace {

using test::ByteString;
using test::operator+;
using test::made_up_packet;
using test::Seen;

struct Parsed {
  std::vector<Seen> events;
  ParseStep last;
  std::string refused;
};

// Feeds a whole file, or `piece` bytes more at a time.
Parsed parse(const ByteString& file, std::size_t piece = 0) {
  Parsed parsed;
  auto reader = PcapReader::open(file, 3);
  if (!reader) {
    parsed.refused = reader.error().message;
    return parsed;
  }
  std::size_t begin = PcapReader::kHeaderSize;
  std::size_t end = piece == 0 ? file.size() : begin;
  while (true) {
    std::vector<Event> events;
    parsed.last = (*reader)->parse(Bytes(file).subspan(begin, end - begin), 7, events);
    for (const Event& event : events) parsed.events.push_back(test::seen(event));
    begin += parsed.last.consumed;
    if (!parsed.last.damage.empty()) return parsed;
    if (parsed.last.needed == 0) continue;
    REQUIRE(parsed.last.needed > end - begin);
    if (end == file.size()) return parsed;
    end = std::min(file.size(), end + piece);
  }
}

std::vector<Packet> some_packets() {
  std::vector<Packet> packets;
  for (std::uint8_t i = 0; i < 20; ++i)
    packets.push_back(made_up_packet(1'600'000'000'000'001'000 + i * 1'000'000'000LL, i * 11u, i));
  return packets;
}

TEST_CASE("pcap files of both byte orders and both resolutions give the same packets", "[io]") {
  const std::vector<Packet> packets = some_packets();
  for (const bool big_endian : {false, true})
    for (const bool microseconds : {false, true}) {
      CaptureLayout layout{CaptureFormat::Pcap, big_endian, microseconds};
      const Parsed parsed = parse(test::encode(packets, layout));
      REQUIRE(parsed.events.size() == packets.size());
      for (std::size_t i = 0; i < packets.size(); ++i) {
        CHECK(parsed.events[i].ns == packets[i].at.ns);
        CHECK(parsed.events[i].data == ByteString(packets[i].data.begin(), packets[i].data.end()));
        CHECK(parsed.events[i].original == packets[i].original_length);
        CHECK(parsed.events[i].frame == i + 1);
        CHECK(parsed.events[i].file == 3);
        CHECK(parsed.events[i].link == 1);
      }
    }
}

TEST_CASE("pcap bytes that arrive in pieces give the same packets", "[io]") {
  const ByteString file = test::encode(some_packets(), {CaptureFormat::Pcap});
  for (const std::size_t piece : {1u, 5u, 16u, 100u}) CHECK(parse(file, piece).events == parse(file).events);
}

TEST_CASE("nanoseconds of a pcap file are kept to the last digit", "[io]") {
  const Parsed parsed = parse(test::encode({made_up_packet(4'294'967'295'999'999'999, 4, 0)}, {CaptureFormat::Pcap}));
  REQUIRE(parsed.events.size() == 1);
  CHECK(parsed.events[0].ns == 4'294'967'295'999'999'999);
}

TEST_CASE("the modified pcap format has eight more bytes in front of each packet", "[io]") {
  ByteString file = test::encode({}, {CaptureFormat::Pcap, false, true});
  file[0] = 0x34, file[1] = 0xcd;
  const ByteString record = {7, 0, 0, 0, 9, 0, 0, 0, 2, 0, 0, 0, 60, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 0xab, 0xcd};
  const Parsed parsed = parse(file + record + record);
  REQUIRE(parsed.events.size() == 2);
  CHECK(parsed.events[1].ns == 7'000'009'000);
  CHECK(parsed.events[1].data == ByteString{0xab, 0xcd});
  CHECK(parsed.events[1].original == 60);
}

TEST_CASE("lengths of pcap 2.2 are the other way round, of 2.3 where they contradict each other", "[io]") {
  ByteString file = test::encode({}, {CaptureFormat::Pcap, false, true});
  const ByteString swapped = {7, 0, 0, 0, 9, 0, 0, 0, 60, 0, 0, 0, 2, 0, 0, 0, 0xab, 0xcd};
  const ByteString usual = {7, 0, 0, 0, 9, 0, 0, 0, 2, 0, 0, 0, 60, 0, 0, 0, 0xab, 0xcd};
  file[6] = 2;
  CHECK(parse(file + swapped).events.size() == 1);
  file[6] = 3;
  const Parsed parsed = parse(file + swapped + usual);
  REQUIRE(parsed.events.size() == 2);
  CHECK(parsed.events[0].data == parsed.events[1].data);
  CHECK(parsed.events[0].original == 60);
}

TEST_CASE("the bits that announce a frame check sequence are no part of the link type", "[io]") {
  ByteString file = test::encode({made_up_packet(0, 4, 0)}, {CaptureFormat::Pcap});
  file[23] = 0x24;
  CHECK(parse(file).events.at(0).link == 1);
}

TEST_CASE("a link type beyond 16 bits does not look like another one", "[io]") {
  ByteString file = test::encode({made_up_packet(0, 4, 0)}, {CaptureFormat::Pcap});
  file[22] = 1;
  CHECK(parse(file).events.at(0).link == 0xffff);
}

TEST_CASE("unknown pcap versions and cut headers are refused with the reason", "[io]") {
  ByteString file = test::encode({}, {CaptureFormat::Pcap});
  CHECK(parse(ByteString(file.begin(), file.end() - 1)).refused == "is cut in the middle of the pcap file header");
  file[4] = 3;
  CHECK(parse(file).refused == "is of pcap version 3.4, which is not known");
}

TEST_CASE("a pcap record longer than its file allows is damage behind what came before", "[io]") {
  CaptureLayout layout{CaptureFormat::Pcap};
  layout.snaplen = 64;
  ByteString file = test::encode({made_up_packet(1, 100, 1), made_up_packet(2, 10, 2)}, layout);
  const std::size_t second = 24 + 16 + 100;
  file[second + 10] = 4;  // 262144 + 10
  const Parsed parsed = parse(file);
  CHECK(parsed.events.size() == 1);
  CHECK(parsed.last.damage == "a record claims to hold 262154 bytes");
  // A file that declares a larger snaplen may have such records, up to 16 MiB.
  file[16] = 0xff, file[17] = 0xff, file[18] = 0xff, file[19] = 0xff;
  CHECK(parse(file).last.damage.empty());
  file[second + 11] = 2;
  CHECK(parse(file).last.damage == "a record claims to hold 33816586 bytes");
}

TEST_CASE("clipped packets and unknown link types are counted", "[io]") {
  Packet clipped = made_up_packet(1, 10, 1, static_cast<LinkType>(147));
  clipped.original_length = 1500;
  CaptureLayout layout{CaptureFormat::Pcap};
  layout.link = clipped.link;
  const ByteString file = test::encode({clipped, made_up_packet(1, 10, 1, clipped.link)}, layout);
  auto reader = PcapReader::open(file, 0);
  REQUIRE(reader);
  std::vector<Event> events;
  (*reader)->parse(Bytes(file).subspan(24), 10, events);
  CHECK((*reader)->counts().packets == 2);
  CHECK((*reader)->counts().clipped == 1);
  CHECK((*reader)->counts().unknown_link == 2);
  CHECK((*reader)->counts().first_unknown_link == 147u);
}

}  // namespace
}  // namespace scanner
