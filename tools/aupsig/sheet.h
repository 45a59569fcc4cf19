// What a command found, as one sheet of facts, paragraphs and tables: written once, read on a
// terminal, in a review (Markdown) or as a page (HTML).
//
// Texts are plain: each form escapes them as it needs, and makes what came from outside printable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace scanner {

struct SheetColumn {
  std::string title;
  bool number = false;  // to the right
};

struct SheetRow {
  std::vector<std::string> cells;  // as many as there are columns
  std::vector<std::string> below;  // lines that belong to the row: captures, reasons
};

struct SheetTable {
  std::vector<SheetColumn> columns;
  std::vector<SheetRow> rows;
};

struct SheetSection {
  std::string title;
  std::vector<std::string> paragraphs;
  std::vector<SheetTable> tables;
};

enum class SheetTone : std::uint8_t { Clear, Change, Problem };

struct Sheet {
  std::string title;    // "What changes if this pack is shipped"
  std::string verdict;  // one line: "3 verdicts change in 2 of 40 captures"
  std::string sense;    // what that means, one sentence; may be empty
  SheetTone tone = SheetTone::Clear;
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<SheetSection> sections;
  std::string closing;  // what the figures rest on; may be empty
};

// For a terminal: tables in columns, nothing cut; no colour.
std::string sheet_text(const Sheet& sheet);
// GitHub's Markdown, as a review takes it.
std::string sheet_markdown(const Sheet& sheet);
// A whole page: self-contained, no script, no external resource, light and dark, prints well.
std::string sheet_page(const Sheet& sheet);

// Into a file, in the form that its name asks for: .html, .md, else text. False, and said on standard
// error, where it cannot be written.
bool write_sheet(const Sheet& sheet, const std::string& path);

}  // namespace scanner
