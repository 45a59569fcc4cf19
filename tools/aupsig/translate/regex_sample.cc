#include "tools/aupsig/translate/regex_sample.h"

#include <algorithm>
#include <bitset>
#include <cctype>
#include <charconv>

namespace scanner {

enum class RegexKind { Set, Sequence, Alternatives, Repeat, Begin, End, Boundary };

struct RegexNode {
  RegexKind kind = RegexKind::Sequence;
  std::bitset<256> set;         // of Set
  std::size_t min = 1, max = 1; // of Repeat; max kNoEnd: without end
  std::vector<std::unique_ptr<RegexNode>> parts;
};

namespace {

using Node = std::unique_ptr<RegexNode>;
constexpr std::size_t kNoEnd = static_cast<std::size_t>(-1);
constexpr std::size_t kMaxRegex = 4096;
constexpr std::size_t kMaxDepth = 100;
constexpr std::size_t kMaxSample = 16384;

Node make(RegexKind kind) {
  auto node = std::make_unique<RegexNode>();
  node->kind = kind;
  return node;
}

std::size_t byte_of(char c) { return static_cast<unsigned char>(c); }

void add_range(std::bitset<256>& set, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i <= to && i < 256; ++i) set.set(i);
}

// \d, \w, \s, \h, \v and their opposites.
bool class_of(char c, std::bitset<256>& set) {
  std::bitset<256> found;
  switch (std::tolower(static_cast<unsigned char>(c))) {
    case 'd': add_range(found, '0', '9'); break;
    case 'w':
      add_range(found, '0', '9');
      add_range(found, 'a', 'z');
      add_range(found, 'A', 'Z');
      found.set('_');
      break;
    case 's':
      for (const char blank : {' ', '\t', '\n', '\r', '\f', '\v'}) found.set(byte_of(blank));
      break;
    case 'h':
      found.set(' ');
      found.set('\t');
      break;
    case 'v':
      for (const char blank : {'\n', '\r', '\f', '\v'}) found.set(byte_of(blank));
      break;
    default: return false;
  }
  set |= c >= 'A' && c <= 'Z' ? ~found : found;
  return true;
}

struct Options {
  bool caseless = false, multiline = false, dotall = false, extended = false;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Node read(std::string& problem) {
    if (text_.size() > kMaxRegex) problem_ = "longer than 4096 bytes";
    Node root = alternatives({}, 0);
    if (problem_.empty() && at_ < text_.size()) problem_ = "a \")\" too many";
    problem = problem_;
    return problem_.empty() ? std::move(root) : nullptr;
  }

 private:
  bool more() const { return problem_.empty() && at_ < text_.size(); }
  Node fault(std::string why) {
    if (problem_.empty()) problem_ = std::move(why);
    return make(RegexKind::Sequence);
  }

  // Options set inside a group hold up to its end, alternatives included.
  Node alternatives(Options options, std::size_t depth) {
    if (depth > kMaxDepth) return fault("nested too deep");
    Node all = make(RegexKind::Alternatives);
    all->parts.push_back(make(RegexKind::Sequence));
    while (more() && text_[at_] != ')') {
      if (text_[at_] == '|') {
        ++at_;
        all->parts.push_back(make(RegexKind::Sequence));
        continue;
      }
      Node part = atom(options, depth);
      if (!problem_.empty()) break;
      if (part) all->parts.back()->parts.push_back(repeated(std::move(part)));
    }
    if (all->parts.size() == 1) return std::move(all->parts.front());
    return all;
  }

  Node set_node(std::bitset<256> set, const Options& options) {
    if (options.caseless)
      for (std::size_t c = 'a'; c <= 'z'; ++c)
        if (set[c] || set[c - 32]) set.set(c), set.set(c - 32);
    Node node = make(RegexKind::Set);
    node->set = set;
    return node;
  }
  Node single(char c, const Options& options) {
    std::bitset<256> set;
    set.set(byte_of(c));
    return set_node(set, options);
  }

