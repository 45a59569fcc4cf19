#include "tools/aupsig/translate/sigma_logic.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace scanner {
namespace {

constexpr std::size_t kMaxWays = 64;

// A tree in which something may be known beforehand.
struct Known {
  enum class Kind { Open, True, False } kind = Kind::Open;
  Term term;
};

Known known(bool truth) { return {truth ? Known::Kind::True : Known::Kind::False, {}}; }

class Resolver {
 public:
  Resolver(const SigmaRule& rule, Translation& translation) : rule_(rule), translation_(translation) {}

  SigmaLogic resolve() {
    Known whole = condition(rule_.condition, false);
    if (whole.kind == Known::Kind::False) {
      for (TranslationNote& note : lost_) translation_.add(Effect::Cannot, note.option, note.why, note.line, note.column);
      if (lost_.empty()) translation_.add(Effect::Cannot, "condition", "it never holds", rule_.condition_line, rule_.condition_column);
      return std::move(out_);
    }
    for (TranslationNote& note : lost_) translation_.add(note.effect, note.option, note.why + (note.effect == Effect::Wider ? "; the exclusion is left out" : "; the alternative is left out"), note.line, note.column);
    if (whole.kind == Known::Kind::True) {
      translation_.add(Effect::Cannot, "condition", "without what has no equal here it holds on everything", rule_.condition_line, rule_.condition_column);
      return std::move(out_);
    }
    out_.term = std::move(whole.term);
    out_.usable = true;
    return std::move(out_);
  }

 private:
  Known condition(const SigmaCondition& node, bool negated) {
    switch (node.kind) {
      case SigmaCondition::Kind::Selection: return selection(rule_.selections[node.selection], negated);
      case SigmaCondition::Kind::Not: return inverted(condition(node.parts.front(), !negated));
      default: break;
    }
    std::vector<Known> parts;
    for (const SigmaCondition& part : node.parts) parts.push_back(condition(part, negated));
    return join(node.kind == SigmaCondition::Kind::And, std::move(parts));
  }

  static Known inverted(Known part) {
    if (part.kind == Known::Kind::Open) return {Known::Kind::Open, not_term(std::move(part.term))};
    return known(part.kind == Known::Kind::False);
  }

  static Known join(bool all, std::vector<Known> parts) {
    std::vector<Term> terms;
    for (Known& part : parts) {
      if (part.kind == Known::Kind::Open) terms.push_back(std::move(part.term));
      else if ((part.kind == Known::Kind::False) == all) return known(!all);  // decides
    }
    if (terms.empty()) return known(all);
    return {Known::Kind::Open, joined_term(all ? TermKind::And : TermKind::Or, std::move(terms))};
  }

  Known selection(const SigmaSelection& selection, bool negated) {
    std::vector<Known> alternatives;
    for (const auto& items : selection.alternatives) {
      std::vector<Known> parts;
      for (const SigmaItem& item : items) parts.push_back(item_of(selection, item, negated));
      alternatives.push_back(join(true, std::move(parts)));
    }
    return join(false, std::move(alternatives));
  }

  // Taken as false: what it would have added is lost, what it would have excluded is not.
  Known lost(const SigmaSelection& selection, const SigmaItem& item, std::string why, bool negated) {
    const std::string option = selection.name + (item.field.empty() ? "" : "." + item.field);
    lost_.push_back({negated ? Effect::Wider : Effect::Narrower, item.line, item.column, option, std::move(why)});
    return known(false);
  }

  Known item_of(const SigmaSelection& selection, const SigmaItem& item, bool negated) {
    std::string problem;
    const auto match = sigma_match(item.modifiers, problem);
    if (!match) return lost(selection, item, problem, negated);
    const SigmaField field = sigma_field(rule_, item.field, item.values.empty() ? std::string_view() : std::string_view(item.values.front()));
    if (field.meaning == SigmaMeaning::Unknown) return lost(selection, item, field.why, negated);
    if (!field.note.empty()) translation_.add(Effect::Note, item.field, field.note, item.line, item.column);
    if (field.meaning == SigmaMeaning::True) return known(!match->negated);
    const bool argument = rule_.service == "auditd" && item.field.size() <= 3 && item.field.starts_with('a');
    if (!field.narrower.empty()) translation_.add(Effect::Narrower, argument ? "a0, a1, …" : item.field, field.narrower, item.line, item.column);
    Known values = field.meaning == SigmaMeaning::Port ? ports(selection, item, negated) : texts(selection, item, field, *match, negated);
    return match->negated ? inverted(std::move(values)) : values;
  }

