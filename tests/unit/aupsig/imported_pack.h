// What an import gave, and its signatures as the engine would use them, to be asked whether they hold on a text.
#pragma once

#include "scanner/signature/examples.h"
#include "scanner/signature/load.h"
#include "scanner/signature/matcher.h"
#include "tools/aupsig/translate/rule_origin.h"
#include "tools/aupsig/translate/translation.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace scanner::test {

struct Import {
  TranslationReport report;
  std::vector<ImportedFile> files;
};

// Why the only rule was refused, and then nothing was made of it; "": it was not refused.
inline std::string refusal_of(const Import& import) {
  REQUIRE(import.report.rules.size() == 1);
  if (import.report.rules[0].outcome != TranslationOutcome::Refused) return "";
  CHECK(import.files.empty());
  for (const TranslationNote& note : import.report.rules[0].notes)
    if (note.effect == Effect::Cannot) return note.option + ": " + note.why;
  return "no reason";
}

class ImportedPack {
 public:
  explicit ImportedPack(const std::vector<ImportedFile>& files) {
    Diagnostics diagnostics;
    std::vector<Signature> signatures;
    for (const ImportedFile& file : files) load_signature(file.path, file.text, signatures, diagnostics);
    for (const Diagnostic& d : diagnostics) UNSCOPED_INFO(to_text(d));
    REQUIRE(diagnostics.empty());
    REQUIRE(signatures.size() == files.size());
    auto ruleset = Ruleset::make(std::move(signatures), {}, {}, diagnostics);
    REQUIRE(ruleset);
    auto matcher = make_hyperscan_matcher(ruleset);
    REQUIRE(matcher);
    matcher_ = std::move(*matcher);
    scratch_ = matcher_->make_scratch();
  }

  std::string examples() const {
    std::string text;
    for (const Diagnostic& d : check_examples(*matcher_)) text += to_text(d);
    return text;
  }

  const Signature& signature(std::string_view id) const {
    const Signature* found = matcher_->ruleset().find(id);
    INFO(std::string(id));
    REQUIRE(found != nullptr);
    return *found;
  }

  // Does the signature hold on the text of its field?
  bool holds(std::string_view id, std::string_view text, std::uint16_t port = 0) const {
    const Field field = signature(id).field;
    std::vector<SignatureMatch> matches;
    if (is_stream(field)) StreamMatch(*matcher_, field, {port}).scan(as_bytes(text), *scratch_, matches);
    else matcher_->match(field, as_bytes(text), {port}, *scratch_, matches);
    return std::ranges::any_of(matches, [&](const SignatureMatch& m) { return matcher_->ruleset().signatures()[m.signature].id == id; });
  }

 private:
  std::unique_ptr<Matcher> matcher_;
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace scanner::test
