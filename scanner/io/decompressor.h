// gzip (RFC 1952) and zstd (RFC 8878) streams, a step at a time, concatenated members
// and frames included.
#pragma once

#include "scanner/model/bytes.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace scanner {

// Memory is bounded: 32 KiB of history for gzip; for zstd the window that the stream asks
// for, refused above 128 MiB. One thread at a time.
class Decompressor {
 public:
  struct Step {
    std::size_t consumed = 0;
    std::size_t produced = 0;
    std::string error;  // not empty: the stream is damaged behind what was produced
  };

  virtual ~Decompressor() = default;

  // Reads from `in`, writes to `out`, and says how far it got in both. Where it moved in
  // neither and gave no error, it needs more input.
  virtual Step step(Bytes in, std::span<std::uint8_t> out) = 0;

  // True where the input may end: at the end of a member or frame.
  virtual bool complete() const = 0;
};

// Bytes that make_decompressor() wants to see.
inline constexpr std::size_t kCompressionMagicSize = 4;

// The decompressor for a stream that begins with `magic`; null where it is not compressed.
std::unique_ptr<Decompressor> make_decompressor(Bytes magic);

}  // namespace scanner
