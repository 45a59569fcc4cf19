// The other end of a ControlServer: lines to and from a Unix socket. Waits.
#pragma once

#include "scanner/model/result.h"

#include <string>

namespace scanner {

class LineClient {
 public:
  static Result<LineClient> connect(const std::string& path);
  LineClient(LineClient&& other) noexcept;
  LineClient& operator=(LineClient&&) = delete;
  ~LineClient();

  Result<void> send(const std::string& line);
  // The next line, without its end. An Error: the other end is gone, or a line is longer than 16 MiB.
  Result<std::string> receive();

 private:
  explicit LineClient(int fd) : fd_(fd) {}
  int fd_;
  std::string read_;
};

}  // namespace scanner
