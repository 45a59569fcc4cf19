#include "scanner/signature/load.h"

#include "scanner/model/time.h"
#include "scanner/model/yaml.h"
#include "scanner/signature/expression.h"
#include "scanner/signature/pattern_shape.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace scanner {
namespace {

constexpr std::array<std::string_view, 15> kActivities{
    "mining.pool",   "mining.solo", "mining.web",          "mining.software", "pool.operation",
    "coin.node",     "abuse.scan",  "abuse.bruteforce",    "abuse.flood",     "abuse.amplification",
    "abuse.spam",    "abuse.tunnel", "abuse.relay",        "abuse.resource",  "harm.suffered",
};
constexpr std::array<std::string_view, 4> kStatuses{"experimental", "shadow", "active", "deprecated"};
constexpr std::array<std::string_view, 2> kStages{"interest", "contact"};
constexpr std::size_t kMaxExamples = 64;
constexpr std::size_t kMaxExampleBytes = 64UL * 1024;

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// "mining.pool.stratum-subscribe": words of lower-case letters and digits, "." or "-" between.
bool is_signature_id(std::string_view text) {
  if (text.empty() || text.size() > 100) return false;
  bool between = true;
  for (const char c : text) {
    if (is_lower_or_digit(c)) {
      between = false;
    } else if ((c == '.' || c == '-') && !between) {
      between = true;
    } else {
      return false;
    }
  }
  return !between;
}

bool is_pattern_name(std::string_view text) {
  constexpr std::array<std::string_view, 9> kReserved{"and", "or", "not", "of", "all", "any", "them", "port", "in"};
  if (text.empty() || text.size() > 40 || text[0] < 'a' || text[0] > 'z') return false;
  if (std::find(kReserved.begin(), kReserved.end(), text) != kReserved.end()) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_lower_or_digit(c) || c == '_'; });
}

// "T1496" or "T1496.001" of MITRE ATT&CK.
bool is_technique(std::string_view text) {
  const auto digits = [](std::string_view part, std::size_t count) {
    return part.size() == count && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!text.starts_with('T') || text.size() < 5 || !digits(text.substr(1, 4), 4)) return false;
  return text.size() == 5 || (text[5] == '.' && digits(text.substr(6), 3));
}

// "2026-11-30", and there is such a day.
bool is_day(const std::string& text) {
  const auto at = parse_rfc3339(text + "T00:00:00Z");
  return at && to_rfc3339(*at).substr(0, 10) == text;
}

class SignatureReader {
 public:
  SignatureReader(const YamlNode& root, YamlContext& context, PatternCheck check) : map_(root, "signature", context), context_(context), check_(check) {}

  Signature read() {
    identity();
    patterns();
    condition();
    origin();
    examples();
    map_.finish();
    return std::move(out_);
  }

 private:
  void identity() {
    if (auto id = map_.string("id")) {
      if (!is_signature_id(*id))
        context_.error(*map_.any("id"), "E101", "id: lower-case words with \".\" or \"-\" between them are expected",
                       "for example mining.pool.stratum-subscribe");
      out_.id = std::move(*id);
    }
    out_.title = text("title");
    if (const auto index = map_.choice("activity", kActivities)) out_.activity = kActivities[*index];
    std::array<std::string_view, kFieldCount> fields;
    for (std::size_t i = 0; i < kFieldCount; ++i) fields[i] = to_string(static_cast<Field>(i));
    const auto field = map_.choice("field", fields);
    has_field_ = field.has_value();
    if (field) out_.field = static_cast<Field>(*field);
    if (const auto stage = map_.choice("stage", kStages)) out_.stage = *stage == 0 ? Stage::Interest : Stage::Contact;
    out_.weight = map_.number("weight", Presence::Required, 0, 1).value_or(0);
    if (const auto status = map_.choice("status", kStatuses)) out_.status = static_cast<SignatureStatus>(*status);
    out_.owner = text("owner");
    out_.revision = static_cast<std::uint32_t>(map_.integer("revision", Presence::Required, 1, 1'000'000).value_or(0));
  }

  // A required text that says something.
  std::string text(std::string_view key) {
    auto value = map_.string(key);
    if (value && value->find_first_not_of(" \n\t") == std::string::npos)
      context_.error(*map_.any(key), "E005", std::string(key) + ": is empty");
    return value.value_or("");
  }

