#include "tools/aupsig/translate/sigma_import.h"

#include "tools/aupsig/translate/sigma_logic.h"

#include <algorithm>
#include <set>

namespace scanner {
namespace {

class RuleImport {
 public:
  RuleImport(const SigmaRule& rule, const std::string& file, const ImportSettings& settings, std::vector<ImportedFile>& files)
      : rule_(rule), file_(file), settings_(settings), files_(files) {}

  Translation run() {
    out_.file = file_;
    out_.line = rule_.line;
    out_.rule = rule_.id.empty() ? "a rule without id" : rule_.id;
    out_.title = rule_.title;
    std::string why;
    if (!sigma_source(rule_, why)) out_.add(Effect::Cannot, "logsource", why);
    if ((rule_.status == "deprecated" || rule_.status == "unsupported") && !settings_.disabled) out_.add(Effect::Cannot, "status", "the original is " + rule_.status + ": --disabled imports it all the same");
    if (!out_.refused()) build();
    settle(out_, settings_);
    return std::move(out_);
  }

 private:
  void build() {
    if (rule_.product == "windows" || rule_.product == "macos") out_.add(Effect::Note, "logsource", "what a name says does not depend on the system that asks for it (" + rule_.product + ")");
    logic_ = sigma_logic(rule_, out_);
    if (!logic_.usable) return;
    std::set<std::string> keys;
    bool joint = true, port = false;
    for (const SigmaAtom& atom : logic_.atoms)
      if (asks_for(logic_.term, atom)) {
        keys.insert(atom.field.key);
        joint = joint && atom.field.joint.has_value();
      }
    port = asks_for_port(logic_.term);
    if (keys.empty()) return out_.add(Effect::Cannot, "condition", "ports alone make no signature", rule_.condition_line, rule_.condition_column);
    if (keys.size() == 1) return build_key(*keys.begin(), logic_.term, "", port);
    if (joint) return draft(logic_.term, nullptr, "");
    const auto groups = split_by_key(logic_, out_);
    if (groups.empty()) return out_.add(Effect::Cannot, "condition", "it asks for several texts at once, and one signature searches one field", rule_.condition_line, rule_.condition_column);
    if (groups.size() > 1) out_.add(Effect::Note, "condition", "its alternatives are about several texts: a signature for each");
    for (const auto& [key, term] : groups)
      if (key == kJointKey) draft(term, nullptr, groups.size() > 1 ? "-traits" : "");
      else build_key(key, term, groups.size() > 1 ? "-" + key : "", asks_for_port(term));
  }

  static bool asks_for_port(const Term& term) { return term.kind == TermKind::Port || std::ranges::any_of(term.parts, asks_for_port); }
  bool asks_for(const Term& term, const SigmaAtom& atom) const {
    if (term.kind == TermKind::Pattern) return &logic_.atoms[term.pattern] == &atom;
    return std::ranges::any_of(term.parts, [&](const Term& part) { return asks_for(part, atom); });
  }

  // A signature in every field that holds the key's text.
  void build_key(const std::string& key, const Term& term, const std::string& suffix, bool port) {
    const auto atom = std::ranges::find_if(logic_.atoms, [&](const SigmaAtom& a) { return a.field.key == key; });
    const std::vector<TextPlace>& places = atom->field.alone;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (port && places[i].field == Field::DnsName) {
        out_.add(Effect::Note, "DestinationPort", "a look-up goes to another port than the connection, so only the latter's name is searched");
        continue;
      }
      const std::string field_name(to_string(places[i].field));
      const bool several = places.size() > 1 && !port;
      draft(term, &i, suffix + (several ? "-" + field_name.substr(0, field_name.find('.')) : ""));
    }
  }

  // The term over atoms as one over the draft's patterns. `place`: which of the field's own; null:
  // all of them in process.traits.
  Term patterns_of(const Term& term, const std::size_t* place, RuleDraft& draft) {
    if (term.kind == TermKind::Port) return term;
    if (term.kind == TermKind::Pattern) {
      const SigmaAtom& atom = logic_.atoms[term.pattern];
      const TextPlace& where = place ? atom.field.alone[*place] : *atom.field.joint;
      std::string problem;
      std::vector<Term> any;
      for (const TextChain& chain : sigma_chains(atom.value, atom.match, where, problem)) any.push_back(pattern_term(add_pattern(draft, pattern_of(chain), atom.stem)));
      if (any.empty()) {
        out_.add(Effect::Cannot, atom.name, problem);
        return pattern_term(0);
      }
      return joined_term(TermKind::Or, std::move(any));
    }
    std::vector<Term> parts;
    for (const Term& part : term.parts) parts.push_back(patterns_of(part, place, draft));
    if (term.kind == TermKind::Not) return not_term(std::move(parts.front()));
    return joined_term(term.kind, std::move(parts));
  }

