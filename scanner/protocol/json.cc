#include "scanner/protocol/json.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string>
#include <vector>

namespace scanner {

namespace {
constexpr std::uint32_t kNowhere = 0xffffffff;
constexpr std::size_t kKeptBytes = 64 << 10;
}  // namespace

// Values stand in the order of the text, so that an object or array is followed by what
// it holds; `next` is the sibling.
struct JsonDocument::Node {
  std::uint32_t text = 0, text_size = 0;
  std::uint32_t key = 0, key_size = 0;
  std::uint32_t next = kNowhere;
  std::uint32_t count = 0;
  JsonKind kind = JsonKind::Null;
};

struct JsonDocument::Tape {
  std::vector<Node> nodes;
  std::string texts;
  std::unique_ptr<rapidjson::Reader> reader = std::make_unique<rapidjson::Reader>();
};

// What rapidjson calls back. Returning false ends the parse.
class JsonDocument::Builder {
 public:
  explicit Builder(Tape& tape) : tape_(tape) {}

  bool Null() { return add(JsonKind::Null); }
  bool Bool(bool value) { return add(value ? JsonKind::True : JsonKind::False); }
  bool Int(int) { return false; }  // numbers come as text
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) { return add(JsonKind::Number, {text, size}); }
  bool String(const char* text, rapidjson::SizeType size, bool) { return add(JsonKind::Text, {text, size}); }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    key_ = static_cast<std::uint32_t>(tape_.texts.size());
    key_size_ = size;
    tape_.texts.append(text, size);
    return true;
  }
  bool StartObject() { return open(JsonKind::Object); }
  bool StartArray() { return open(JsonKind::Array); }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool EndArray(rapidjson::SizeType) { return close(); }

  bool full() const { return full_; }

 private:
  struct Level {
    std::uint32_t container, last;
  };

  bool add(JsonKind kind, std::string_view text = {}) {
    if (tape_.nodes.size() == kMaxNodes) {
      full_ = true;
      return false;
    }
    const auto index = static_cast<std::uint32_t>(tape_.nodes.size());
    Node& node = tape_.nodes.emplace_back();
    node.kind = kind;
    node.text = static_cast<std::uint32_t>(tape_.texts.size());
    node.text_size = static_cast<std::uint32_t>(text.size());
    tape_.texts.append(text);
    if (depth_ == 0) return true;
    node.key = key_;
    node.key_size = key_size_;
    Level& level = levels_[depth_ - 1];
    if (level.last != kNowhere) tape_.nodes[level.last].next = index;
    level.last = index;
    ++tape_.nodes[level.container].count;
    return true;
  }
  bool open(JsonKind kind) {
    if (depth_ == kMaxDepth || !add(kind)) return false;
    levels_[depth_++] = {static_cast<std::uint32_t>(tape_.nodes.size() - 1), kNowhere};
    return true;
  }
  bool close() {
    --depth_;
    return true;
  }

  Tape& tape_;
  std::array<Level, kMaxDepth> levels_;
  std::size_t depth_ = 0;
  std::uint32_t key_ = 0, key_size_ = 0;
  bool full_ = false;
};

namespace {

// A copy in which numbers that rapidjson would refuse for their size are large ones that it
// takes. Texts stay as they are.
std::string without_giants(std::string_view text) {
  std::string copy;
  copy.reserve(text.size());
  bool in_text = false;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (!in_text && ((c >= '0' && c <= '9') || c == '-')) {
      const std::size_t end = std::min(text.find_first_not_of("0123456789+-.eE", at), text.size());
      const std::string_view number = text.substr(at, end - at);
      const std::size_t exponent = number.find_first_of("eE");
      const bool raised = exponent != number.npos && number.find('-', exponent) == number.npos;
      const bool giant = number.size() > 64 || (raised && number.size() - exponent > 3);
      if (giant) copy += c == '-' ? "-1e300" : "1e300";
      else copy += number;
      at = end;
      continue;
    }
    if (c == '"') in_text = !in_text;
    copy += c;
    ++at;
    if (in_text && c == '\\' && at < text.size()) copy += text[at++];
  }
  return copy;
}

constexpr unsigned kFlags =
    rapidjson::kParseIterativeFlag | rapidjson::kParseStopWhenDoneFlag | rapidjson::kParseNumbersAsStringsFlag;

}  // namespace

JsonDocument::JsonDocument() : tape_(std::make_unique<Tape>()) {}
JsonDocument::~JsonDocument() = default;

JsonOutcome JsonDocument::parse(Bytes text) {
  if (tape_->texts.capacity() > kKeptBytes || tape_->nodes.capacity() * sizeof(Node) > kKeptBytes)
    tape_ = std::make_unique<Tape>();
  bool giants = false;
  const JsonOutcome outcome = read(as_text(text.first(std::min(text.size(), kMaxBytes))), giants);
  if (!giants) return outcome;
  return read(without_giants(as_text(text.first(std::min(text.size(), kMaxBytes)))), giants);
}

JsonOutcome JsonDocument::read(std::string_view text, bool& giants) {
  tape_->nodes.clear();
  tape_->texts.clear();
  rapidjson::MemoryStream stream(text.data(), text.size());
  Builder builder(*tape_);
  const rapidjson::ParseResult result = tape_->reader->Parse<kFlags>(stream, builder);
  if (!result.IsError()) return JsonOutcome::Complete;
  giants = result.Code() == rapidjson::kParseErrorNumberTooBig;
  if (!tape_->nodes.empty() && (builder.full() || stream.Tell() >= text.size())) return JsonOutcome::Truncated;
  tape_->nodes.clear();
  return JsonOutcome::Bad;
}

JsonValue JsonDocument::root() const { return tape_->nodes.empty() ? JsonValue() : JsonValue(this, 0); }

JsonKind JsonValue::kind() const { return document_ == nullptr ? JsonKind::Missing : document_->tape_->nodes[node_].kind; }

std::string_view JsonValue::text() const {
  if (document_ == nullptr) return {};
  const JsonDocument::Node& node = document_->tape_->nodes[node_];
  return std::string_view(document_->tape_->texts).substr(node.text, node.text_size);
}

std::optional<double> JsonValue::number() const {
  if (!is(JsonKind::Number)) return {};
  const std::string_view digits = text();
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::result_out_of_range)
    return digits.find("e-") == digits.npos && digits.find("E-") == digits.npos ? std::numeric_limits<double>::infinity() : 0.0;
  return value;
}

std::size_t JsonValue::size() const { return document_ == nullptr ? 0 : document_->tape_->nodes[node_].count; }

JsonValue JsonValue::first() const { return size() == 0 ? JsonValue() : JsonValue(document_, node_ + 1); }

JsonValue JsonValue::next() const {
  if (document_ == nullptr) return {};
  const std::uint32_t sibling = document_->tape_->nodes[node_].next;
  return sibling == kNowhere ? JsonValue() : JsonValue(document_, sibling);
}

JsonValue JsonValue::operator[](std::string_view key) const {
  if (!is(JsonKind::Object)) return {};
  for (JsonValue value = first(); value; value = value.next()) {
    const JsonDocument::Node& node = document_->tape_->nodes[value.node_];
    if (std::string_view(document_->tape_->texts).substr(node.key, node.key_size) == key) return value;
  }
  return {};
}

JsonValue JsonValue::at(int index) const {
  if (!is(JsonKind::Array)) return {};
  const auto items = static_cast<std::int64_t>(size());
  std::int64_t left = index < 0 ? items + index : index;
  if (left < 0 || left >= items) return {};
  JsonValue value = first();
  while (left-- > 0) value = value.next();
  return value;
}

}  // namespace scanner
