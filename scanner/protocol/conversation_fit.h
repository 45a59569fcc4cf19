// Which of the dialects a conversation speaks: evidence gathered message by message.
//
// Dialects share method names, and pools mix them, so none is ever ruled out; each message
// is read by the description of the dialect that has fitted best so far.
#pragma once

#include "scanner/protocol/conversation.h"
#include "scanner/protocol/conversation_pending.h"
#include "scanner/protocol/json.h"
#include "scanner/signature/dialect.h"

#include <cstdint>
#include <span>
#include <vector>

namespace scanner {

class DialectFit {
 public:
  explicit DialectFit(const DialectSet& set)
      : set_(set), scores_(set.dialects().size()), shown_(set.dialects().size()) {}

  // Those of `described` that fit the message: sender, carriage and all shapes.
  Matches fitting(std::span<const DialectMatch> described, JsonValue message, const Carriage& carriage, bool from_pool) const;
  // The one of the dialect that fits best, then the most demanding, then one that claims no
  // algorithm; `matches` is not empty.
  DialectMatch best(const Matches& matches) const;

  // Are they worth a word: is one not weak, or of a dialect that has shown itself?
  bool speaks(const Matches& matches) const;
  // The conversation holds such a message: each dialect gains a point, and one a shape.
  void credit(const Matches& matches);
  // The dialect has shown itself by an answer.
  void show(std::size_t dialect) { shown_[dialect] = true; }
  bool shown(std::size_t dialect) const { return shown_[dialect]; }
  // No dialect of another algorithm fits as well, so that the algorithm can be told.
  bool decided(std::size_t dialect) const;

 private:
  const DialectSet& set_;
  std::vector<std::uint32_t> scores_;
  std::vector<bool> shown_;
};

}  // namespace scanner