  static const SigmaAtom* first_atom(const SigmaLogic& logic, const Term& term) {
    if (term.kind == TermKind::Pattern) return &logic.atoms[term.pattern];
    for (const Term& part : term.parts)
      if (const SigmaAtom* atom = first_atom(logic, part)) return atom;
    return nullptr;
  }

  void draft(const Term& term, const std::size_t* place, const std::string& suffix) {
    RuleDraft draft;
    draft.field = place ? first_atom(logic_, term)->field.alone[*place].field : Field::ProcessTraits;
    draft.term = patterns_of(term, place, draft);
    if (out_.refused()) return;
    describe(draft, suffix);
    if (out_.refused()) return;
    const std::string author = rule_.author.empty() ? "" : ", by " + rule_.author;
    finish_draft(draft, file_ + " (" + out_.rule + author + ")", rule_.licence.empty() ? settings_.licence : rule_.licence, settings_, out_, files_);
  }

  void describe(RuleDraft& draft, const std::string& suffix) {
    std::string words = rule_.title + " " + rule_.description;
    for (const std::string& tag : rule_.tags) words += " " + tag;
    for (const SigmaAtom& atom : logic_.atoms) words += " " + atom.value;
    draft.activity = settings_.activity.empty() ? activity_of(words, is_process_rule(rule_)) : settings_.activity;
    if (draft.activity.empty()) return out_.add(Effect::Cannot, "activity", "nothing in it speaks of an activity of ours: name one with --activity");
    if (draft.field == Field::HttpUserAgent && settings_.activity.empty() && draft.activity == "mining.pool") draft.activity = "mining.software";
    draft.title = rule_.title;
    const bool severe = rule_.level == "high" || rule_.level == "critical";
    draft.stage = severe && (draft.field == Field::ProcessCommandLine || draft.field == Field::ProcessTraits) ? Stage::Contact : Stage::Interest;
    draft.weight = rule_.level == "critical" ? 0.5 : rule_.level == "high" ? 0.4 : rule_.level == "medium" ? 0.3 : rule_.level == "low" ? 0.15 : 0.1;
    const std::string base = draft.activity + ".sigma-" + slug_of(rule_.title, 60) + suffix;
    draft.id = base;
    const auto taken = [&](const std::string& id) {
      return std::ranges::any_of(files_, [&](const ImportedFile& file) { return file.path == draft.activity + "/" + id.substr(draft.activity.size() + 1) + ".yaml"; });
    };
    for (int i = 2; taken(draft.id); ++i) draft.id = base + "-" + std::to_string(i);
    draft.references = rule_.references;
    for (const std::string& tag : rule_.tags) add_technique(tag, draft.attack);
    draft.false_positives = rule_.false_positives;
  }

  const SigmaRule& rule_;
  const std::string& file_;
  const ImportSettings& settings_;
  std::vector<ImportedFile>& files_;
  Translation out_;
  SigmaLogic logic_;
};

}  // namespace

void import_sigma(const std::string& file, std::string_view text, const ImportSettings& settings, TranslationReport& report, std::vector<ImportedFile>& files) {
  report.what = "Sigma rules";
  report.limits = {"a signature is experimental: it makes no finding until it is promoted",
                   "a command line is the arguments joined by single blanks",
                   "names are searched in lower case, without a port and the dot at their end"};
  Diagnostics problems;
  std::vector<Translation> rules;
  for (const SigmaRule& rule : read_sigma(file, text, problems)) {
    const std::size_t before = files.size();
    Translation translation = RuleImport(rule, file, settings, files).run();
    if (translation.outcome == TranslationOutcome::Refused) files.resize(before);
    rules.push_back(std::move(translation));
  }
  if (has_errors(problems)) {
    Translation translation;
    translation.file = file;
    translation.rule = "what cannot be read";
    for (const Diagnostic& d : problems) {
      if (translation.line == 0) translation.line = d.at.line;
      translation.add(Effect::Cannot, d.code, d.message + (d.hint.empty() ? "" : " (" + d.hint + ")"), d.at.line, d.at.column);
    }
    rules.push_back(std::move(translation));
  }
  std::ranges::stable_sort(rules, {}, &Translation::line);
  std::ranges::move(rules, std::back_inserter(report.rules));
}

}  // namespace scanner
