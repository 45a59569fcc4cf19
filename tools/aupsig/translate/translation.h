// What became of foreign rules: each with its outcome, what differs from its meaning, and why
// what could not be said was not said. Import and export both report in this form.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scanner {

enum class TranslationOutcome {
  Exact,    // it means the same, within what holds for all (see the report's head)
  Differs,  // it was translated, and what differs is said
  Refused,  // nothing was written
};
std::string_view to_string(TranslationOutcome outcome);

enum class Effect {
  Note,      // worth knowing, changes no verdict
  Wider,     // holds on more than the original
  Narrower,  // holds on less
  Cannot,    // cannot be translated: the rule is refused
};
std::string_view to_string(Effect effect);

struct TranslationNote {
  Effect effect = Effect::Note;
  int line = 0, column = 0;  // of the option in the source; 0: none
  std::string option;        // "threshold", "selection.ParentImage"
  std::string why;
};

struct Translation {
  std::string file;
  int line = 0;
  std::string rule;   // "sid 9000001", or a Sigma id
  std::string title;
  TranslationOutcome outcome = TranslationOutcome::Refused;
  std::vector<std::string> written;  // files, relative to the output directory
  std::vector<TranslationNote> notes;

  // The outcome follows from the gravest note.
  void add(Effect effect, std::string option, std::string why, int line = 0, int column = 0);
  bool refused() const;
};

struct TranslationReport {
  std::string what;                 // "Suricata rules"
  std::vector<std::string> limits;  // sentences that hold for every rule
  std::vector<Translation> rules;   // in the source's order
  std::size_t disabled = 0;         // rules that were commented out, and not looked at

  std::size_t count(TranslationOutcome outcome) const;
};

std::string report_text(const TranslationReport& report);  // for a person
std::string report_json(const TranslationReport& report);  // one document

}  // namespace scanner
