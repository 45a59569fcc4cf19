#include "tools/aupsig/lint_source.h"

#include <algorithm>

namespace scanner {
namespace {

constexpr std::size_t kMaxShown = 240;

// The index of a key in a map; nothing where the node is no map or has no such key.
std::optional<std::size_t> index_of(const YamlNode* node, std::string_view key) {
  if (node == nullptr || node->kind != YamlKind::Map) return std::nullopt;
  for (std::size_t i = 0; i < node->keys.size() && i < node->items.size(); ++i)
    if (node->keys[i].text == key) return i;
  return std::nullopt;
}

}  // namespace

std::string shown_line(std::string_view text, int line) {
  std::size_t start = 0;
  for (int i = 1; i < line; ++i) {
    start = text.find('\n', start);
    if (start == std::string_view::npos) return "";
    ++start;
  }
  std::string shown(text.substr(start, std::min(kMaxShown, text.find('\n', start) - start)));
  for (char& c : shown)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) c = '?';
  if (shown.ends_with('?') && text.substr(start + shown.size() - 1).starts_with('\r')) shown.pop_back();
  return shown;
}

LintSource::LintSource(const PackFile& file, Diagnostics& out) : file_(file), out_(out) {
  if (part_of(file.place) != PackPart::Signature && part_of(file.place) != PackPart::Dialect) return;
  Diagnostics told_before;
  YamlContext context(file.path, file.text, told_before);
  root_ = parse_yaml(context);
}

const YamlNode* LintSource::value(std::initializer_list<std::string_view> path) const {
  const YamlNode* node = root_ ? &*root_ : nullptr;
  for (const std::string_view key : path) {
    const auto index = index_of(node, key);
    if (!index) return nullptr;
    node = &node->items[*index];
  }
  return node;
}

Place LintSource::key(std::initializer_list<std::string_view> path) const {
  const YamlNode* node = root_ ? &*root_ : nullptr;
  Place place;
  for (const std::string_view key : path) {
    const auto index = index_of(node, key);
    if (!index) return place;
    place = {node->keys[*index].line, node->keys[*index].column};
    node = &node->items[*index];
  }
  return place;
}

Place LintSource::line_that_begins(std::string_view beginning) const {
  Place place;
  std::string_view rest = file_.text;
  while (!rest.empty()) {
    if (rest.starts_with(beginning)) return place;
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
    ++place.line;
  }
  return {0, 0};
}

void LintSource::warn(Place at, std::string code, std::string message, std::string hint) {
  Diagnostic d;
  d.severity = Severity::Warning;
  d.code = std::move(code);
  d.message = std::move(message);
  d.at = {file_.path, at.line, at.column};
  d.line_text = shown_line(file_.text, at.line);
  d.hint = std::move(hint);
  out_.push_back(std::move(d));
}

}  // namespace scanner
