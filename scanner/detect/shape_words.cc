#include "scanner/detect/shape_words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace scanner {
namespace {

// About three digits.
std::string number(double value) {
  std::array<char, 64> text{};
  const double size = std::abs(value);
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), std::clamp(value, -1e18, 1e18), std::chars_format::fixed, size >= 100 ? 0 : size >= 10 ? 1 : 2);
  return error == std::errc() ? std::string(text.data(), end) : std::string("?");
}

struct Wording {
  const char* before;
  const char* after;
  enum Scale : std::uint8_t { Plain, Power, Percent } scale;  // Power: the feature is a logarithm to base 2
};

Wording wording(ShapeFeature feature) {
  using enum ShapeFeature;
  switch (feature) {
    case RequestRate: return {"requests a minute: ", "", Wording::Power};
    case RequestSize: return {"requests are ", " bytes long", Wording::Power};
    case RequestSpread: return {"requests vary in length by a factor of ", "", Wording::Power};
    case RequestRepeats: return {"requests as long as one before: ", " %", Wording::Percent};
    case Answered: return {"requests that are answered: ", " %", Wording::Percent};
    case AnswerDelay: return {"answers come after ", " ms", Wording::Power};
    case AnswerDelaySpread: return {"answers vary in delay by a factor of ", "", Wording::Power};
    case AnswerSize: return {"answers are ", " bytes long", Wording::Power};
    case AnswerSpread: return {"answers vary in length by a factor of ", "", Wording::Power};
    case AnswerRepeats: return {"answers as long as one before: ", " %", Wording::Percent};
    case PushRate: return {"pushes without a request, a minute: ", "", Wording::Power};
    case PushSize: return {"pushes are ", " bytes long", Wording::Power};
    case PushSpread: return {"pushes vary in length by a factor of ", "", Wording::Power};
    case PushRepeats: return {"pushes as long as one before: ", " %", Wording::Percent};
    case PushReacted: return {"pushes that are met with words at once: ", " %", Wording::Percent};
    case RequestRhythm: return {"the gaps between requests vary by ", " of their mean (0 a clock, 1 chance)", Wording::Plain};
    case PushRhythm: return {"the gaps between pushes vary by ", " of their mean (0 a clock, 1 chance)", Wording::Plain};
    case RequestUnevenness: return {"the gaps between requests vary by a factor of ", " (1 a clock, 3.6 chance)", Wording::Power};
    case PushUnevenness: return {"the gaps between pushes vary by a factor of ", " (1 a clock, 3.6 chance)", Wording::Power};
    case RequestBurstiness: return {"requests a half minute, variance over mean: ", " (1 chance)", Wording::Power};
    case RequestsPerPush: return {"requests between pushes vary ", " times as much as independent ones would (0 one each)", Wording::Plain};
    case RequestToAnswer: return {"a request is ", " times as long as an answer", Wording::Power};
    case PushToAnswer: return {"a push is ", " times as long as an answer", Wording::Power};
    case PushShare: return {"pushes among pushes and requests: ", " %", Wording::Percent};
    case Volume: return {"bytes a minute: ", "", Wording::Power};
    case Asymmetry: return {"the initiator sends ", " times what it gets", Wording::Power};
    case Largest: return {"the longest stretch is ", " bytes", Wording::Power};
    case Silence: return {"the longest silence is ", " % of the time", Wording::Percent};
    case FollowUps: return {"answers that something follows at once: ", " %", Wording::Percent};
    case Requests: return {"requests so far: ", "", Wording::Power};
    case Pushes: return {"pushes so far: ", "", Wording::Power};
    case Watched: return {"watched for ", " minutes", Wording::Power};
    case FirstSpeaker: return {"who spoke first (0 the initiator): ", "", Wording::Plain};
  }
  return {"", "", Wording::Plain};
}

std::string words_of(ShapeFeature feature, double value) {
  const Wording word = wording(feature);
  if (std::isnan(value)) return "not known: " + std::string(to_string(feature));
  const double told = word.scale == Wording::Power ? std::exp2(value) : word.scale == Wording::Percent ? value * 100 : value;
  return word.before + number(told) + word.after;
}

}  // namespace

void describe(const ShapeScore& score, const ShapeSeen& seen, ScoreSheet& sheet) {
  for (std::size_t i = 0; i < kShapeFeatures; ++i)
    if (score.terms[i] != 0) sheet.terms.push_back({words_of(static_cast<ShapeFeature>(i), double{seen.features[i]}), score.terms[i]});
  std::ranges::stable_sort(sheet.terms, [](const ScoreTerm& a, const ScoreTerm& b) { return std::abs(a.log_odds) > std::abs(b.log_odds); });
  sheet.terms.insert(sheet.terms.begin(), {"before anything was measured", score.bias});
  sheet.log_odds = 0;
  for (const ScoreTerm& term : sheet.terms) sheet.log_odds += term.log_odds;
  sheet.threshold = score.threshold;
  const double probability = 1 / (1 + std::exp(-sheet.log_odds));
  // To three decimals, as they are told, so that they add up there too.
  sheet.unknown = std::round(score.unknown * 1000) / 1000;
  sheet.belief = std::round((1 - sheet.unknown) * probability * 1000) / 1000;
  sheet.disbelief = std::round((1 - sheet.unknown - sheet.belief) * 1000) / 1000;
}

std::string reason_of(const ShapeSeen& seen, const ScoreSheet& sheet, double beside_process) {
  const auto of = [&](ShapeFeature feature) { return static_cast<double>(seen.features[static_cast<std::size_t>(feature)]); };
  std::string text = "a conversation that cannot be read has the shape of mining at a pool: in " + number(static_cast<double>(seen.watched.count()) / 60e9) + " minutes the other end pushed " +
                     std::to_string(seen.pushes) + " times without being asked";
  if (!std::isnan(of(ShapeFeature::PushSize))) text += " (" + number(std::exp2(of(ShapeFeature::PushSize))) + " bytes)";
  text += " and answered " + std::to_string(seen.answers) + " words of " + number(std::exp2(of(ShapeFeature::RequestSize))) + " bytes";
  if (!std::isnan(of(ShapeFeature::AnswerDelay))) text += " after " + number(std::exp2(of(ShapeFeature::AnswerDelay))) + " ms";
  return text + "; log-odds " + number(sheet.log_odds) + ", asked for " + number(sheet.threshold) + ", or " + number(beside_process) + " for a breach with its process";
}

}  // namespace scanner
