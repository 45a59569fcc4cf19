#include "tools/aupsig/translate/sigma_value.h"

#include "tools/aupsig/translate/regex_sample.h"

#include <array>

namespace scanner {
namespace {

std::string base64(std::string_view bytes) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t block = 0;
    for (std::size_t j = 0; j < 3; ++j) block = block << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j) out.push_back(i + j <= bytes.size() ? kAlphabet[block >> (18 - 6 * j) & 63] : '=');
  }
  return out;
}

// What of the value's encoding does not depend on its neighbours, behind 0, 1 or 2 bytes.
std::string shifted_base64(std::string_view value, std::size_t shift) {
  static constexpr std::array<std::size_t, 3> kSkip{0, 2, 3};
  const std::string encoded = base64(std::string(shift, ' ') + std::string(value));
  const std::size_t left_over = (value.size() + shift) % 3;
  const std::size_t cut = left_over == 0 ? 0 : left_over == 1 ? 3 : 2;
  return encoded.substr(kSkip[shift], encoded.size() - cut - kSkip[shift]);
}

// Text and wildcards in turn, as pieces with room between them.
TextChain plain_chain(std::string_view value, const SigmaMatch& match, const TextPlace& place) {
  TextChain chain;
  chain.place = place;
  ChainPiece piece;
  bool any = match.contains || match.endswith;
  std::size_t least = 0;
  const auto close = [&] {
    if (piece.text.empty()) return;
    piece.nocase = !match.cased;
    chain.pieces.push_back(std::move(piece));
    piece = {};
    any = false;
    least = 0;
  };
  const auto add = [&](char c) {
    if (piece.text.empty()) {
      piece.gap_min = least;
      if (!any) piece.gap_max = least;
    }
    piece.text.push_back(c);
  };
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool escapes = value[i] == '\\' && i + 1 < value.size() && std::string_view("*?\\").find(value[i + 1]) != std::string_view::npos;
    if (escapes) {
      add(value[++i]);
    } else if (value[i] == '*' || value[i] == '?') {
      close();
      if (value[i] == '*') any = true;
      else ++least;
    } else {
      add(value[i]);
    }
  }
  close();
  chain.tail_min = least;
  chain.to_end = !any && !match.contains && !match.startswith;
  return chain;
}

std::vector<TextChain> regex_chain(std::string_view value, const SigmaMatch& match, const TextPlace& place, std::string& problem) {
  const auto regex = RegexSample::parse(value, problem);
  if (!regex) {
    problem = "the regex cannot be translated: " + problem;
    return {};
  }
  TextChain chain;
  chain.place = place;
  ChainPiece piece;
  piece.is_regex = true;
  piece.nocase = match.caseless_regex;
  piece.dotall = match.dotall;
  std::string_view text = value;
  const bool odd = regex->anchored_inside() || regex->has_alternatives_outside();
  if (place.whole && !match.multiline) {
    piece.text = text;
  } else if (place.whole) {
    piece.text = "(?m)" + std::string(text);
  } else {
    const bool begins = regex->begins_anchored(), ends = regex->ends_anchored();
    if (match.multiline || match.dotall || regex->anchored_inside() || (odd && (begins || ends)) || (begins && !text.starts_with('^')) || (ends && !text.ends_with('$'))) {
      problem = "the regex has anchors or flags that mean another thing inside \"" + place.name + "\"";
      return {};
    }
    if (begins) text.remove_prefix(1), piece.gap_max = 0;
    if (ends) text.remove_suffix(1), chain.to_end = true;
    piece.text = text;
  }
  if (piece.text.empty()) {
    problem = "the regex matches everything";
    return {};
  }
  chain.pieces.push_back(std::move(piece));
  return {chain};
}

}  // namespace

std::optional<SigmaMatch> sigma_match(const std::vector<std::string>& modifiers, std::string& problem) {
  SigmaMatch match;
  for (const std::string& word : modifiers) {
    if (word == "contains") match.contains = true;
    else if (word == "startswith") match.startswith = true;
    else if (word == "endswith") match.endswith = true;
    else if (word == "all") match.all = true;
    else if (word == "cased") match.cased = true;
    else if (word == "re") match.regex = true;
    else if (word == "neq") match.negated = true;
    else if (word == "base64") match.base64 = match.cased = true;
    else if (word == "base64offset") match.base64offset = match.cased = true;
    else if (match.regex && word == "i") match.caseless_regex = true;
    else if (match.regex && word == "m") match.multiline = true;
    else if (match.regex && word == "s") match.dotall = true;
    else return problem = "the modifier \"" + word + "\" has no equal here", std::nullopt;
  }
  if (match.contains + match.startswith + match.endswith + match.regex > 1) return problem = "its modifiers contradict each other", std::nullopt;
  return match;
}

std::vector<TextChain> sigma_chains(std::string_view value, const SigmaMatch& match, const TextPlace& place, std::string& problem) {
  if (match.regex) return regex_chain(value, match, place, problem);
  std::vector<TextChain> chains;
  if (match.base64offset) {
    for (std::size_t shift = 0; shift < 3; ++shift)
      if (const std::string text = shifted_base64(value, shift); text.size() >= 4) chains.push_back(plain_chain(text, match, place));
    if (chains.empty()) problem = "the value is too short to be told in Base64";
    return chains;
  }
  chains.push_back(plain_chain(match.base64 ? base64(value) : std::string(value), match, place));
  if (chains.front().pieces.empty()) {
    problem = "the value \"" + std::string(value) + "\" matches everything";
    return {};
  }
  if (chains.front().to_end && place.end.empty()) {
    problem = "the end of \"" + place.name + "\" is never known";
    return {};
  }
  return chains;
}

}  // namespace scanner
