// `data.integrity`: how an event that left proves that it is a record of an outbox, unchanged
// and in its place (scanner/docs/outbox.md). Pure functions.
#pragma once

#include "scanner/io/outbox_record.h"
#include "scanner/io/signing_key.h"

#include <optional>
#include <string>
#include <string_view>

namespace scanner {

// The record's body with `data.integrity` at the end of its data. `key` nullptr: signature null.
std::string with_integrity(const OutboxRecord& record, const SigningKey* key);

// What an event's signature covers.
std::string event_text(const Sha256& hash);

struct IntegrityClaim {
  OutboxRecord record;    // body: the event without its integrity; content: computed from that
  Sha256 claimed{};       // the hash that the event says its record has
  std::string signature;  // base64; "": none
};
// Nothing where the line has no integrity, or none as with_integrity writes it.
std::optional<IntegrityClaim> read_integrity(std::string_view line);

// "event", "held", "note", "checkpoint".
std::string_view record_word(RecordKind kind);

std::optional<Sha256> parse_sha256(std::string_view hex);

}  // namespace scanner
