#include "scanner/model/diagnostic.h"

#include <algorithm>

namespace scanner {

bool has_errors(const Diagnostics& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& d) { return d.severity == Severity::Error; });
}

std::string to_text(const Diagnostic& d) {
  std::string text = d.at.file;
  if (d.at.line > 0) text += ":" + std::to_string(d.at.line) + ":" + std::to_string(d.at.column);
  text += d.severity == Severity::Error ? ": error[" : ": warning[";
  text += d.code + "]: " + d.message + "\n";
  if (d.at.line > 0 && !d.line_text.empty()) {
    const std::string number = std::to_string(d.at.line);
    text += " " + number + " | " + d.line_text + "\n";
    std::string pad(number.size() + 1, ' ');
    text += pad + " | ";
    // Tabs stay tabs so that the caret stands under its column.
    for (int i = 0; i + 1 < d.at.column && static_cast<std::size_t>(i) < d.line_text.size(); ++i)
      text += d.line_text[static_cast<std::size_t>(i)] == '\t' ? '\t' : ' ';
    text += "^\n";
  }
  if (!d.hint.empty()) text += "   hint: " + d.hint + "\n";
  return text;
}

}  // namespace scanner
