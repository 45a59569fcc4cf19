#include "scanner/io/decompressor.h"

#include <zlib.h>
#include <zstd.h>
#include <algorithm>
#include <limits>

namespace scanner {
namespace {

constexpr int kZstdMaxWindowLog = 27;
constexpr std::size_t kSmallestFrame = 5;  // bytes of a zstd frame header that has nothing optional

class GzipDecompressor : public Decompressor {
 public:
  GzipDecompressor() { ready_ = inflateInit2(&stream_, 15 + 16) == Z_OK; }
  ~GzipDecompressor() override {
    if (ready_) inflateEnd(&stream_);
  }
  GzipDecompressor(const GzipDecompressor&) = delete;
  GzipDecompressor& operator=(const GzipDecompressor&) = delete;

  Step step(Bytes in, std::span<std::uint8_t> out) override {
    if (!ready_) return {0, 0, "no memory to decompress with"};
    Step step;
    if (between_members_) {
      // Tapes and some tools pad with zeros behind the last member.
      step.consumed = static_cast<std::size_t>(
          std::find_if(in.begin(), in.end(), [](std::uint8_t byte) { return byte != 0; }) - in.begin());
      if (step.consumed == in.size()) return step;
      if (in[step.consumed] != 0x1f) {
        step.error = "bytes behind the gzip data that are not gzip data";
        return step;
      }
      inflateReset(&stream_);
      between_members_ = false;
    }
    inflate_into(in.subspan(step.consumed), out, step);
    return step;
  }

  bool complete() const override { return between_members_; }

 private:
  void inflate_into(Bytes in, std::span<std::uint8_t> out, Step& step) {
    constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
    const auto in_size = static_cast<uInt>(std::min(in.size(), kMost));
    const auto out_size = static_cast<uInt>(std::min(out.size(), kMost));
    stream_.next_in = const_cast<Bytef*>(in.data());
    stream_.avail_in = in_size;
    stream_.next_out = out.data();
    stream_.avail_out = out_size;
    const int status = inflate(&stream_, Z_NO_FLUSH);
    step.consumed += in_size - stream_.avail_in;
    step.produced = out_size - stream_.avail_out;
    if (status == Z_STREAM_END)
      between_members_ = true;
    else if (status != Z_OK && status != Z_BUF_ERROR)
      step.error = std::string("the gzip data are damaged (") + (stream_.msg ? stream_.msg : "unknown reason") + ")";
  }

  z_stream stream_{};
  bool ready_ = false;
  bool between_members_ = false;
};

class ZstdDecompressor : public Decompressor {
 public:
  ZstdDecompressor() : stream_(ZSTD_createDCtx()) {
    if (stream_) ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kZstdMaxWindowLog);
  }
  ~ZstdDecompressor() override { ZSTD_freeDCtx(stream_); }
  ZstdDecompressor(const ZstdDecompressor&) = delete;
  ZstdDecompressor& operator=(const ZstdDecompressor&) = delete;

  Step step(Bytes in, std::span<std::uint8_t> out) override {
    if (!stream_) return {0, 0, "no memory to decompress with"};
    // Nothing to read, and nothing left inside: asking would open a frame that is not there.
    if (in.empty() && frame_done_) return {};
    // No more at a time than the decoder wants for its next block: an error forgets all
    // that the call has written.
    ZSTD_inBuffer from{in.data(), std::min(in.size(), wanted_), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const std::size_t status = ZSTD_decompressStream(stream_, &to, &from);
    Step step{from.pos, to.pos, {}};
    if (ZSTD_isError(status)) {
      step.error = std::string("the zstd data are damaged (") + ZSTD_getErrorName(status) + ")";
    } else if (step.consumed > 0 || step.produced > 0) {
      frame_done_ = status == 0;
      wanted_ = frame_done_ ? kSmallestFrame : status;
    }
    return step;
  }

  bool complete() const override { return frame_done_; }

 private:
  ZSTD_DCtx* stream_;
  bool frame_done_ = false;
  std::size_t wanted_ = kSmallestFrame;
};

}  // namespace

std::unique_ptr<Decompressor> make_decompressor(Bytes magic) {
  if (magic.size() >= 2 && magic[0] == 0x1f && magic[1] == 0x8b) return std::make_unique<GzipDecompressor>();
  if (magic.size() < kCompressionMagicSize) return nullptr;
  const std::uint32_t number = Cursor(magic).le32();
  constexpr std::uint32_t kFrame = 0xfd2fb528;
  constexpr std::uint32_t kSkippable = 0x184d2a50;  // sixteen of them, told apart by the low four bits
  if (number == kFrame || (number & 0xfffffff0) == kSkippable) return std::make_unique<ZstdDecompressor>();
  return nullptr;
}

}  // namespace scanner
