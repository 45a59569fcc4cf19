#include "tools/aupsig/translate/suricata_rule.h"

#include "scanner/model/letters.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <tuple>

namespace scanner {
namespace {

constexpr std::size_t kMaxText = 16UL * 1024 * 1024;
constexpr std::size_t kMaxRule = 64UL * 1024;
constexpr std::size_t kMaxOptions = 1000;
constexpr std::size_t kMaxProblems = 1000;
constexpr std::array<std::string_view, 9> kActions{"alert", "drop", "pass", "reject", "rejectsrc", "rejectdst", "rejectboth", "config", "log"};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// One rule's text with the place of each of its bytes in the file.
struct Source {
  std::string text;
  std::vector<std::pair<int, int>> places;

  std::pair<int, int> at(std::size_t i) const { return i < places.size() ? places[i] : places.empty() ? std::pair{1, 1} : places.back(); }
};

class RuleReader {
 public:
  RuleReader(const Source& source, const std::string& file, Diagnostics& problems) : source_(source), text_(source.text), file_(file), problems_(problems) {}

  std::optional<SuricataRule> read() {
    SuricataRule rule;
    std::tie(rule.line, rule.column) = source_.at(0);
    for (std::string* part : {&rule.action, &rule.protocol, &rule.source, &rule.source_port, &rule.direction, &rule.destination, &rule.destination_port})
      if (!header_word(*part)) return std::nullopt;
    rule.action = lowered(rule.action);
    rule.protocol = lowered(rule.protocol);
    if (rule.direction != "->" && rule.direction != "<>" && rule.direction != "=>")
      return problem("I102", at_, "the direction \"" + rule.direction + "\" is not known", "\"->\" or \"<>\" between source and destination"), std::nullopt;
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != '(') return problem("I102", at_, "\"(\" is expected behind the header", ""), std::nullopt;
    ++at_;
    if (!options(rule)) return std::nullopt;
    return rule;
  }

