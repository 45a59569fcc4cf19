#include "scanner/model/pattern.h"
#include "tools/aupsig/translate/sigma_rule.h"

#include <algorithm>

namespace scanner {
namespace {

constexpr std::size_t kMaxCondition = 4000;
constexpr std::size_t kMaxNesting = 64;

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '*' || c == '.'; }

class Parser {
 public:
  Parser(std::string_view text, const std::vector<SigmaSelection>& selections) : text_(text), selections_(selections) { next(); }

  std::optional<SigmaCondition> parse(std::string& problem) {
    if (text_.size() > kMaxCondition) fault("it is longer than 4000 bytes");
    SigmaCondition whole = either(0);
    if (problem_.empty() && word_ == "|") fault("aggregations (\"| count() …\") belong to another kind of rule");
    if (problem_.empty() && !word_.empty()) fault("expected \"and\", \"or\" or the end, found \"" + std::string(word_) + "\"");
    problem = problem_;
    if (!problem_.empty()) return std::nullopt;
    return whole;
  }

 private:
  void fault(std::string why) {
    if (problem_.empty()) problem_ = std::move(why);
    word_ = {};
    at_ = text_.size();
  }

  void next() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
    const std::size_t start = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    if (at_ == start && at_ < text_.size()) ++at_;
    word_ = text_.substr(start, at_ - start);
  }

  bool accept(std::string_view word) {
    const bool same = std::equal(word.begin(), word.end(), word_.begin(), word_.end(), [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
    if (same && !word.empty()) next();
    return same;
  }

  static SigmaCondition join(SigmaCondition::Kind kind, std::vector<SigmaCondition> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    SigmaCondition all;
    all.kind = kind;
    all.parts = std::move(parts);
    return all;
  }

  SigmaCondition either(std::size_t depth) {
    if (depth > kMaxNesting) return fault("parentheses are nested too deep"), SigmaCondition{};
    std::vector<SigmaCondition> parts;
    do parts.push_back(both(depth));
    while (accept("or"));
    return join(SigmaCondition::Kind::Or, std::move(parts));
  }

  SigmaCondition both(std::size_t depth) {
    std::vector<SigmaCondition> parts;
    do parts.push_back(negated(depth));
    while (accept("and"));
    return join(SigmaCondition::Kind::And, std::move(parts));
  }

  SigmaCondition negated(std::size_t depth) {
    bool negate = false;
    while (accept("not")) negate = !negate;
    SigmaCondition part = primary(depth);
    if (!negate) return part;
    SigmaCondition out;
    out.kind = SigmaCondition::Kind::Not;
    out.parts.push_back(std::move(part));
    return out;
  }

  SigmaCondition primary(std::size_t depth) {
    if (accept("(")) {
      SigmaCondition inside = either(depth + 1);
      if (!accept(")")) fault("expected \")\"");
      return inside;
    }
    const std::string_view word = word_;
    if (word.empty()) return fault("it ends too early"), SigmaCondition{};
    for (const std::string_view amount : {"all", "1", "any"})
      if (accept(amount)) {
        if (accept("of")) return some(amount == "all");
        return fault("expected \"of\" behind \"" + std::string(word) + "\""), SigmaCondition{};
      }
    next();
    if (word.find_first_not_of("0123456789") == std::string_view::npos) return fault("only \"1 of\" and \"all of\" are counted"), SigmaCondition{};
    for (std::size_t i = 0; i < selections_.size(); ++i)
      if (selections_[i].name == word) return selection(i);
    return fault("no selection is called \"" + std::string(word) + "\""), SigmaCondition{};
  }

  static SigmaCondition selection(std::size_t index) {
    SigmaCondition out;
    out.kind = SigmaCondition::Kind::Selection;
    out.selection = index;
    return out;
  }

  SigmaCondition some(bool all) {
    const std::string_view pattern = word_;
    next();
    std::vector<SigmaCondition> parts;
    for (std::size_t i = 0; i < selections_.size(); ++i) {
      const std::string& name = selections_[i].name;
      const bool named = pattern == "them" ? !name.starts_with('_') : matches_pattern(pattern, name, Star::Any);
      if (named) parts.push_back(selection(i));
    }
    if (parts.empty()) return fault("no selection is called like \"" + std::string(pattern) + "\""), SigmaCondition{};
    return join(all ? SigmaCondition::Kind::And : SigmaCondition::Kind::Or, std::move(parts));
  }

  std::string_view text_;
  const std::vector<SigmaSelection>& selections_;
  std::size_t at_ = 0;
  std::string_view word_;
  std::string problem_;
};

}  // namespace

std::optional<SigmaCondition> parse_sigma_condition(std::string_view text, const std::vector<SigmaSelection>& selections, std::string& problem) {
  return Parser(text, selections).parse(problem);
}

}  // namespace scanner
