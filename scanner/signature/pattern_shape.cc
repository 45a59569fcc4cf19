#include "scanner/signature/pattern_shape.h"

#include "scanner/model/letters.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace scanner {
namespace {

constexpr std::size_t kMost = PatternShape::kMost;
constexpr std::size_t kMinLiteral = 3;
constexpr std::size_t kMaxExact = 4096;  // bytes of one run that are kept
constexpr std::size_t kEndless = std::numeric_limits<std::size_t>::max();

std::size_t sum(std::size_t a, std::size_t b) { return std::min(kMost, a + b); }  // both are at most kMost
std::size_t product(std::size_t a, std::size_t b) { return a != 0 && b > kMost / a ? kMost : a * b; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

// A part of a regex. `first` and `last` count the positions at which a match of it may begin
// and end (as in Glushkov's construction), which is what makes edges grow.
struct Piece {
  std::size_t states = 0, edges = 0, first = 0, last = 0, width = 0, required = 0;
  bool empty = true;      // it may match nothing
  bool anchored = false;
  bool exact = true;      // always the same bytes: `text`
  std::string text;
};

Piece single(std::optional<char> byte) {
  Piece piece;
  piece.states = piece.first = piece.last = piece.width = 1;
  piece.empty = false;
  piece.exact = byte.has_value();
  if (byte) piece.text.push_back(lower(*byte));
  piece.required = byte ? 1 : 0;
  return piece;
}

// A repeat of `piece`, `least` to `most` times.
Piece repeated(const Piece& piece, std::size_t least, std::size_t most) {
  const std::size_t times = most == kEndless ? std::max<std::size_t>(least, 1) : most;
  if (times == 0) return {};
  const std::size_t between = product(piece.last, piece.first);
  // What may match nothing is left out anywhere, so every copy leads to every later one.
  const bool leaps = piece.empty;
  const std::size_t joints = leaps ? product(times, times - 1) / 2 : times - 1;
  const std::size_t optional = leaps ? 0 : times - std::min(least, times);
  Piece out;
  out.states = product(piece.states, times);
  out.edges = sum(sum(product(piece.edges, times), product(between, joints)), most == kEndless ? between : 0);
  out.first = leaps ? product(piece.first, times) : piece.first;
  out.last = leaps || optional > 0 ? product(piece.last, leaps ? times : optional + 1) : piece.last;
  out.width = product(piece.width, least);
  out.empty = piece.empty || least == 0;
  out.anchored = piece.anchored && least > 0;
  out.required = least == 0 ? 0 : piece.required;
  out.exact = piece.exact && least == most && product(piece.text.size(), least) <= kMaxExact;
  if (piece.exact && least > 0) {
    for (std::size_t i = 0; i < least && out.text.size() + piece.text.size() <= kMaxExact; ++i) out.text += piece.text;
    out.required = std::max(out.required, out.text.size());
  }
  if (!out.exact) out.text.clear();
  return out;
}

Piece either(Piece a, const Piece& b) {
  a.states = sum(a.states, b.states);
  a.edges = sum(a.edges, b.edges);
  a.first = sum(a.first, b.first);
  a.last = sum(a.last, b.last);
  a.width = std::min(a.width, b.width);
  a.required = std::min(a.required, b.required);
  a.empty = a.empty || b.empty;
  a.anchored = a.anchored && b.anchored;
  a.exact = a.exact && b.exact && a.text == b.text;
  return a;
}

class RegexReader {
 public:
  RegexReader(std::string_view text, std::vector<std::string>& literals) : text_(text), literals_(literals) {}

  // Nothing where it is malformed.
  std::optional<Piece> read() {
    Piece piece = alternatives();
    if (broken_ || at_ != text_.size()) return std::nullopt;
    return piece;
  }

 private:
  struct Flags {
    bool multiline = false, extended = false;
  };

  bool more() const { return at_ < text_.size() && !broken_; }
  bool accept(std::string_view word) {
    if (!text_.substr(std::min(at_, text_.size())).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void note(const std::string& run) {
    if (run.size() >= kMinLiteral && literals_.size() < 512) literals_.push_back(run);
  }

  Piece alternatives() {
    Piece all = sequence();
    while (more() && accept("|")) all = either(std::move(all), sequence());
    return all;
  }

  Piece sequence() {
    Piece all;
    std::string run;
    bool consumed = false;
    const auto flush = [&] {
      all.required = std::max(all.required, run.size());
      note(run);
      run.clear();
    };
    while (more() && text_[at_] != '|' && text_[at_] != ')') {
      const Piece next = quantified();
      all.edges = sum(sum(all.edges, next.edges), product(all.last, next.first));
      all.states = sum(all.states, next.states);
      all.first = all.empty ? sum(all.first, next.first) : all.first;
      all.last = next.empty ? sum(all.last, next.last) : next.last;
      all.width = sum(all.width, next.width);
      all.anchored = all.anchored || (next.anchored && !consumed);
      all.required = std::max(all.required, next.required);
      consumed = consumed || next.states > 0;
      all.empty = all.empty && next.empty;
      if (next.exact && run.size() + next.text.size() <= kMaxExact) {
        run += next.text;
      } else {
        flush();
        all.exact = false;
      }
    }
    if (all.exact) all.text = run;
    flush();
    return all;
  }

  Piece quantified() {
    Piece piece = element();
    while (more()) {
      skip_blanks();
      std::size_t least = 0, most = kEndless;
      if (!quantifier(least, most)) break;
      piece = repeated(piece, least, most);
      if (!accept("?")) accept("+");
    }
    return piece;
  }

  bool quantifier(std::size_t& least, std::size_t& most) {
    if (accept("*")) return true;
    if (accept("+")) return least = 1, true;
    if (accept("?")) return most = 1, true;
    if (at_ >= text_.size() || text_[at_] != '{') return false;
    std::size_t i = at_ + 1;
    const auto number = [&](std::size_t& value) {
      const std::size_t begin = i;
      for (value = 0; i < text_.size() && is_digit(text_[i]); ++i) value = std::min<std::size_t>(kMost, value * 10 + static_cast<std::size_t>(text_[i] - '0'));
      return i > begin;
    };
    if (!number(least)) return false;  // a brace that stands for itself
    most = least;
    if (i < text_.size() && text_[i] == ',') {
      ++i;
      if (!number(most)) most = kEndless;
    }
    if (i >= text_.size() || text_[i] != '}') return false;
    at_ = i + 1;
    return true;
  }

  void skip_blanks() {
    while (flags_.extended && more()) {
      const char c = text_[at_];
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        ++at_;
      } else {
        break;
      }
    }
  }

  Piece element() {
    skip_blanks();
    if (!more() || text_[at_] == '|' || text_[at_] == ')') return {};
    const char c = text_[at_++];
    switch (c) {
      case '(': return group();
      case '[': return character_class();
      case '\\': return escape();
      case '.': return single(std::nullopt);
      case '$': return {};
      case '^': {
        Piece start;
        start.anchored = !flags_.multiline;
        return start;
      }
      case '*':
      case '+':
      case '?': broken_ = true; return {};
      default: return single(c);
    }
  }

  Piece group() {
    if (++nesting_ > PatternShape::kMaxNesting) broken_ = true;
    const Flags outer = flags_;
    bool nothing = false, asks = false;
    if (accept("?")) {
      if (accept("#")) {
        at_ = std::min(text_.find(')', at_), text_.size());
        nothing = true;
      } else if (accept("P<") || (!text_.substr(at_).starts_with("<=") && !text_.substr(at_).starts_with("<!") && accept("<")) || accept("'")) {
        while (more() && text_[at_] != '>' && text_[at_] != '\'') ++at_;
        ++at_;
      } else if (accept("=") || accept("!") || accept("<=") || accept("<!") || accept("(")) {
        asks = true;  // look-around and the like: Hyperscan refuses them
      } else if (!accept(">") && !accept("|")) {
        nothing = flag_letters();
      }
    } else if (accept("*")) {
      broken_ = true;  // a verb
    }
    if (asks) broken_ = true;
    Piece piece;
    if (!nothing) piece = alternatives();
    if (!accept(")")) broken_ = true;
    if (!nothing) flags_ = outer;
    --nesting_;
    return piece;
  }

  // Of "(?im-s:" or "(?i)". True: for what follows, and no group.
  bool flag_letters() {
    bool on = true;
    while (more() && text_[at_] != ')' && text_[at_] != ':') {
      const char letter = text_[at_++];
      if (letter == '-') on = false;
      if (letter == 'm') flags_.multiline = on;
      if (letter == 'x') flags_.extended = on;
    }
    return !accept(":");
  }

  Piece escape() {
    if (!more()) {
      broken_ = true;
      return {};
    }
    const char c = text_[at_++];
    switch (c) {
      case 'A': {
        Piece start;
        start.anchored = true;
        return start;
      }
      case 'b': case 'B': case 'z': case 'Z': case 'G': case 'K': case 'E': return {};
      case 'd': case 'D': case 's': case 'S': case 'w': case 'W': case 'h': case 'H': case 'v': case 'V':
      case 'N': case 'R': case 'X': case 'C': return single(std::nullopt);
      case 'p': case 'P':
        if (accept("{")) at_ = std::min(text_.find('}', at_), text_.size() - 1) + 1;
        else if (more()) ++at_;
        return single(std::nullopt);
      case 'Q': return quoted();
      default: return single(escaped_byte(c));
    }
  }

  Piece quoted() {
    Piece all;
    while (more() && !accept("\\E")) {
      Piece next = single(text_[at_++]);
      all.edges = sum(all.edges, product(all.last, next.first));
      all.states = sum(all.states, 1);
      all.width = sum(all.width, 1);
      all.first = all.last = 1;
      all.empty = false;
      all.text += next.text;
    }
    all.required = all.text.size();
    return all;
  }

  // The byte of an escape; `c` stood behind the backslash.
  char escaped_byte(char c) {
    switch (c) {
      case 'n': return '\n';
      case 'r': return '\r';
      case 't': return '\t';
      case 'f': return '\f';
      case 'a': return '\a';
      case 'e': return '\x1b';
      case '0': {
        int value = 0;
        for (int i = 0; i < 2 && at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '7'; ++i) value = value * 8 + (text_[at_++] - '0');
        return static_cast<char>(value);
      }
      case 'x': {
        const bool braces = accept("{");
        int value = 0;
        for (int i = 0; (braces || i < 2) && at_ < text_.size() && hex_value(text_[at_]) >= 0; ++i) value = (value * 16 + hex_value(text_[at_++])) & 0xff;
        if (braces && !accept("}")) broken_ = true;
        return static_cast<char>(value);
      }
      default: return c;
    }
  }

  // Two given bytes, as in [Mm], still count as one where they are one letter.
  Piece character_class() {
    bool known = !accept("^");
    std::string members;
    bool first = true;
    while (more() && (text_[at_] != ']' || first)) {
      first = false;
      if (accept("[:")) {
        known = false;
        at_ = std::min(text_.find(":]", at_), text_.size());
        if (!accept(":]")) broken_ = true;
        continue;
      }
      char c = text_[at_++];
      if (c == '\\') {
        if (!more()) break;
        const char escaped = text_[at_++];
        known = known && std::string_view("dDsSwWhHvVpPNRQE").find(escaped) == std::string_view::npos;
        c = escaped_byte(escaped);
      }
      if (members.size() < 3) members.push_back(lower(c));
      if (at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']') known = false;
    }
    if (!accept("]")) broken_ = true;
    const bool one = known && !members.empty() && members.size() < 3 && members.front() == members.back();
    return single(one ? std::optional(members.front()) : std::nullopt);
  }

  std::string_view text_;
  std::vector<std::string>& literals_;
  std::size_t at_ = 0;
  int nesting_ = 0;
  Flags flags_;
  bool broken_ = false;
};

// No regex of this text is larger: each byte a state, each number in braces a repeat of all.
std::size_t naive_bound(std::string_view text) {
  std::size_t bound = text.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '{' && text[i] != ',') continue;
    std::size_t number = 0;
    for (++i; i < text.size() && is_digit(text[i]); ++i) number = std::min<std::size_t>(kMost, number * 10 + static_cast<std::size_t>(text[i] - '0'));
    bound = product(bound, std::max<std::size_t>(1, number));
    --i;
  }
  return bound;
}

}  // namespace

PatternShape shape_of(const Pattern& pattern) {
  PatternShape shape;
  if (pattern.literal) {
    shape.min_width = shape.states = shape.required = pattern.expression.size();
    shape.edges = shape.states > 0 ? shape.states - 1 : 0;
    std::string run;
    for (const char c : pattern.expression) run.push_back(lower(c));
    if (run.size() >= kMinLiteral) shape.literals.push_back(std::move(run));
    return shape;
  }
  const auto piece = RegexReader(pattern.expression, shape.literals).read();
  if (!piece) {
    shape.understood = false;
    shape.literals.clear();
    shape.states = naive_bound(pattern.expression);
    shape.edges = shape.states;
    return shape;
  }
  shape.anchored = piece->anchored;
  shape.min_width = piece->width;
  shape.states = piece->states;
  shape.edges = piece->edges;
  shape.required = piece->required;
  std::sort(shape.literals.begin(), shape.literals.end());
  shape.literals.erase(std::unique(shape.literals.begin(), shape.literals.end()), shape.literals.end());
  return shape;
}

}  // namespace scanner
