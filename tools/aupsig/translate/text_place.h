// Where a foreign rule looks, in terms of our fields, and what it wants there, as one regex.
//
// A place is a field, or a stretch of a text that a field holds: the value of one line of
// process.traits, the request target inside stream.client. A chain is what is wanted in it:
// pieces in their order with the room that is left between them. Order and distance that a
// rule asks for go into the regex, since our conditions know neither. Pure.
#pragma once

#include "scanner/signature/signature.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

struct TextPlace {
  Field field = Field::StreamClient;
  std::string name;         // as reports call it: "http.uri"
  std::string flags;        // "(?s)", "(?m)": before every regex
  std::string begin = "^";  // matches from the beginning of the field to that of the place
  std::string any = ".";    // one byte of the place
  std::string gap;          // any number of them, where that is more than `any` repeated; ""
  std::string end;          // matches its end; "": it is never known
  bool whole = true;        // the field and nothing else: what may stand anywhere needs no `begin`
  bool lowered = false;     // our text is in lower case: case cannot be asked for

  friend bool operator==(const TextPlace&, const TextPlace&) = default;
};

TextPlace whole_field(Field field);
// The value of "word=value" in process.traits.
TextPlace trait(std::string_view word);

// Bytes, or a regex (of which the ends are not anchored), behind `gap_min` to `gap_max` other
// bytes of the place; no gap_max: as many as there are.
struct ChainPiece {
  std::size_t gap_min = 0;
  std::optional<std::size_t> gap_max;
  std::string text;
  bool is_regex = false;
  bool nocase = false;
  bool dotall = false;  // of a regex: "." matches line breaks too
};

struct TextChain {
  TextPlace place;
  std::vector<ChainPiece> pieces;  // one at least
  std::size_t tail_min = 0;        // bytes of the place that must follow
  bool to_end = false;             // nothing may follow: needs place.end
};

// "a.b" as a regex that matches just that.
std::string escaped(std::string_view bytes);

// A literal where that says the same, else a regex. Its name is left to the caller.
Pattern pattern_of(const TextChain& chain);

}  // namespace scanner
