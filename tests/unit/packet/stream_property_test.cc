// What a stream delivers depends on its bytes and not on how they were cut into segments.
#include "tests/support/seeded_random.h"
#include "tests/unit/packet/flow_recorder.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

using namespace scanner;
using namespace scanner::test;

namespace {

using Random = SeededRandom;

std::string random_text(Random& random, std::size_t size) {
  std::string text(size, '\0');
  for (char& byte : text) byte = static_cast<char>('a' + random.below(26));
  return text;
}

// A conversation with losses, retransmissions, overlaps, reordering and one side that may
// be missing; or one that begins in its midst.
std::vector<TcpSegment> conversation(Random& random, const TcpDialogue& fresh, bool honest) {
  TcpDialogue talk = fresh;
  if (!random.one_in(4)) talk.handshake();
  const int turns = 20 + static_cast<int>(random.below(60));
  for (int i = 0; i < turns; ++i) {
    const std::string text = random_text(random, 1 + random.below(400));
    switch (random.below(10)) {
      case 0:
        talk.client_loses(1 + random.below(300));
        break;
      case 1:
        talk.server_loses(1 + random.below(300));
        break;
      case 2:
        talk.client_acks();
        break;
      case 3:
        talk.server_acks();
        break;
      case 4:
        talk.wait(std::chrono::milliseconds(random.below(5000)));
        break;
      case 5:
      case 6:
        talk.server(text);
        break;
      default:
        talk.client(text);
        break;
    }
  }
  if (random.one_in(2)) talk.close();
  std::vector<TcpSegment> segments = std::move(talk.segments);
  // Retransmissions; in dishonest ones, bytes that others come to contradict.
  for (std::size_t i = random.below(4); i-- > 0;) {
    const std::size_t original = random.below(static_cast<std::uint32_t>(segments.size()));
    const std::size_t left = segments.size() - original;
    const std::size_t at = original + random.below(static_cast<std::uint32_t>(left));
    TcpSegment again = segments[original];
    again.at = segments[at].at;
    if (!honest && random.one_in(2)) again.payload += random_text(random, random.below(50));
    segments.insert(segments.begin() + static_cast<std::ptrdiff_t>(at), again);
  }
  for (std::size_t i = random.below(6); i-- > 0;) {
    const std::size_t at = 3 + random.below(static_cast<std::uint32_t>(segments.size() - 4));  // not the handshake
    std::swap(segments[at], segments[at + 1]);
    std::swap(segments[at].at, segments[at + 1].at);
  }
  if (random.one_in(5)) {
    const Direction missing = static_cast<Direction>(random.below(2));
    std::erase_if(segments, [&](const TcpSegment& s) { return s.from == missing; });
  }
  return segments;
}

std::vector<TcpSegment> cut_at_random(Random& random, const TcpSegment& segment, std::uint32_t smallest) {
  std::vector<std::size_t> lengths;
  std::size_t left = segment.payload.size();
  const std::uint32_t more = random.one_in(3) ? 3 : 200;
  while (left > 0) {
    lengths.push_back(std::min<std::size_t>(left, smallest + random.below(more)));
    left -= lengths.back();
  }
  return lengths.empty() ? std::vector<TcpSegment>{segment} : cut(segment, lengths);
}

// Every byte with the time at which it was delivered.
struct Delivered {
  std::string text[2];
  std::vector<std::pair<std::uint64_t, std::int64_t>> bytes[2];  // offset, time
  std::vector<SeenGap> gaps[2];
  std::vector<std::uint64_t> acknowledged[2];
  FlowEnd end = FlowEnd::Idle;