  void patterns() {
    const YamlNode* node = map_.map("patterns");
    if (!node) return;
    YamlMap named(*node, "patterns", context_);
    const auto entries = named.entries();
    if (entries.empty()) context_.error(*node, "E103", "patterns: at least one is needed");
    if (entries.size() > Signature::kMaxPatterns) {
      context_.error(*node, "E109", "patterns: more than 64", "split the signature");
      return;
    }
    std::size_t edges = 0;
    for (const auto& [key, value] : entries) {
      if (!is_pattern_name(key->text))
        context_.error(*key, "E101", "a pattern's name is a lower-case word with digits and \"_\", and no word of the condition language");
      Pattern pattern = read_pattern(*value);
      pattern.name = key->text;
      const PatternShape shape = shape_of(pattern);
      edges += std::max(shape.edges, shape.states);
      out_.patterns.push_back(std::move(pattern));
    }
    if (context_.ok() && edges > kMaxSignatureEdges)
      context_.error(*node, "E117", "patterns: together they are too large once counted repeats are written out: " + std::to_string(edges) + " steps",
                     "at most 16000; split the signature, or ask for less of what repeats");
  }

  Pattern read_pattern(const YamlNode& node) {
    Pattern pattern;
    YamlMap map(node, "pattern", context_);
    const YamlNode* literal = map.any("literal", Presence::Optional);
    const YamlNode* regex = map.any("regex", Presence::Optional);
    pattern.nocase = map.boolean("nocase", Presence::Optional).value_or(false);
    map.finish();
    if (node.kind != YamlKind::Map) return pattern;
    if ((literal != nullptr) == (regex != nullptr)) {
      context_.error(node, "E103", "pattern: either literal or regex is needed");
      return pattern;
    }
    const YamlNode& expression = literal ? *literal : *regex;
    auto value = yaml_string(expression, literal ? "literal" : "regex", context_);
    if (!value) return pattern;
    pattern.expression = std::move(*value);
    pattern.literal = literal != nullptr;
    pattern.line = expression.line;
    pattern.column = expression.column;
    if (check_ == PatternCheck::Later) return pattern;
    if (const auto problem = check_expression(pattern, has_field_ && is_stream(out_.field)))
      context_.error(expression, problem->code, problem->message, problem->hint);
    return pattern;
  }

  void condition() {
    const YamlNode* node = map_.any("condition", Presence::Optional);
    if (out_.patterns.empty()) return;
    out_.condition_text = "any of them";
    if (node) {
      auto value = yaml_string(*node, "condition", context_);
      if (!value) return;
      out_.condition_text = std::move(*value);
    }
    const YamlNode& at = node ? *node : map_.node();
    std::vector<std::string> names;
    names.reserve(out_.patterns.size());
    for (const Pattern& pattern : out_.patterns) names.push_back(pattern.name);
    ConditionError problem;
    auto parsed = Condition::parse(out_.condition_text, names, problem);
    if (!parsed) {
      // The column is exact where the condition stands on one line as it is.
      const bool one_line = node && out_.condition_text.find('\n') == std::string::npos;
      const int shift = one_line ? static_cast<int>(problem.offset) + (at.quoted ? 1 : 0) : 0;
      context_.error(at.line, at.column + shift, "E107", "condition: " + problem.message, problem.hint);
      return;
    }
    out_.condition = std::move(*parsed);
    check_condition(at);
  }

  void check_condition(const YamlNode& at) {
    if (out_.condition.needs_a_pattern() == false)
      context_.error(at, "E107", "condition: it holds where no pattern was seen", "join it with a pattern by \"and\"");
    if (has_field_ && is_stream(out_.field) && out_.condition.has_not())
      context_.error(at, "E108", "condition: \"not\" cannot be told on a stream, since more may follow",
                     "describe what is there, or use a field that is searched as a whole");
    for (std::size_t i = 0; i < out_.patterns.size(); ++i)
      if (!(out_.condition.used() >> i & 1))
        context_.error(out_.patterns[i].line, out_.patterns[i].column, "E115",
                       "the condition never asks for the pattern \"" + out_.patterns[i].name + "\"");
  }

