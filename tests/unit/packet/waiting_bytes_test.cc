#include "scanner/packet/waiting_bytes.h"

#include "tests/support/seeded_random.h"

#include <catch2/catch.hpp>

#include <string>

using namespace scanner;

namespace {

std::string text(const WaitingBytes::Run& run) { return {run.bytes.begin(), run.bytes.end()}; }

PacketContext frame(std::uint32_t number) { return {Timestamp{number}, number, number, 0}; }

}  // namespace

TEST_CASE("bytes that follow each other wait as one run, others apart", "[packet]") {
  WaitingBytes waiting;
  CHECK(waiting.add(10, as_bytes("abc"), 0, frame(1)) == 0);
  CHECK(waiting.add(13, as_bytes("def"), 0, frame(2)) == 0);
  CHECK(waiting.add(20, as_bytes("xyz"), 0, frame(3)) == 0);
  CHECK(waiting.weight() == 9 + 2 * WaitingBytes::kRunCharge);
  CHECK(waiting.end() == 23);
  const WaitingBytes::Run run = waiting.take_first();
  CHECK(run.begin == 10);
  CHECK(text(run) == "abcdef");
  CHECK(run.since == Timestamp{1});
  CHECK(waiting.first().begin == 20);
}

TEST_CASE("the first copy of a waiting byte stays and others are counted", "[packet]") {
  WaitingBytes waiting;
  waiting.add(10, as_bytes("cd"), 0, frame(1));
  waiting.add(14, as_bytes("gh"), 0, frame(2));
  CHECK(waiting.add(8, as_bytes("abCdefGhij"), 0, frame(3)) == 2);
  std::string all;
  std::uint64_t next = 8;
  while (!waiting.empty()) {
    const WaitingBytes::Run run = waiting.take_first();
    CHECK(run.begin == next);
    all += text(run);
    next = run.end();
  }
  CHECK(all == "abcdefghij");
}

TEST_CASE("long segments are remembered each with its packet, tiny ones share", "[packet]") {
  WaitingBytes waiting;
  waiting.add(0, as_bytes(std::string(100, 'a')), 0, frame(1));
  waiting.add(100, as_bytes(std::string(100, 'b')), 0, frame(2));
  const WaitingBytes::Run run = waiting.take_first();
  REQUIRE(run.marks.size() == 2);
  CHECK(run.marks[1].begin == 100);
  CHECK(run.marks[1].frame == 2);
  for (std::uint64_t i = 0; i < 10000; ++i) waiting.add(i, as_bytes("x"), 0, frame(3));
  CHECK(waiting.take_first().marks.size() <= 10000 / 16 + 1);
}

TEST_CASE("what the snaplen cut behind a run is forgotten once more follows", "[packet]") {
  WaitingBytes waiting;
  waiting.add(10, as_bytes("abc"), 7, frame(1));
  CHECK(waiting.first().cut == 7);
  waiting.add(13, as_bytes("d"), 0, frame(2));
  CHECK(waiting.first().cut == 0);
}

TEST_CASE("whatever is added, every byte waits once and as it first came", "[packet]") {
  test::SeededRandom random(1);
  for (int round = 0; round < 200; ++round) {
    WaitingBytes waiting;
    std::string expected(300, '\0');
    std::size_t conflicts = 0, expected_conflicts = 0;
    for (int i = 0; i < 30; ++i) {
      const std::size_t begin = random.below(250), size = 1 + random.below(50);
      const std::string piece(size, static_cast<char>('a' + random.below(3)));
      for (std::size_t at = 0; at < size; ++at) {
        char& byte = expected[begin + at];
        if (byte == '\0') byte = piece[at];
        expected_conflicts += byte != piece[at] ? 1 : 0;
      }
      conflicts += waiting.add(begin, as_bytes(piece), 0, frame(1));
    }
    CHECK(conflicts == expected_conflicts);
    std::string found(300, '\0');
    while (!waiting.empty()) {
      const WaitingBytes::Run run = waiting.take_first();
      found.replace(static_cast<std::size_t>(run.begin), run.bytes.size(), text(run));
    }
    CHECK(found == expected);
    CHECK(waiting.weight() == 0);
  }
}
