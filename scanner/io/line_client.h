// The other end of a ControlServer: lines to and from a Unix socket. Waits.
#pragma once

#include "scanner/io/file_descriptor.h"
#include "scanner/model/result.h"

#include <string>
#include <utility>

namespace scanner {

class LineClient {
 public:
  static Result<LineClient> connect(const std::string& path);

  Result<void> send(const std::string& line);
  // The next line, without its end. An Error: the other end is gone, or a line is longer than 16 MiB.
  Result<std::string> receive();

 private:
  explicit LineClient(FileDescriptor socket) : socket_(std::move(socket)) {}

  FileDescriptor socket_;
  std::string read_;
};

}  // namespace scanner
