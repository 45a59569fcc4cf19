// A data set of hosts as the text that people keep: edited line by line, so that comments and
// order stay as they are.
#pragma once

#include "scanner/model/result.h"
#include "tools/aupsig/translate/pool_entry.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

class DatasetText {
 public:
  // Refuses what load_dataset refuses, with its first diagnostic, and other kinds than hosts.
  static Result<DatasetText> read(const std::string& file, std::string_view text);

  bool has(std::string_view host) const { return row_with(host).has_value(); }
  // As a new last row, behind a comment where there is one.
  void append(const PoolEntry& entry, const std::string& comment);
  // The row that is there learns of the entry: its source, ports and coins are added, and when
  // it was last seen. False where there is none.
  bool update(const PoolEntry& entry);
  // With the "# because:" line that stands right before it. False where there is none.
  bool remove(std::string_view host);
  // "#! date:" and so on; where it is missing nothing happens.
  void set_header(std::string_view key, std::string_view value);

  std::string text() const;

 private:
  std::optional<std::size_t> row_with(std::string_view host) const;
  void make_dated();

  std::vector<std::string> lines_;
  std::size_t columns_ = 0;  // the line that names them
  bool dated_ = false;
};

}  // namespace scanner
