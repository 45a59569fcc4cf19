#include "tools/aupsig/translate/suricata_contents.h"

#include "tools/aupsig/translate/regex_sample.h"

#include <algorithm>
#include <charconv>

namespace scanner {
namespace {

constexpr long kMaxRoom = 65'535;

std::optional<long> number_in(std::string_view text, long min, long max) {
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < min || value > max) return std::nullopt;
  return value;
}

// A content or pcre with its modifiers, before it is joined to its neighbours.
struct Item {
  const SuricataBuffer* buffer = nullptr;
  const SuricataOption* option = nullptr;
  std::string text, label;
  bool is_regex = false, nocase = false, dotall = false, negated = false, dotprefix = false;
  bool starts = false, ends = false, anchored_regex = false, whole_regex = false;
  std::string regex_flags;  // "(?m)", "(?x)": such a regex stands alone
  std::optional<long> offset, depth, distance, within;
  std::size_t tail = 0;

  bool relative() const { return distance || within; }
};

class ContentsReader {
 public:
  ContentsReader(const SuricataRule& rule, Translation& translation) : rule_(rule), translation_(translation) {}

  SuricataContents read(std::vector<const SuricataOption*>& others) {
    for (const SuricataOption& option : rule_.options)
      if (!take(option)) others.push_back(&option);
    join();
    return std::move(out_);
  }

 private:
  void cannot(const SuricataOption& option, std::string why) { translation_.add(Effect::Cannot, option.name, std::move(why), option.line, option.column); }

  // False: the option is about something else.
  bool take(const SuricataOption& option) {
    const std::string& name = option.name;
    if (name == "content" || name == "uricontent") return content(option), true;
    if (name == "pcre") return pcre(option), true;
    if (name == "pkt_data") return switch_to(nullptr), true;
    if (is_modifier(name)) return modify_buffer(option), true;
    if (const SuricataBuffer* buffer = suricata_buffer(name)) return switch_to(buffer), true;
    if (name == "dotprefix") return (dotprefix_ = true), true;
    if (name == "to_lowercase" || name == "header_lowercase") return (lowercase_ = true), true;
    if (name == "nocase" || name == "startswith" || name == "endswith" || name == "rawbytes" || name == "fast_pattern") return mark(option), true;
    if (name == "offset" || name == "depth" || name == "distance" || name == "within") return place(option), true;
    if (name == "isdataat") return data_at(option), true;
    if (name == "bsize" || name == "urilen") return length(option), true;
    return false;
  }

  void switch_to(const SuricataBuffer* buffer) {
    buffer_ = buffer;
    dotprefix_ = lowercase_ = false;
  }

  Item* last(const SuricataOption& option) {
    if (items_.empty()) cannot(option, "no content stands before it");
    return items_.empty() ? nullptr : &items_.back();
  }

  void content(const SuricataOption& option) {
    Item item;
    item.buffer = option.name == "uricontent" ? suricata_buffer("http.uri") : buffer_;
    item.option = &option;
    // "content:"x", nocase, depth 5" is Snort 3's way.
    const auto inside = quoted(option.value, item.negated);
    std::string problem = "its value is not in quotes";
    const auto text = inside ? without_escapes(*inside) : std::nullopt;
    if (inside && !text) problem = "only \\\" \\\\ \\; and \\: are escapes of a content";
    const auto bytes = text ? content_bytes(*text, problem) : std::nullopt;
    if (!bytes) return cannot(option, problem);
    item.text = *bytes;
    item.label = *bytes;
    item.nocase = lowercase_;
    item.dotprefix = dotprefix_;
    items_.push_back(std::move(item));
  }

  void pcre(const SuricataOption& option) {
    Item item;
    item.buffer = buffer_;
    item.option = &option;
    item.is_regex = true;
    item.dotprefix = dotprefix_;
    const auto inside = quoted(option.value, item.negated);
    const std::size_t end = inside ? inside->rfind('/') : std::string::npos;
    if (!inside || !inside->starts_with('/') || end == 0 || end == std::string::npos) return cannot(option, "\"/REGEX/FLAGS\" is expected");
    item.text = inside->substr(1, end - 1);
    item.label = "pcre";
    for (const char flag : inside->substr(end + 1))
      if (!pcre_flag(flag, item)) return cannot(option, "the flag \"" + std::string(1, flag) + "\" has no equal here");
    std::string problem;
    const auto regex = RegexSample::parse(item.regex_flags + item.text, problem);
    if (!regex) return cannot(option, "the regex cannot be translated: " + problem);
    item.whole_regex = regex->anchored_inside() || (regex->has_alternatives_outside() && (regex->begins_anchored() || regex->ends_anchored()));
    if (!item.whole_regex && item.regex_flags.find('m') == std::string::npos) {
      if (regex->begins_anchored() && item.text.starts_with('^')) item.text.erase(0, 1), item.anchored_regex = true;
      else if (regex->begins_anchored()) item.whole_regex = true;
      if (regex->ends_anchored() && item.text.ends_with('$')) item.text.pop_back(), item.ends = true;
      else if (regex->ends_anchored()) item.whole_regex = true;
    }
    item.nocase = item.nocase || lowercase_;
    items_.push_back(std::move(item));
  }

