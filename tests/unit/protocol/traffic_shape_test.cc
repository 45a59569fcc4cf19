#include "scanner/protocol/traffic_shape.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <string>

using namespace scanner;

namespace {

constexpr auto kClient = Direction::FromInitiator, kServer = Direction::FromResponder;
constexpr Timestamp kStart{1'700'000'000'000'000'000};
constexpr std::uint8_t kRecord[] = {23, 3, 3, 0, 100, 1, 2, 3, 4, 5, 6, 7};

Timestamp at(double seconds) { return kStart + Duration(static_cast<std::int64_t>(seconds * 1e9)); }

struct Talk {
  TrafficShape shape{kStart, kClient};

  Talk& say(double seconds, Direction from, std::uint32_t bytes, Bytes start = Bytes(kRecord)) {
    shape.take(from, bytes, start, at(seconds));
    return *this;
  }
  float operator()(ShapeFeature feature, double seconds) const { return shape.seen(at(seconds)).features[static_cast<std::size_t>(feature)]; }
};

// A share every seven seconds, answered after 50 ms, and a job every 28.
Talk miner(double seconds) {
  Talk talk;
  for (int tick = 1; tick < seconds; ++tick) {
    if (tick % 7 == 0) talk.say(tick, kClient, 200).say(tick + 0.05, kServer, 70);
    if (tick % 28 == 10) talk.say(tick, kServer, 400);
  }
  return talk;
}

using enum ShapeFeature;

}  // namespace

TEST_CASE("requests, answers and pushes are told apart by who speaks when", "[protocol][shape]") {
  const Talk talk = miner(300);
  const ShapeSeen seen = talk.shape.seen(at(300));
  CHECK(seen.requests == 42);
  CHECK(seen.answers == 42);
  CHECK(seen.pushes == 11);
  CHECK(seen.watched == std::chrono::seconds(300));
  CHECK(std::exp2(talk(RequestSize, 300)) == Approx(200).epsilon(0.01));
  CHECK(std::exp2(talk(AnswerSize, 300)) == Approx(70).epsilon(0.01));
  CHECK(std::exp2(talk(PushSize, 300)) == Approx(400).epsilon(0.01));
  CHECK(talk(Answered, 300) == 1);
  CHECK(std::exp2(talk(AnswerDelay, 300)) == Approx(50).epsilon(0.02));
  CHECK(talk(PushReacted, 300) == 0);
  CHECK(talk(RequestRhythm, 300) < 0.01F);
  CHECK(talk(RequestUnevenness, 300) < 0.02F);
  CHECK(talk(PushUnevenness, 300) < 0.02F);
  CHECK(talk(RequestRepeats, 300) > 0.9F);
  CHECK(std::exp2(talk(RequestToAnswer, 300)) == Approx(200.0 / 70).epsilon(0.02));
  CHECK(talk(FirstSpeaker, 300) == 0);
}

TEST_CASE("what one side sends without a pause is one message, however it was cut", "[protocol][shape]") {
  Talk whole, cut;
  for (int i = 1; i <= 5; ++i) {
    whole.say(i * 10, kClient, 2900).say(i * 10 + 0.1, kServer, 60);
    cut.say(i * 10, kClient, 1448).say(i * 10, kClient, 1448).say(i * 10 + 0.001, kClient, 4).say(i * 10 + 0.1, kServer, 60);
  }
  CHECK(cut(RequestSize, 60) == Approx(whole(RequestSize, 60)));
  CHECK(cut.shape.seen(at(60)).requests == 5);
}

TEST_CASE("words that meet a push at once are a reaction and no request", "[protocol][shape]") {
  Talk talk;
  for (int i = 1; i <= 4; ++i) talk.say(i * 30, kServer, 1300).say(i * 30 + 0.01, kClient, 100).say(i * 30 + 0.05, kServer, 120);
  const ShapeSeen seen = talk.shape.seen(at(150));
  CHECK(seen.pushes == 4);
  CHECK(seen.requests == 4);
  CHECK(talk(RequestRate, 150) < -5);  // none of their own
  CHECK(seen.answers == 4);
  CHECK(talk(PushReacted, 150) == 1);
}

TEST_CASE("what follows an answer within a second is part of it, what comes later is a push", "[protocol][shape]") {
  Talk talk;
  talk.say(1, kClient, 100).say(1.1, kServer, 60).say(1.6, kServer, 500).say(5, kServer, 500);
  const ShapeSeen seen = talk.shape.seen(at(10));
  CHECK(seen.answers == 1);
  CHECK(seen.pushes == 1);
}

