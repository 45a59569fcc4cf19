// A mining dialect's description, drafted from one conversation: what each message is for is told
// from its shape and its place between the others.
#pragma once

#include "scanner/signature/dialect.h"
#include "tools/aupsig/envelope_guess.h"
#include "tools/aupsig/talk.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace scanner {

// What one kind of message is taken for.
struct DraftedMessage {
  std::string method;
  MiningRole role = MiningRole::Other;
  bool from_pool = false;
  std::uint64_t count = 0;
  std::uint32_t first_frame = 0;
  std::string example;                 // its first message, unredacted
  std::string because;                 // one sentence for a person
  std::vector<std::string> when;       // shapes as the file writes them
  std::vector<std::string> accepted;   // shapes of the answer; empty: the custom
  std::vector<std::pair<std::string, std::string>> values;  // "worker" → "params.badge"
};

struct DialectDraft {
  EnvelopeGuess envelope;
  std::vector<DraftedMessage> messages;
  std::vector<std::string> doubts;  // what a person has to look at
  std::string yaml;                 // the file's text
};

// Nothing where the talk has no requests. `id` and `title` as the file has them; `evidence` is its
// reference; `solo`: work comes from a node.
std::optional<DialectDraft> draft_dialect(const Talk& talk, const std::string& id, const std::string& title, const std::string& evidence, bool solo);

std::string yaml_text(std::string_view text);  // quoted

}  // namespace scanner
