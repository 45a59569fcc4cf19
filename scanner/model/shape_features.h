// What is measured of a conversation without a look at what it says: who asks, who pushes, how
// large, how often, how promptly. A closed list; a feature is one number, or not a number where
// too little was seen to tell it.
//
// "Request": the initiator speaks without having been spoken to. "Answer": the responder's first
// words after the initiator's. "Push": the responder speaks without having been asked.
#pragma once

#include "scanner/model/time.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace scanner {

enum class ShapeFeature : std::uint8_t {
  RequestRate,       // log2 of requests a minute
  RequestSize,       // mean log2 of bytes
  RequestSpread,     // standard deviation of log2 of bytes
  RequestRepeats,    // share of requests as long as one of three lengths before, give or take 3 bytes
  Answered,          // share of requests and reactions that got an answer
  AnswerDelay,       // mean log2 of milliseconds
  AnswerDelaySpread, // standard deviation of it
  AnswerSize,
  AnswerSpread,
  AnswerRepeats,
  PushRate,
  PushSize,
  PushSpread,
  PushRepeats,
  PushReacted,        // share of pushes that the initiator meets with words of its own at once
  RequestRhythm,      // standard deviation / mean of the gaps between requests: 0 a clock, 1 chance
  PushRhythm,
  RequestUnevenness,  // standard deviation of log2 of the gaps between requests: 0 a clock, 1.85 chance, more a person
  PushUnevenness,
  RequestBurstiness,  // log2 of variance / mean of requests per half minute: 0 chance, more a person
  RequestsPerPush,    // variance of requests between pushes over that of independent ones: 0 one each, 1 chance
  RequestToAnswer,    // log2 of the ratio of mean sizes
  PushToAnswer,
  PushShare,          // of pushes among pushes and requests
  Volume,             // log2 of bytes a minute
  Asymmetry,          // log2 of the initiator's bytes over the responder's
  Largest,            // log2 of the longest stretch of one side's bytes
  Silence,            // the longest silence, as a share of the time
  FollowUps,          // share of answers that something follows within the second
  FirstSpeaker,       // 0 the initiator, 1 the responder
  Watched,            // log2 of minutes
  Requests,           // log2 of how many, reactions too
  Pushes,             // log2 of how many
};
inline constexpr std::size_t kShapeFeatures = 33;

std::string_view to_string(ShapeFeature feature);  // "request_rate", …
std::optional<ShapeFeature> shape_feature_from(std::string_view name);

using ShapeFeatures = std::array<float, kShapeFeatures>;

// What was seen of one conversation up to some moment.
struct ShapeSeen {
  static constexpr std::size_t kPushTimes = 8;

  Duration watched{};  // since its shape is followed
  Timestamp until;     // up to when
  ShapeFeatures features{};
  std::uint32_t requests = 0, answers = 0, pushes = 0;  // requests: reactions too
  std::array<Timestamp, kPushTimes> push_times{};  // the last ones, in no order; zero: none
  bool over = false;  // the flow ended
};

}  // namespace scanner
