#include "scanner/packet/ip_fragments.h"

#include "tests/support/packet_builder.h"
#include "tests/support/seeded_random.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

using namespace scanner;
using namespace scanner::test;

namespace {

constexpr Timestamp kStart{1'700'000'000'000'000'000};
const std::string kText = "The quick brown fox jumps over the lazy dog, twice and once more.";

std::vector<Buffer> fragments_of(std::string_view text, bool v6 = false, std::uint32_t id = 7, std::size_t size = 16) {
  PacketBuilder packet;
  packet.ethernet();
  v6 ? packet.ip("2001:db8::1", "2001:db8::2") : packet.ip("192.0.2.1", "198.51.100.2");
  return packet.udp(1000, 53).payload(text).build_fragments(id, size);
}

struct Reassembly {
  IpFragments fragments;
  Decoded whole;
  std::shared_ptr<const std::vector<std::uint8_t>> storage;

  explicit Reassembly(const FragmentLimits& limits = {}) : fragments(limits) {}

  bool feed(const Buffer& packet, Timestamp at = kStart, std::size_t captured = SIZE_MAX) {
    Decoded fragment;
    decode(packet_of(packet, LinkType::Ethernet, captured), fragment);
    REQUIRE(fragment.status == DecodeStatus::Fragment);
    return fragments.feed(fragment, at, whole, storage);
  }
  std::string text() const { return std::string(as_text(whole.payload)); }
};

}  // namespace

TEST_CASE("fragments are put together in any order", "[packet]") {
  SeededRandom random(3);
  for (const bool v6 : {false, true}) {
    for (int round = 0; round < 20; ++round) {
      auto packets = fragments_of(kText, v6);
      std::shuffle(packets.begin(), packets.end(), random);
      Reassembly reassembly;
      for (std::size_t i = 0; i + 1 < packets.size(); ++i) CHECK_FALSE(reassembly.feed(packets[i]));
      REQUIRE(reassembly.feed(packets.back()));
      REQUIRE(reassembly.whole.status == DecodeStatus::Ok);
      CHECK(reassembly.whole.tuple.source.port == 1000);
      CHECK(reassembly.text() == kText);
      CHECK(reassembly.fragments.counters().completed == 1);
    }
  }
}

TEST_CASE("datagrams of other addresses, numbers or networks do not mix", "[packet]") {
  Reassembly reassembly;
  const auto one = fragments_of(kText, false, 1), two = fragments_of(std::string(65, 'x'), false, 2);
  for (std::size_t i = 0; i + 1 < one.size(); ++i) {
    CHECK_FALSE(reassembly.feed(one[i]));
    CHECK_FALSE(reassembly.feed(two[i]));
  }
  REQUIRE(reassembly.feed(one.back()));
  CHECK(reassembly.text() == kText);
  REQUIRE(reassembly.feed(two.back()));
  CHECK(reassembly.text() == std::string(65, 'x'));
}

TEST_CASE("a fragment that comes twice is no overlap", "[packet]") {
  for (const bool v6 : {false, true}) {
    const auto packets = fragments_of(kText, v6);
    Reassembly reassembly;
    for (std::size_t i = 0; i + 1 < packets.size(); ++i) {
      reassembly.feed(packets[i]);
      reassembly.feed(packets[i]);
    }
    CHECK(reassembly.feed(packets.back()));
    CHECK(reassembly.text() == kText);
    CHECK(reassembly.fragments.counters().overlaps == 0);
  }
}

TEST_CASE("of overlapping IPv4 fragments the first copy is kept and the overlap counted", "[packet]") {
  auto packets = fragments_of(kText);
  Buffer forged = packets[1];
  forged[34] = 'X';
  Reassembly reassembly;
  for (std::size_t i = 0; i + 1 < packets.size(); ++i) reassembly.feed(packets[i]);
  reassembly.feed(forged);
  REQUIRE(reassembly.feed(packets.back()));
  CHECK(reassembly.text() == kText);
  CHECK(reassembly.fragments.counters().overlaps == 1);
}

TEST_CASE("IPv4 fragments that overlap in part fill the holes between", "[packet]") {
  const auto small = fragments_of(kText, false, 7, 16), large = fragments_of(kText, false, 7, 32);
  Reassembly reassembly;
  reassembly.feed(small[1]);
  reassembly.feed(large[0]);
  reassembly.feed(small[3]);
  reassembly.feed(large[1]);
  REQUIRE(reassembly.feed(small.back()));
  CHECK(reassembly.text() == kText);
}

