#include "scanner/io/outbox_record.h"

#include "scanner/io/integrity.h"
#include "scanner/io/segment_walk.h"
#include "tests/support/outbox_fixture.h"

#include <catch2/catch.hpp>

namespace scanner {
namespace {

using test::numbered_event;

OutboxRecord record(std::uint64_t sequence, const Sha256& previous = {}) {
  OutboxRecord out;
  out.sequence = sequence;
  out.previous = previous;
  out.body = numbered_event(sequence);
  out.content = sha256(as_bytes(out.body));
  return out;
}

std::vector<std::uint8_t> frames(std::uint64_t count) {
  std::vector<std::uint8_t> bytes;
  Sha256 previous{};
  for (std::uint64_t i = 1; i <= count; ++i) {
    const OutboxRecord one = record(i, previous);
    append_record(bytes, one);
    previous = one.hash();
  }
  return bytes;
}

TEST_CASE("a record is read as it was written, and not from a byte less", "[outbox]") {
  const auto bytes = frames(1);
  const Frame frame = parse_record(bytes);
  REQUIRE(frame.state == FrameState::Whole);
  CHECK(frame.size == bytes.size());
  CHECK(frame.record.hash() == record(1).hash());
  CHECK(frame.record.body == record(1).body);
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK(parse_record(Bytes(bytes).first(size)).state == FrameState::Short);
}

TEST_CASE("the example of outbox.md is what is written", "[outbox]") {
  OutboxRecord example;
  example.sequence = 1;
  example.body =
      R"({"specversion":"1.0","id":"00000000000000000000000000000001","source":"urn:aupscan:agent:h1","type":"aupscan.breach.v1","subject":"ip:192.0.2.1","time":"2026-01-02T12:00:00.000000000Z","datacontenttype":"application/json","data":{"incident":"x"}})";
  example.content = sha256(as_bytes(example.body));
  std::vector<std::uint8_t> header, frame;
  append_header(header, {});
  append_record(frame, example);
  CHECK(to_hex(header) == "4155504f555442010100000000000000" + std::string(64, '0') + "6bd5e972");
  CHECK(to_hex(Bytes(frame).first(kRecordHeader)) ==
        "2ab40395f6000000010000000000000001000000" + std::string(64, '0') + "8b4490c27c604213416c3b2675bc2fcf3b5802a2883c9758d30a64a1756553c2");
  CHECK(to_hex(example.hash()) == "c1ee3da79571e458f038b2f288043b0347ddc3010a2ac9b26590d4ea7cea5ff8");
}

TEST_CASE("no flipped bit of a record goes unnoticed", "[outbox]") {
  const auto whole = frames(1);
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    auto bytes = whole;
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1U << (bit % 8)));
    CHECK(parse_record(bytes).state != FrameState::Whole);
  }
}

TEST_CASE("a segment's header is read as it was written, and not when damaged", "[outbox]") {
  std::vector<std::uint8_t> bytes;
  append_header(bytes, {17, record(16).hash()});
  REQUIRE(bytes.size() == kSegmentHeader);
  CHECK(parse_header(bytes)->first_sequence == 17);
  CHECK(parse_header(bytes)->previous == record(16).hash());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto damaged = bytes;
    ++damaged[i];
    CHECK_FALSE(parse_header(damaged));
  }
}

TEST_CASE("a walk goes on behind damage, and says where it is", "[outbox]") {
  auto bytes = frames(3);
  const std::size_t size = bytes.size() / 3;
  bytes[size + 100] ^= 1;
  SegmentWalk walk(bytes, kSegmentHeader, 1);
  CHECK(walk.next().record.sequence == 1);
  const WalkStep damage = walk.next();
  CHECK(damage.state == WalkState::Damage);
  CHECK(damage.offset == kSegmentHeader + size);
  CHECK(damage.size == size);
  CHECK(walk.next().record.sequence == 3);
  CHECK(walk.next().state == WalkState::End);
}

TEST_CASE("a record that stands in a later one's place is damage", "[outbox]") {
  auto bytes = frames(2);
  const auto first = frames(1);
  bytes.insert(bytes.end(), first.begin(), first.end());
  SegmentWalk walk(bytes, kSegmentHeader, 1);
  walk.next();
  walk.next();
  const WalkStep step = walk.next();
  CHECK(step.state == WalkState::Torn);
  CHECK_THAT(step.why, Catch::Contains("record 1 stands where record 3 belongs"));
}

TEST_CASE("an event that left proves which record it is", "[outbox]") {
  const SigningKey key = test::test_key();
  const OutboxRecord one = record(9, record(8).hash());
  const auto claim = read_integrity(with_integrity(one, &key));
  REQUIRE(claim);
  CHECK(claim->record.body == one.body);
  CHECK(claim->record.hash() == one.hash());
  CHECK(claim->claimed == one.hash());
  CHECK(is_signed(event_text(one.hash()), claim->signature, *parse_public_key(key.public_text())));
  CHECK_FALSE(is_signed(event_text(one.content), claim->signature, *parse_public_key(key.public_text())));
  CHECK(read_integrity(with_integrity(one, nullptr))->signature.empty());
  CHECK_FALSE(read_integrity(one.body));
}

}  // namespace
}  // namespace scanner
