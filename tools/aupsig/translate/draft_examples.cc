#include "tools/aupsig/translate/draft_examples.h"

#include "tools/aupsig/translate/regex_sample.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace scanner {
namespace {

constexpr std::size_t kMaxTried = 256;      // of making a condition hold, looked at
constexpr std::size_t kMaxMatches = 6;     // examples made
constexpr std::size_t kMaxNearMisses = 6;
constexpr std::size_t kMaxAttempts = 100'000;  // at fitting texts together, for one draft
constexpr std::size_t kMaxStretch = 300;  // bytes tried as room between two pieces

// One way to make the condition hold: what must be seen, what must not, on which ports.
struct Way {
  std::uint64_t wanted = 0, unwanted = 0;
  std::vector<std::vector<std::uint16_t>> ports, other_ports;
};

std::vector<Way> both(const std::vector<Way>& left, const std::vector<Way>& right) {
  std::vector<Way> ways;
  for (const Way& a : left)
    for (const Way& b : right) {
      if (ways.size() >= kMaxTried) return ways;
      Way way = a;
      way.wanted |= b.wanted;
      way.unwanted |= b.unwanted;
      way.ports.insert(way.ports.end(), b.ports.begin(), b.ports.end());
      way.other_ports.insert(way.other_ports.end(), b.other_ports.begin(), b.other_ports.end());
      if ((way.wanted & way.unwanted) == 0) ways.push_back(std::move(way));
    }
  return ways;
}

std::vector<Way> ways_of(const Term& term, bool negated) {
  switch (term.kind) {
    case TermKind::Not: return ways_of(term.parts.front(), !negated);
    case TermKind::Pattern: {
      Way way;
      (negated ? way.unwanted : way.wanted) = std::uint64_t{1} << term.pattern;
      return {way};
    }
    case TermKind::Port: {
      Way way;
      (negated ? way.other_ports : way.ports).push_back(term.ports);
      return {way};
    }
    default: break;
  }
  const bool all = (term.kind == TermKind::And) != negated;
  std::vector<Way> ways;
  if (all) ways.emplace_back();
  for (const Term& part : term.parts) {
    const std::vector<Way> of_part = ways_of(part, negated);
    if (all) ways = both(ways, of_part);
    else ways.insert(ways.end(), of_part.begin(), of_part.end());
    if (ways.size() > kMaxTried) ways.resize(kMaxTried);
  }
  return ways;
}

// A port that fits; nothing where none does. 0 where no port is asked for.
std::optional<std::uint16_t> port_for(const Way& way) {
  const auto fits = [&](std::uint16_t port) {
    const auto in = [port](const std::vector<std::uint16_t>& list) { return std::ranges::find(list, port) != list.end(); };
    return std::ranges::all_of(way.ports, in) && std::ranges::none_of(way.other_ports, in);
  };
  if (way.ports.empty()) {
    if (way.other_ports.empty()) return std::uint16_t{0};
    for (std::uint16_t port = 8000; port < 60000; ++port)
      if (fits(port)) return port;
    return std::nullopt;
  }
  for (const std::uint16_t port : way.ports.front())
    if (fits(port)) return port;
  return std::nullopt;
}

struct Shape {
  std::optional<RegexSample> regex;  // none: a literal, or what cannot be read
  std::string literal;
  bool begins = false, ends = false, lines = false, readable = true;
};

Shape shape_of(const Pattern& pattern) {
  Shape shape;
  shape.literal = pattern.expression;
  if (pattern.literal) return shape;
  std::string problem;
  shape.regex = RegexSample::parse(pattern.expression, problem);
  shape.readable = shape.regex.has_value();
  if (!shape.readable) return shape;
  shape.begins = shape.regex->begins_anchored();
  shape.ends = shape.regex->ends_anchored();
  shape.lines = pattern.expression.starts_with("(?m)");
  return shape;
}

SampleText sample_of(const Shape& shape, std::size_t stretch, std::size_t choice, std::size_t skip = 0) {
  if (shape.regex) return shape.regex->sample(stretch, choice, skip);
  SampleText text;
  for (const char c : shape.literal) text.add(c, false);
  return text;
}

// Lays `sample` over `text` at `at`, where neither minds the other.
bool lay(SampleText& text, const SampleText& sample, std::size_t at) {
  for (std::size_t i = 0; i < sample.bytes.size() && at + i < text.bytes.size(); ++i)
    if (!text.free[at + i] && !sample.free[i] && text.bytes[at + i] != sample.bytes[i]) return false;
  for (std::size_t i = 0; i < sample.bytes.size(); ++i) {
    if (at + i >= text.bytes.size()) {
      text.add(sample.bytes[i], sample.free[i]);
    } else if (text.free[at + i]) {
      text.bytes[at + i] = sample.bytes[i];
      text.free[at + i] = sample.free[i];
    }
  }
  return true;
}

void append(SampleText& text, const SampleText& sample) { lay(text, sample, text.bytes.size()); }
void append(SampleText& text, std::string_view bytes) {
  for (const char c : bytes) text.add(c, false);
}

class ExampleMaker {
 public:
  ExampleMaker(RuleDraft& draft, const Matcher& matcher) : draft_(draft), matcher_(matcher), scratch_(matcher.make_scratch()) {
    for (const Pattern& pattern : draft.patterns) shapes_.push_back(shape_of(pattern));
  }

