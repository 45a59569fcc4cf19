// The shipped pack, copied and changed; without mining.software, which takes a second to compile
// and which no made-up traffic needs.
#pragma once

#include "scanner/io/text_file.h"
#include "tests/support/temp_directory.h"
#include "places.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace scanner::test {

class PackCopy {
 public:
  PackCopy() {
    std::filesystem::copy(AUPSCAN_SOURCE_DIR "/signatures", path(), std::filesystem::copy_options::recursive);
    std::filesystem::remove_all(path() + "/mining.software");
  }

  std::string path() const { return directory_.file("pack"); }
  void write(const std::string& place, const std::string& text) const { std::ofstream(path() + "/" + place) << text; }
  void remove(const std::string& place) const {
    if (!std::filesystem::remove(path() + "/" + place)) throw std::runtime_error(place + " is not in the pack");
  }
  // Throws where `from` is not there.
  void replace(const std::string& place, const std::string& from, const std::string& to) const {
    std::string text = read_text_file(path() + "/" + place).value();
    const std::size_t at = text.find(from);
    if (at == std::string::npos) throw std::runtime_error(place + " does not hold " + from);
    write(place, text.replace(at, from.size(), to));
  }

 private:
  TempDirectory directory_;
};

}  // namespace scanner::test