TEST_CASE("words of the other side after ten seconds answer nothing", "[protocol][shape]") {
  Talk talk;
  talk.say(1, kClient, 100).say(12, kServer, 60);
  CHECK(talk.shape.seen(at(20)).answers == 0);
  CHECK(talk.shape.seen(at(20)).pushes == 1);
}

TEST_CASE("a retransmission is not said twice", "[protocol][shape]") {
  TrafficShape shape(kStart, std::nullopt);
  CHECK(shape.fresh(kClient, 0xfffffff0, 100) == 100);
  CHECK(shape.fresh(kClient, 0xfffffff0, 100) == 0);
  CHECK(shape.fresh(kClient, 0xfffffff0 + 50, 100) == 50);
  CHECK(shape.fresh(kClient, 0xfffffff0 + 149, 1) == 0);  // a keep-alive
  CHECK(shape.fresh(kServer, 7, 10) == 10);
}

TEST_CASE("gaps by chance are told from a clock's, and one request a push from independent ones", "[protocol][shape]") {
  Talk chance, paired;
  double now = 0;
  std::uint64_t state = 9;
  for (int i = 0; i < 400; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    now += -10 * std::log(static_cast<double>((state >> 11) + 1) * 0x1.0p-53) + 0.3;
    chance.say(now, kClient, 200).say(now + 0.04, kServer, 60);
  }
  CHECK(chance(RequestRhythm, now) == Approx(1).margin(0.25));
  // Chance's own 1.85, but for the shortest gaps, which these have not.
  CHECK(chance(RequestUnevenness, now) == Approx(1.55).margin(0.15));
  CHECK(std::exp2(chance(RequestBurstiness, now)) == Approx(1).margin(0.4));
  for (int i = 1; i < 50; ++i) paired.say(i * 20, kServer, 500).say(i * 20 + 8, kClient, 200).say(i * 20 + 8.05, kServer, 60);
  CHECK(paired(RequestsPerPush, 1000) < 0.05F);
}

TEST_CASE("readable bytes are told from sealed ones", "[protocol][shape]") {
  const auto sealed = [](const std::string& bytes) {
    TrafficShape shape(kStart, std::nullopt);
    for (int i = 1; i < 8; ++i) shape.take(kClient, 64, as_bytes(bytes), at(i));
    return shape.looks_sealed();
  };
  std::string noise;
  for (std::uint64_t state = 3; noise.size() < 64;) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    noise += static_cast<char>(state >> 56);
  }
  CHECK(sealed(noise));
  CHECK(sealed(std::string("\x17\x03\x03\x00\x20") + std::string(27, 'a')));
  CHECK_FALSE(sealed("{\"id\":4,\"method\":\"mining.submit\",\"params\":[]}"));
  CHECK_FALSE(sealed("* 12 EXISTS\r\n* OK still here\r\n"));
  CHECK_FALSE(sealed(std::string("\x05\x64\x1a\xc4\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x03\x00", 24)));
  CHECK_FALSE(sealed("short"));
}

TEST_CASE("of what was not seen often enough nothing is known", "[protocol][shape]") {
  Talk talk;
  talk.say(1, kClient, 100).say(1.1, kServer, 60);
  for (const ShapeFeature feature : {RequestSize, AnswerDelay, PushSize, PushRhythm, RequestRhythm, RequestsPerPush, RequestToAnswer}) CHECK(std::isnan(talk(feature, 60)));
  CHECK(std::isfinite(talk(RequestRate, 60)));
}

TEST_CASE("the moments of pushes stay right on a conversation of a week", "[protocol][shape]") {
  constexpr double kSixDays = 6 * 86400.0;
  Talk talk;
  for (int push = 0; push < 20; ++push) talk.say(kSixDays + 30 * push, kServer, 400);
  auto times = talk.shape.seen(at(kSixDays + 600)).push_times;
  std::sort(times.begin(), times.end());
  for (std::size_t i = 0; i < times.size(); ++i) CHECK(times[i] == at(kSixDays + 30.0 * static_cast<double>(12 + i)));
}

TEST_CASE("a flow of more than four gigabytes counts as large", "[protocol][shape]") {
  Talk talk;
  for (int i = 0; i < 6; ++i) talk.say(i, kServer, 1U << 30);
  CHECK(talk.shape.bytes() == 0xffffffffU);
  CHECK(talk(Volume, 60) > 31);
}

TEST_CASE("a flow's shape weighs no more than its budget", "[protocol][shape]") { CHECK(sizeof(TrafficShape) <= 240); }