  Node atom(Options& options, std::size_t depth) {
    const char c = text_[at_++];
    switch (c) {
      case '(': return group(options, depth);
      case '[': return bracket(options);
      case '\\': return escape(options);
      case '^': return make(RegexKind::Begin);
      case '$': return make(RegexKind::End);
      case '.': {
        std::bitset<256> set;
        set.set();
        if (!options.dotall) set.reset('\n');
        return set_node(set, options);
      }
      case '*':
      case '+':
      case '?': return fault("a repeat of nothing");
      case '#':
        if (!options.extended) return single(c, options);
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
        return nullptr;
      default:
        if (options.extended && (c == ' ' || c == '\t' || c == '\n')) return nullptr;
        return single(c, options);
    }
  }

  Node group(Options& options, std::size_t depth) {
    Options inner = options;
    if (at_ < text_.size() && text_[at_] == '?') {
      ++at_;
      bool on = true;
      while (true) {
        if (at_ >= text_.size()) return fault("a group that does not end");
        const char c = text_[at_++];
        if (c == ':') break;
        if (c == ')') {
          options = inner;
          return nullptr;
        }
        if (c == '-') on = false;
        else if (c == 'i') inner.caseless = on;
        else if (c == 'm') inner.multiline = on;
        else if (c == 's') inner.dotall = on;
        else if (c == 'x') inner.extended = on;
        else if (c == '=' || c == '!' || c == '<') return fault("it looks around (\"(?" + std::string(1, c) + "\")");
        else return fault("\"(?" + std::string(1, c) + "\" is not known here");
      }
    } else if (at_ < text_.size() && text_[at_] == '*') {
      return fault("a verb (\"(*\")");
    }
    Node inside = alternatives(inner, depth + 1);
    if (at_ >= text_.size() || text_[at_] != ')') return fault("a group that does not end");
    ++at_;
    return inside;
  }

  std::optional<std::size_t> hex(std::size_t most) {
    std::size_t value = 0;
    const auto* first = text_.data() + at_;
    const auto* last = text_.data() + std::min(text_.size(), at_ + most);
    const auto [end, error] = std::from_chars(first, last, value, 16);
    if (error != std::errc()) return std::nullopt;
    at_ += static_cast<std::size_t>(end - first);
    return value;
  }

  // The one character that an escape behind "\" stands for, where it stands for one.
  std::optional<std::size_t> escaped_byte(char c) {
    switch (c) {
      case 'n': return '\n';
      case 'r': return '\r';
      case 't': return '\t';
      case 'f': return '\f';
      case 'a': return 7;
      case 'e': return 27;
      case '0': return 0;
      case 'x': {
        if (at_ < text_.size() && text_[at_] == '{') {
          ++at_;
          const auto value = hex(4);
          if (!value || *value > 255 || at_ >= text_.size() || text_[at_++] != '}') return std::nullopt;
          return value;
        }
        return hex(2).value_or(0);
      }
      default:
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) return std::nullopt;
        return byte_of(c);
    }
  }

  Node escape(const Options& options) {
    if (at_ >= text_.size()) return fault("it ends with \"\\\"");
    const char c = text_[at_++];
    std::bitset<256> set;
    if (class_of(c, set)) return set_node(set, options);
    if (c == 'A') return make(RegexKind::Begin);
    if (c == 'z' || c == 'Z') return make(RegexKind::End);
    if (c == 'b' || c == 'B') return make(RegexKind::Boundary);
    if (c >= '1' && c <= '9') return fault("it refers back (\"\\" + std::string(1, c) + "\")");
    const auto byte = escaped_byte(c);
    if (!byte) return fault("\"\\" + std::string(1, c) + "\" is not known here");
    return single(static_cast<char>(*byte), options);
  }