 private:
  void problem(std::string code, std::size_t at, std::string message, std::string hint) {
    if (problems_.size() >= kMaxProblems) return;
    Diagnostic d;
    d.code = std::move(code);
    d.message = std::move(message);
    d.hint = std::move(hint);
    const auto [line, column] = source_.at(at);
    d.at = {file_, line, column};
    problems_.push_back(std::move(d));
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  // A list in brackets may hold blanks.
  bool header_word(std::string& word) {
    skip_blanks();
    const std::size_t start = at_;
    int depth = 0;
    while (at_ < text_.size() && (depth > 0 || !is_blank(text_[at_]))) {
      if (text_[at_] == '(') break;
      depth += text_[at_] == '[' ? 1 : text_[at_] == ']' ? -1 : 0;
      ++at_;
    }
    if (at_ == start || depth != 0) {
      problem("I102", start, depth != 0 ? "a list in the header does not end" : "the header ends too early", "ACTION PROTOCOL SOURCE PORT -> DESTINATION PORT (OPTIONS)");
      return false;
    }
    for (const char c : text_.substr(start, at_ - start))
      if (!is_blank(c)) word.push_back(c);
    return true;
  }

  bool options(SuricataRule& rule) {
    while (true) {
      skip_blanks();
      if (at_ >= text_.size()) return problem("I103", text_.size() - 1, "the options do not end with \")\"", "close the rule on its line, or end the line with \"\\\""), false;
      if (text_[at_] == ')') {
        if (!trimmed(text_.substr(at_ + 1)).empty()) return problem("I103", at_ + 1, "text behind the rule's end", "one rule a line"), false;
        return true;
      }
      if (rule.options.size() >= kMaxOptions) return problem("I103", at_, "more than 1000 options", ""), false;
      if (!option(rule)) return false;
    }
  }

  bool option(SuricataRule& rule) {
    SuricataOption option;
    std::tie(option.line, option.column) = source_.at(at_);
    const std::size_t start = at_;
    while (at_ < text_.size() && text_[at_] != ':' && text_[at_] != ';' && text_[at_] != ')') ++at_;
    option.name = lowered(trimmed(text_.substr(start, at_ - start)));
    const bool named = !option.name.empty() && std::ranges::all_of(option.name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-'; });
    if (!named || at_ >= text_.size() || text_[at_] == ')') return problem("I103", start, "an option is expected: NAME; or NAME:VALUE;", ""), false;
    if (text_[at_++] == ';') return rule.options.push_back(std::move(option)), true;
    option.has_value = true;
    const std::size_t value = at_;
    bool quoted = false;
    for (; at_ < text_.size() && (quoted || text_[at_] != ';'); ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == '"') {
        quoted = !quoted;
      } else if (text_[at_] == ';') {
        return problem("I104", at_, "\";\" inside quotes ends the option for Suricata", "write \\; or |3B|"), false;
      }
    }
    if (at_ >= text_.size()) return problem("I103", value, "the value of \"" + option.name + "\" does not end", "close the quotes and end the option with \";\""), false;
    option.value = std::string(trimmed(text_.substr(value, at_ - value)));
    ++at_;
    rule.options.push_back(std::move(option));
    return true;
  }

  const Source& source_;
  std::string_view text_;
  const std::string& file_;
  Diagnostics& problems_;
  std::size_t at_ = 0;
};

bool begins_with_action(std::string_view text) {
  const std::string word = lowered(text.substr(0, text.find_first_of(" \t")));
  return std::ranges::find(kActions, word) != kActions.end() && text.find('(') != std::string_view::npos;
}

}  // namespace

const SuricataOption* SuricataRule::find(std::string_view name) const {
  const auto found = std::ranges::find_if(options, [name](const SuricataOption& option) { return option.name == name; });
  return found == options.end() ? nullptr : &*found;
}

SuricataFile read_suricata(const std::string& file, std::string_view text) {
  SuricataFile out;
  const auto problem = [&](std::string code, int line, std::string message) {
    Diagnostic d;
    d.code = std::move(code);
    d.message = std::move(message);
    d.at = {file, line, 1};
    out.problems.push_back(std::move(d));
  };
  if (text.size() > kMaxText) return problem("I101", 0, "the file is larger than 16 MiB"), out;
  int number = 0;
  Source source;
  bool goes_on = false;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!goes_on) source = {};
    goes_on = line.ends_with('\\');
    if (goes_on) line.remove_suffix(1);
    for (std::size_t i = 0; i < line.size() && source.text.size() <= kMaxRule; ++i) {
      if (source.text.empty() && is_blank(line[i])) continue;
      source.text.push_back(line[i]);
      source.places.emplace_back(number, static_cast<int>(i) + 1);
    }
    if (goes_on && !text.empty()) continue;
    goes_on = false;
    const bool enabled = !source.text.starts_with('#');
    if (!enabled) {
      const std::size_t marks = std::min(source.text.find_first_not_of("# \t"), source.text.size());
      source.text.erase(0, marks);
      source.places.erase(source.places.begin(), source.places.begin() + static_cast<std::ptrdiff_t>(marks));
    }
    if (source.text.empty() || (!enabled && !begins_with_action(source.text))) continue;
    if (source.text.size() > kMaxRule) {
      problem("I101", source.places.front().first, "the rule is longer than 64 KiB");
      continue;
    }
    Diagnostics ignored;  // a comment may look like a rule and be none
    if (auto rule = RuleReader(source, file, enabled ? out.problems : ignored).read()) {
      rule->enabled = enabled;
      out.rules.push_back(std::move(*rule));
    }
  }
  return out;
}

std::optional<std::string> quoted(std::string_view value, bool& negated) {
  value = trimmed(value);
  negated = value.starts_with('!');
  if (negated) value = trimmed(value.substr(1));
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::nullopt;
  return std::string(value.substr(1, value.size() - 2));
}

std::optional<std::string> without_escapes(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return std::nullopt;
    if (text[i] == '\\') {
      if (++i >= text.size() || std::string_view("\"\\;:").find(text[i]) == std::string_view::npos) return std::nullopt;
    }
    out.push_back(text[i]);
  }
  return out;
}

std::optional<std::string> content_bytes(std::string_view text, std::string& problem) {
  std::string bytes;
  bool hex = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '|') {
      hex = !hex;
    } else if (!hex) {
      bytes.push_back(text[i]);
    } else if (text[i] != ' ') {
      unsigned byte = 0;
      const auto [end, error] = std::from_chars(text.data() + i, text.data() + std::min(i + 2, text.size()), byte, 16);
      if (error != std::errc() || end != text.data() + i + 2) return problem = "between \"|\" pairs of hexadecimal digits are expected", std::nullopt;
      bytes.push_back(static_cast<char>(byte));
      ++i;
    }
  }
  if (hex) return problem = "a \"|\" is not closed", std::nullopt;
  if (bytes.empty()) return problem = "it is empty", std::nullopt;
  return bytes;
}

}  // namespace scanner
