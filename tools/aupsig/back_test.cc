#include "tools/aupsig/back_test.h"

#include "scanner/app/wording.h"
#include "scanner/engine/redact.h"
#include "tools/aupsig/observations.h"

#include <algorithm>
#include <map>
#include <set>

namespace scanner {
namespace {

constexpr std::size_t kExamples = 5, kExampleColumns = 72;

// One pack and what it needs to search texts of any field.
class Searcher {
 public:
  explicit Searcher(const Matcher& matcher) : matcher_(matcher), scratch_(matcher.make_scratch()) {}

  // The ids of the signatures that hold on it, in order.
  std::vector<std::string_view> search(const FieldText& text) {
    matches_.clear();
    if (matcher_.wants(text.field)) {
      if (is_stream(text.field))
        StreamMatch(matcher_, text.field, MatchFacts{text.port}).scan(as_bytes(text.text), *scratch_, matches_);
      else
        matcher_.match(text.field, as_bytes(text.text), MatchFacts{text.port}, *scratch_, matches_);
    }
    std::vector<std::string_view> ids;
    for (const SignatureMatch& match : matches_) ids.push_back(matcher_.ruleset().signatures()[match.signature].id);
    std::sort(ids.begin(), ids.end());
    return ids;
  }

 private:
  const Matcher& matcher_;
  std::unique_ptr<Scratch> scratch_;
  std::vector<SignatureMatch> matches_;
};

class Comparison {
 public:
  explicit Comparison(const std::array<std::shared_ptr<const Matcher>, 2>& packs) : packs_(packs), searchers_{Searcher(*packs[0]), Searcher(*packs[1])} {
    for (const auto& pack : packs)
      for (const Signature& signature : pack->ruleset().signatures()) hits_[signature.id];
  }

  void take(const FieldText& text) {
    fields_.insert(text.field);
    const std::array found{searchers_[0].search(text), searchers_[1].search(text)};
    for (std::size_t side = 0; side < 2; ++side)
      for (const std::string_view id : found[side]) {
        ++hits_.find(id)->second[side];
        if (!std::binary_search(found[1 - side].begin(), found[1 - side].end(), id)) note(text, id, side == 1);
      }
  }

  void finish(BackTest& out) {
    for (auto& [key, change] : changes_) out.changes.push_back(std::move(change));
    for (const auto& [id, counts] : hits_) {
      out.ids.push_back(id);
      out.hits.push_back(counts);
      const bool tested = std::any_of(packs_.begin(), packs_.end(), [&, wanted = std::string_view(id)](const auto& pack) {
        const Signature* signature = pack->ruleset().find(wanted);
        return signature != nullptr && fields_.contains(signature->field);
      });
      if (!tested) out.untested.push_back(id);
    }
  }

 private:
  void note(const FieldText& text, std::string_view id, bool gained) {
    TextChange& change = changes_[{std::string(id), gained}];
    change.signature = id;
    change.field = to_string(text.field);
    change.gained = gained;
    ++change.texts;
    if (change.examples.size() >= kExamples) return;
    // The page goes into a change request: what a customer said stays behind.
    const std::string shown = printable(text.text.find('{') < 3 ? redactor_.json_excerpt(text.text) : redactor_.text_excerpt(text.text));
    change.examples.push_back(to_rfc3339(text.at) + "  " + (display_width(shown) <= kExampleColumns ? shown : fitted(shown, kExampleColumns)));
  }

  const std::array<std::shared_ptr<const Matcher>, 2>& packs_;
  std::array<Searcher, 2> searchers_;
  const Redactor redactor_{""};
  std::set<Field> fields_;
  std::map<std::string, std::array<std::uint64_t, 2>, std::less<>> hits_;
  std::map<std::pair<std::string, bool>, TextChange> changes_;
};

}  // namespace

BackTest back_test(const std::vector<std::string>& files, const std::array<std::shared_ptr<const Matcher>, 2>& packs) {
  BackTest out;
  Comparison comparison(packs);
  for (const std::string& file : files) {
    const ObservationsRead read = read_observations(file, [&](const FieldText& text) { comparison.take(text); });
    ++out.files;
    out.texts += read.texts;
    out.damaged += read.damaged;
    out.unread += read.error.empty() ? 0 : 1;
    if (!read.error.empty()) out.problems.push_back(read.error);
    if (read.damaged > 0) out.problems.push_back(read.first_damage + (read.damaged > 1 ? " (and " + count_text(read.damaged - 1) + " more lines)" : ""));
  }
  comparison.finish(out);
  return out;
}

}  // namespace scanner
