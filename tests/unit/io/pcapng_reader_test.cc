#include "scanner/io/pcapng_reader.h"

#include "tests/unit/io/capture_fixtures.h"

#include <catch2/catch.hpp>

namespace scanner {
namespace {

using test::ByteString;
using test::operator+;
using test::made_up_packet;
using test::Seen;

// pcapng by hand, little endian.
ByteString number(std::uint64_t value, int size) {
  ByteString bytes;
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return bytes;
}
ByteString block(std::uint32_t type, ByteString body) {
  body.resize((body.size() + 3) / 4 * 4);
  const ByteString total = number(body.size() + 12, 4);
  return number(type, 4) + total + body + total;
}
ByteString option(std::uint16_t code, const ByteString& value) {
  ByteString bytes = number(code, 2) + number(value.size(), 2) + value;
  bytes.resize((bytes.size() + 3) / 4 * 4);
  return bytes;
}
const ByteString kSection = block(0x0a0d0d0a, number(0x1a2b3c4d, 4) + number(1, 4) + number(~0ull, 8));
ByteString interface(std::uint16_t link, const ByteString& options = {}, std::uint32_t snaplen = 0) {
  return block(1, number(link, 4) + number(snaplen, 4) + options);
}
ByteString packet(std::uint32_t id, std::uint64_t ticks, const ByteString& data, const ByteString& options = {}) {
  ByteString padded = data;
  padded.resize((data.size() + 3) / 4 * 4);
  return block(6, number(id, 4) + number(ticks >> 32, 4) + number(ticks, 4) + number(data.size(), 4) +
                      number(data.size() + 1, 4) + padded + options);
}
const ByteString kData = {1, 2, 3, 4, 5};

struct Parsed {
  std::vector<Seen> events;
  ParseStep last;
};

Parsed parse(const ByteString& file, std::size_t piece = 0, std::size_t max_events = 5) {
  Parsed parsed;
  auto reader = PcapngReader::open(file, 2);
  REQUIRE(reader);
  std::size_t begin = 0;
  std::size_t end = piece == 0 ? file.size() : 0;
  while (true) {
    std::vector<Event> events;
    parsed.last = (*reader)->parse(Bytes(file).subspan(begin, end - begin), max_events, events);
    for (const Event& event : events) parsed.events.push_back(test::seen(event));
    begin += parsed.last.consumed;
    if (!parsed.last.damage.empty()) return parsed;
    if (parsed.last.needed == 0) continue;
    REQUIRE(parsed.last.needed > end - begin);
    if (end == file.size()) return parsed;
    end = std::min(file.size(), end + piece);
  }
}

std::int64_t time_of(std::uint64_t ticks, std::uint8_t resolution, std::int64_t offset = 0) {
  const ByteString options = option(9, {resolution}) + option(14, number(static_cast<std::uint64_t>(offset), 8));
  const Parsed parsed = parse(kSection + interface(1, options) + packet(0, ticks, kData));
  REQUIRE(parsed.events.size() == 1);
  return parsed.events[0].ns;
}

TEST_CASE("pcapng files of both byte orders and several link types give the packets that were written", "[io]") {
  std::vector<Packet> packets;
  for (std::uint8_t i = 0; i < 20; ++i)
    packets.push_back(made_up_packet(1'600'000'000'123'456'000 + i, i * 7u, i, i % 3 ? LinkType::Raw : LinkType::Loop));
  for (const bool big_endian : {false, true}) {
    const ByteString file = test::encode(packets, {CaptureFormat::Pcapng, big_endian});
    const Parsed parsed = parse(file);
    REQUIRE(parsed.events.size() == packets.size());
    for (std::size_t i = 0; i < packets.size(); ++i) {
      CHECK(parsed.events[i].ns == packets[i].at.ns);
      CHECK(parsed.events[i].data == ByteString(packets[i].data.begin(), packets[i].data.end()));
      CHECK(parsed.events[i].link == static_cast<std::uint16_t>(packets[i].link));
      CHECK(parsed.events[i].frame == i + 1);
      CHECK(parsed.events[i].file == 2);
    }
    for (const std::size_t piece : {1u, 13u, 64u}) CHECK(parse(file, piece).events == parsed.events);
  }
}

TEST_CASE("each pcapng interface has its own time resolution and offset", "[io]") {
  const ByteString microseconds = interface(1);
  const ByteString seconds = interface(101, option(9, {0}) + option(14, number(100, 8)) + option(0, {}));
  const Parsed parsed = parse(kSection + microseconds + seconds + packet(0, 5, kData) + packet(1, 5, kData));
  REQUIRE(parsed.events.size() == 2);
  CHECK(parsed.events[0].ns == 5'000);
  CHECK(parsed.events[0].link == 1);
  CHECK(parsed.events[1].ns == 105'000'000'000);
  CHECK(parsed.events[1].link == 101);
  CHECK(parsed.events[1].original == 6);
}

TEST_CASE("a packet bears the name of its pcapng interface, where it has one", "[io]") {
  const auto named = [](const std::string& name) { return interface(1, option(2, ByteString(name.begin(), name.end()))); };
  const ByteString file = kSection + named("tap7") + interface(1) + named("tap70") + packet(0, 5, kData) + packet(1, 5, kData) + packet(2, 5, kData);
  auto reader = PcapngReader::open(file, 0);
  REQUIRE(reader);
  std::vector<Event> events;
  (*reader)->parse(file, 10, events);
  REQUIRE(events.size() == 3);
  CHECK(events[0].packet.interface == interface_key("tap7"));
  CHECK(events[1].packet.interface == 0);
  CHECK(events[2].packet.interface == interface_key("tap70"));
}

TEST_CASE("pcapng time resolutions are powers of ten and of two, cut to nanoseconds", "[io]") {
  CHECK(time_of(1'234'567'890'123, 9) == 1'234'567'890'123);
  CHECK(time_of(1'234'567'890'123, 12) == 1'234'567'890);
  CHECK(time_of(7, 0) == 7'000'000'000);
  CHECK(time_of(3, 0x81) == 1'500'000'000);
  CHECK(time_of(0xffffffffffffffff, 0x80 | 32) == 4'294'967'295'999'999'999);
  CHECK(time_of(0xffffffffffffffff, 0xff) == 0);
  CHECK(time_of(0xffffffffffffffff, 0x7f) == 0);
  CHECK(time_of(5, 6, -1) == 0);
  CHECK(time_of(1'000'005, 6, -1) == 5'000);
}

TEST_CASE("pcapng times that no arithmetic could bear are clamped", "[io]") {
  CHECK(time_of(0xffffffffffffffff, 6) == kLatestNs);
  CHECK(time_of(0xffffffffffffffff, 0) == kLatestNs);
  CHECK(time_of(1, 6, INT64_MAX) == kLatestNs);
  CHECK(time_of(1, 6, INT64_MIN) == 0);
}

TEST_CASE("a second section starts again, with its own byte order and interfaces", "[io]") {
  const ByteString big = test::encode({made_up_packet(7, 3, 9, LinkType::Raw)}, {CaptureFormat::Pcapng, true});
  const ByteString file =
      kSection + interface(1) + packet(0, 1, kData) + big + kSection + interface(228) + packet(0, 2, kData);
  for (const std::size_t max_events : {1u, 2u, 9u}) {
    const Parsed parsed = parse(file, 0, max_events);
    REQUIRE(parsed.events.size() == 3);
    CHECK(parsed.events[0].link == 1);
    CHECK(parsed.events[1].link == 101);
    CHECK(parsed.events[1].ns == 7);
    CHECK(parsed.events[2].link == 228);
    CHECK(parsed.events[2].frame == 3);
    CHECK(parse(file, 3, max_events).events == parsed.events);
  }
  const Parsed orphan = parse(kSection + interface(1) + kSection + packet(0, 1, kData));
  CHECK(orphan.last.damage == "a packet belongs to an interface that is not described");
}

TEST_CASE("simple packets take the time before them and the first interface's link type and snaplen", "[io]") {
  const ByteString file = kSection + interface(101, {}, 4) + interface(1) + packet(1, 9, kData) +
                          block(3, number(6, 4) + ByteString{1, 2, 3, 4});
  const Parsed parsed = parse(file);
  REQUIRE(parsed.events.size() == 2);
  CHECK(parsed.events[1].ns == 9'000);
  CHECK(parsed.events[1].link == 101);
  CHECK(parsed.events[1].original == 6);
  CHECK(parsed.events[1].data == ByteString{1, 2, 3, 4});
  CHECK(parse(kSection + interface(1) + block(3, number(60, 4) + kData)).last.damage ==
        "a packet is longer than its block");
}

TEST_CASE("the obsolete packet block is read, with its drop count", "[io]") {
  const ByteString fixed = number(0, 4) + number(3, 4) + number(5, 4) + number(5, 4);
  const ByteString file = kSection + interface(1) + block(2, number(0xffff0000, 4) + fixed + kData) +
                          block(2, number(0x00020000, 4) + fixed + kData);
  const Parsed parsed = parse(file);
  REQUIRE(parsed.events.size() == 3);
  CHECK(parsed.events[0].ns == 3'000);
  CHECK(parsed.events[0].data == kData);
  CHECK(parsed.events[2].kind == EventKind::Loss);
  CHECK(parsed.events[2].lost == 2);
}

TEST_CASE("frames are numbered as Wireshark does, which counts custom, journal and sysdig blocks", "[io]") {
  ByteString file = kSection + interface(1);
  // The rest are skipped without a number: unknown, names, statistics, secrets.
  for (const std::uint32_t type : {0xbadu, 0x40000badu, 9u, 0x204u, 0x216u, 0x221u, 0x77u, 4u, 5u, 10u, 0x80000001u})
    file = file + block(type, ByteString(24));
  const Parsed parsed = parse(file + packet(0, 1, kData));
  REQUIRE(parsed.events.size() == 1);
  CHECK(parsed.events[0].frame == 7);
}

TEST_CASE("interface statistics become losses, each packet counted once", "[io]") {
  const auto statistics = [](std::uint64_t interface_drops, std::uint64_t system_drops) {
    return block(5, number(0, 4) + number(99, 8) + option(5, number(interface_drops, 8)) +
                        option(7, number(system_drops, 8)) + option(0, {}));
  };
  const ByteString dropped_two = option(4, number(2, 8)) + option(0, {});
  const Parsed parsed = parse(kSection + interface(1) + packet(0, 1, kData, dropped_two) + statistics(2, 0) +
                              statistics(3, 4) + statistics(3, 4) + statistics(~0ull, 8) + packet(0, 2, kData));
  std::vector<std::uint64_t> losses;
  for (const Seen& event : parsed.events)
    if (event.kind == EventKind::Loss) {
      losses.push_back(event.lost);
      CHECK(event.ns == 1'000);
    }
  CHECK(losses == std::vector<std::uint64_t>{2, 5, 1});
  CHECK(parsed.events.size() == 5);
}

TEST_CASE("statistics of the writer are read back in both byte orders", "[io]") {
  for (const bool big_endian : {false, true}) {
    CaptureEncoder encoder({CaptureFormat::Pcapng, big_endian});
    const std::uint32_t id = encoder.add_interface(LinkType::Ethernet, "eth0");
    REQUIRE(encoder.add(made_up_packet(5, 9, 1), id, "a comment"));
    encoder.add_drop_count(id, 300, {7});
    const Parsed parsed = parse(encoder.take());
    REQUIRE(parsed.events.size() == 2);
    CHECK(parsed.events[0].data.size() == 9);
    CHECK(parsed.events[1].lost == 300);
  }
}

TEST_CASE("TLS key logs in a pcapng file are handed on where they stand", "[io]") {
  for (const bool big_endian : {false, true}) {
    CaptureEncoder encoder({CaptureFormat::Pcapng, big_endian});
    encoder.add_secrets("CLIENT_RANDOM 00 11\n");
    REQUIRE(encoder.add(made_up_packet(5, 9, 1)));
    encoder.add_secrets("CLIENT_RANDOM 22 33\n");
    const ByteString file = encoder.take();
    const Parsed parsed = parse(file);
    REQUIRE(parsed.events.size() == 3);
    CHECK(parsed.events[0].kind == EventKind::Secrets);
    CHECK(as_text(parsed.events[0].data) == "CLIENT_RANDOM 00 11\n");
    CHECK(parsed.events[1].frame == 1);
    CHECK(parsed.events[2].kind == EventKind::Secrets);
    CHECK(as_text(parsed.events[2].data) == "CLIENT_RANDOM 22 33\n");
    CHECK(parsed.events[2].ns == 5);
    CHECK(parse(file, 7).events == parsed.events);
  }
}

TEST_CASE("secrets that are broken, empty or of another protocol change nothing", "[io]") {
  const auto secrets = [](std::uint32_t type, std::uint32_t size, const ByteString& data) {
    return block(10, number(type, 4) + number(size, 4) + data);
  };
  const ByteString file = kSection + interface(1) + secrets(0x544c534b, 6, kData + kData) + block(10, number(1, 4)) +
                          secrets(0x544c534b, 0, {}) + secrets(0x544c534b, 900, kData) + secrets(0x57474b4c, 5, kData) +
                          packet(0, 1, kData);
  const Parsed parsed = parse(file);
  CHECK(parsed.last.damage.empty());
  REQUIRE(parsed.events.size() == 2);
  CHECK(parsed.events[0].data == ByteString{1, 2, 3, 4, 5, 1});
}

TEST_CASE("of the TLS secrets of a file 16 MiB are handed on", "[io]") {
  const ByteString log(4'000'000, '#');
  ByteString file = kSection;
  for (int i = 0; i < 6; ++i) file = file + block(10, number(0x544c534b, 4) + number(log.size(), 4) + log);
  auto reader = PcapngReader::open(file, 0);
  REQUIRE(reader);
  std::vector<Event> events;
  CHECK((*reader)->parse(file, 9, events).consumed == file.size());
  CHECK(events.size() == 4);
  CHECK((*reader)->counts().secrets_refused == 2);
}

TEST_CASE("pcapng damage is told, and what came before it is there", "[io]") {
  const ByteString good = kSection + interface(1, {}, 100) + packet(0, 1, kData);
  const auto damage = [&](const ByteString& bad) {
    const Parsed parsed = parse(good + bad);
    CHECK(parsed.events.size() == 1);
    CHECK(parsed.last.consumed == good.size());
    return parsed.last.damage;
  };
  CHECK(damage(packet(1, 1, kData)) == "a packet belongs to an interface that is not described");
  CHECK(damage(number(6, 4) + number(8, 4) + ByteString(16)) == "a block claims to be 8 bytes long");
  CHECK(damage(number(6, 4) + number(33, 4) + ByteString(40)) == "a block claims to be 33 bytes long");
  CHECK(damage(number(6, 4) + number(0x01000004, 4) + ByteString(16)) == "a block claims to be 16777220 bytes long");
  CHECK(damage(packet(0, 1, ByteString(300'000))) == "a packet is longer than its interface allows");
  CHECK(damage(block(6, ByteString(16))) == "a packet block is too short");
  CHECK(damage(block(6, ByteString(12) + number(5, 4) + ByteString(8))) == "a packet is longer than its block");
  CHECK(damage(block(1, ByteString(4))) == "an interface description is too short");
  CHECK(damage(interface(1, option(9, {1, 2}))) == "an interface description has an option of a wrong length");
  CHECK(damage(interface(1, {9, 0, 50, 0})) == "an interface description has an option of a wrong length");
  ByteString trailer = packet(0, 1, kData);
  ++trailer[trailer.size() - 4];
  CHECK(damage(trailer) == "the two lengths of a block differ");
  ByteString section = kSection;
  section[8] = 0;
  CHECK(damage(section) == "a section without byte-order magic");
  section = kSection;
  section[12] = 9;
  CHECK(damage(section) == "a section of an unknown pcapng version");
}

TEST_CASE("a file of interfaces alone does not fill the memory", "[io]") {
  ByteString file = kSection;
  const ByteString one = interface(1);
  file.reserve(70'000 * one.size());
  for (int i = 0; i < 65'537; ++i) file.insert(file.end(), one.begin(), one.end());
  CHECK(parse(file).last.damage == "a section has more than 65536 interfaces");
}

}  // namespace
}  // namespace scanner