  // One member of a class: a byte, or a set of them that is added at once.
  std::optional<std::size_t> member(std::bitset<256>& set) {
    const char c = text_[at_++];
    if (c == '[' && at_ < text_.size() && text_[at_] == ':') {
      const std::size_t end = text_.find(":]", at_);
      const std::string_view name = text_.substr(at_ + 1, end == std::string_view::npos ? 0 : end - at_ - 1);
      for (std::size_t i = 0; i < 128; ++i) {
        const int value = static_cast<int>(i);
        if ((name == "alpha" && std::isalpha(value)) || (name == "digit" && std::isdigit(value)) || (name == "alnum" && std::isalnum(value)) ||
            (name == "space" && std::isspace(value)) || (name == "xdigit" && std::isxdigit(value)) || (name == "upper" && std::isupper(value)) ||
            (name == "lower" && std::islower(value)) || (name == "punct" && std::ispunct(value)) || (name == "print" && std::isprint(value)))
          set.set(i);
      }
      if (end == std::string_view::npos) return fault("a class that does not end"), std::nullopt;
      at_ = end + 2;
      return std::nullopt;
    }
    if (c != '\\' || at_ >= text_.size()) return byte_of(c);
    const char escaped = text_[at_++];
    if (class_of(escaped, set)) return std::nullopt;
    if (escaped == 'b') return 8;
    const auto byte = escaped_byte(escaped);
    if (!byte) fault("\"\\" + std::string(1, escaped) + "\" is not known here");
    return byte;
  }

  Node bracket(const Options& options) {
    std::bitset<256> set;
    const bool negated = at_ < text_.size() && text_[at_] == '^';
    at_ += negated ? 1 : 0;
    for (bool first = true; more() && (first || text_[at_] != ']'); first = false) {
      const auto from = member(set);
      if (!from) continue;
      std::size_t to = *from;
      if (at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']') {
        ++at_;
        const auto last = member(set);
        if (!last) return fault("a range without an end");
        to = *last;
      }
      add_range(set, *from, to);
    }
    if (!more()) return fault("a class that does not end");
    ++at_;
    if (options.caseless)
      for (std::size_t c = 'a'; c <= 'z'; ++c)
        if (set[c] || set[c - 32]) set.set(c), set.set(c - 32);
    Node node = make(RegexKind::Set);
    node->set = negated ? ~set : set;
    return node;
  }

  std::optional<std::size_t> number() {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc()) return std::nullopt;
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }

  // "{2,}" and the like at the reader's place; a brace that is no repeat is a character.
  bool braces(std::size_t& min, std::size_t& max) {
    const std::size_t start = at_++;
    const auto low = number();
    bool good = low.has_value();
    min = max = low.value_or(0);
    if (good && at_ < text_.size() && text_[at_] == ',') {
      ++at_;
      max = number().value_or(kNoEnd);
    }
    good = good && at_ < text_.size() && text_[at_] == '}';
    at_ = good ? at_ + 1 : start;
    return good;
  }

  Node repeated(Node part) {
    while (more()) {
      std::size_t min = 0, max = kNoEnd;
      const char c = text_[at_];
      if (c == '*') {
        ++at_;
      } else if (c == '+') {
        min = 1;
        ++at_;
      } else if (c == '?') {
        max = 1;
        ++at_;
      } else if (c != '{' || !braces(min, max)) {
        break;
      }
      if (at_ < text_.size() && text_[at_] == '+') return fault("a possessive repeat");
      if (at_ < text_.size() && text_[at_] == '?') ++at_;  // lazy: another order of trying, the same texts
      Node node = make(RegexKind::Repeat);
      node->min = min;
      node->max = max;
      node->parts.push_back(std::move(part));
      part = std::move(node);
    }
    return part;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string problem_;
};

bool begins(const RegexNode& node) {
  if (node.kind == RegexKind::Begin) return true;
  if (node.kind == RegexKind::Sequence) return !node.parts.empty() && begins(*node.parts.front());
  return node.kind == RegexKind::Alternatives && std::ranges::all_of(node.parts, [](const Node& part) { return begins(*part); });
}

