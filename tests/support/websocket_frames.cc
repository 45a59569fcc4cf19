#include "tests/support/websocket_frames.h"

#define ZLIB_CONST  // zlib takes input that it may not write
#include <zlib.h>

#include <array>
#include <stdexcept>

namespace scanner {
namespace {

constexpr int kMaxWindow = 15, kGzip = 16, kMemory = 8;

void begin(z_stream& stream, int window_bits) {
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, window_bits, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("zlib does not begin");
}

std::string run(z_stream& stream, std::string_view text, int flush) {
  std::string out;
  std::array<char, 4096> piece;
  stream.next_in = reinterpret_cast<const Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  do {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    deflate(&stream, flush);
    out.append(piece.data(), piece.size() - stream.avail_out);
  } while (stream.avail_out == 0);
  return out;
}

}  // namespace

std::string deflated(std::string_view text, DeflateForm form) {
  z_stream stream{};
  begin(stream, form == DeflateForm::Raw ? -kMaxWindow : form == DeflateForm::Gzip ? kMaxWindow + kGzip : kMaxWindow);
  std::string out = run(stream, text, Z_FINISH);
  deflateEnd(&stream);
  return out;
}

struct MessageDeflater::State {
  z_stream stream{};
  bool keeps_context = true;
};

MessageDeflater::MessageDeflater(bool keeps_context, int window_bits) : state_(std::make_unique<State>()) {
  state_->keeps_context = keeps_context;
  begin(state_->stream, -window_bits);
}
MessageDeflater::~MessageDeflater() { deflateEnd(&state_->stream); }

std::string MessageDeflater::message(std::string_view text) {
  if (!state_->keeps_context) deflateReset(&state_->stream);
  std::string out = run(state_->stream, text, Z_SYNC_FLUSH);
  out.resize(out.size() - 4);
  return out;
}

std::string websocket_frame(FrameKind kind, std::string_view payload, std::string_view mask) {
  std::string out;
  const auto put = [&](std::uint64_t byte) { out += static_cast<char>(byte & 0xff); };
  put((kind.final ? 0x80U : 0U) | (kind.compressed ? 0x40U : 0U) | kind.opcode);
  const unsigned masked = mask.empty() ? 0 : 0x80;
  const std::uint64_t size = payload.size();
  const int wide = size < 126 ? 0 : size < 65536 ? 2 : 8;
  put(masked | (wide == 0 ? size : wide == 2 ? 126 : 127));
  for (int i = wide - 1; i >= 0; --i) put(size >> (8 * i));
  out += mask;
  for (std::size_t i = 0; i < payload.size(); ++i) out += mask.empty() ? payload[i] : static_cast<char>(payload[i] ^ mask[i % 4]);
  return out;
}

}  // namespace scanner
