#include "tools/aupsig/translate/text_place.h"

#include <algorithm>

namespace scanner {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool has_letter(std::string_view text) { return std::ranges::any_of(text, is_letter); }
bool is_plain_text(std::string_view text) { return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; }); }

std::string gap_text(const TextPlace& place, std::size_t min, std::optional<std::size_t> max) {
  if (!max) {
    const std::string rest = place.gap.empty() ? place.any + "*" : place.gap;
    if (min == 0) return rest;
    return place.any + "{" + std::to_string(min) + "}" + rest;
  }
  if (*max == 0) return "";
  if (min == *max) return min == 1 ? place.any : place.any + "{" + std::to_string(min) + "}";
  return place.any + "{" + std::to_string(min) + "," + std::to_string(*max) + "}";
}

}  // namespace

TextPlace whole_field(Field field) {
  TextPlace place;
  place.field = field;
  place.name = to_string(field);
  place.flags = "(?s)";
  place.end = is_stream(field) ? "" : "\\z";
  place.lowered = field == Field::DnsName || field == Field::TlsSni || field == Field::HttpHost || field == Field::SocksHost;
  return place;
}

TextPlace trait(std::string_view word) {
  TextPlace place;
  place.field = Field::ProcessTraits;
  place.name = std::string(to_string(Field::ProcessTraits)) + " " + std::string(word) + "=";
  place.flags = "(?m)";
  place.begin = "^" + std::string(word) + "=";
  place.end = "$";
  place.whole = false;
  return place;
}

std::string escaped(std::string_view bytes) {
  static constexpr std::string_view kSpecial = "\\^$.|?*+()[]{}#";
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string regex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c < ' ' || c > '~') {
      regex += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
    } else {
      if (kSpecial.find(c) != std::string_view::npos) regex.push_back('\\');
      regex.push_back(c);
    }
  }
  return regex;
}

Pattern pattern_of(const TextChain& chain) {
  const TextPlace& place = chain.place;
  const ChainPiece& first = chain.pieces.front();
  const auto wants_case = [&](const ChainPiece& piece) { return !piece.nocase && !place.lowered && (piece.is_regex || has_letter(piece.text)); };
  const bool anywhere = place.whole && first.gap_min == 0 && !first.gap_max;
  Pattern pattern;
  // Case is the pattern's where no piece insists on it and nothing round the pieces has letters.
  const bool nocase_all = std::ranges::none_of(chain.pieces, wants_case) && (place.whole || !has_letter(place.begin + place.end));
  pattern.nocase = nocase_all && std::ranges::any_of(chain.pieces, [](const ChainPiece& piece) { return piece.is_regex || has_letter(piece.text); });
  if (anywhere && chain.pieces.size() == 1 && !first.is_regex && !chain.to_end && chain.tail_min == 0 && is_plain_text(first.text)) {
    pattern.expression = first.text;
    return pattern;
  }
  pattern.literal = false;
  if (anywhere && chain.pieces.size() == 1 && first.is_regex && !chain.to_end && chain.tail_min == 0) {
    pattern.expression = (first.dotall && first.text.find('.') != std::string::npos ? "(?s)" : "") + first.text;
    return pattern;
  }
  std::string body = anywhere ? "" : place.begin;
  for (std::size_t i = 0; i < chain.pieces.size(); ++i) {
    const ChainPiece& piece = chain.pieces[i];
    if (i != 0 || !anywhere) body += gap_text(place, piece.gap_min, piece.gap_max);
    const bool folded = (piece.nocase || place.lowered) && !nocase_all && (piece.is_regex || has_letter(piece.text));
    const std::string text = piece.is_regex ? piece.text : escaped(piece.text);
    const bool other_dot = piece.is_regex && piece.dotall != (place.flags == "(?s)") && piece.text.find('.') != std::string::npos;
    const std::string options = std::string(folded ? "i" : "") + (!other_dot ? "" : piece.dotall ? "s" : "-s");
    body += piece.is_regex || folded ? "(?" + options + ":" + text + ")" : text;
  }
  if (chain.tail_min != 0) body += place.any + "{" + std::to_string(chain.tail_min) + "}";
  if (chain.to_end) body += place.end;
  else if (!place.whole && !place.end.empty() && place.end != "$") body += gap_text(place, 0, std::nullopt) + place.end;
  // "." and anchors alone need the flags.
  const bool needs_flags = place.flags == "(?m)" || body.find('.') != std::string::npos;
  pattern.expression = (needs_flags ? place.flags : "") + body;
  return pattern;
}

}  // namespace scanner