bool ends(const RegexNode& node) {
  if (node.kind == RegexKind::End) return true;
  if (node.kind == RegexKind::Sequence) return !node.parts.empty() && ends(*node.parts.back());
  return node.kind == RegexKind::Alternatives && std::ranges::all_of(node.parts, [](const Node& part) { return ends(*part); });
}

// Anchors at the very ends are allowed where `first` and `last` say that these are the ends.
bool inner_anchor(const RegexNode& node, bool first, bool last) {
  switch (node.kind) {
    case RegexKind::Set: return false;
    case RegexKind::Begin: return !first;
    case RegexKind::End: return !last;
    case RegexKind::Boundary: return true;
    case RegexKind::Repeat: return inner_anchor(*node.parts.front(), false, false);
    case RegexKind::Alternatives: {
      const bool whole_begin = first && begins(node), whole_end = last && ends(node);
      return std::ranges::any_of(node.parts, [&](const Node& part) { return inner_anchor(*part, whole_begin, whole_end); });
    }
    case RegexKind::Sequence:
      for (std::size_t i = 0; i < node.parts.size(); ++i)
        if (inner_anchor(*node.parts[i], first && i == 0, last && i + 1 == node.parts.size())) return true;
      return false;
  }
  return false;
}

class Writer {
 public:
  Writer(std::size_t stretch, std::size_t choice, std::size_t skip) : stretch_(stretch), choice_(choice), skip_(skip) {}

  void write(const RegexNode& node) {
    if (out.bytes.size() > kMaxSample) return;
    switch (node.kind) {
      case RegexKind::Set: return put(node.set);
      case RegexKind::Sequence:
        for (const Node& part : node.parts) write(*part);
        return;
      case RegexKind::Alternatives: {
        const std::size_t count = node.parts.size();
        const std::size_t pick = choice_ % count;
        choice_ /= count;
        return write(*node.parts[pick]);
      }
      case RegexKind::Repeat: {
        std::size_t rounds = node.min;
        if (node.max > node.min && skip_ > 0) {
          --skip_;
        } else if (stretch_ != 0 && node.max > node.min) {
          const std::size_t more = std::min(stretch_, node.max - node.min);
          rounds += more;
          stretch_ -= more;
        }
        for (std::size_t i = 0; i < rounds && out.bytes.size() <= kMaxSample; ++i) write(*node.parts.front());
        return;
      }
      default: return;
    }
  }

  SampleText out;

 private:
  // A letter where one is allowed: samples are for people.
  void put(const std::bitset<256>& set) {
    static constexpr std::string_view kLiked = "xa0 X-._/";
    const bool free = set.count() > 128;  // "." and what is only not this or that
    for (const char c : kLiked)
      if (set[byte_of(c)] && set.count() > 2) return out.add(c, free);
    for (std::size_t i = 0; i < 256; ++i) {
      const std::size_t c = (i + 'a') % 256;  // lower-case letters first
      if (set[c]) return out.add(static_cast<char>(c), free);
    }
  }

  std::size_t stretch_, choice_, skip_;
};

}  // namespace

RegexSample::RegexSample(std::unique_ptr<RegexNode> root) : root_(std::move(root)) {}
RegexSample::RegexSample(RegexSample&&) noexcept = default;
RegexSample& RegexSample::operator=(RegexSample&&) noexcept = default;
RegexSample::~RegexSample() = default;

std::optional<RegexSample> RegexSample::parse(std::string_view regex, std::string& problem) {
  Node root = Reader(regex).read(problem);
  if (!root) return std::nullopt;
  return RegexSample(std::move(root));
}

bool RegexSample::begins_anchored() const { return begins(*root_); }
bool RegexSample::ends_anchored() const { return ends(*root_); }
bool RegexSample::anchored_inside() const { return inner_anchor(*root_, true, true); }
bool RegexSample::has_alternatives_outside() const { return root_->kind == RegexKind::Alternatives; }

SampleText RegexSample::sample(std::size_t stretch, std::size_t choice, std::size_t skip) const {
  Writer writer(stretch, choice, skip);
  writer.write(*root_);
  return std::move(writer.out);
}

}  // namespace scanner
