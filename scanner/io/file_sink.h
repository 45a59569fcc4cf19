// Events as NDJSON in a file, which is rotated by size.
#pragma once

#include "scanner/io/disk.h"
#include "scanner/io/sink.h"

#include <cstdint>
#include <memory>
#include <string>

namespace scanner {

struct FileSinkOptions {
  std::string path;  // its directory is there
  std::uint64_t rotate_bytes = 128 * 1024 * 1024;  // 0: somebody else rotates it
  std::uint64_t keep = 10;                         // PATH.1 (the youngest) to PATH.keep
  bool sync = true;  // before an event counts as delivered; false: a power cut may take some
};

// An incomplete last line (of a process that was killed) is cut off at opening: its event
// was not acknowledged and comes again. Anything that fails is Retry.
class FileSink final : public Sink {
 public:
  FileSink(FileSinkOptions options, Disk& disk) : options_(std::move(options)), disk_(disk) {}

  BatchLimits limits() const override { return {}; }
  SinkAnswer deliver(std::span<const Outgoing> events) override;
  void reopen() override { file_.reset(); }

 private:
  DiskResult<void> open();
  DiskResult<void> rotate();
  DiskResult<void> write(const std::string& lines);

  FileSinkOptions options_;
  Disk& disk_;
  std::unique_ptr<DiskFile> file_;
  std::uint64_t size_ = 0;
};

}  // namespace scanner
