#include "scanner/protocol/inflater.h"

#define ZLIB_CONST  // zlib takes input that it may not write
#include <zlib.h>

#include <algorithm>
#include <array>

namespace scanner {
namespace {

// zlib's codes for the window's size and the format round the data.
constexpr int kWindowBits = 15, kGzipToo = 16;
constexpr std::size_t kPiece = 4096;

// The low half of a zlib stream's first byte is its method, 8; that of a raw one tells the
// first block's type there, and 8 would be a stored block with bits that are not used.
bool is_zlib(std::uint8_t first) { return (first & 0x0f) == 8; }

}  // namespace

class Inflater::Impl {
 public:
  Impl(Form form, std::uint64_t max_output) : form_(form), left_(max_output) {}
  ~Impl() {
    if (begun_) inflateEnd(&stream_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void feed(Bytes bytes) {
    if (failed_ || ended_ || bytes.empty()) return;
    if (!begun_) begin(bytes[0]);
    stream_.next_in = bytes.data();
    stream_.avail_in = static_cast<uInt>(bytes.size());
    in_ += bytes.size();
    more_ = true;
  }

  Bytes next() {
    if (failed_ || ended_ || !begun_ || !more_) return {};
    stream_.next_out = out_.data();
    stream_.avail_out = static_cast<uInt>(out_.size());
    const int result = inflate(&stream_, Z_SYNC_FLUSH);
    const std::size_t made = out_.size() - stream_.avail_out;
    ended_ = result == Z_STREAM_END;
    more_ = stream_.avail_out == 0 || stream_.avail_in > 0;
    failed_ = (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) || made > left_;
    left_ -= std::min<std::uint64_t>(made, left_);
    total_ += made;
    failed_ = failed_ || (total_ > kFreeOutput && total_ / kMaxRatio > in_);
    if (made == 0) more_ = false;
    return failed_ ? Bytes() : Bytes(out_).first(made);
  }

  void allow(std::uint64_t max_output) {
    left_ = max_output;
    in_ = total_ = 0;
  }
  bool failed() const { return failed_; }
  bool ended() const { return ended_; }

 private:
  void begin(std::uint8_t first) {
    const bool raw = form_ == Form::Raw || (form_ == Form::Zlib && !is_zlib(first));
    const int bits = raw ? -kWindowBits : form_ == Form::Gzip ? kWindowBits + kGzipToo : kWindowBits;
    begun_ = inflateInit2(&stream_, bits) == Z_OK;
    failed_ = !begun_;
  }

  Form form_;
  z_stream stream_{};
  bool begun_ = false, ended_ = false, failed_ = false, more_ = false;
  std::uint64_t left_, in_ = 0, total_ = 0;
  std::array<std::uint8_t, kPiece> out_;
};

Inflater::Inflater(Form form, std::uint64_t max_output) : impl_(std::make_unique<Impl>(form, max_output)) {}
Inflater::~Inflater() = default;

void Inflater::feed(Bytes bytes) { impl_->feed(bytes); }
Bytes Inflater::next() { return impl_->next(); }
bool Inflater::failed() const { return impl_->failed(); }
bool Inflater::ended() const { return impl_->ended(); }
void Inflater::allow(std::uint64_t max_output) { impl_->allow(max_output); }

}  // namespace scanner
