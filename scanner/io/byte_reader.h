// The bytes of a file, a pipe or standard input, decompressed where they are compressed.
#pragma once

#include "scanner/io/decompressor.h"
#include "scanner/model/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace scanner {

enum class ReadStatus {
  Data,  // at least one byte
  Idle,  // a live reader has nothing now
  End,   // nothing follows
};

// Owns its file descriptor (but for standard input) and closes it at the end of the data.
// One thread at a time.
//
// A regular file is read at full length each time. Anything else (pipe, FIFO, socket,
// terminal) is live: read() returns what is there, waits for at most kIdleAfter where
// nothing is, and returns Idle at once when a signal arrives.
class ByteReader {
 public:
  struct Outcome {
    ReadStatus status = ReadStatus::End;
    std::size_t size = 0;
  };
  static constexpr int kIdleAfterMilliseconds = 50;

  // "-" is standard input. Errors name the path: not there, no permission, a directory.
  static Result<ByteReader> open(const std::string& path);
  // Takes over `fd`; `name` is for messages.
  static Result<ByteReader> from_fd(int fd, std::string name);

  ByteReader(ByteReader&& other) noexcept;
  ByteReader& operator=(ByteReader&& other) noexcept;
  ~ByteReader();

  // Reads into the front of `out`, which must not be empty. Damage in compressed data is
  // an Error, given after everything in front of it.
  Result<Outcome> read(std::span<std::uint8_t> out);

  bool live() const { return live_; }
  bool compressed() const { return decompressor_ != nullptr; }
  // Bytes taken from the file so far, before decompression.
  std::uint64_t position() const { return position_; }
  // Of the file, before decompression; 0 where it is live.
  std::uint64_t size() const { return size_; }

 private:
  ByteReader(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  Result<Outcome> read_raw(std::span<std::uint8_t> out);
  Result<Outcome> read_decompressed(std::span<std::uint8_t> out);
  Result<Outcome> detect_compression();
  Result<Outcome> refill_input();
  std::span<std::uint8_t> unread_input() { return std::span(input_).subspan(input_begin_, input_end_ - input_begin_); }
  void close();

  int fd_ = -1;
  std::string name_;
  bool live_ = false;
  bool detected_ = false;
  bool raw_ended_ = false;
  std::uint64_t position_ = 0;
  std::uint64_t size_ = 0;
  std::unique_ptr<Decompressor> decompressor_;
  std::vector<std::uint8_t> input_;  // raw bytes in front of the decompressor, or the magic
  std::size_t input_begin_ = 0;
  std::size_t input_end_ = 0;
  std::string failure_;  // said once what came before it is delivered
};

}  // namespace scanner
