#include "scanner/model/yaml.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace scanner {
namespace {

constexpr std::size_t kMaxDiagnostics = 100;
constexpr std::size_t kMaxLineShown = 240;

std::string quoted(std::string_view text) {
  constexpr std::size_t kMost = 60;
  std::string out = "\"";
  for (const char c : text.substr(0, kMost)) out.push_back(static_cast<unsigned char>(c) < 0x20 ? '?' : c);
  return out + (text.size() > kMost ? "…\"" : "\"");
}

std::string_view kind_name(const YamlNode& node) {
  switch (node.kind) {
    case YamlKind::Null: return "nothing";
    case YamlKind::Scalar: return "a single value";
    case YamlKind::Sequence: return "a list";
    case YamlKind::Map: return "a map";
  }
  return "";
}

std::string found(const YamlNode& node) {
  return node.kind == YamlKind::Scalar ? quoted(node.scalar) : std::string(kind_name(node));
}

void wrong_type(const YamlNode& node, std::string_view what, std::string_view expected, YamlContext& context,
                std::string hint = {}) {
  context.error(node, "E004", std::string(what) + ": expected " + std::string(expected) + ", found " + found(node),
                std::move(hint));
}

// Levenshtein distance, or `limit` where it is at least that.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (a.size() > 64 || b.size() > 64) return limit;
  std::size_t row[65];
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      diagonal = above;
    }
  }
  return std::min(row[b.size()], limit);
}

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
  const std::string_view near = nearest_name(word, candidates);
  return near.empty() ? std::string() : "did you mean \"" + std::string(near) + "\"?";
}

std::string joined(std::span<const std::string_view> words) {
  std::string out;
  for (const std::string_view word : words) {
    if (!out.empty()) out += ", ";
    out += word;
  }
  return out;
}

std::optional<std::int64_t> to_integer(std::string_view text) {
  bool negative = false;
  if (text.starts_with('-') || text.starts_with('+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  const std::uint64_t most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > most) return std::nullopt;
  return negative ? -static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value);
}

std::optional<double> to_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string range_text(std::int64_t min, std::int64_t max) {
  if (max == std::numeric_limits<std::int64_t>::max()) return "at least " + std::to_string(min);
  if (min == std::numeric_limits<std::int64_t>::min()) return "at most " + std::to_string(max);
  return std::to_string(min) + " to " + std::to_string(max);
}

std::string short_number(double value) {
  char buffer[32];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, result.ptr};
}

}  // namespace

std::string_view nearest_name(std::string_view word, std::span<const std::string> candidates) {
  std::size_t best = std::min(word.size(), std::max<std::size_t>(2, word.size() / 3 + 1));
  std::string_view nearest;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate, best);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

YamlContext::YamlContext(std::string file, std::string_view text, Diagnostics& diagnostics)
    : file_(std::move(file)), text_(text), diagnostics_(diagnostics) {}

void YamlContext::add(Severity severity, int line, int column, std::string code, std::string message, std::string hint) {
  if (severity == Severity::Error) ++errors_;
  if (++reported_ > kMaxDiagnostics) return;
  Diagnostic d;
  d.severity = severity;
  d.at = {file_, line, column};
  if (reported_ == kMaxDiagnostics) {
    d.severity = Severity::Error;
    d.code = "E002";
    d.message = "more than 100 problems in this file; the rest is not shown";
    diagnostics_.push_back(std::move(d));
    return;
  }
  d.code = std::move(code);
  d.message = std::move(message);
  d.hint = std::move(hint);
  std::size_t start = 0;
  for (int i = 1; i < line && start != std::string_view::npos; ++i) {
    start = text_.find('\n', start);
    if (start != std::string_view::npos) ++start;
  }
  if (line > 0 && start < text_.size() && column > 0 && static_cast<std::size_t>(column) <= kMaxLineShown) {
    std::string_view shown = text_.substr(start, kMaxLineShown);
    shown = shown.substr(0, shown.find('\n'));
    d.line_text = std::string(shown);
    // A control character in a file must not reach a terminal through our message.
    for (char& c : d.line_text)
      if (static_cast<unsigned char>(c) < 0x20 && c != '\t') c = ' ';
    while (!d.line_text.empty() && d.line_text.back() == ' ') d.line_text.pop_back();
  }
  diagnostics_.push_back(std::move(d));
}

void YamlContext::error(int line, int column, std::string code, std::string message, std::string hint) {
  add(Severity::Error, line, column, std::move(code), std::move(message), std::move(hint));
}
void YamlContext::error(const YamlNode& at, std::string code, std::string message, std::string hint) {
  add(Severity::Error, at.line, at.column, std::move(code), std::move(message), std::move(hint));
}
void YamlContext::error(const YamlKey& at, std::string code, std::string message, std::string hint) {
  add(Severity::Error, at.line, at.column, std::move(code), std::move(message), std::move(hint));
}
void YamlContext::warning(const YamlNode& at, std::string code, std::string message, std::string hint) {
  add(Severity::Warning, at.line, at.column, std::move(code), std::move(message), std::move(hint));
}

std::optional<std::string> yaml_string(const YamlNode& node, std::string_view what, YamlContext& context) {
  if (node.kind == YamlKind::Scalar) return node.scalar;
  wrong_type(node, what, "a text", context);
  return std::nullopt;
}

std::optional<std::int64_t> yaml_integer(const YamlNode& node, std::string_view what, YamlContext& context,
                                         std::int64_t min, std::int64_t max) {
  const auto value = node.kind == YamlKind::Scalar && !node.quoted ? to_integer(node.scalar) : std::nullopt;
  if (!value) {
    wrong_type(node, what, "a whole number", context, node.quoted ? "remove the quotes" : "");
  } else if (*value < min || *value > max) {
    context.error(node, "E009", std::string(what) + ": " + node.scalar + " is out of range", "allowed: " + range_text(min, max));
    return std::nullopt;
  }
  return value;
}

