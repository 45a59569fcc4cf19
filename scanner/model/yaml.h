// YAML that a person wrote, read so that every mistake is told at once and in its place.
//
// parse_yaml gives a plain tree of values; YamlMap reads one map of it, key by key, and
// collects what is wrong instead of stopping. yaml-cpp is seen by yaml.cc alone.
//
//   YamlContext context("rules.yaml", text, diagnostics);
//   if (const auto root = parse_yaml(context)) {
//     YamlMap map(*root, "rule", context);
//     rule.id = map.string("id").value_or("");
//     rule.weight = map.number("weight", Presence::Optional, 0, 1).value_or(0.5);
//     map.finish();  // says which keys nobody asked for
//   }
//
// Bounds: 16 MiB of text, 64 levels, 200,000 nodes, 1 MiB repeated through aliases, 100
// diagnostics. Tags, several documents and keys that are no scalars are refused.
#pragma once

#include "scanner/model/diagnostic.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scanner {

enum class YamlKind : std::uint8_t { Null, Scalar, Sequence, Map };

struct YamlKey {
  std::string text;
  int line = 0;
  int column = 0;
};

struct YamlNode {
  YamlKind kind = YamlKind::Null;
  bool quoted = false;  // a quoted or block scalar is text, never a number or boolean
  int line = 0;         // 1-based, as in SourceLocation
  int column = 0;
  std::string scalar;
  std::vector<YamlNode> items;  // a sequence's items, or a map's values
  std::vector<YamlKey> keys;    // a map's keys: keys[i] belongs to items[i], duplicates and all
};

// One file being read. Borrows the text and the diagnostics for its whole life.
class YamlContext {
 public:
  YamlContext(std::string file, std::string_view text, Diagnostics& diagnostics);

  void error(int line, int column, std::string code, std::string message, std::string hint = {});
  void error(const YamlNode& at, std::string code, std::string message, std::string hint = {});
  void error(const YamlKey& at, std::string code, std::string message, std::string hint = {});
  void warning(const YamlNode& at, std::string code, std::string message, std::string hint = {});

  const std::string& file() const { return file_; }
  std::string_view text() const { return text_; }
  bool ok() const { return errors_ == 0; }  // no error was reported through this context

 private:
  void add(Severity severity, int line, int column, std::string code, std::string message, std::string hint);

  std::string file_;
  std::string_view text_;
  Diagnostics& diagnostics_;
  std::size_t errors_ = 0;
  std::size_t reported_ = 0;
};

// The document, or nothing where it is no YAML or breaks a bound (diagnosed). A file
// without content gives a Null node.
std::optional<YamlNode> parse_yaml(YamlContext& context);

enum class Presence : std::uint8_t { Required, Optional };

// Reads one map. A getter returns nothing where the key is absent (an error if Required)
// or its value is wrong (an error always), so `value_or` is safe: the caller looks at
// context.ok() in the end. A null value counts as absent.
class YamlMap {
 public:
  // `what` names the thing in messages, e.g. "signature". If the node is no map, that is
  // an error, and every getter returns nothing in silence.
  YamlMap(const YamlNode& node, std::string_view what, YamlContext& context);

  std::optional<std::string> string(std::string_view key, Presence presence = Presence::Required);
  std::optional<std::int64_t> integer(std::string_view key, Presence presence = Presence::Required,
                                      std::int64_t min = std::numeric_limits<std::int64_t>::min(),
                                      std::int64_t max = std::numeric_limits<std::int64_t>::max());
  std::optional<double> number(std::string_view key, Presence presence = Presence::Required,
                               double min = std::numeric_limits<double>::lowest(),
                               double max = std::numeric_limits<double>::max());
  std::optional<bool> boolean(std::string_view key, Presence presence = Presence::Required);
  // The index of the value in `allowed`.
  std::optional<std::size_t> choice(std::string_view key, std::span<const std::string_view> allowed,
                                    Presence presence = Presence::Required);
  std::vector<std::string> strings(std::string_view key, Presence presence = Presence::Required);
  const YamlNode* map(std::string_view key, Presence presence = Presence::Required);
  const YamlNode* sequence(std::string_view key, Presence presence = Presence::Required);
  const YamlNode* any(std::string_view key, Presence presence = Presence::Required);

  // For maps whose keys are names of the author's: all entries in file order, all allowed.
  std::vector<std::pair<const YamlKey*, const YamlNode*>> entries();

  const YamlNode& node() const { return node_; }
  void finish();  // an error for each key that no getter asked for, with the nearest that one did

 private:
  const YamlNode* find(std::string_view key, Presence presence);

  const YamlNode& node_;
  std::string what_;
  YamlContext& context_;
  bool readable_;
  bool open_ = false;  // entries() was called
  std::vector<std::string> known_;
};

// The same readers for a value that stands in a sequence. `what` is its name in messages.
std::optional<std::string> yaml_string(const YamlNode& node, std::string_view what, YamlContext& context);
std::optional<std::int64_t> yaml_integer(const YamlNode& node, std::string_view what, YamlContext& context,
                                         std::int64_t min, std::int64_t max);

// The candidate that was probably meant, or empty where none is near.
std::string_view nearest_name(std::string_view word, std::span<const std::string> candidates);

}  // namespace scanner
