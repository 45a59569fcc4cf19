// What the importers of rules share: where a rule came from, and what of ours it is about. Pure.
#pragma once

#include "tools/aupsig/translate/rule_draft.h"
#include "tools/aupsig/translate/translation.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

struct ImportSettings {
  std::string activity;             // "": by the rule's own words
  std::string owner = "imported";
  std::string licence;              // of the rules; "": what the rule says, else "not stated"
  std::string date;                 // of the import, for the comment; "": left out
  bool strict = false;              // refuse what would hold on more than the original
  bool disabled = false;            // rules that were commented out are imported too
  std::map<std::string, std::string> defines;  // "HTTP_PORTS" → "[80,8080]"
};

// A signature's file in the making.
struct ImportedFile {
  std::string path;  // relative: "mining.pool/suricata-9000001.yaml"
  std::string text;
};

// Of the closed list, by what the rule says of itself; "" where nothing of it is about mining.
std::string activity_of(std::string_view words, bool process);

// Lower-case words with "-" between, at most `most` bytes; "rule" where nothing is left.
std::string slug_of(std::string_view text, std::size_t most);

// Technique ids such as "attack.t1496.001", "T1496" among `words`, as we write them.
void add_technique(std::string_view word, std::vector<std::string>& attack);

// Gives the draft its last words (comments on origin, licence and differences), proves it and
// adds the file; or adds to the translation why that cannot be. Sets the outcome.
void finish_draft(RuleDraft& draft, std::string_view origin, const std::string& licence, const ImportSettings& settings, Translation& translation,
                  std::vector<ImportedFile>& files);
// Sets the outcome from the notes; with `strict` whatever is wider is refused.
void settle(Translation& translation, const ImportSettings& settings);

}  // namespace scanner
