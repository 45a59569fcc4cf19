// A read-only view of one JSON text (RFC 8259) that somebody sent.
//
// Tolerant where other people's parsers are: invalid UTF-8 passes as bytes, numbers beyond
// double read as 1e300, and of equal keys in one object the first counts. Strict in
// grammar; at most kMaxDepth levels and kMaxNodes values. One document is used for many
// texts in turn and keeps its memory (large memory is given back).
#pragma once

#include "scanner/model/bytes.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace scanner {

enum class JsonKind : std::uint8_t { Missing, Null, False, True, Number, Text, Array, Object };

class JsonDocument;

// One value; dies with its document or the document's next text. A value that is not there
// is Missing, and so is everything below it.
class JsonValue {
 public:
  JsonValue() = default;

  JsonKind kind() const;
  bool is(JsonKind k) const { return kind() == k; }
  explicit operator bool() const { return document_ != nullptr; }

  std::string_view text() const;         // Text: escapes decoded; Number: as written; else ""
  std::optional<double> number() const;  // Number only
  std::size_t size() const;              // items of an array, pairs of an object
  JsonValue operator[](std::string_view key) const;
  JsonValue at(int index) const;         // negative: from the end

  // Walks through an array or object: first(), then next() until Missing.
  JsonValue first() const;
  JsonValue next() const;

 private:
  friend class JsonDocument;
  JsonValue(const JsonDocument* document, std::uint32_t node) : document_(document), node_(node) {}

  const JsonDocument* document_ = nullptr;
  std::uint32_t node_ = 0;
};

enum class JsonOutcome : std::uint8_t {
  Complete,
  Truncated,  // correct as far as it goes, or as far as kMaxNodes: root() holds what was read
  Bad,        // no JSON, or nested too deep; root() is Missing
};

class JsonDocument {
 public:
  static constexpr std::size_t kMaxDepth = 32;
  static constexpr std::size_t kMaxNodes = 100'000;
  static constexpr std::size_t kMaxBytes = 4 << 20;  // of a text; the rest is not looked at

  JsonDocument();
  ~JsonDocument();
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

  // Reads one value; white space and whatever else behind it are ignored.
  JsonOutcome parse(Bytes text);
  JsonValue root() const;

 private:
  friend class JsonValue;
  class Builder;
  struct Node;
  struct Tape;
  // `giants`: a number was too large for rapidjson.
  JsonOutcome read(std::string_view text, bool& giants);
  std::unique_ptr<Tape> tape_;
};

}  // namespace scanner