  Result<void> make() {
    for (std::size_t i = 0; i < shapes_.size(); ++i)
      if (!shapes_[i].readable) return fail("no example can be made for the regex " + draft_.patterns[i].expression);
    draft_.match.clear();
    draft_.no_match.clear();
    std::vector<SignatureExample> with_unwanted;
    const std::vector<Way> ways = ways_of(draft_.term, false);
    for (const std::string& hint : draft_.hints)
      for (const Way& way : ways) {
        const SignatureExample example{hint, port_for(way).value_or(0), 0, 0};
        if (draft_.match.size() < kMaxMatches && !seen(draft_.match, example) && holds(example)) draft_.match.push_back(example);
      }
    for (const Way& way : ways) {
      if (draft_.match.size() >= kMaxMatches) break;
      if (ways.size() == 1 && !draft_.match.empty()) {
        lacking(way);
        break;
      }
      const auto example = example_for(way);
      if (!example || seen(draft_.match, *example)) continue;
      draft_.match.push_back(*example);
      if (draft_.match.size() == 1) lacking(way);
      spoil_by_unwanted(way, with_unwanted);
    }
    if (draft_.match.empty()) return fail("no text could be made on which it holds: what it asks for does not fit together, or cannot be guessed");
    near_misses(with_unwanted);
    if (draft_.no_match.empty()) return fail("no near miss could be made: it holds on whatever resembles its example");
    return {};
  }

 private:
  bool holds(const SignatureExample& example) {
    std::vector<SignatureMatch> matches;
    const MatchFacts facts{example.port};
    if (is_stream(draft_.field)) StreamMatch(matcher_, draft_.field, facts).scan(as_bytes(example.text), *scratch_, matches);
    else matcher_.match(draft_.field, as_bytes(example.text), facts, *scratch_, matches);
    return !matches.empty();
  }
  static bool seen(const std::vector<SignatureExample>& list, const SignatureExample& example) {
    return std::ranges::any_of(list, [&](const SignatureExample& e) { return e.text == example.text && e.port == example.port; });
  }

  std::optional<SignatureExample> example_for(const Way& way) {
    const auto port = port_for(way);
    if (!port) return std::nullopt;
    for (std::size_t choice = 0; choice < 12; ++choice)
      for (const std::size_t room : {0UL, 4UL, 16UL, 64UL})
        for (const bool apart : {true, false}) {
          const auto text = text_for(way.wanted, choice, room, apart);
          if (!text) continue;
          const SignatureExample example{text->bytes, *port, 0, 0};
          if (holds(example)) return example;
        }
    return std::nullopt;
  }

  // What is bound to both ends first, then to the beginning, then what may stand anywhere.
  std::optional<SampleText> text_for(std::uint64_t wanted, std::size_t choice, std::size_t room, bool apart) {
    if (++attempts_ > kMaxAttempts) return std::nullopt;  // hostile rules could ask for ever
    SampleText text;
    const auto rank = [](const Shape& shape) { return shape.begins && shape.ends ? 0 : shape.begins ? 1 : shape.ends ? 3 : 2; };
    bool bound = false;
    for (int turn = 0; turn < 4; ++turn)
      for (std::size_t i = 0; i < shapes_.size(); ++i) {
        if ((wanted >> i & 1) == 0 || rank(shapes_[i]) != turn) continue;
        const Shape& shape = shapes_[i];
        if (turn == 2 && text.bytes.empty() && draft_.field == Field::ProcessCommandLine) append(text, "./program ");
        if (!put(text, shape, choice, room, apart && !bound)) return std::nullopt;
        bound = bound || (turn == 0 && !shape.lines);
      }
    return text;
  }

  bool put(SampleText& text, const Shape& shape, std::size_t choice, std::size_t room, bool apart) {
    const std::string_view between = draft_.field == Field::ProcessCommandLine && !text.bytes.empty() && text.bytes.back() != ' ' ? " " : "";
    if (shape.begins && shape.lines) return put_line(text, shape, choice, room);
    if (shape.begins) {
      for (std::size_t skip = 0; skip < 4; ++skip)
        for (std::size_t stretch = text.bytes.empty() ? room : 0; stretch <= kMaxStretch; ++stretch)
          if (++attempts_ > kMaxAttempts) return false;
          else if (lay(text, sample_of(shape, stretch, choice, skip), 0)) return true;
      return false;
    }
    const SampleText sample = sample_of(shape, 0, choice);
    if (shape.ends) {
      if (sample.bytes.size() <= text.bytes.size() && lay(text, sample, text.bytes.size() - sample.bytes.size())) return true;
      append(text, between);
      append(text, sample);
      return true;
    }
    if (!apart)
      for (std::size_t at = 0; at + sample.bytes.size() <= text.bytes.size(); ++at)
        if (lay(text, sample, at)) return true;
    append(text, between);
    append(text, sample);
    return true;
  }

