// Reads the values that a dialect description points at out of a message.
#pragma once

#include "scanner/protocol/json.h"
#include "scanner/signature/dialect.h"

#include <span>
#include <string>

namespace scanner {

// The value at the path; Missing where there is none, and for the empty path.
JsonValue follow(JsonValue root, const ValuePath& path);

bool holds(JsonValue root, const Shape& shape);
bool hold(JsonValue root, std::span<const Shape> shapes);  // all of them

// The text or number at the path, at most `limit` bytes; "" where there is neither.
std::string text_at(JsonValue root, const ValuePath& path, std::size_t limit);
// The number at the path, or what its text says in decimal or "0x" hex; 0 where neither.
double number_at(JsonValue root, const ValuePath& path);

// Expected hashes of a share below the target; 0: not to be told.
double hashes_of_target(std::string_view target, TargetForm form);

// Does an answer without error grant what was asked, by the custom of all dialects?
bool granted_by_custom(MiningRole role, JsonValue result);
// An error that says something: null, false, 0, "", [] and {} do not.
bool is_error(JsonValue error);

// One text for equal ids: 4, 4.0 and "4" are told apart by kind alone.
std::string canonical_id(JsonValue id);

}  // namespace scanner
