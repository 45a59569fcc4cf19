// A place to write results to, which says when it could not.
#pragma once

#include "scanner/model/result.h"

#include <string>
#include <string_view>

namespace scanner {

// A file (made with the mode that umask leaves of 0666, or replaced in place) or standard
// output. Every write goes out at once and whole, or is an Error that names the place: a
// full disk, a pipe that nobody reads any more (SIGPIPE must be ignored; main() sees to it).
// After the first Error every write gives it again. One thread at a time.
class OutputFile {
 public:
  static Result<OutputFile> open(const std::string& path);  // "-": standard output
  static OutputFile standard_output();

  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&& other) noexcept;
  ~OutputFile();

  Result<void> write(std::string_view text);
  // Some file systems tell only now that the disk is full. Standard output stays open.
  Result<void> close();

 private:
  OutputFile(int fd, std::string name, bool owned) : fd_(fd), owned_(owned), name_(std::move(name)) {}

  int fd_ = -1;
  bool owned_ = false;
  std::string name_;
  std::string failure_;
};

}  // namespace scanner