  Known ports(const SigmaSelection& selection, const SigmaItem& item, bool negated) {
    std::vector<std::uint16_t> list;
    for (const std::string& value : item.values) {
      unsigned port = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), port);
      if (error != std::errc() || end != value.data() + value.size() || port == 0 || port > 65535 || !item.modifiers.empty()) return lost(selection, item, "a port from 1 to 65535 is expected", negated);
      list.push_back(static_cast<std::uint16_t>(port));
    }
    std::ranges::sort(list);
    return {Known::Kind::Open, port_term(std::move(list))};
  }

  Known texts(const SigmaSelection& selection, const SigmaItem& item, const SigmaField& field, const SigmaMatch& match, bool negated) {
    std::vector<Known> parts;
    if (item.null) parts.push_back(known(false));  // what is searched is never empty
    for (const std::string& value : item.values) {
      if (value.empty() && !match.regex) {
        parts.push_back(known(false));
        continue;
      }
      std::string problem;
      if (sigma_chains(value, match, field.alone.front(), problem).empty()) {
        parts.push_back(lost(selection, item, problem, negated));
        continue;
      }
      SigmaAtom atom;
      atom.field = field;
      atom.name = item.field;
      atom.value = value;
      atom.match = match;
      atom.stem = selection.name;
      out_.atoms.push_back(std::move(atom));
      parts.push_back({Known::Kind::Open, pattern_term(out_.atoms.size() - 1)});
    }
    return join(match.all, std::move(parts));
  }

  const SigmaRule& rule_;
  Translation& translation_;
  SigmaLogic out_;
  std::vector<TranslationNote> lost_;
};

using Way = std::vector<Term>;  // leaves, or leaves under a Not, that all hold

std::vector<Way> spread(const Term& term, bool negated) {
  if (term.kind == TermKind::Not) return spread(term.parts.front(), !negated);
  if (term.kind == TermKind::Pattern || term.kind == TermKind::Port) return {{negated ? not_term(term) : term}};
  const bool all = (term.kind == TermKind::And) != negated;
  std::vector<Way> ways;
  if (all) ways.emplace_back();
  for (const Term& part : term.parts) {
    const std::vector<Way> of_part = spread(part, negated);
    if (!all) {
      ways.insert(ways.end(), of_part.begin(), of_part.end());
    } else {
      std::vector<Way> next;
      for (const Way& a : ways)
        for (const Way& b : of_part) {
          if (next.size() > kMaxWays) break;
          next.push_back(a);
          next.back().insert(next.back().end(), b.begin(), b.end());
        }
      ways = std::move(next);
    }
    if (ways.size() > kMaxWays * 80) return ways;
  }
  return ways;
}

}  // namespace

SigmaLogic sigma_logic(const SigmaRule& rule, Translation& translation) { return Resolver(rule, translation).resolve(); }

std::vector<std::pair<std::string, Term>> split_by_key(const SigmaLogic& logic, Translation& translation) {
  const auto key_of = [&](const Term& leaf) {
    const Term& inner = leaf.kind == TermKind::Not ? leaf.parts.front() : leaf;
    return inner.kind == TermKind::Pattern ? logic.atoms[inner.pattern].field.key : std::string();
  };
  std::vector<std::pair<std::string, std::vector<Term>>> groups;
  for (const Way& way : spread(logic.term, false)) {
    std::set<std::string> keys;
    for (const Term& leaf : way)
      if (const std::string key = key_of(leaf); !key.empty()) keys.insert(key);
    const bool joint = std::ranges::all_of(way, [&](const Term& leaf) {
      const Term& inner = leaf.kind == TermKind::Not ? leaf.parts.front() : leaf;
      return inner.kind == TermKind::Port || logic.atoms[inner.pattern].field.joint.has_value();
    });
    if (keys.size() > 1 && joint) keys = {std::string(kJointKey)};
    if (keys.size() != 1) {
      std::string names;
      for (const std::string& key : keys) names += (names.empty() ? "" : " and ") + key;
      translation.add(Effect::Narrower, "condition", keys.empty() ? "an alternative asks for a port alone, which is left out" : "an alternative asks for " + names + " at once, and one signature searches one field: it is left out");
      continue;
    }
    auto group = std::ranges::find_if(groups, [&](const auto& g) { return g.first == *keys.begin(); });
    if (group == groups.end()) group = groups.insert(groups.end(), {*keys.begin(), {}});
    group->second.push_back(joined_term(TermKind::And, way));
  }
  std::vector<std::pair<std::string, Term>> out;
  for (auto& [key, terms] : groups) out.emplace_back(key, joined_term(TermKind::Or, std::move(terms)));
  return out;
}

}  // namespace scanner
