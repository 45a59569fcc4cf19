#include "tools/aupsig/foreign_words.h"

#include "scanner/protocol/conversation_shape.h"
#include "scanner/protocol/json.h"
#include "tools/aupsig/envelope_guess.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>

namespace scanner {
namespace {

constexpr std::size_t kMaxReasons = 6;

std::string_view type_text(Shape::Type type) {
  constexpr std::array<std::string_view, 11> kTexts{"anything", "null", "true", "false", "a text", "a number", "an array", "an object",
                                                    "hex digits", "0x and hex digits", "missing"};
  return kTexts[static_cast<std::size_t>(type)];
}

std::string_view kind_text(JsonKind kind) {
  constexpr std::array<std::string_view, 8> kTexts{"missing", "null", "false", "true", "a number", "a text", "an array", "an object"};
  return kTexts[static_cast<std::size_t>(kind)];
}

std::string found_text(JsonValue value) {
  std::string text(kind_text(value.kind()));
  if (value.is(JsonKind::Array) || value.is(JsonKind::Object)) text += " of " + std::to_string(value.size());
  if (value.is(JsonKind::Text)) text += " of " + std::to_string(value.text().size()) + " bytes";
  return text;
}

// What keeps this description from fitting, or "".
std::string misfit(const DialectMessage& message, JsonValue value) {
  for (const Shape& shape : message.when)
    if (!holds(value, shape)) return shape_text(shape) + " is asked for; here it is " + found_text(follow(value, shape.path));
  return "";
}

std::string pair_of(std::string_view method, Direction sender) { return (sender == Direction::FromInitiator ? "1" : "2") + std::string(method); }

// What some description says of one object, over all envelopes.
struct Reading {
  bool fits = false, answer = false, known = false;
  std::string method;
  std::vector<std::string> why;
};

Reading read_object(JsonValue value, const TalkMessage& message, const DialectSet& dialects) {
  Reading reading;
  for (std::size_t e = 0; e < dialects.envelopes().size(); ++e) {
    const Envelope& names = dialects.envelopes()[e];
    const JsonValue method = value[names.method];
    if (!method.is(JsonKind::Text) || method.text().empty()) {
      // An answer, or work that is known by its shape alone.
      if (value[names.result] || value[names.error]) reading.answer = true;
      for (const DialectMatch match : dialects.named(e, "")) reading.fits = reading.fits || misfit(dialects.message(match), value).empty();
      continue;
    }
    if (reading.method.empty()) reading.method = method.text().substr(0, 64);
    for (const DialectMatch match : dialects.named(e, method.text())) {
      reading.known = true;
      const Dialect& dialect = dialects.dialect(match);
      std::string why = misfit(dialects.message(match), value);
      if (why.empty() && (message.http ? !dialect.over_http : !dialect.over_lines))
        why = message.http ? "it is no dialect of HTTP bodies" : "it is no dialect of lines";
      if (why.empty()) reading.fits = true;
      else if (reading.why.size() < kMaxReasons) reading.why.push_back(dialect.id + ": " + why);
    }
  }
  return reading;
}

template <typename Take>
void each_object(const std::string& text, JsonDocument& document, Take take) {
  if (document.parse(as_bytes(text)) == JsonOutcome::Bad) return;
  const JsonValue root = document.root();
  if (root.is(JsonKind::Object)) take(root);
  if (root.is(JsonKind::Array))
    for (JsonValue item = root.first(); item; item = item.next())
      if (item.is(JsonKind::Object)) take(item);
}

bool is_long_hex(std::string_view text) {
  if (text.starts_with("0x")) text.remove_prefix(2);
  return text.size() >= 32 && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

std::uint64_t count_long_hex(JsonValue value, int depth) {
  if (value.is(JsonKind::Text)) return is_long_hex(value.text()) ? 1 : 0;
  std::uint64_t count = 0;
  if (depth > 0 && (value.is(JsonKind::Array) || value.is(JsonKind::Object)))
    for (JsonValue item = value.first(); item; item = item.next()) count += count_long_hex(item, depth - 1);
  return count;
}

}  // namespace

std::string path_text(const ValuePath& path) {
  std::string text;
  for (const ValuePath::Step& step : path.steps) {
    if (step.key.empty()) text += "[" + std::to_string(step.index) + "]";
    else text += (text.empty() ? "" : ".") + step.key;
  }
  return text;
}

std::string shape_text(const Shape& shape) {
  std::string text = path_text(shape.path) + " as " + std::string(type_text(shape.type));
  const bool digits = shape.type == Shape::Type::Hex || shape.type == Shape::Type::PrefixedHex;
  const std::string unit = digits ? " digits" : shape.type == Shape::Type::Text ? " bytes" : "";
  if (shape.min > 0 && shape.max == shape.min) text += " of " + std::to_string(shape.min) + unit;
  else if (shape.min > 0) text += " of " + std::to_string(shape.min) + unit + " or more";
  else if (shape.max != 0xffffffff) text += " of at most " + std::to_string(shape.max) + unit;
  if (!shape.equals.empty()) text += " that equals \"" + shape.equals + "\"";
  if (!shape.contains.empty()) text += " that contains \"" + shape.contains + "\"";
  return text;
}

std::vector<ForeignWord> foreign_words(const Talk& talk, const DialectSet& dialects) {
  // Where no dialect has such an envelope, the conversation itself tells what names a message.
  const auto guess = guess_envelope(talk);
  const auto& known = dialects.envelopes();
  const bool foreign_envelope = guess && std::none_of(known.begin(), known.end(), [&](const Envelope& e) { return e.method == guess->names.method; });
  std::vector<ForeignWord> words;
  std::map<std::string, std::size_t> by_name;
  JsonDocument document;
  for (const TalkMessage& message : talk.messages) {
    each_object(message.text, document, [&](JsonValue value) {
      Reading reading = read_object(value, message, dialects);
      if (reading.fits || (reading.answer && reading.method.empty())) return;
      if (foreign_envelope && reading.method.empty()) {
        const JsonValue name = value[guess->names.method];
        if (!name.is(JsonKind::Text)) return;  // its answers mean nothing before its requests do
        reading.method = name.text().substr(0, 64);
        reading.why = {"no dialect calls the name of a method \"" + guess->names.method + "\""};
      }
      const auto [place, fresh] = by_name.try_emplace(pair_of(reading.method, message.sender), words.size());
      if (fresh) words.push_back({reading.method, message.sender, 0, message.frame, message.at, message.text, reading.known, reading.why});
      ++words[place->second].count;
    });
  }
  return words;
}

int TalkShape::likeness() const {
  int best = 0;
  for (const std::size_t asker : {0U, 1U}) {
    const std::size_t other = asker ^ 1U;
    if (requests[asker] == 0) continue;
    const int score = 1 + (answers[other] + unasked[other] > 0 ? 1 : 0) + (pushes[other] > 0 ? 1 : 0) + (long_hex > 0 ? 1 : 0);
    best = std::max(best, score);
  }
  return best;
}

TalkShape shape_of(const Talk& talk) {
  TalkShape shape;
  const auto guess = guess_envelope(talk);
  const Envelope names = guess ? guess->names : Envelope{};
  std::set<std::string> asked[2];
  JsonDocument document;
  for (const TalkMessage& message : talk.messages) {
    const auto side = static_cast<std::size_t>(message.sender);
    each_object(message.text, document, [&](JsonValue value) {
      shape.long_hex += count_long_hex(value, 4);
      const JsonValue id = value[names.id];
      const bool answers_something = value[names.result] || value[names.error];
      const bool has_name = value[names.method].is(JsonKind::Text) && !answers_something;
      const bool has_id = id.is(JsonKind::Number) || id.is(JsonKind::Text);
      const std::string key = has_id ? canonical_id(id) : "";
      if (has_name && has_id) {
        ++shape.requests[side];
        asked[side].insert(key);
      } else if (has_name) {
        ++shape.pushes[side];
      } else if (has_id && asked[side ^ 1U].contains(key)) {
        ++shape.answers[side];
      } else if (has_id) {
        ++shape.unasked[side];
        if (shape.unasked_frames.size() < 16) shape.unasked_frames.push_back(message.frame);
      }
    });
  }
  return shape;
}

}  // namespace scanner
