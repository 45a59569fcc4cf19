#include "tools/aupsig/translate/translation.h"

#include "scanner/app/wording.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace scanner {

std::string_view to_string(TranslationOutcome outcome) {
  switch (outcome) {
    case TranslationOutcome::Exact: return "exact";
    case TranslationOutcome::Differs: return "differs";
    case TranslationOutcome::Refused: return "refused";
  }
  return "";
}

std::string_view to_string(Effect effect) {
  switch (effect) {
    case Effect::Note: return "note";
    case Effect::Wider: return "wider";
    case Effect::Narrower: return "narrower";
    case Effect::Cannot: return "cannot";
  }
  return "";
}

void Translation::add(Effect effect, std::string option, std::string why, int at_line, int column) {
  const bool again = std::ranges::any_of(notes, [&](const TranslationNote& n) { return n.effect == effect && n.option == option && n.why == why; });
  if (!again) notes.push_back({effect, at_line, column, std::move(option), std::move(why)});
}

bool Translation::refused() const {
  return std::ranges::any_of(notes, [](const TranslationNote& note) { return note.effect == Effect::Cannot; });
}

std::size_t TranslationReport::count(TranslationOutcome outcome) const {
  return static_cast<std::size_t>(std::ranges::count_if(rules, [outcome](const Translation& rule) { return rule.outcome == outcome; }));
}

std::string report_text(const TranslationReport& report) {
  std::string text;
  for (const Translation& rule : report.rules) {
    text += printable(rule.file) + (rule.line != 0 ? ":" + std::to_string(rule.line) : "") + ": " + printable(rule.rule) + ": " + std::string(to_string(rule.outcome));
    if (!rule.title.empty()) text += "  \"" + printable(rule.title) + "\"";
    text += "\n";
    for (const std::string& file : rule.written) text += "    -> " + printable(file) + "\n";
    for (const TranslationNote& note : rule.notes) {
      text += "    " + std::string(to_string(note.effect)) + ": ";
      if (!note.option.empty()) text += printable(note.option);
      if (note.line != 0) text += " (line " + std::to_string(note.line) + ", column " + std::to_string(note.column) + ")";
      text += (note.option.empty() ? "" : ": ") + printable(note.why) + "\n";
    }
  }
  if (!report.limits.empty() && report.count(TranslationOutcome::Refused) != report.rules.size()) {
    text += "\nFor all of them:\n";
    for (const std::string& limit : report.limits) text += "  - " + limit + "\n";
  }
  text += "\n" + std::to_string(report.rules.size()) + " " + report.what + ": " + std::to_string(report.count(TranslationOutcome::Exact)) + " exact, " +
          std::to_string(report.count(TranslationOutcome::Differs)) + " with differences, " + std::to_string(report.count(TranslationOutcome::Refused)) + " refused";
  if (report.disabled != 0) text += "; " + plural(report.disabled, "disabled one was", "disabled ones were") + " passed over";
  return text + "\n";
}

std::string report_json(const TranslationReport& report) {
  using nlohmann::ordered_json;
  ordered_json document{{"what", report.what},
                        {"exact", report.count(TranslationOutcome::Exact)},
                        {"differs", report.count(TranslationOutcome::Differs)},
                        {"refused", report.count(TranslationOutcome::Refused)},
                        {"disabled", report.disabled},
                        {"limits", report.limits},
                        {"rules", ordered_json::array()}};
  for (const Translation& rule : report.rules) {
    ordered_json notes = ordered_json::array();
    for (const TranslationNote& note : rule.notes) {
      ordered_json one{{"effect", to_string(note.effect)}, {"option", note.option}, {"why", note.why}};
      if (note.line != 0) one["line"] = note.line, one["column"] = note.column;
      notes.push_back(std::move(one));
    }
    document["rules"].push_back({{"file", rule.file}, {"line", rule.line}, {"rule", rule.rule}, {"title", rule.title}, {"outcome", to_string(rule.outcome)}, {"written", rule.written}, {"notes", std::move(notes)}});
  }
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace scanner
