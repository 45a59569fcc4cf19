#include "scanner/signature/condition.h"

#include "scanner/model/yaml.h"

#include <algorithm>
#include <bit>
#include <charconv>

namespace scanner {
namespace {

constexpr std::size_t kMaxText = 2000;
constexpr std::size_t kMaxNesting = 24;
constexpr std::size_t kMaxStack = 64;

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '*';
}
bool is_number(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

// Recursive descent; gives up at the first problem, since what follows one is guesswork.
class ConditionParser {
 public:
  ConditionParser(std::string_view text, const std::vector<std::string>& names) : text_(text), names_(names) { next(); }

  std::optional<Condition> parse(ConditionError& error) {
    if (text_.size() > kMaxText) problem("the condition is longer than 2000 bytes");
    either();
    if (!failed_ && !word_.empty()) problem("expected \"and\", \"or\" or the end, found \"" + std::string(word_) + "\"");
    if (failed_) {
      error = error_;
      return std::nullopt;
    }
    return std::move(out_);
  }

 private:
  using Op = Condition::Op;

  void problem(std::string message, std::string hint = {}) {
    if (!failed_) error_ = {at_, std::move(message), std::move(hint)};
    failed_ = true;
    word_ = {};
    position_ = text_.size();
  }

  void next() {
    while (position_ < text_.size() && is_space(text_[position_])) ++position_;
    at_ = position_;
    while (position_ < text_.size() && is_name_char(text_[position_])) ++position_;
    if (position_ == at_ && position_ < text_.size()) ++position_;
    word_ = text_.substr(at_, position_ - at_);
  }
  bool accept(std::string_view word) {
    if (failed_ || word_ != word) return false;
    next();
    return true;
  }
  void expect(std::string_view word) {
    if (!accept(word))
      problem("expected \"" + std::string(word) + "\"" + (word_.empty() ? "" : ", found \"" + std::string(word_) + "\""));
  }

  void emit(Op op, std::size_t count = 0, std::uint64_t mask = 0) {
    const bool leaf = op == Op::AtLeast || op == Op::Fact;
    depth_ += leaf ? 1 : 0;
    deepest_ = std::max(deepest_, depth_);
    if (deepest_ > kMaxStack) return problem("the condition is too large");
    if (op == Op::And || op == Op::Or) --depth_;
    out_.has_not_ |= op == Op::Not;
    out_.used_ |= mask;
    out_.steps_.push_back({op, static_cast<std::uint8_t>(count), mask});
  }

  void either() {
    both();
    while (accept("or")) {
      both();
      emit(Op::Or);
    }
  }
  void both() {
    negated();
    while (accept("and")) {
      negated();
      emit(Op::And);
    }
  }
  void negated() {
    bool negate = false;
    while (accept("not")) negate = !negate;
    primary();
    if (negate) emit(Op::Not);
  }

  void primary() {
    if (failed_) return;
    if (accept("(")) {
      if (++nesting_ > kMaxNesting) return problem("parentheses are nested too deep");
      either();
      --nesting_;
      return expect(")");
    }
    if (word_ == "port") return port();
    if (word_ == "all" || word_ == "any" || is_number(word_)) return some();
    const std::uint64_t mask = named(word_);
    if (failed_) return;
    next();
    emit(Op::AtLeast, 1, mask);
  }

  void some() {
    const std::string_view amount = word_;
    const std::size_t amount_at = at_;
    next();
    expect("of");
    std::uint64_t mask = 0;
    if (accept("them")) {
      mask = names_.size() >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << names_.size()) - 1;
    } else {
      expect("(");
      do {
        mask |= named(word_);
        if (!failed_) next();
      } while (accept(","));
      expect(")");
    }
    if (failed_) return;
    const std::size_t available = static_cast<std::size_t>(std::popcount(mask));
    std::size_t count = amount == "any" ? 1 : available;
    if (is_number(amount)) std::from_chars(amount.data(), amount.data() + amount.size(), count);
    if (count == 0 || count > available) {
      at_ = amount_at;
      return problem("\"" + std::string(amount) + " of\" " + std::to_string(available) + " patterns is never or always true");
    }
    emit(Op::AtLeast, count, mask);
  }

  // The patterns that a name, or a name with "*", stands for.
  std::uint64_t named(std::string_view name) {
    if (failed_) return 0;
    std::uint64_t mask = 0;
    const bool prefix = name.ends_with('*');
    const std::string_view stem = prefix ? name.substr(0, name.size() - 1) : name;
    for (std::size_t i = 0; i < names_.size() && i < 64; ++i)
      if (prefix ? names_[i].starts_with(stem) : names_[i] == name) mask |= std::uint64_t{1} << i;
    if (mask != 0) return mask;
    if (name.empty()) {
      problem("the condition ends too early");
    } else {
      const std::string_view near = nearest_name(name, names_);
      problem("no pattern is called \"" + std::string(name) + "\"", near.empty() ? "" : "did you mean \"" + std::string(near) + "\"?");
    }
    return 0;
  }

  void port() {
    next();
    expect("in");
    PortFact fact;
    if (accept("(")) {
      do {
        unsigned number = 0;
        if (is_number(word_)) std::from_chars(word_.data(), word_.data() + word_.size(), number);
        if (number == 0 || number > 65535) return problem("expected a port from 1 to 65535, found \"" + std::string(word_) + "\"");
        fact.ports.push_back(static_cast<std::uint16_t>(number));
        next();
      } while (accept(","));
      expect(")");
      std::sort(fact.ports.begin(), fact.ports.end());
    } else {
      if (word_.empty() || !is_name_char(word_[0])) return problem("expected a list of ports or the name of a port set");
      fact.set = std::string(word_);
      next();
    }
    if (failed_) return;
    const auto same = std::find(out_.facts_.begin(), out_.facts_.end(), fact);
    const auto index = static_cast<std::size_t>(same - out_.facts_.begin());
    if (same == out_.facts_.end()) out_.facts_.push_back(std::move(fact));
    if (out_.facts_.size() > Condition::kMaxFacts) return problem("more than 4 conditions on the port");
    emit(Op::Fact, index);
  }

  std::string_view text_;
  const std::vector<std::string>& names_;
  std::size_t position_ = 0, at_ = 0;
  std::string_view word_;
  std::size_t nesting_ = 0, depth_ = 0, deepest_ = 0;
  Condition out_;
  ConditionError error_;
  bool failed_ = false;
};

std::optional<Condition> Condition::parse(std::string_view text, const std::vector<std::string>& names, ConditionError& error) {
  return ConditionParser(text, names).parse(error);
}

bool Condition::holds(std::uint64_t seen, std::uint32_t facts) const {
  std::uint64_t stack = 0;  // a stack of bits, the top lowest
  for (const Step& step : steps_) {
    switch (step.op) {
      case Op::AtLeast: stack = stack << 1 | (std::popcount(seen & step.mask) >= step.count ? 1u : 0u); break;
      case Op::Fact: stack = stack << 1 | (facts >> step.count & 1u); break;
      case Op::Not: stack ^= 1; break;
      case Op::And: stack = stack >> 1 & (stack | ~std::uint64_t{1}); break;
      case Op::Or: stack = stack >> 1 | (stack & 1); break;
    }
  }
  return (stack & 1) != 0;
}

bool Condition::needs_a_pattern() const {
  for (std::uint32_t facts = 0; facts < 1u << facts_.size(); ++facts)
    if (holds(0, facts)) return false;
  return true;
}

}  // namespace scanner
