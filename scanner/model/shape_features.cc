#include "scanner/model/shape_features.h"

#include <algorithm>

namespace scanner {
namespace {

constexpr std::array<std::string_view, kShapeFeatures> kNames{
    "request_rate",   "request_size",   "request_spread",     "request_repeats",    "answered",          "answer_delay",      "answer_delay_spread",
    "answer_size",    "answer_spread",  "answer_repeats",     "push_rate",          "push_size",         "push_spread",       "push_repeats",
    "push_reacted",   "request_rhythm", "push_rhythm",        "request_unevenness", "push_unevenness",   "request_burstiness", "requests_per_push",
    "request_to_answer", "push_to_answer", "push_share",      "volume",             "asymmetry",         "largest",            "silence",
    "follow_ups",     "first_speaker",  "watched",            "requests",           "pushes"};

}  // namespace

std::string_view to_string(ShapeFeature feature) { return kNames[static_cast<std::size_t>(feature)]; }

std::optional<ShapeFeature> shape_feature_from(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<ShapeFeature>(found - kNames.begin());
}

}  // namespace scanner