TEST_CASE("an overlap drops the whole IPv6 datagram", "[packet]") {
  auto packets = fragments_of(kText, true);
  Buffer forged = packets[1];
  forged[14 + 40 + 8] ^= 1;
  Reassembly reassembly;
  reassembly.feed(packets[0]);
  reassembly.feed(packets[1]);
  reassembly.feed(forged);
  for (std::size_t i = 0; i < packets.size(); ++i) CHECK_FALSE(reassembly.feed(packets[i]));
  CHECK(reassembly.fragments.counters().overlaps == 1);
}

TEST_CASE("fragments beyond the end that the last one gave are refused", "[packet]") {
  const auto longer = fragments_of(kText + kText), shorter = fragments_of(kText);
  Reassembly reassembly;
  reassembly.feed(shorter.back());
  CHECK_FALSE(reassembly.feed(longer.back()));
  for (std::size_t i = 0; i + 2 < shorter.size(); ++i) CHECK_FALSE(reassembly.feed(shorter[i]));
  REQUIRE(reassembly.feed(shorter[shorter.size() - 2]));
  CHECK(reassembly.fragments.counters().overlaps == 1);
}

TEST_CASE("an incomplete datagram goes after 30 s", "[packet]") {
  const auto packets = fragments_of(kText);
  Reassembly reassembly;
  for (std::size_t i = 0; i + 1 < packets.size(); ++i) reassembly.feed(packets[i]);
  CHECK_FALSE(reassembly.feed(packets.back(), kStart + std::chrono::seconds(30)));
  CHECK(reassembly.fragments.counters().expired == 1);
}

TEST_CASE("the oldest datagram goes where there are too many, or too many bytes", "[packet]") {
  FragmentLimits limits;
  limits.max_datagrams = 3;
  Reassembly few(limits);
  for (std::uint32_t id = 1; id <= 4; ++id) few.feed(fragments_of(kText, false, id)[0]);
  CHECK(few.fragments.counters().evicted == 1);
  limits = {};
  limits.max_bytes = 10000;
  Reassembly small(limits);
  for (std::uint32_t id = 1; id <= 1000; ++id) small.feed(fragments_of(kText, false, id)[0]);
  CHECK(small.fragments.counters().evicted >= 970);
  const auto last = fragments_of(kText, false, 1000);
  for (std::size_t i = 1; i + 1 < last.size(); ++i) small.feed(last[i]);
  CHECK(small.feed(last.back()));
}

TEST_CASE("clipped fragments and odd middle ones are dropped", "[packet]") {
  auto packets = fragments_of(kText);
  Reassembly reassembly;
  reassembly.feed(packets[0], kStart, packets[0].size() - 3);
  for (std::size_t i = 1; i < packets.size(); ++i) CHECK_FALSE(reassembly.feed(packets[i]));
  CHECK(reassembly.fragments.counters().fragments == packets.size());
}

TEST_CASE("IPv6 extension headers within the fragments are opened", "[packet]") {
  const auto packets = PacketBuilder()
                           .ethernet()
                           .ip("2001:db8::1", "2001:db8::2")
                           .extension(60, 24)
                           .udp(1000, 53)
                           .payload(kText)
                           .build_fragments(7, 16);
  Reassembly reassembly;
  for (std::size_t i = 0; i + 1 < packets.size(); ++i) reassembly.feed(packets[i]);
  REQUIRE(reassembly.feed(packets.back()));
  CHECK(reassembly.whole.status == DecodeStatus::Ok);
  CHECK(reassembly.text() == kText);
}

TEST_CASE("a fragment within fragments of a tunnel is put together in two rounds", "[packet]") {
  const auto inner =
      PacketBuilder().ip("192.0.2.1", "198.51.100.2").udp(1000, 53).payload(kText).build_fragments(7, 32);
  Reassembly reassembly;
  bool done = false;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    const auto outer = PacketBuilder()
                           .ethernet()
                           .ip("203.0.113.1", "203.0.113.2")
                           .protocol(4)
                           .payload(inner[i])
                           .build_fragments(100 + static_cast<std::uint32_t>(i), 16);
    for (const Buffer& packet : outer) done = reassembly.feed(packet);
    REQUIRE(done);
    REQUIRE(reassembly.whole.status == DecodeStatus::Fragment);
    CHECK(reassembly.whole.encapsulations == 1);
    done = reassembly.fragments.feed(reassembly.whole, kStart, reassembly.whole, reassembly.storage);
  }
  REQUIRE(done);
  CHECK(reassembly.text() == kText);
}
