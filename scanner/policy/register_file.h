// What the file of exceptions and the permission register have in common: a list of entries, each
// with an end. Private to the two.
#pragma once

#include "scanner/model/yaml.h"
#include "scanner/policy/exceptions.h"

#include <functional>
#include <string_view>

namespace scanner {

// The list's key, and what is said of one entry too many (of both files together).
struct RegisterForm {
  const char* list;
  const char* code;
  const char* too_many;
  const char* hint;
};

// Calls `read` for each entry of the file; adds the file's text to the sha256 of `out`, to which
// `read` adds its entry. False after an error.
bool read_register(const RegisterForm& form, YamlContext& context, std::string_view text, Exceptions& out, const std::function<void(const YamlNode&)>& read);

// The key `expires`: "2026-12-31", to its end (UTC), or a moment in RFC 3339. `code`: where it is
// no date.
void read_expiry(YamlMap& map, YamlContext& context, const char* code, Exception& entry);

bool has_entry(const Exceptions& exceptions, std::string_view id);

}  // namespace scanner
