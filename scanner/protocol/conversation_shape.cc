#include "scanner/protocol/conversation_shape.h"

#include "scanner/model/letters.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace scanner {
namespace {

constexpr std::size_t kMaxCanonicalId = 96;

bool contains_text(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char x, char y) { return lower(x) == lower(y); }) != text.end();
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool has_prefix(std::string_view text) { return text.starts_with("0x") || text.starts_with("0X"); }

// Digits of a text that is hex throughout; nothing where it is not.
std::optional<std::size_t> hex_digits(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), [](char c) { return hex_digit(c) >= 0; })) return {};
  return text.size();
}

double hex_value(std::string_view digits) {
  double value = 0;
  for (const char c : digits) value = value * 16 + hex_digit(c);
  return value;
}

// Hex whose first byte counts least.
double little_value(std::string_view digits) {
  double value = 0;
  for (std::size_t i = digits.size(); i >= 2; i -= 2) value = value * 256 + hex_value(digits.substr(i - 2, 2));
  return value;
}

bool is_type(JsonValue value, const Shape& shape, std::size_t& measure) {
  const std::string_view text = value.text();
  switch (shape.type) {
    case Shape::Type::Any: measure = value.is(JsonKind::Text) ? text.size() : value.size(); return bool(value);
    case Shape::Type::Null: return value.is(JsonKind::Null);
    case Shape::Type::True: return value.is(JsonKind::True);
    case Shape::Type::False: return value.is(JsonKind::False);
    case Shape::Type::Number: return value.is(JsonKind::Number);
    case Shape::Type::Missing: return !value;
    case Shape::Type::Text: measure = text.size(); return value.is(JsonKind::Text);
    case Shape::Type::Array: measure = value.size(); return value.is(JsonKind::Array);
    case Shape::Type::Object: measure = value.size(); return value.is(JsonKind::Object);
    case Shape::Type::Hex:
    case Shape::Type::PrefixedHex: {
      const bool prefixed = shape.type == Shape::Type::PrefixedHex;
      if (!value.is(JsonKind::Text) || (prefixed && !has_prefix(text))) return false;
      const auto digits = hex_digits(prefixed ? text.substr(2) : text);
      measure = digits.value_or(0);
      return digits.has_value();
    }
  }
  return false;
}

bool measured(Shape::Type type) {
  return type != Shape::Type::Null && type != Shape::Type::True && type != Shape::Type::False &&
         type != Shape::Type::Number && type != Shape::Type::Missing;
}

}  // namespace

JsonValue follow(JsonValue root, const ValuePath& path) {
  if (path.empty()) return {};
  for (const ValuePath::Step& step : path.steps) root = step.key.empty() ? root.at(step.index) : root[step.key];
  return root;
}

bool holds(JsonValue root, const Shape& shape) {
  const JsonValue value = follow(root, shape.path);
  std::size_t measure = 0;
  if (!is_type(value, shape, measure)) return false;
  if (measured(shape.type) && (measure < shape.min || measure > shape.max)) return false;
  if (!shape.equals.empty() && !same_letters(value.text(), shape.equals)) return false;
  return shape.contains.empty() || contains_text(value.text(), shape.contains);
}

bool hold(JsonValue root, std::span<const Shape> shapes) {
  return std::all_of(shapes.begin(), shapes.end(), [&](const Shape& shape) { return holds(root, shape); });
}

std::string text_at(JsonValue root, const ValuePath& path, std::size_t limit) {
  const JsonValue value = follow(root, path);
  if (!value.is(JsonKind::Text) && !value.is(JsonKind::Number)) return {};
  return std::string(value.text().substr(0, limit));
}

double number_at(JsonValue root, const ValuePath& path) {
  const JsonValue value = follow(root, path);
  double number = value.number().value_or(0);
  if (value.is(JsonKind::Text)) {
    const std::string_view text = value.text().substr(0, 80);
    if (has_prefix(text)) number = hex_digits(text.substr(2)) ? hex_value(text.substr(2)) : 0;
    else std::from_chars(text.data(), text.data() + text.size(), number);
  }
  return std::isfinite(number) && number > 0 ? number : 0;
}

double hashes_of_target(std::string_view target, TargetForm form) {
  if (has_prefix(target)) target.remove_prefix(2);
  if (form == TargetForm::None || target.empty() || target.size() > 64 || !hex_digits(target)) return 0;
  double value = 0;
  double space = 0x1p256;
  switch (form) {
    case TargetForm::None: return 0;
    case TargetForm::CompactLittle:
      if (target.size() != 8 && target.size() != 16) return 0;
      space = target.size() == 8 ? 0x1p32 : 0x1p64;
      value = little_value(target);
      break;
    case TargetForm::Big256: value = hex_value(target); break;
    case TargetForm::Little256:
      if (target.size() != 64) return 0;
      value = little_value(target);
      break;
  }
  return value > 0 ? std::max(1.0, space / value) : 0;
}

bool is_error(JsonValue error) {
  switch (error.kind()) {
    case JsonKind::Missing:
    case JsonKind::Null:
    case JsonKind::False: return false;
    case JsonKind::True: return true;
    case JsonKind::Number: return error.number() != 0.0;
    case JsonKind::Text: return !error.text().empty();
    case JsonKind::Array:
    case JsonKind::Object: return error.size() > 0;
  }
  return true;
}

bool granted_by_custom(MiningRole role, JsonValue result) {
  const bool ok = same_letters(result.text(), "ok") || same_letters(result["status"].text(), "ok");
  switch (role) {
    case MiningRole::Authorise:
      return result.is(JsonKind::True) || result.is(JsonKind::Null) || ok || result["job"].is(JsonKind::Object);
    case MiningRole::Submit: return result.is(JsonKind::True) || ok;
    case MiningRole::GetWork: return result.is(JsonKind::Object) || (result.is(JsonKind::Array) && result.size() > 0);
    case MiningRole::Subscribe: return result && !result.is(JsonKind::Null) && !result.is(JsonKind::False);
    default: return result && !result.is(JsonKind::False);
  }
}

std::string canonical_id(JsonValue id) {
  switch (id.kind()) {
    case JsonKind::Missing: return "-";
    case JsonKind::Null: return "null";
    case JsonKind::Text: return "t" + std::string(id.text().substr(0, kMaxCanonicalId));
    case JsonKind::Number: {
      const std::string_view text = id.text();
      const double number = id.number().value_or(0);
      if (text.find_first_of(".eE") == text.npos || number != std::floor(number) || std::fabs(number) > 0x1p53)
        return "n" + std::string(text.substr(0, kMaxCanonicalId));
      return "n" + std::to_string(static_cast<std::int64_t>(number));
    }
    default: return "?";
  }
}

}  // namespace scanner