  bool pcre_flag(char flag, Item& item) {
    static constexpr std::string_view kBufferFlags = "UIHDMCPQVWZSY";
    static constexpr std::string_view kNames[] = {"http.uri", "http.uri.raw", "http.header", "http.header.raw", "http.method", "http.cookie", "http.request_body",
                                                 "http.response_body", "http.user_agent", "http.host", "http.host.raw", "http.stat_code", "http.stat_msg"};
    switch (flag) {
      case 'i': item.nocase = true; return true;
      case 's': item.dotall = true; return true;
      case 'm': item.regex_flags += "(?m)"; return true;
      case 'x': item.regex_flags += "(?x)"; return true;
      case 'A': item.anchored_regex = true; return true;
      case 'R': item.distance = 0; return true;
      case 'G':  // greed changes no verdict
      case 'B':
      case 'O': return true;
      case 'E': return item.regex_flags.empty();
      default: break;
    }
    const std::size_t index = kBufferFlags.find(flag);
    if (index != std::string_view::npos) item.buffer = suricata_buffer(kNames[index]);
    return index != std::string_view::npos;
  }

  void modify_buffer(const SuricataOption& option) {
    if (Item* item = last(option)) item->buffer = suricata_buffer(option.name);
  }

  void mark(const SuricataOption& option) {
    if (option.name == "fast_pattern" || option.name == "rawbytes") return;  // speed, history
    Item* const item = last(option);
    if (!item) return;
    if (option.name == "nocase") item->nocase = true;
    else if (option.name == "startswith") item->starts = true;
    else item->ends = true;
  }

  void place(const SuricataOption& option) {
    Item* const item = last(option);
    if (!item) return;
    const bool relative = option.name == "distance" || option.name == "within";
    const auto value = number_in(option.value, option.name == "distance" ? -kMaxRoom : option.name == "offset" ? 0 : 1, kMaxRoom);
    if (!value) return cannot(option, "a number is expected, from a variable or not; here stands \"" + option.value + "\"");
    if (relative ? (item->offset || item->depth || item->starts) : (item->relative() || item->starts)) return cannot(option, "Suricata does not mix places that are counted from the beginning and from the last match");
    (option.name == "offset" ? item->offset : option.name == "depth" ? item->depth : option.name == "distance" ? item->distance : item->within) = *value;
  }

  void data_at(const SuricataOption& option) {
    std::string_view value = option.value;
    const bool negated = value.starts_with('!');
    if (negated) value.remove_prefix(1);
    const std::size_t comma = value.find(',');
    const auto count = number_in(value.substr(0, comma), 0, kMaxRoom);
    const bool relative = comma != std::string_view::npos && value.find("relative", comma) != std::string_view::npos;
    if (!count) return cannot(option, "a number is expected");
    if (!relative) {
      lengths_of(option, negated ? 0 : static_cast<std::size_t>(*count) + 1, negated ? std::optional(static_cast<std::size_t>(*count)) : std::nullopt);
      return;
    }
    Item* const item = last(option);
    if (!item) return;
    if (negated && *count == 1) item->ends = true;
    else if (negated) return cannot(option, "how little may follow a match cannot be said");
    else item->tail = static_cast<std::size_t>(*count);
  }

  void lengths_of(const SuricataOption& option, std::size_t min, std::optional<std::size_t> max) {
    const SuricataBuffer* buffer = option.name == "urilen" ? suricata_buffer("http.uri") : buffer_;
    out_.lengths.push_back({buffer, min, max, option.line, option.column});
  }

  void length(const SuricataOption& option) {
    std::string text;
    for (const char c : option.value.substr(0, option.value.find(',')))
      if (c != ' ') text.push_back(c);
    const std::size_t range = text.find("<>");
    const auto number = [](std::string_view digits) { return number_in(digits, 0, kMaxRoom); };
    if (range != std::string::npos) {
      const auto low = number(text.substr(0, range)), high = number(text.substr(range + 2));
      if (!low || !high || *high - *low < 2) return cannot(option, "a range is expected");
      return lengths_of(option, static_cast<std::size_t>(*low) + 1, static_cast<std::size_t>(*high) - 1);
    }
    const std::string op = text.substr(0, text.find_first_of("0123456789"));
    const auto value = number(text.substr(op.size()));
    if (!value) return cannot(option, "a number is expected");
    const auto size = static_cast<std::size_t>(*value);
    if (op.empty() || op == "=") return lengths_of(option, size, size);
    if (op == ">") return lengths_of(option, size + 1, std::nullopt);
    if (op == ">=") return lengths_of(option, size, std::nullopt);
    if (op == "<" && size > 0) return lengths_of(option, 0, size - 1);
    if (op == "<=") return lengths_of(option, 0, size);
    cannot(option, "the comparison \"" + op + "\" is not known");
  }

