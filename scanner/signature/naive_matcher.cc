#include "scanner/signature/naive_matcher.h"

#include "scanner/model/letters.h"

#include <algorithm>
#include <optional>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace scanner {
namespace {

// NO_AUTO_POSSESS: a repeat at the end of a regex would otherwise take all it can, and the
// shortest match would be missed.
constexpr std::uint32_t kFlags = PCRE2_NEVER_UTF | PCRE2_NO_AUTO_POSSESS;

class NaivePattern {
 public:
  NaivePattern(const Pattern& pattern, PatternHit where) : pattern_(pattern), where_(where) {
    if (pattern.literal) return;
    int error = 0;
    PCRE2_SIZE offset = 0;
    pcre2_compile_context* context = pcre2_compile_context_create(nullptr);
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.expression.data()), pattern.expression.size(),
                              (pattern.nocase ? PCRE2_CASELESS : 0u) | kFlags, &error, &offset, context));
    pcre2_compile_context_free(context);
    if (code_) data_.reset(pcre2_match_data_create(1, nullptr));
  }

  bool usable() const { return pattern_.literal || code_; }
  const PatternHit& where() const { return where_; }

  std::optional<std::uint64_t> first_end(std::string_view text) const {
    return pattern_.literal ? first_literal(text) : first_regex(text);
  }

 private:
  std::optional<std::uint64_t> first_literal(std::string_view text) const {
    const std::string& wanted = pattern_.expression;
    const auto found = std::search(text.begin(), text.end(), wanted.begin(), wanted.end(), [this](char a, char b) {
      return pattern_.nocase ? lower(a) == lower(b) : a == b;
    });
    if (found == text.end()) return std::nullopt;
    return static_cast<std::uint64_t>(found - text.begin()) + wanted.size();
  }

  // The smallest end of all matches: the shortest match of the leftmost start, or of a later
  // start inside it.
  std::optional<std::uint64_t> first_regex(std::string_view text) const {
    std::optional<std::uint64_t> best;
    std::vector<int> workspace(1000);
    for (std::size_t start = 0; start < text.size() && (!best || start < *best);) {
      int result = PCRE2_ERROR_DFA_WSSIZE;
      while (true) {
        result = pcre2_dfa_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), start,
                                 PCRE2_DFA_SHORTEST, data_.get(), nullptr, workspace.data(), workspace.size());
        if (result != PCRE2_ERROR_DFA_WSSIZE) break;
        workspace.resize(workspace.size() * 2);
      }
      if (result < 0) break;
      const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(data_.get());
      if (!best || offsets[1] < *best) best = offsets[1];
      start = offsets[0] + 1;
    }
    return best;
  }

  struct FreeCode {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
  };
  struct FreeData {
    void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
  };
  const Pattern& pattern_;
  PatternHit where_;
  std::unique_ptr<pcre2_code, FreeCode> code_;
  std::unique_ptr<pcre2_match_data, FreeData> data_;  // one thread at a time: an oracle needs no more
};

using Patterns = std::vector<NaivePattern>;

class NaiveStream : public PatternStream {
 public:
  explicit NaiveStream(const Patterns& patterns) : patterns_(patterns), told_(patterns.size()) {}

  void scan(Bytes bytes, Scratch&, std::vector<PatternHit>& hits) override {
    const std::size_t first_new = hits.size();
    text_ += as_text(bytes);
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
      const auto end = told_[i] ? std::nullopt : patterns_[i].first_end(text_);
      if (!end) continue;
      told_[i] = true;
      hits.push_back({*end, patterns_[i].where().signature, patterns_[i].where().pattern});
    }
    std::sort(hits.begin() + static_cast<std::ptrdiff_t>(first_new), hits.end());
  }

  void restart() override {
    told_.assign(patterns_.size(), false);
    text_.clear();
  }

 private:
  const Patterns& patterns_;
  std::vector<bool> told_;
  std::string text_;
};

class NaiveMatcher : public Matcher {
 public:
  explicit NaiveMatcher(std::shared_ptr<const Ruleset> rules) : Matcher(std::move(rules)), fields_(kFieldCount) {
    const std::vector<Signature>& signatures = ruleset().signatures();
    for (std::uint32_t s = 0; s < signatures.size(); ++s) {
      if (!is_searched(signatures[s])) continue;
      for (std::uint32_t p = 0; p < signatures[s].patterns.size(); ++p)
        fields_[static_cast<std::size_t>(signatures[s].field)].emplace_back(signatures[s].patterns[p], PatternHit{0, s, p});
    }
  }

  bool usable() const {
    return std::all_of(fields_.begin(), fields_.end(), [](const Patterns& patterns) {
      return std::all_of(patterns.begin(), patterns.end(), [](const NaivePattern& p) { return p.usable(); });
    });
  }

  std::unique_ptr<Scratch> make_scratch() const override { return std::make_unique<Scratch>(); }
  bool wants(Field field) const override { return !of(field).empty(); }

  void find(Field field, Bytes text, Scratch&, std::vector<PatternHit>& hits) const override {
    const std::size_t first_new = hits.size();
    for (const NaivePattern& pattern : of(field))
      if (const auto end = pattern.first_end(as_text(text))) hits.push_back({*end, pattern.where().signature, pattern.where().pattern});
    std::sort(hits.begin() + static_cast<std::ptrdiff_t>(first_new), hits.end());
  }

  std::unique_ptr<PatternStream> open(Field field) const override {
    return wants(field) ? std::make_unique<NaiveStream>(of(field)) : nullptr;
  }

 private:
  const Patterns& of(Field field) const { return fields_[static_cast<std::size_t>(field)]; }
  std::vector<Patterns> fields_;
};

}  // namespace

std::unique_ptr<Matcher> make_naive_matcher(std::shared_ptr<const Ruleset> ruleset) {
  auto matcher = std::make_unique<NaiveMatcher>(std::move(ruleset));
  if (!matcher->usable()) return nullptr;
  return matcher;
}

}  // namespace scanner
