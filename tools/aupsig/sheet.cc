#include "tools/aupsig/sheet.h"

#include "scanner/app/html.h"
#include "scanner/app/report_parts.h"
#include "scanner/app/wording.h"
#include "scanner/io/text_file.h"

#include <algorithm>
#include <iostream>

namespace scanner {
namespace {

constexpr std::size_t kWidth = 110;  // of paragraphs on a terminal

std::string line_of(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::size_t used = display_width(text);
  const std::string room(width > used ? width - used : 0, ' ');
  return right ? room + text : text + room;
}

std::string paragraphs_text(const std::vector<std::string>& paragraphs) {
  std::string out;
  for (const std::string& paragraph : paragraphs)
    for (const std::string& piece : wrapped(printable(paragraph), kWidth)) out += "  " + piece + "\n";
  return out;
}

std::string table_text(const SheetTable& table) {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    std::size_t width = display_width(table.columns[c].title);
    for (const SheetRow& row : table.rows) width = std::max(width, display_width(printable(row.cells[c])));
    widths.push_back(width);
  }
  std::string head = "  ", out;
  for (std::size_t c = 0; c < widths.size(); ++c) head += padded(table.columns[c].title, widths[c], table.columns[c].number) + "  ";
  out += line_of(head);
  for (const SheetRow& row : table.rows) {
    std::string line = "  ";
    for (std::size_t c = 0; c < widths.size(); ++c) line += padded(printable(row.cells[c]), widths[c], table.columns[c].number) + "  ";
    out += line_of(line);
    for (const std::string& below : row.below) out += "      " + printable(below) + "\n";
  }
  return out;
}

// As a table cell: on one line, with what is markup made harmless.
std::string markdown(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (std::string_view("\\`*_{}[]<>#|~").find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string table_markdown(const SheetTable& table) {
  std::string head = "|", rule = "|", out;
  for (const SheetColumn& column : table.columns) {
    head += " " + markdown(column.title) + " |";
    rule += column.number ? "---:|" : "---|";
  }
  out += head + "\n" + rule + "\n";
  for (const SheetRow& row : table.rows) {
    std::string line = "|";
    for (std::size_t c = 0; c < row.cells.size(); ++c) {
      line += " " + markdown(row.cells[c]);
      if (c + 1 == row.cells.size())
        for (const std::string& below : row.below) line += "<br>" + markdown(below);
      line += " |";
    }
    out += line + "\n";
  }
  return out;
}

std::string_view tone_class(SheetTone tone) {
  switch (tone) {
    case SheetTone::Clear: return "clear";
    case SheetTone::Change: return "indicator";
    case SheetTone::Problem: return "breach";
  }
  return "";
}

std::string table_page(const SheetTable& table) {
  std::string head, rows;
  for (const SheetColumn& column : table.columns) head += element("th", column.number ? "right" : "", html(column.title));
  for (const SheetRow& row : table.rows) {
    std::string cells;
    for (std::size_t c = 0; c < row.cells.size(); ++c) {
      std::string content = html(row.cells[c]);
      if (c + 1 == row.cells.size())
        for (const std::string& below : row.below) content += "<br>" + element("span", "soft small", html(below));
      cells += element("td", table.columns[c].number ? "num right" : "", content);
    }
    rows += element("tr", "", cells);
  }
  return element("div", "scroll", element("table", "", element("tr", "", head) + rows));
}

}  // namespace

std::string sheet_text(const Sheet& sheet) {
  std::string out = printable(sheet.verdict) + "\n";
  if (!sheet.sense.empty()) out += paragraphs_text({sheet.sense});
  std::size_t width = 0;
  for (const auto& [name, value] : sheet.facts) width = std::max(width, display_width(name));
  for (const auto& [name, value] : sheet.facts) out += line_of("  " + padded(name, width, false) + "  " + printable(value));
  for (const SheetSection& section : sheet.sections) {
    out += "\n" + section.title + "\n" + paragraphs_text(section.paragraphs);
    for (const SheetTable& table : section.tables) out += table_text(table);
  }
  if (!sheet.closing.empty()) out += "\n" + paragraphs_text({sheet.closing});
  return out;
}

std::string sheet_markdown(const Sheet& sheet) {
  std::string out = "# " + markdown(sheet.title) + "\n\n**" + markdown(sheet.verdict) + "**";
  if (!sheet.sense.empty()) out += "  \n" + markdown(sheet.sense);
  out += "\n\n";
  for (const auto& [name, value] : sheet.facts) out += "- " + markdown(name) + ": " + markdown(value) + "\n";
  for (const SheetSection& section : sheet.sections) {
    out += "\n## " + markdown(section.title) + "\n";
    for (const std::string& paragraph : section.paragraphs) out += "\n" + markdown(paragraph) + "\n";
    for (const SheetTable& table : section.tables) out += "\n" + table_markdown(table);
  }
  if (!sheet.closing.empty()) out += "\n" + markdown(sheet.closing) + "\n";
  return out;
}

std::string sheet_page(const Sheet& sheet) {
  std::string body = element("h1", "", html(sheet.title)) + "\n";
  body += element("div", "banner " + std::string(tone_class(sheet.tone)),
                  element("strong", "", html(sheet.verdict)) + (sheet.sense.empty() ? "" : "<br>" + html(sheet.sense))) + "\n";
  std::string facts;
  for (const auto& [name, value] : sheet.facts) facts += element("dt", "", html(name)) + element("dd", "", html(value));
  if (!facts.empty()) body += element("section", "card", element("dl", "", facts)) + "\n";
  for (const SheetSection& section : sheet.sections) {
    std::string markup = element("h2", "", html(section.title));
    for (const std::string& paragraph : section.paragraphs) markup += element("p", "soft small", html(paragraph));
    for (const SheetTable& table : section.tables) markup += table_page(table);
    body += element("section", "card", markup) + "\n";
  }
  if (!sheet.closing.empty()) body += element("footer", "", html(sheet.closing));
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
         "<meta name=\"referrer\" content=\"no-referrer\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
         "<title>" + html(sheet.title) + "</title><style>" + std::string(report_style()) + "</style></head>\n<body><main>\n" + body + "</main></body></html>\n";
}

bool write_sheet(const Sheet& sheet, const std::string& path) {
  const std::string content = path.ends_with(".html") || path.ends_with(".htm") ? sheet_page(sheet) : path.ends_with(".md") ? sheet_markdown(sheet) : sheet_text(sheet);
  const auto written = write_text_file(path, content);
  if (!written) std::cerr << "aupsig: " << printable(written.error().message) << "\n";
  return written.has_value();
}

}  // namespace scanner