YamlMap::YamlMap(const YamlNode& node, std::string_view what, YamlContext& context)
    : node_(node), what_(what), context_(context), readable_(node.kind == YamlKind::Map) {
  if (!readable_) {
    wrong_type(node, what, "a map of keys and values", context);
    return;
  }
  std::vector<std::size_t> order(node.keys.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return node.keys[a].text < node.keys[b].text; });
  for (std::size_t i = 1; i < order.size(); ++i) {
    const YamlKey& first = node.keys[order[i - 1]];
    const YamlKey& again = node.keys[order[i]];
    if (first.text == again.text)
      context.error(again, "E007", what_ + ": the key " + quoted(again.text) + " stands here again",
                    "it stood first on line " + std::to_string(first.line));
  }
}

const YamlNode* YamlMap::find(std::string_view key, Presence presence) {
  if (!readable_) return nullptr;
  known_.emplace_back(key);
  for (std::size_t i = 0; i < node_.keys.size(); ++i)
    if (node_.keys[i].text == key) {
      if (node_.items[i].kind != YamlKind::Null) return &node_.items[i];
      if (presence == Presence::Required)
        context_.error(node_.keys[i], "E005", what_ + ": the key " + quoted(key) + " has no value");
      return nullptr;
    }
  if (presence == Presence::Required) context_.error(node_, "E005", what_ + ": the key " + quoted(key) + " is missing");
  return nullptr;
}

std::optional<std::string> YamlMap::string(std::string_view key, Presence presence) {
  const YamlNode* node = find(key, presence);
  return node ? yaml_string(*node, key, context_) : std::nullopt;
}

std::optional<std::int64_t> YamlMap::integer(std::string_view key, Presence presence, std::int64_t min, std::int64_t max) {
  const YamlNode* node = find(key, presence);
  return node ? yaml_integer(*node, key, context_, min, max) : std::nullopt;
}

std::optional<double> YamlMap::number(std::string_view key, Presence presence, double min, double max) {
  const YamlNode* node = find(key, presence);
  if (!node) return std::nullopt;
  const auto value = node->kind == YamlKind::Scalar && !node->quoted ? to_number(node->scalar) : std::nullopt;
  if (!value) {
    wrong_type(*node, key, "a number", context_, node->quoted ? "remove the quotes" : "");
  } else if (*value < min || *value > max) {
    context_.error(*node, "E009", std::string(key) + ": " + node->scalar + " is out of range",
                   "allowed: " + short_number(min) + " to " + short_number(max));
    return std::nullopt;
  }
  return value;
}

std::optional<bool> YamlMap::boolean(std::string_view key, Presence presence) {
  const YamlNode* node = find(key, presence);
  if (!node) return std::nullopt;
  if (node->kind == YamlKind::Scalar && !node->quoted) {
    if (node->scalar == "true") return true;
    if (node->scalar == "false") return false;
  }
  wrong_type(*node, key, "true or false", context_);
  return std::nullopt;
}

std::optional<std::size_t> YamlMap::choice(std::string_view key, std::span<const std::string_view> allowed,
                                           Presence presence) {
  const YamlNode* node = find(key, presence);
  if (!node) return std::nullopt;
  const auto text = yaml_string(*node, key, context_);
  if (!text) return std::nullopt;
  const auto match = std::find(allowed.begin(), allowed.end(), *text);
  if (match != allowed.end()) return static_cast<std::size_t>(match - allowed.begin());
  const std::vector<std::string> names(allowed.begin(), allowed.end());
  std::string hint = did_you_mean(*text, names);
  if (hint.empty()) hint = "allowed: " + joined(allowed);
  context_.error(*node, "E008", std::string(key) + ": " + quoted(*text) + " is not known", std::move(hint));
  return std::nullopt;
}

std::vector<std::string> YamlMap::strings(std::string_view key, Presence presence) {
  std::vector<std::string> out;
  const YamlNode* list = sequence(key, presence);
  if (!list) return out;
  for (const YamlNode& item : list->items)
    if (auto text = yaml_string(item, key, context_)) out.push_back(std::move(*text));
  return out;
}

const YamlNode* YamlMap::map(std::string_view key, Presence presence) {
  const YamlNode* node = find(key, presence);
  if (!node || node->kind == YamlKind::Map) return node;
  wrong_type(*node, key, "a map of keys and values", context_);
  return nullptr;
}

const YamlNode* YamlMap::sequence(std::string_view key, Presence presence) {
  const YamlNode* node = find(key, presence);
  if (!node || node->kind == YamlKind::Sequence) return node;
  wrong_type(*node, key, "a list", context_, node->kind == YamlKind::Scalar ? "write it as [value]" : "");
  return nullptr;
}

const YamlNode* YamlMap::any(std::string_view key, Presence presence) { return find(key, presence); }

std::vector<std::pair<const YamlKey*, const YamlNode*>> YamlMap::entries() {
  std::vector<std::pair<const YamlKey*, const YamlNode*>> out;
  open_ = true;
  if (!readable_) return out;
  for (std::size_t i = 0; i < node_.keys.size(); ++i) out.emplace_back(&node_.keys[i], &node_.items[i]);
  return out;
}

void YamlMap::finish() {
  if (!readable_ || open_) return;
  for (const YamlKey& key : node_.keys)
    if (std::find(known_.begin(), known_.end(), key.text) == known_.end())
      context_.error(key, "E006", what_ + ": the key " + quoted(key.text) + " is not known", did_you_mean(key.text, known_));
}

}  // namespace scanner
