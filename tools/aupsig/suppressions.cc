#include "tools/aupsig/suppressions.h"

#include "scanner/model/yaml.h"
#include "tools/aupsig/lint_rules.h"
#include "tools/aupsig/lint_source.h"

#include <algorithm>
#include <optional>

namespace scanner {
namespace {

constexpr std::string_view kMark = "# lint:";
constexpr std::size_t kMaxComments = 200;  // of one file; more cannot be meant

struct Comment {
  std::size_t offset = 0;  // of the "#" in the file
  int line = 0, column = 0;
  int covers = 0;  // the line whose warnings it allows
  std::string_view text;  // behind the mark, to the end of the line
};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// A line that holds nothing but a comment. A data set's header begins with "#!" and is none.
bool is_comment_line(std::string_view line) {
  line = trimmed(line);
  return line.empty() || (line.starts_with('#') && !line.starts_with("#!"));
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// Places where a comment of ours may stand: the mark at the beginning of a line, or behind a
// blank. In YAML it may yet be part of a text.
std::vector<Comment> candidates(const PackFile& file, bool yaml) {
  std::vector<Comment> found;
  const std::vector<std::string_view> lines = lines_of(file.text);
  for (std::size_t i = 0; i < lines.size() && found.size() < kMaxComments; ++i) {
    const std::string_view line = lines[i];
    for (std::size_t at = line.find(kMark); at != std::string_view::npos; at = line.find(kMark, at + 1)) {
      const bool alone = trimmed(line.substr(0, at)).empty();
      if (!alone && (!yaml || !is_blank(line[at - 1]))) continue;
      Comment comment;
      comment.offset = static_cast<std::size_t>(line.data() - file.text.data()) + at;
      comment.line = static_cast<int>(i) + 1;
      comment.column = static_cast<int>(at) + 1;
      comment.text = line.substr(at + kMark.size());
      std::size_t covered = i;
      if (alone) {
        ++covered;
        while (covered < lines.size() && is_comment_line(lines[covered])) ++covered;
      }
      comment.covers = static_cast<int>(covered) + 1;
      found.push_back(comment);
      break;
    }
  }
  return found;
}

bool same(const YamlNode& a, const YamlNode& b) {
  const auto equal_keys = [](const YamlKey& x, const YamlKey& y) { return x.text == y.text; };
  return a.kind == b.kind && a.scalar == b.scalar && std::equal(a.keys.begin(), a.keys.end(), b.keys.begin(), b.keys.end(), equal_keys) &&
         std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), same);
}

std::optional<YamlNode> parsed(const PackFile& file, std::string_view text) {
  Diagnostics told_elsewhere;
  YamlContext context(file.path, text, told_elsewhere);
  return parse_yaml(context);
}

std::string without(std::string text, const std::vector<Comment>& comments) {
  for (const Comment& comment : comments) {
    const std::size_t end = std::min(text.find('\n', comment.offset), text.size());
    std::fill(text.begin() + static_cast<std::ptrdiff_t>(comment.offset), text.begin() + static_cast<std::ptrdiff_t>(end), ' ');
  }
  return text;
}

// A comment is what YAML says the same without.
std::vector<Comment> comments_of(const PackFile& file) {
  const PackPart part = part_of(file.place);
  const bool yaml = part == PackPart::Signature || part == PackPart::Dialect;
  std::vector<Comment> found = candidates(file, yaml);
  if (!yaml || found.empty()) return found;
  const auto whole = parsed(file, file.text);
  if (!whole) return {};
  const auto rest = parsed(file, without(file.text, found));
  if (rest && same(*whole, *rest)) return found;
  std::erase_if(found, [&](const Comment& comment) {
    const auto other = parsed(file, without(file.text, {comment}));
    return !other || !same(*whole, *other);
  });
  return found;
}

struct Allowance {
  std::string_view id, reason;
};

// "allow W201: reason"
std::optional<Allowance> read_comment(std::string_view text) {
  text = trimmed(text);
  if (!text.starts_with("allow ")) return std::nullopt;
  text = trimmed(text.substr(6));
  const std::size_t colon = text.find(':');
  Allowance allowance;
  allowance.id = trimmed(text.substr(0, colon));
  if (colon != std::string_view::npos) allowance.reason = trimmed(text.substr(colon + 1));
  const bool one_word = !allowance.id.empty() && std::all_of(allowance.id.begin(), allowance.id.end(), [](char c) { return c > ' ' && c < 0x7f; });
  return one_word ? std::optional(allowance) : std::nullopt;
}

}  // namespace

std::vector<Suppressed> apply_suppressions(const PackFile& file, bool judged, Diagnostics& diagnostics) {
  std::vector<Suppressed> suppressed;
  const std::vector<Comment> comments = comments_of(file);
  if (comments.empty()) return suppressed;
  judged = judged && std::none_of(diagnostics.begin(), diagnostics.end(), [&](const Diagnostic& d) { return d.severity == Severity::Error && d.at.file == file.path; });
  Diagnostics about_comments;
  LintSource source(file, about_comments);
  for (const Comment& comment : comments) {
    const Place at{comment.line, comment.column};
    const auto allowance = read_comment(comment.text);
    if (!allowance) {
      source.warn(at, "W290", "a comment for lint that cannot be read", "write: # lint: allow W201: why it is right here");
      continue;
    }
    const std::string id(allowance->id.substr(0, 40));
    if (!is_suppressible(allowance->id)) {
      source.warn(at, "W291", "\"" + id + "\" is no warning that can be allowed", "errors cannot; `aupsig lint --rules` lists what there is");
      continue;
    }
    if (allowance->reason.empty()) {
      source.warn(at, "W290", "the warning " + id + " is allowed without a reason", "write: # lint: allow " + id + ": why it is right here");
      continue;
    }
    const auto covered = [&](const Diagnostic& d) { return d.code == allowance->id && d.at.file == file.path && d.at.line == comment.covers; };
    const auto first = std::stable_partition(diagnostics.begin(), diagnostics.end(), [&](const Diagnostic& d) { return !covered(d); });
    if (first == diagnostics.end() && judged && allowance->id != "W204" && allowance->id != "W242")
      source.warn(at, "W292", "nothing is wrong here that " + id + " would tell", "take the comment away, or put it on the line that is told or right above it");
    for (auto d = first; d != diagnostics.end(); ++d) suppressed.push_back({std::move(*d), std::string(allowance->reason)});
    diagnostics.erase(first, diagnostics.end());
  }
  diagnostics.insert(diagnostics.end(), about_comments.begin(), about_comments.end());
  return suppressed;
}

}  // namespace scanner
