// The text of a file that is linted, and where in it things stand.
#pragma once

#include "scanner/model/diagnostic.h"
#include "scanner/model/yaml.h"
#include "scanner/signature/pack_text.h"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// The line's text as a diagnostic shows it: at most 240 bytes, control characters but tabs as
// '?'. "" where there is no such line.
std::string shown_line(std::string_view text, int line);

struct Place {
  int line = 1, column = 1;
};

// One file. Borrows it and the diagnostics.
class LintSource {
 public:
  // With its YAML, where it is YAML that can be read.
  LintSource(const PackFile& file, Diagnostics& out);

  const PackFile& file() const { return file_; }
  // The value at a path of keys from the root; null where there is none.
  const YamlNode* value(std::initializer_list<std::string_view> path) const;
  // Where the key of that value stands; the beginning of the file where there is none.
  Place key(std::initializer_list<std::string_view> path) const;
  // The first line that begins with `beginning`; line 0 where there is none.
  Place line_that_begins(std::string_view beginning) const;

  void warn(Place at, std::string code, std::string message, std::string hint = {});

 private:
  const PackFile& file_;
  Diagnostics& out_;
  std::optional<YamlNode> root_;
};

}  // namespace scanner
