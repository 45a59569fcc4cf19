#include "scanner/protocol/traffic_shape.h"

#include <algorithm>
#include <bitset>
#include <cmath>
#include <limits>

namespace scanner {
namespace {

using namespace std::chrono_literals;

constexpr Duration kPause = 250ms, kAnswer = 10s, kFollowUp = 1s, kReaction = 1s, kHalfMinute = 30s, kTick = 100us;
constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();
constexpr std::size_t kLooked = 32;

std::size_t index(Direction direction) { return static_cast<std::size_t>(direction); }
float seconds(Duration duration) { return static_cast<float>(static_cast<double>(duration.count()) / 1e9); }
float seconds(std::uint32_t ticks) { return static_cast<float>(ticks) * 1e-4F; }
// Of a gap; what comes closer than 50 ms is all the same.
float log_gap(float seconds) { return std::log2(std::max(seconds, 0.05F)); }
void grow(std::uint32_t& sum, std::uint32_t by) { sum = by > std::numeric_limits<std::uint32_t>::max() - sum ? std::numeric_limits<std::uint32_t>::max() : sum + by; }
template <typename T>
void count(T& counter) {
  if (counter != std::numeric_limits<T>::max()) ++counter;
}

enum class Look : std::uint8_t { Unclear, Sealed, Written };

// Encrypted and compressed bytes hardly repeat within 32: 30 of them differ on average. Words,
// numbers and padded fields do.
Look look_at(Bytes start) {
  constexpr std::size_t kLeast = 12;
  constexpr std::uint8_t kTlsRecord = 23;
  if (start.size() >= 5 && start[0] == kTlsRecord && start[1] == 3 && start[2] <= 4) return Look::Sealed;
  const Bytes looked = start.first(std::min(start.size(), kLooked));
  if (looked.size() < kLeast) return Look::Unclear;
  std::bitset<256> values;
  std::size_t printable = 0;
  for (const std::uint8_t byte : looked) {
    values.set(byte);
    if (byte >= 0x20 && byte < 0x7f) ++printable;
  }
  const bool distinct = values.count() * 100 >= looked.size() * 80;
  return distinct && printable * 4 < looked.size() * 3 ? Look::Sealed : Look::Written;
}

}  // namespace

void TrafficShape::Spread::add(float value, std::uint32_t count) {
  const float from_mean = value - mean;
  mean += from_mean / static_cast<float>(count);
  squares += from_mean * (value - mean);
}

float TrafficShape::Spread::deviation(std::uint32_t count) const {
  return count < 2 ? kUnknown : std::sqrt(std::max(squares, 0.0F) / static_cast<float>(count - 1));
}

void TrafficShape::Sizes::add(std::uint32_t bytes) {
  constexpr int kAlike = 3;
  if (count == std::numeric_limits<std::uint16_t>::max()) return;
  log.add(std::log2(static_cast<float>(std::max(bytes, 1U))), ++count);
  const auto size = static_cast<std::uint16_t>(std::min<std::uint32_t>(bytes, 65535));
  for (std::uint16_t& other : last) {
    if (other == 0 || std::abs(int{other} - int{size}) > kAlike) continue;
    ++repeats;
    other = size;
    return;
  }
  last[oldest] = size;
  oldest = static_cast<std::uint8_t>((oldest + 1) % last.size());
}

TrafficShape::TrafficShape(Timestamp from, std::optional<Direction> first_speaker) : began_(from), last_of_{from, from} {
  if (first_speaker) first_speaker_ = static_cast<std::uint8_t>(*first_speaker);
}

std::uint32_t TrafficShape::fresh(Direction sender, std::uint32_t sequence, std::uint32_t size) {
  const std::size_t side = index(sender);
  const std::uint32_t end = sequence + size;
  if ((anchored_ & 1U << side) == 0) {
    anchored_ = static_cast<std::uint8_t>(anchored_ | 1U << side);
    sequence_end_[side] = end;
    return size;
  }
  const auto beyond = static_cast<std::int32_t>(end - sequence_end_[side]);
  if (beyond <= 0) return 0;
  sequence_end_[side] = end;
  return std::min(size, static_cast<std::uint32_t>(beyond));
}

std::uint32_t TrafficShape::ticks_at(Timestamp at) const { return static_cast<std::uint32_t>((at - began_) / kTick); }

void TrafficShape::take(Direction sender, std::uint32_t bytes, Bytes start, Timestamp at) {
  if (bytes == 0) return;
  const std::size_t side = index(sender);
  const bool goes_on = kind_ != Kind::None && (kind_ == Kind::Request || kind_ == Kind::Reaction) == (side == 0) && at - last() <= kPause;
  if (!goes_on) {
    end_stretch();
    longest_silence_ms_ = std::max(longest_silence_ms_, static_cast<std::uint32_t>((at - last()) / 1ms));
    begin(sender, at);
    const Look look = look_at(start);
    if (look == Look::Sealed) count(sealed_);
    if (look == Look::Written) count(written_);
  }
  grow(stretch_, bytes);
  grow(bytes_[side], bytes);
  last_of_[side] = at;
}

void TrafficShape::begin(Direction sender, Timestamp at) {
  pass_half_minutes(at);
  if (sender == Direction::FromInitiator)
    begin_request(at);
  else
    begin_response(at);
}

void TrafficShape::begin_request(Timestamp at) {
  if (push_unmet_ && at - last_of_[1] <= kReaction) {
    kind_ = Kind::Reaction;
    ++reactions_;
  } else {
    kind_ = Kind::Request;
    ++requests_;
    count(between_now_);
    count(half_minute_now_);
    if (requests_ > 1) {
      const float gap = seconds(ticks_at(at) - last_request_);
      request_gap_.add(gap, requests_ - 1);
      request_log_gap_.add(log_gap(gap), requests_ - 1);
    }
    last_request_ = ticks_at(at);
  }
  push_unmet_ = false;
  asked_ = true;
}

void TrafficShape::begin_response(Timestamp at) {
  if (asked_ && at - last_of_[0] <= kAnswer) {
    kind_ = Kind::Answer;
    const float delay = std::max(seconds(at - last_of_[0]) * 1000, 0.1F);
    delay_.add(std::log2(delay), ++answers_);
  } else if (responder_ == Kind::Answer && at - last_of_[1] <= kFollowUp) {
    kind_ = Kind::FollowUp;
    count(follow_ups_);
  } else {
    kind_ = Kind::Push;
    ++pushes_;
    if (pushes_ > 1) {
      const float gap = seconds(ticks_at(at) - push_times_[(pushes_ - 2) % push_times_.size()]);
      push_gap_.add(gap, pushes_ - 1);
      push_log_gap_.add(log_gap(gap), pushes_ - 1);
      between_.add(between_now_, pushes_ - 1);
    }
    between_now_ = 0;
    push_times_[(pushes_ - 1) % push_times_.size()] = ticks_at(at);
    last_push_turn_ = static_cast<std::uint16_t>(((at - began_) / kTick) >> 32);
    push_unmet_ = true;
  }
  asked_ = false;
  responder_ = kind_;
}

void TrafficShape::end_stretch() {
  largest_ = std::max(largest_, stretch_);
  if (kind_ == Kind::Request || kind_ == Kind::Reaction) sizes_[0].add(stretch_);
  if (kind_ == Kind::Answer) sizes_[1].add(stretch_);
  if (kind_ == Kind::Push) sizes_[2].add(stretch_);
  stretch_ = 0;
}

void TrafficShape::pass_half_minutes(Timestamp at) {
  const auto passed = static_cast<std::uint64_t>((at - began_) / kHalfMinute);
  while (half_minutes_passed_ < passed && half_minutes_passed_ != std::numeric_limits<std::uint16_t>::max()) {
    half_minutes_.add(half_minute_now_, ++half_minutes_passed_);
    half_minute_now_ = 0;
  }
}

ShapeSeen TrafficShape::seen(Timestamp now) const {
  TrafficShape to_now = *this;
  to_now.end_stretch();
  to_now.pass_half_minutes(now);
  const TrafficShape& s = to_now;
  ShapeSeen seen;
  seen.watched = now - began_;
  seen.until = now;
  seen.requests = requests_ + reactions_;
  seen.answers = answers_;
  seen.pushes = pushes_;
  // Back from the last one, which is known whole.
  const std::uint32_t last_push = pushes_ == 0 ? 0 : push_times_[(pushes_ - 1) % push_times_.size()];
  const Timestamp last_push_at = began_ + kTick * static_cast<std::int64_t>(std::uint64_t{last_push_turn_} << 32 | last_push);
  for (std::size_t i = 0; i < std::min<std::size_t>(pushes_, push_times_.size()); ++i) seen.push_times[i] = last_push_at - kTick * static_cast<std::uint32_t>(last_push - push_times_[i]);

  seen.features.fill(kUnknown);
  const auto set = [&](ShapeFeature feature, float value) { seen.features[static_cast<std::size_t>(feature)] = value; };
  const auto rate = [](float value) { return std::log2(std::max(value, 1.0F / 64)); };
  const float minutes = std::max(seconds(seen.watched) / 60, 0.1F);
  constexpr std::uint32_t kFew = 3;
  const auto sized = [&](const Sizes& sizes, ShapeFeature size, ShapeFeature spread, ShapeFeature repeats) {
    if (sizes.count < kFew) return;
    set(size, sizes.log.mean);
    set(spread, sizes.log.deviation(sizes.count));
    set(repeats, static_cast<float>(sizes.repeats) / static_cast<float>(sizes.count));
  };
  using enum ShapeFeature;
  set(RequestRate, rate(static_cast<float>(requests_) / minutes));
  set(PushRate, rate(static_cast<float>(pushes_) / minutes));
  sized(s.sizes_[0], RequestSize, RequestSpread, RequestRepeats);
  sized(s.sizes_[1], AnswerSize, AnswerSpread, AnswerRepeats);
  sized(s.sizes_[2], PushSize, PushSpread, PushRepeats);
  const std::uint32_t words = requests_ + reactions_;
  if (words >= kFew) set(Answered, static_cast<float>(answers_) / static_cast<float>(words));
  if (answers_ >= kFew) {
    set(AnswerDelay, delay_.mean);
    set(AnswerDelaySpread, delay_.deviation(answers_));
    set(FollowUps, static_cast<float>(follow_ups_) / static_cast<float>(answers_));
  }
  if (pushes_ >= kFew) {
    set(PushReacted, static_cast<float>(reactions_) / static_cast<float>(pushes_));
    set(PushRhythm, push_gap_.deviation(pushes_ - 1) / std::max(push_gap_.mean, 1e-3F));
    set(PushUnevenness, push_log_gap_.deviation(pushes_ - 1));
    const float expected = between_.mean + between_.mean * between_.mean;
    const float deviation = between_.deviation(pushes_ - 1);
    if (pushes_ > kFew && expected > 0) set(RequestsPerPush, std::min(deviation * deviation / expected, 8.0F));
  }
  if (requests_ > kFew) {
    set(RequestRhythm, request_gap_.deviation(requests_ - 1) / std::max(request_gap_.mean, 1e-3F));
    set(RequestUnevenness, request_log_gap_.deviation(requests_ - 1));
  }
  if (s.half_minutes_passed_ >= kFew && s.half_minutes_.mean > 0) {
    const float deviation = s.half_minutes_.deviation(s.half_minutes_passed_);
    set(RequestBurstiness, std::log2(std::max(deviation * deviation / s.half_minutes_.mean, 1.0F / 16)));
  }
  if (s.sizes_[0].count >= kFew && s.sizes_[1].count >= kFew) set(RequestToAnswer, s.sizes_[0].log.mean - s.sizes_[1].log.mean);
  if (s.sizes_[2].count >= kFew && s.sizes_[1].count >= kFew) set(PushToAnswer, s.sizes_[2].log.mean - s.sizes_[1].log.mean);
  if (pushes_ + requests_ >= kFew) set(PushShare, static_cast<float>(pushes_) / static_cast<float>(pushes_ + requests_));
  const auto bytes = [&](std::size_t side) { return static_cast<float>(bytes_[side]) + 1; };
  set(Volume, std::log2(std::max((bytes(0) + bytes(1)) / minutes, 1.0F)));
  set(Asymmetry, std::log2(bytes(0) / bytes(1)));
  set(Largest, std::log2(static_cast<float>(std::max(s.largest_, 1U))));
  const float silent = std::max(static_cast<float>(longest_silence_ms_) / 1000, seconds(now - last()));
  set(Silence, silent / std::max(seconds(seen.watched), 1.0F));
  set(Watched, std::log2(minutes));
  set(Requests, std::log2(static_cast<float>(std::max(seen.requests, 1U))));
  set(Pushes, std::log2(static_cast<float>(std::max(seen.pushes, 1U))));
  if (first_speaker_ < 2) set(FirstSpeaker, static_cast<float>(first_speaker_));
  return seen;
}

}  // namespace scanner