  // "word=value" lines: into a line that is there, where it fits, else into one of its own.
  bool put_line(SampleText& text, const Shape& shape, std::size_t choice, std::size_t room) {
    std::size_t start = 0;
    while (start < text.bytes.size()) {
      const std::size_t end = std::min(text.bytes.find('\n', start), text.bytes.size());
      for (std::size_t stretch = 0; stretch <= 64; ++stretch) {
        SampleText line;
        for (std::size_t i = start; i < end; ++i) line.add(text.bytes[i], text.free[i]);
        const SampleText sample = sample_of(shape, stretch, choice);
        if (sample.bytes.substr(0, sample.bytes.find('=') + 1) != line.bytes.substr(0, line.bytes.find('=') + 1)) break;
        if (!lay(line, sample, 0)) continue;
        SampleText whole;
        for (std::size_t i = 0; i < start; ++i) whole.add(text.bytes[i], text.free[i]);
        append(whole, line);
        for (std::size_t i = end; i < text.bytes.size(); ++i) whole.add(text.bytes[i], text.free[i]);
        text = std::move(whole);
        return true;
      }
      start = end + 1;
    }
    append(text, sample_of(shape, room, choice));
    append(text, "\n");
    return true;
  }

  // The example with what the condition does not want added: a filter at work.
  void spoil_by_unwanted(const Way& way, std::vector<SignatureExample>& out) {
    for (std::size_t i = 0; i < shapes_.size() && out.size() < 3; ++i) {
      if ((way.unwanted >> i & 1) == 0) continue;
      Way spoilt = way;
      spoilt.wanted |= std::uint64_t{1} << i;
      for (const std::size_t room : {0UL, 16UL}) {
        const auto text = text_for(spoilt.wanted, 0, room, true);
        if (!text) continue;
        const SignatureExample example{text->bytes, port_for(way).value_or(0), 0, 0};
        if (!holds(example) && !seen(out, example)) out.push_back(example);
        break;
      }
    }
  }

  // The first example without one of the things that it needs.
  void lacking(const Way& way) {
    for (std::size_t i = 0; i < shapes_.size() && draft_.no_match.size() < 3; ++i) {
      const std::uint64_t rest = way.wanted & ~(std::uint64_t{1} << i);
      if (rest == 0 || rest == way.wanted) continue;
      if (const auto text = text_for(rest, 0, 0, true)) take({text->bytes, port_for(way).value_or(0), 0, 0});
    }
  }

  void take(SignatureExample example) {
    if (draft_.no_match.size() < kMaxNearMisses && !example.text.empty() && !holds(example) && !seen(draft_.no_match, example)) draft_.no_match.push_back(std::move(example));
  }

  static char another(char c) {
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) return c == '9' ? '8' : static_cast<char>(c + 1);
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) return (c & 31) == 26 ? static_cast<char>(c - 1) : static_cast<char>(c + 1);
    return c == '_' ? '-' : '_';
  }

  // One byte of a match turned into another, from that end of it at which it matters.
  void change_one(const SignatureExample& example, bool from_behind) {
    const std::size_t size = example.text.size();
    for (std::size_t i = 0; i < size; ++i) {
      SignatureExample changed = example;
      char& c = changed.text[from_behind ? size - 1 - i : i];
      c = another(c);
      if (holds(changed)) continue;
      return take(std::move(changed));
    }
  }

  void near_misses(const std::vector<SignatureExample>& with_unwanted) {
    for (const SignatureExample& example : with_unwanted) take(example);
    change_one(draft_.match.front(), true);
    change_one(draft_.match.front(), false);
    if (draft_.match.size() > 1) change_one(draft_.match.back(), true);
    const SignatureExample& first = draft_.match.front();
    if (first.port != 0) take({first.text, static_cast<std::uint16_t>(first.port == 65535 ? 1 : first.port + 1), 0, 0});
    take({(is_stream(draft_.field) ? "{\"log\":\"" : "x") + first.text, first.port, 0, 0});
    take({first.text.substr(0, first.text.size() - 1), first.port, 0, 0});
  }

  RuleDraft& draft_;
  const Matcher& matcher_;
  std::unique_ptr<Scratch> scratch_;
  std::vector<Shape> shapes_;
  std::size_t attempts_ = 0;
};

}  // namespace

Result<void> make_examples(RuleDraft& draft, const Matcher& matcher) { return ExampleMaker(draft, matcher).make(); }

}  // namespace scanner