  // The room before the item's text, counted from the beginning or from the last match.
  bool room(const Item& item, bool follows, ChainPiece& piece) {
    const long size = item.is_regex ? 0 : static_cast<long>(item.text.size());
    const long min = item.relative() ? item.distance.value_or(0) : item.offset.value_or(0);
    const auto span = item.relative() ? item.within : item.depth;
    if (min < 0) return cannot(*item.option, "a negative distance: the text may begin before the last match ends"), false;
    if (span && item.is_regex) return cannot(*item.option, "how far a regex reaches cannot be bounded"), false;
    if (span && *span < size) return cannot(*item.option, "it is longer than the " + std::to_string(*span) + " bytes in which it is to be found"), false;
    piece.gap_min = static_cast<std::size_t>(min);
    if (span) piece.gap_max = static_cast<std::size_t>(min + *span - size);
    if (item.starts || item.anchored_regex) {
      if (item.starts && follows) return cannot(*item.option, "startswith behind another match"), false;
      piece.gap_max = piece.gap_min;
    }
    return true;
  }

  void join() {
    for (const Item& item : items_) {
      SuricataWant* before = nullptr;
      if (item.relative())
        for (SuricataWant& want : out_.wants)
          if (want.buffer == item.buffer && !want.negated) before = &want;
      if (item.negated && before) {
        cannot(*item.option, "that something does not follow a match cannot be said");
        continue;
      }
      if (before && (before->chain.to_end || before->chain.tail_min != 0)) {
        cannot(*item.option, "it follows a match behind which the end, or more data, was asked for");
        continue;
      }
      if (item.whole_regex && (before || item.ends || item.tail != 0 || item.anchored_regex)) {
        cannot(*item.option, "a regex with anchors or word boundaries inside cannot follow another match");
        continue;
      }
      ChainPiece piece;
      piece.text = item.text;
      piece.is_regex = item.is_regex;
      piece.nocase = item.nocase;
      piece.dotall = item.dotall;
      if (!room(item, before != nullptr, piece)) continue;
      if (item.dotprefix && !with_dot(item, before != nullptr, piece)) continue;
      if (!item.regex_flags.empty()) {
        if (before || item.ends || piece.gap_max) {
          cannot(*item.option, "a regex with the flags m or x is taken alone");
          continue;
        }
        piece.text = item.regex_flags + piece.text;
      }
      if (!before) {
        SuricataWant want;
        want.buffer = item.buffer;
        want.negated = item.negated;
        want.bound_to_start = piece.gap_min != 0 || piece.gap_max.has_value() || (item.is_regex && item.text.starts_with('^'));
        want.needs_whole = item.whole_regex || !item.regex_flags.empty();
        want.stem = item.label;
        want.line = item.option->line;
        want.column = item.option->column;
        out_.wants.push_back(std::move(want));
        before = &out_.wants.back();
      }
      before->chain.pieces.push_back(std::move(piece));
      before->chain.to_end = item.ends;
      before->chain.tail_min = item.tail;
    }
  }

  // dotprefix puts a "." before the buffer, so that ".pool.example" means the name and below it.
  bool with_dot(const Item& item, bool follows, ChainPiece& piece) {
    const bool dotted = !item.is_regex && item.text.starts_with('.') && item.text.size() > 1;
    if (!dotted || follows || item.offset || item.depth || item.relative() || item.is_regex)
      return cannot(*item.option, "dotprefix is understood before a content that begins with \".\" and has no place of its own"), false;
    piece.text = item.starts ? item.text.substr(1) : "(?:^|\\.)" + escaped(std::string_view(item.text).substr(1));
    piece.is_regex = !item.starts;
    return true;
  }

  const SuricataRule& rule_;
  Translation& translation_;
  const SuricataBuffer* buffer_ = nullptr;
  bool dotprefix_ = false, lowercase_ = false;
  std::vector<Item> items_;
  SuricataContents out_;
};

}  // namespace

SuricataContents read_contents(const SuricataRule& rule, Translation& translation, std::vector<const SuricataOption*>& others) {
  return ContentsReader(rule, translation).read(others);
}

}  // namespace scanner