  friend bool operator==(const Delivered&, const Delivered&) = default;
};

std::vector<Delivered> deliver(const TcpDialogue& talk, const std::vector<TcpSegment>& segments,
                               const FlowLimits& limits) {
  FlowRun run(limits);
  run.seen.watch_acknowledgements = true;
  run.feed(talk, segments).finish();
  std::vector<Delivered> all;
  for (const SeenFlow& flow : run.seen.flows) {
    Delivered& delivered = all.emplace_back();
    delivered.end = *flow.end;
    for (const std::size_t d : {0U, 1U}) {
      for (const SeenBytes& part : flow.bytes[d]) {
        delivered.text[d] += part.text;
        for (std::size_t i = 0; i < part.text.size(); ++i) delivered.bytes[d].emplace_back(part.offset + i, part.at.ns);
      }
      delivered.gaps[d] = flow.gaps[d];
      delivered.acknowledged[d] = flow.acknowledged[d];
    }
  }
  return all;
}

FlowLimits random_limits(Random& random) {
  FlowLimits limits;
  if (random.one_in(2)) limits.max_pending_bytes = 600 + random.below(4000);
  if (random.one_in(4)) limits.max_pending_bytes_per_shard = 1000 + random.below(4000);
  return limits;
}

}  // namespace

TEST_CASE("re-cut segments deliver the same bytes and gaps at the same times", "[packet]") {
  Random random(20240601);
  for (int round = 0; round < 600; ++round) {
    TcpDialogue talk;
    if (random.one_in(3)) talk.client_sequence = talk.server_sequence = 0xffffff00;
    const FlowLimits limits = random_limits(random);
    const std::vector<TcpSegment> whole = conversation(random, talk, false);
    std::vector<TcpSegment> pieces;
    for (const TcpSegment& segment : whole)
      for (const TcpSegment& piece : cut_at_random(random, segment, 1)) pieces.push_back(piece);
    INFO("round " << round);
    REQUIRE(deliver(talk, pieces, limits) == deliver(talk, whole, limits));
  }
}

TEST_CASE("repeated pieces, and pieces of a segment in any order, change nothing either", "[packet]") {
  Random random(20240602);
  for (int round = 0; round < 600; ++round) {
    TcpDialogue talk;
    const std::vector<TcpSegment> whole = conversation(random, talk, true);
    std::vector<TcpSegment> pieces;
    for (const TcpSegment& segment : whole) {
      // Not too small: what waits pays for every hole in it.
      std::vector<TcpSegment> cut_up = cut_at_random(random, segment, 16);
      for (std::size_t i = random.below(3); i-- > 0;) cut_up.push_back(cut_up[random() % cut_up.size()]);
      // A stream whose start was not seen begins with the first bytes that come.
      const bool may_shuffle = whole.front().flags == "S" && segment.flags.find('F') == std::string::npos;
      if (may_shuffle) std::shuffle(cut_up.begin(), cut_up.end(), random);
      pieces.insert(pieces.end(), cut_up.begin(), cut_up.end());
    }
    INFO("round " << round);
    REQUIRE(deliver(talk, pieces, {}) == deliver(talk, whole, {}));
  }
}

TEST_CASE("segments that overtake each other within a window deliver the same bytes without gaps", "[packet]") {
  Random random(20240603);
  for (int round = 0; round < 300; ++round) {
    TcpDialogue talk;
    talk.handshake();
    std::string sent;
    for (int window = 0; window < 10; ++window) {
      const std::size_t first = talk.segments.size();
      for (std::size_t i = 1 + random.below(8); i-- > 0;) {
        const std::string text = random_text(random, 1 + random.below(1000));
        talk.client(text);
        sent += text;
      }
      const auto begin = talk.segments.begin() + static_cast<std::ptrdiff_t>(first);
      std::vector<Timestamp> times;
      for (auto i = begin; i != talk.segments.end(); ++i) times.push_back(i->at);
      std::shuffle(begin, talk.segments.end(), random);
      for (std::size_t i = 0; i < times.size(); ++i) talk.segments[first + i].at = times[i];
      talk.server_acks();
    }
    FlowRun run;
    run.feed(talk).finish();
    REQUIRE(run.flow().client() == sent);
  }
}
