// Why no dialect took a message: nobody knows its method, or it has another shape.
#pragma once

#include "scanner/signature/dialect.h"
#include "tools/aupsig/talk.h"

#include <cstdint>
#include <string>
#include <vector>

namespace scanner {

// What a shape asks for, in words: "params is an array of 3 or more".
std::string shape_text(const Shape& shape);
// A path as a dialect's file writes it: "params[0]", "result.job".
std::string path_text(const ValuePath& path);

// One kind of message that means nothing to any dialect.
struct ForeignWord {
  std::string method;  // "": none that has a name
  Direction sender = Direction::FromInitiator;
  std::uint64_t count = 0;
  std::uint32_t first_frame = 0;
  Timestamp first_at;
  std::string example;            // the first such message, unredacted
  bool known_method = false;      // some dialect has a message of that method
  std::vector<std::string> why;   // per description that was close: what did not fit; at most 6
};

// The messages of a talk that name a method, or nothing at all, and that no description fits;
// grouped by method and sender, in the order of their first.
std::vector<ForeignWord> foreign_words(const Talk& talk, const DialectSet& dialects);

// How a conversation's requests and answers look, without any dialect: for whoever must decide
// whether a person should look at it.
struct TalkShape {
  std::uint64_t requests[2] = {0, 0};  // by sender: objects with a name and an id
  std::uint64_t answers[2] = {0, 0};   // objects with an id that the other side had asked with
  std::uint64_t unasked[2] = {0, 0};   // … with an id that nobody had asked with
  std::uint64_t pushes[2] = {0, 0};    // objects with a name and without id (or null)
  std::uint64_t long_hex = 0;          // texts of 32 or more hex digits
  std::vector<std::uint32_t> unasked_frames;  // packets of such answers, at most 16
  // Requests of one side, answers and pushes of the other, hex among them: 0 (nothing of it) to 4.
  int likeness() const;
};

TalkShape shape_of(const Talk& talk);

}  // namespace scanner
