// What is wrong in a file that a person wrote, said so that they can mend it.
#pragma once

#include <string>
#include <vector>

namespace scanner {

struct SourceLocation {
  std::string file;
  int line = 0;    // 1-based; 0: the file as a whole
  int column = 0;  // 1-based, in bytes
};

enum class Severity { Error, Warning };

struct Diagnostic {
  Severity severity = Severity::Error;
  std::string code;     // stable, e.g. "E012"; documented in scanner/docs/diagnostics.md
  std::string message;  // one sentence
  SourceLocation at;
  std::string line_text;  // the source line, for the caret; may be empty
  std::string hint;       // what to do; may be empty
};

using Diagnostics = std::vector<Diagnostic>;

bool has_errors(const Diagnostics& diagnostics);

// "file:line:column: error[E012]: message", the line with a caret, and the hint.
std::string to_text(const Diagnostic& diagnostic);

}  // namespace scanner
