#include "tools/aupsig/baseline.h"

#include "scanner/io/text_file.h"
#include "tools/aupsig/lint_source.h"

#include <algorithm>
#include <filesystem>
#include <optional>

namespace scanner {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxTexts = 100'000;

void complain(const PackFile& file, int line, int column, std::string code, std::string message, std::string hint, Diagnostics& out) {
  Diagnostic d;
  d.code = std::move(code);
  d.message = std::move(message);
  d.at = {file.path, line, column};
  d.line_text = line > 0 ? shown_line(file.text, line) : "";
  d.hint = std::move(hint);
  out.push_back(std::move(d));
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The bytes of a line, or the offset of an escape that is none.
std::optional<std::string> unescape(std::string_view line, std::size_t& bad) {
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\') {
      out.push_back(line[i]);
      continue;
    }
    bad = i;
    if (++i == line.size()) return std::nullopt;
    switch (line[i]) {
      case 'n': out.push_back('\n'); break;
      case 'r': out.push_back('\r'); break;
      case 't': out.push_back('\t'); break;
      case '\\': out.push_back('\\'); break;
      case 'x':
        if (i + 2 >= line.size() || hex(line[i + 1]) < 0 || hex(line[i + 2]) < 0) return std::nullopt;
        out.push_back(static_cast<char>(hex(line[i + 1]) * 16 + hex(line[i + 2])));
        i += 2;
        break;
      default: return std::nullopt;
    }
  }
  return out;
}

void read_file(const PackFile& file, std::vector<BenignText>& texts, Diagnostics& diagnostics) {
  const std::string_view name = std::string_view(file.place).substr(file.place.rfind('/') + 1);
  const auto field = name.ends_with(".txt") ? field_from(name.substr(0, name.size() - 4)) : std::nullopt;
  if (!field)
    return complain(file, 0, 0, "E131", "the name of a baseline is that of a field and .txt, and \"" + std::string(name.substr(0, 80)) + "\" is none",
                    "for example process.cmdline.txt; signatures/README.md lists the fields", diagnostics);
  std::string_view rest = file.text;
  for (int line = 1; !rest.empty(); ++line) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (one.ends_with('\r')) one.remove_suffix(1);
    if (one.empty() || one.front() == '#') continue;
    if (texts.size() == kMaxTexts) return complain(file, line, 1, "E002", "more than 100,000 texts in the baseline; the rest is not read", "", diagnostics);
    std::size_t bad = 0;
    auto text = unescape(one, bad);
    if (!text)
      complain(file, line, static_cast<int>(bad) + 1, "E132", "an escape that cannot be read", "known are \\n \\r \\t \\\\ \\xHH", diagnostics);
    else
      texts.push_back({*field, std::move(*text), file.path, line});
  }
}

}  // namespace

std::vector<BenignText> read_baseline(std::span<const PackFile> files, Diagnostics& diagnostics) {
  std::vector<BenignText> texts;
  for (const PackFile& file : files) read_file(file, texts, diagnostics);
  return texts;
}

Result<std::vector<PackFile>> baseline_files(const std::string& path) {
  std::error_code error;
  std::vector<fs::path> paths;
  if (fs::is_directory(path, error)) {
    for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error))
      if (it->is_regular_file(error) && it->path().extension() == ".txt" && !it->path().filename().string().starts_with(".")) paths.push_back(it->path());
    if (error) return fail(path + ": " + error.message());
    std::sort(paths.begin(), paths.end());
  } else {
    paths.emplace_back(path);
  }
  std::vector<PackFile> files;
  for (const fs::path& one : paths) {
    auto text = read_text_file(one.string());
    if (!text) return tl::unexpected(text.error());
    files.push_back({one.string(), "baseline/" + one.filename().string(), std::move(*text)});
  }
  return files;
}

}  // namespace scanner
