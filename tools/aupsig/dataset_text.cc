#include "tools/aupsig/dataset_text.h"

#include "scanner/signature/dataset.h"

#include <algorithm>

namespace scanner {
namespace {

constexpr std::string_view kBecause = "# because: ";

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string joined_by(const std::vector<std::string>& parts, char between) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : std::string(1, between)) + parts[i];
  return text;
}

// A cell that lists values, with those added that it lacks.
void join_into(std::string& cell, const std::vector<std::string>& values, char separator) {
  std::vector<std::string> all;
  for (const std::string& value : split(cell, separator)) add_unique(all, value);
  for (const std::string& value : values) add_unique(all, value);
  cell = joined_by(all, separator);
}

}  // namespace

Result<DatasetText> DatasetText::read(const std::string& file, std::string_view text) {
  Datasets datasets;
  Diagnostics diagnostics;
  load_dataset(file, text, datasets, diagnostics);
  if (has_errors(diagnostics)) return fail(to_text(diagnostics.front()));
  if (datasets.host_sets().empty()) return fail(file + ": only data sets of kind hosts are edited");
  DatasetText out;
  if (text.ends_with('\n')) text.remove_suffix(1);
  out.lines_ = split(text, '\n');
  for (std::string& line : out.lines_)
    if (line.ends_with('\r')) line.pop_back();
  const auto columns = std::ranges::find_if(out.lines_, [](const std::string& line) { return line.starts_with("host\t"); });
  out.columns_ = static_cast<std::size_t>(columns - out.lines_.begin());
  out.dated_ = columns->ends_with("\tlast_seen");
  return out;
}

std::optional<std::size_t> DatasetText::row_with(std::string_view host) const {
  for (std::size_t i = columns_ + 1; i < lines_.size(); ++i)
    if (lines_[i].starts_with(host) && lines_[i].size() > host.size() && lines_[i][host.size()] == '\t') return i;
  return std::nullopt;
}

// Every row gets the two columns; comments and order stay.
void DatasetText::make_dated() {
  if (dated_) return;
  dated_ = true;
  for (std::size_t i = columns_; i < lines_.size(); ++i) {
    if (i != columns_ && (lines_[i].empty() || lines_[i].starts_with('#'))) continue;
    lines_[i] += i == columns_ ? "\tfirst_seen\tlast_seen" : "\t\t";
  }
}

void DatasetText::append(const PoolEntry& entry, const std::string& comment) {
  if (!entry.first_seen.empty()) make_dated();
  std::size_t end = lines_.size();
  while (end > columns_ + 1 && lines_[end - 1].empty()) --end;
  auto at = lines_.begin() + static_cast<std::ptrdiff_t>(end);
  if (!comment.empty()) at = lines_.insert(at, std::string(kBecause) + comment) + 1;
  lines_.insert(at, row_of(entry, dated_));
}

bool DatasetText::update(const PoolEntry& entry) {
  const auto row = row_with(entry.host);
  if (!row) return false;
  if (!entry.last_seen.empty()) make_dated();
  std::vector<std::string> cells = split(lines_[*row], '\t');
  join_into(cells[1], entry.coins, ',');
  if (cells[2].empty()) cells[2] = entry.pool;
  join_into(cells[3], entry.ports, ';');
  join_into(cells[5], entry.flags, ',');
  join_into(cells[6], entry.sources, ',');
  if (dated_ && !entry.last_seen.empty()) {
    // What was known stays known: the span only grows.
    if (cells[8].empty() || entry.first_seen < cells[8]) cells[8] = entry.first_seen;
    if (cells[9].empty() || entry.last_seen > cells[9]) cells[9] = entry.last_seen;
  }
  lines_[*row] = joined_by(cells, '\t');
  return true;
}

bool DatasetText::remove(std::string_view host) {
  const auto row = row_with(host);
  if (!row) return false;
  std::size_t first = *row;
  if (first > columns_ + 1 && lines_[first - 1].starts_with(kBecause)) --first;
  lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(first), lines_.begin() + static_cast<std::ptrdiff_t>(*row) + 1);
  return true;
}

void DatasetText::set_header(std::string_view key, std::string_view value) {
  for (std::size_t i = 0; i < columns_; ++i)
    if (lines_[i].starts_with("#! " + std::string(key) + ":")) lines_[i] = "#! " + std::string(key) + ": " + std::string(value);
}

std::string DatasetText::text() const { return joined_by(lines_, '\n') + "\n"; }

}  // namespace scanner
