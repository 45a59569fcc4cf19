// A regex read far enough to say what it is and to make a text that it matches: for examples,
// and to tell what can be put into a longer regex without changing its meaning.
//
// Understood is what Hyperscan's dialect and PCRE share: characters, escapes, classes, groups,
// alternatives, repeats, anchors, (?ims) options. Pure; bounded by the regex's size.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// A text with a mark at each byte that could as well be another one.
struct SampleText {
  std::string bytes;
  std::vector<bool> free;  // as long as `bytes`

  void add(char byte, bool is_free) {
    bytes.push_back(byte);
    free.push_back(is_free);
  }
};

struct RegexNode;

class RegexSample {
 public:
  // Nothing where it holds what is not understood: look-around, back-references, callouts,
  // other syntax; `problem` says what. At most 4096 bytes, 100 levels.
  static std::optional<RegexSample> parse(std::string_view regex, std::string& problem);
  RegexSample(RegexSample&&) noexcept;
  RegexSample& operator=(RegexSample&&) noexcept;
  ~RegexSample();

  // "^" or "\A" before all else, in every alternative; "$", "\z" or "\Z" behind all else.
  bool begins_anchored() const;
  bool ends_anchored() const;
  // Anchors or word boundaries at other places, or in some alternatives alone.
  bool anchored_inside() const;
  // Where the regex goes on behind a leading "^", and stops before a closing "$": what is left
  // can stand in a longer regex. Only meaningful where anchored_inside() is false and the
  // anchors are plain characters at the ends of the text.
  bool has_alternatives_outside() const;  // "a|b" with no group around it

  // A text that it matches: the shortest that is made by taking the first of alternatives, but
  // with `stretch` more rounds of a repeat that can have them: the first, or the one behind `skip`
  // such. `choice` turns to other alternatives. Word boundaries are not seen to, so whoever needs
  // a proof searches it.
  SampleText sample(std::size_t stretch, std::size_t choice, std::size_t skip = 0) const;

 private:
  explicit RegexSample(std::unique_ptr<RegexNode> root);
  std::unique_ptr<RegexNode> root_;
};

}  // namespace scanner
