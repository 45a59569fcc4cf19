// A file of Suricata rules, read into its parts: header, options in their order, the values of
// those that carry text. What the parts mean is suricata_import.h's business. Pure; bounded: 16
// MiB a file, 64 KiB a rule, 1000 options a rule.
#pragma once

#include "scanner/model/diagnostic.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

struct SuricataOption {
  std::string name;   // in lower case: "content", "http.uri"
  std::string value;  // as written, without blanks at its ends; quotes and escapes are kept
  bool has_value = false;
  int line = 0, column = 0;
};

struct SuricataRule {
  std::string action, protocol, source, source_port, direction, destination, destination_port;
  std::vector<SuricataOption> options;
  int line = 0, column = 0;
  bool enabled = true;  // else it was commented out

  // The value of the first option of that name, or nothing.
  const SuricataOption* find(std::string_view name) const;
};

struct SuricataFile {
  std::vector<SuricataRule> rules;
  // Rules that cannot be read, in their order; code I101 to I104.
  Diagnostics problems;
};

// Lines that end in "\" go on; "#" begins a comment, and a commented rule is read as disabled.
SuricataFile read_suricata(const std::string& file, std::string_view text);

// `"…"` without its quotes; nothing where it is not in quotes. `negated`: a "!" stood before it.
std::optional<std::string> quoted(std::string_view value, bool& negated);
// Without the escapes \" \\ \; \: of contents and messages; nothing where there are others.
std::optional<std::string> without_escapes(std::string_view text);

// The bytes of a content: text, and |hex| between bars. Nothing and `problem` where malformed.
std::optional<std::string> content_bytes(std::string_view text, std::string& problem);

}  // namespace scanner
