#include "tools/aupsig/translate/rule_origin.h"

#include "scanner/model/letters.h"

#include <algorithm>
#include <array>

namespace scanner {
namespace {

bool holds_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [text](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

}  // namespace

std::string activity_of(std::string_view words, bool process) {
  const std::string text = lowered(words);
  if (holds_any(text, {"coinhive", "coin-hive", "crypto-loot", "browser miner", "browser-miner", "web miner", "webminer", "cryptojs", "deepminer"})) return "mining.web";
  if (holds_any(text, {"getblocktemplate", "getwork", "x-mining-extensions", "coinbasetxn"})) return "mining.solo";
  if (!holds_any(text, {"mining", "miner", "stratum", "monero", "xmr", "cryptocoin", "coinmin", "bitcoin", "cryptonight", "ethash", "nicehash", "pool."})) return "";
  return process ? "mining.software" : "mining.pool";
}

std::string slug_of(std::string_view text, std::size_t most) {
  std::string slug;
  for (const char c : lowered(text)) {
    if (slug.size() >= most) break;
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) slug.push_back(c);
    else if (!slug.empty() && slug.back() != '-') slug.push_back('-');
  }
  while (slug.ends_with('-')) slug.pop_back();
  return slug.empty() ? "rule" : slug;
}

void add_technique(std::string_view word, std::vector<std::string>& attack) {
  std::string id = lowered(word);
  if (id.starts_with("attack.")) id.erase(0, 7);
  std::ranges::replace(id, '_', '.');
  const auto digits = [&](std::size_t at, std::size_t count) {
    return id.size() >= at + count && std::all_of(id.begin() + static_cast<std::ptrdiff_t>(at), id.begin() + static_cast<std::ptrdiff_t>(at + count), [](char c) { return c >= '0' && c <= '9'; });
  };
  const bool technique = id.starts_with('t') && digits(1, 4) && (id.size() == 5 || (id.size() == 9 && id[5] == '.' && digits(6, 3)));
  if (!technique) return;
  id[0] = 'T';
  if (std::ranges::find(attack, id) == attack.end()) attack.push_back(id);
}

void settle(Translation& translation, const ImportSettings& settings) {
  const auto has = [&](Effect effect) { return std::ranges::any_of(translation.notes, [effect](const TranslationNote& n) { return n.effect == effect; }); };
  if (settings.strict && has(Effect::Wider) && !has(Effect::Cannot)) translation.add(Effect::Cannot, "--strict", "it would hold on more than the original");
  translation.outcome = has(Effect::Cannot) || translation.written.empty() ? TranslationOutcome::Refused : has(Effect::Wider) || has(Effect::Narrower) ? TranslationOutcome::Differs : TranslationOutcome::Exact;
  if (translation.outcome == TranslationOutcome::Refused) translation.written.clear();
}

void finish_draft(RuleDraft& draft, std::string_view origin, const std::string& licence, const ImportSettings& settings, Translation& translation,
                  std::vector<ImportedFile>& files) {
  draft.owner = settings.owner;
  draft.comments = {"Imported from " + std::string(origin) + (settings.date.empty() ? "" : " on " + settings.date) + ".",
                    "Licence of the original: " + (licence.empty() ? "not stated" : licence) + "."};
  for (const TranslationNote& note : translation.notes)
    if (note.effect == Effect::Wider || note.effect == Effect::Narrower)
      draft.comments.push_back(std::string(note.effect == Effect::Wider ? "Wider" : "Narrower") + " than the original: " + (note.option.empty() ? "" : note.option + ": ") + note.why + ".");
  for (std::string& comment : draft.comments)
    for (char& c : comment)
      if (static_cast<unsigned char>(c) < ' ' || c == 127) c = ' ';
  if (draft.references.empty()) draft.references.push_back(std::string(origin));
  auto text = proven_signature(draft);
  if (!text) return translation.add(Effect::Cannot, "", text.error().message);
  const std::string path = draft.activity + "/" + draft.id.substr(draft.activity.size() + 1) + ".yaml";
  translation.written.push_back(path);
  files.push_back({path, std::move(*text)});
}

}  // namespace scanner
