// Compressed text on its way: deflate in its three forms, piece by piece and bounded.
#pragma once

#include "scanner/model/bytes.h"

#include <cstdint>
#include <memory>

namespace scanner {

// Memory: about 45 KiB (zlib's state and window, one piece of output). What comes out in all
// does not depend on how the input was cut.
class Inflater {
 public:
  enum class Form : std::uint8_t {
    Gzip,  // RFC 1952
    Zlib,  // RFC 1950, or raw, which servers send as "deflate" too: the first byte tells
    Raw,   // RFC 1951
  };
  // More out for so little in is no text but a bomb; the first kFreeOutput bytes are not judged.
  static constexpr std::uint64_t kMaxRatio = 200, kFreeOutput = 64 << 10;

  // At most `max_output` bytes come out until allow() is called.
  Inflater(Form form, std::uint64_t max_output);
  ~Inflater();

  // Gives it the next bytes, which must live until next() has returned nothing.
  void feed(Bytes bytes);
  // The next piece of output, at most 4 KiB, valid until the next call; empty: it wants more,
  // has ended, or has failed.
  Bytes next();

  // The input contradicts the format, or a bound was hit. For good.
  bool failed() const;
  // All of it came: the format's own end was seen.
  bool ended() const;
  // Starts counting anew, with a window that is kept (WebSocket's context take-over).
  void allow(std::uint64_t max_output);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scanner
