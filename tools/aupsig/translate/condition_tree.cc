#include "tools/aupsig/translate/condition_tree.h"

#include <algorithm>
#include <charconv>

namespace scanner {
namespace {

constexpr std::size_t kMaxWays = 500;
constexpr std::size_t kMaxPorts = 250;

// Reads what Condition::parse has accepted.
class Reader {
 public:
  Reader(const Signature& signature, const Datasets& datasets) : signature_(signature), text_(signature.condition_text), datasets_(datasets) { next(); }

  std::optional<Term> read(std::string& problem) {
    Term term = either();
    problem = problem_;
    if (!problem_.empty()) return std::nullopt;
    return term;
  }

 private:
  static bool is_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '*'; }

  void next() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
    const std::size_t start = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    if (at_ == start && at_ < text_.size()) ++at_;
    word_ = text_.substr(start, at_ - start);
  }
  bool accept(std::string_view word) {
    if (word_ != word) return false;
    next();
    return true;
  }
  static std::size_t number(std::string_view word) {
    std::size_t value = 0;
    std::from_chars(word.data(), word.data() + word.size(), value);
    return value;
  }

  Term either() {
    std::vector<Term> parts;
    do parts.push_back(both());
    while (accept("or"));
    return joined_term(TermKind::Or, std::move(parts));
  }
  Term both() {
    std::vector<Term> parts;
    do parts.push_back(negated());
    while (accept("and"));
    return joined_term(TermKind::And, std::move(parts));
  }
  Term negated() {
    if (accept("not")) return not_term(negated());
    return primary();
  }

  Term primary() {
    if (accept("(")) {
      Term inside = either();
      accept(")");
      return inside;
    }
    if (accept("port")) return port();
    const std::string_view word = word_;
    next();
    if (accept("of")) return some(word);
    std::vector<Term> named = named_by(word);
    return joined_term(TermKind::Or, std::move(named));
  }

  std::vector<Term> named_by(std::string_view name) const {
    std::vector<Term> terms;
    const bool prefix = name.ends_with('*');
    const std::string_view stem = prefix ? name.substr(0, name.size() - 1) : name;
    for (std::size_t i = 0; i < signature_.patterns.size(); ++i)
      if (prefix ? signature_.patterns[i].name.starts_with(stem) : signature_.patterns[i].name == name) terms.push_back(pattern_term(i));
    return terms;
  }

  Term some(std::string_view amount) {
    std::vector<Term> of;
    if (accept("them")) {
      for (std::size_t i = 0; i < signature_.patterns.size(); ++i) of.push_back(pattern_term(i));
    } else {
      accept("(");
      do {
        for (Term& term : named_by(word_)) of.push_back(std::move(term));
        next();
      } while (accept(","));
      accept(")");
    }
    const std::size_t count = amount == "any" ? 1 : amount == "all" ? of.size() : number(amount);
    if (count <= 1) return joined_term(TermKind::Or, std::move(of));
    if (count >= of.size()) return joined_term(TermKind::And, std::move(of));
    std::vector<Term> ways;
    choose(of, count, 0, {}, ways);
    return joined_term(TermKind::Or, std::move(ways));
  }

  // Every way to take `count` of them.
  void choose(const std::vector<Term>& of, std::size_t count, std::size_t from, std::vector<Term> taken, std::vector<Term>& ways) {
    if (taken.size() == count) {
      if (ways.size() >= kMaxWays) problem_ = "\"" + std::to_string(count) + " of\" " + std::to_string(of.size()) + " patterns has too many ways to be spelled out";
      else ways.push_back(joined_term(TermKind::And, std::move(taken)));
      return;
    }
    for (std::size_t i = from; i < of.size() && problem_.empty(); ++i) {
      taken.push_back(of[i]);
      choose(of, count, i + 1, taken, ways);
      taken.pop_back();
    }
  }

  Term port() {
    accept("in");
    std::vector<std::uint16_t> ports;
    if (accept("(")) {
      do {
        ports.push_back(static_cast<std::uint16_t>(number(word_)));
        next();
      } while (accept(","));
      accept(")");
    } else {
      const PortSet* const set = datasets_.ports(word_);
      for (unsigned p = 1; set && p <= 65535; ++p)
        if (set->contains(static_cast<std::uint16_t>(p))) ports.push_back(static_cast<std::uint16_t>(p));
      if (ports.empty() || ports.size() > kMaxPorts) problem_ = "the set of ports \"" + std::string(word_) + "\" cannot be spelled out";
      next();
    }
    return port_term(std::move(ports));
  }

  const Signature& signature_;
  std::string_view text_;
  const Datasets& datasets_;
  std::size_t at_ = 0;
  std::string_view word_;
  std::string problem_;
};

std::optional<std::vector<std::vector<Term>>> spread(const Term& term, bool negated, std::size_t most) {
  if (term.kind == TermKind::Not) return spread(term.parts.front(), !negated, most);
  if (term.kind == TermKind::Pattern || term.kind == TermKind::Port) return std::vector<std::vector<Term>>{{negated ? not_term(term) : term}};
  const bool all = (term.kind == TermKind::And) != negated;
  std::vector<std::vector<Term>> ways;
  if (all) ways.emplace_back();
  for (const Term& part : term.parts) {
    const auto of_part = spread(part, negated, most);
    if (!of_part) return std::nullopt;
    if (!all) {
      ways.insert(ways.end(), of_part->begin(), of_part->end());
    } else {
      std::vector<std::vector<Term>> product;
      for (const auto& a : ways)
        for (const auto& b : *of_part) {
          if (product.size() > most) return std::nullopt;
          product.push_back(a);
          product.back().insert(product.back().end(), b.begin(), b.end());
        }
      ways = std::move(product);
    }
    if (ways.size() > most) return std::nullopt;
  }
  return ways;
}

}  // namespace

std::optional<Term> condition_tree(const Signature& signature, const Datasets& datasets, std::string& problem) { return Reader(signature, datasets).read(problem); }

std::optional<std::vector<std::vector<Term>>> alternatives_of(const Term& term, std::size_t most) { return spread(term, false, most); }

}  // namespace scanner