  void origin() {
    out_.references = map_.strings("references");
    if (const YamlNode* node = map_.any("references", Presence::Optional);
        node && node->kind == YamlKind::Sequence && node->items.empty())
      context_.error(*node, "E110", "references: at least one is needed", "where does the fact come from?");
    out_.attack = map_.strings("attack", Presence::Optional);
    if (const YamlNode* node = map_.any("attack", Presence::Optional))
      for (const YamlNode& item : node->items)
        if (item.kind == YamlKind::Scalar && !is_technique(item.scalar))
          context_.error(item, "E101", "attack: expected a technique such as T1496 or T1496.001");
    out_.known_false_positives = map_.strings("known_false_positives");
    out_.expires = map_.string("expires", Presence::Optional).value_or("");
    if (!out_.expires.empty() && !is_day(out_.expires))
      context_.error(*map_.any("expires"), "E008", "expires: expected a day as YYYY-MM-DD");
  }

  void examples() {
    const YamlNode* node = map_.map("examples");
    if (!node) return;
    YamlMap map(*node, "examples", context_);
    out_.match = read_examples(map, "match");
    out_.no_match = read_examples(map, "no_match");
    map.finish();
  }

  std::vector<SignatureExample> read_examples(YamlMap& map, std::string_view key) {
    std::vector<SignatureExample> examples;
    const YamlNode* list = map.sequence(key);
    if (!list) return examples;
    if (list->items.empty()) context_.error(*list, "E110", std::string(key) + ": at least one example is needed");
    if (list->items.size() > kMaxExamples) {
      context_.error(*list, "E109", std::string(key) + ": more than 64 examples");
      return examples;
    }
    for (const YamlNode& item : list->items) examples.push_back(read_example(item));
    return examples;
  }

  SignatureExample read_example(const YamlNode& node) {
    SignatureExample example;
    example.line = node.line;
    example.column = node.column;
    if (node.kind == YamlKind::Scalar) {
      example.text = node.scalar;
    } else {
      YamlMap map(node, "example", context_);
      const YamlNode* hex = map.any("hex", Presence::Optional);
      example.text = hex ? read_hex(*hex) : map.string("text").value_or("");
      example.port = static_cast<std::uint16_t>(map.integer("port", Presence::Optional, 1, 65535).value_or(0));
      example.todo = map.string("todo", Presence::Optional).value_or("");
      map.finish();
    }
    if (example.text.size() > kMaxExampleBytes) context_.error(node, "E109", "example: longer than 64 KiB");
    return example;
  }

  // Bytes that are no text: pairs of hex digits, blanks anywhere between pairs.
  std::string read_hex(const YamlNode& node) {
    const auto digits = yaml_string(node, "hex", context_);
    std::string bytes;
    for (std::size_t i = 0; digits && i < digits->size();) {
      if ((*digits)[i] == ' ' || (*digits)[i] == '\n') {
        ++i;
        continue;
      }
      unsigned byte = 0;
      const auto [end, error] = std::from_chars(digits->data() + i, digits->data() + std::min(i + 2, digits->size()), byte, 16);
      if (error != std::errc() || end != digits->data() + i + 2) {
        context_.error(node, "E116", "hex: pairs of hexadecimal digits are expected");
        break;
      }
      bytes.push_back(static_cast<char>(byte));
      i += 2;
    }
    return bytes;
  }

  YamlMap map_;
  YamlContext& context_;
  PatternCheck check_;
  Signature out_;
  bool has_field_ = false;
};

}  // namespace

std::span<const std::string_view> signature_activities() { return kActivities; }

void load_signature(const std::string& file, std::string_view text, std::vector<Signature>& signatures,
                    Diagnostics& diagnostics, PatternCheck check) {
  const auto first_new = static_cast<std::ptrdiff_t>(diagnostics.size());
  YamlContext context(file, text, diagnostics);
  const auto root = parse_yaml(context);
  if (!root) return;
  Signature signature = SignatureReader(*root, context, check).read();
  signature.file = file;
  if (context.ok()) signatures.push_back(std::move(signature));
  // A person mends a file from top to bottom.
  std::stable_sort(diagnostics.begin() + first_new, diagnostics.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
  });
}

}  // namespace scanner
