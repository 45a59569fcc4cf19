#include "scanner/protocol/websocket.h"

#include "scanner/protocol/inflater.h"
#include "scanner/protocol/inner_stream.h"
#include "scanner/protocol/json_lines.h"

#include <algorithm>
#include <array>

namespace scanner::websocket {
namespace {

constexpr std::size_t kShortHeader = 2, kMaskSize = 4, kMaxHeader = 14;
constexpr std::uint8_t kFinal = 0x80, kCompressed = 0x40, kReserved = 0x30, kOpcode = 0x0f, kMasked = 0x80;
constexpr std::uint8_t kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPong = 10;
constexpr std::uint8_t kLength16 = 126, kLength64 = 127;
constexpr std::size_t kPiece = 4096;
// What a compressor leaves out at the end of each message (RFC 7692 section 7.2.1).
constexpr std::array<std::uint8_t, 4> kTail = {0x00, 0x00, 0xff, 0xff};

class Reader final : public StreamReader {
 public:
  Reader(FlowSession& session, Direction sender)
      : session_(session), sender_(sender), texts_(json_lines::make_in_messages(session, sender)), stream_(session, sender) {}

  ReadResult read(Bytes bytes, const Moment& moment) override {
    const std::uint64_t end = sent();
    while (!bytes.empty()) {
      if (!in_payload_) {
        take_header(bytes);
        if (in_payload_) frame_end_ = end - bytes.size() + left_;
      } else {
        const Bytes piece = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>({bytes.size(), left_, patience()})));
        bytes = bytes.subspan(piece.size());
        left_ -= piece.size();
        if (!control_ && wanted_) take_payload(piece, moment);
      }
      if (in_payload_ && left_ == 0) frame_ends(moment);
      sent() = end;
      if (failed_ != nullptr) return {ReadState::GaveUp, 0, failed_};
      if (closed_ || !wanted_ || patience() == 0) return {ReadState::Skim};
    }
    return {};
  }

  ReadResult gap(std::uint64_t missing, const Moment& moment) override {
    const bool inside = in_payload_ && missing <= left_ && !(compressed_ && !control_);
    if (!inside) return {ReadState::GaveUp, 0, "bytes of a WebSocket are missing"};
    left_ -= missing;
    mask_at_ += missing;
    if (!control_) lost_ = true;
    if (!control_ && binary_) stream_.lost(moment);
    if (left_ == 0) frame_ends(moment);
    return {};
  }

 private:
  std::uint64_t& sent() { return session_.sent[static_cast<std::size_t>(sender_)]; }
  // How many more bytes of messages are read.
  std::uint64_t patience() const { return control_ || session_.has_conversation() ? UINT64_MAX : kMaxIdle - std::min(carried_, kMaxIdle); }

  std::size_t header_due() const {
    if (header_size_ < kShortHeader) return kShortHeader;
    const std::uint8_t length = header_[1] & ~kMasked;
    return kShortHeader + (length == kLength16 ? 2 : length == kLength64 ? 8 : 0) + ((header_[1] & kMasked) != 0 ? kMaskSize : 0);
  }

  void take_header(Bytes& bytes) {
    const std::size_t piece = std::min(bytes.size(), header_due() - header_size_);
    std::copy_n(bytes.begin(), piece, header_.begin() + static_cast<std::ptrdiff_t>(header_size_));
    header_size_ += piece;
    bytes = bytes.subspan(piece);
    if (header_size_ == header_due()) frame_begins();
  }

  void frame_begins() {
    Cursor cursor(Bytes(header_).first(header_size_));
    const std::uint8_t first = cursor.u8();
    const std::uint8_t length = cursor.u8() & ~kMasked;
    left_ = length == kLength64 ? cursor.be64() : length == kLength16 ? cursor.be16() : length;
    mask_ = cursor.take((header_[1] & kMasked) != 0 ? kMaskSize : 0).size() == kMaskSize;
    mask_at_ = 0;
    final_ = (first & kFinal) != 0;
    opcode_ = first & kOpcode;
    control_ = opcode_ >= kClose;
    header_end_ = header_size_;
    header_size_ = 0;
    in_payload_ = true;
    if (const char* wrong = wrong_with(first)) failed_ = wrong;
    else if (opcode_ == kText || opcode_ == kBinary) message_begins((first & kCompressed) != 0);
  }

  const char* wrong_with(std::uint8_t first) const {
    if ((first & kReserved) != 0 || (opcode_ > kBinary && opcode_ < kClose) || opcode_ > kPong) return "no WebSocket frame";
    if (control_) return final_ && (first & kCompressed) == 0 && left_ < kLength16 ? nullptr : "a control frame of a WebSocket that is none";
    if (left_ >> 62 != 0) return "a WebSocket frame without end";
    if ((opcode_ == kContinuation) != in_message_) return "a fragment of a WebSocket message out of place";
    return opcode_ == kContinuation && (first & kCompressed) != 0 ? "no WebSocket frame" : nullptr;
  }

  void message_begins(bool compressed) {
    in_message_ = true;
    binary_ = opcode_ == kBinary;
    compressed_ = compressed;
    lost_ = false;
    // Whatever the message before left open ended with it.
    if (!binary_) texts_->gap(kUnknownLoss, {});
    if (!compressed) return;
    if (!inflater_) inflater_ = std::make_unique<Inflater>(Inflater::Form::Raw, kMaxMessage);
    inflater_->allow(kMaxMessage);
  }

  void frame_ends(const Moment& moment) {
    in_payload_ = false;
    closed_ = opcode_ == kClose;
    if (control_ || !final_) return;
    if (compressed_ && failed_ == nullptr) inflate(kTail, moment);
    in_message_ = compressed_ = false;
  }

  void take_payload(Bytes bytes, const Moment& moment) {
    carried_ += bytes.size();
    if (lost_ && !binary_ && !compressed_) return;
    std::array<std::uint8_t, kPiece> plain;
    while (!bytes.empty()) {
      const std::size_t size = std::min(bytes.size(), plain.size());
      const std::uint8_t* key = mask_ ? header_.data() + (header_end_ - kMaskSize) : nullptr;
      for (std::size_t i = 0; i < size; ++i) plain[i] = key != nullptr ? bytes[i] ^ key[mask_at_++ % kMaskSize] : bytes[i];
      bytes = bytes.subspan(size);
      if (compressed_) inflate(Bytes(plain).first(size), moment);
      else content(Bytes(plain).first(size), moment);
    }
  }

  void inflate(Bytes bytes, const Moment& moment) {
    inflater_->feed(bytes);
    for (Bytes piece = inflater_->next(); !piece.empty(); piece = inflater_->next()) content(piece, moment);
    if (inflater_->failed()) failed_ = "a compressed WebSocket message that cannot be read";
  }

  void content(Bytes bytes, const Moment& moment) {
    if (binary_) {
      stream_.bytes(bytes, frame_end_, moment);
      return;
    }
    if (lost_) return;
    const CarriedUnit unit(session_, sender_, frame_end_);
    sent() = frame_end_;
    switch (texts_->read(bytes, moment).state) {
      case ReadState::Reading: break;
      case ReadState::Boundary: lost_ = true; break;  // other words, up to the message's end
      default: wanted_ = false;
    }
  }

  FlowSession& session_;
  Direction sender_;
  std::unique_ptr<StreamReader> texts_;
  InnerStream stream_;
  std::unique_ptr<Inflater> inflater_;
  std::array<std::uint8_t, kMaxHeader> header_{};
  std::size_t header_size_ = 0, header_end_ = 0;
  bool in_payload_ = false, control_ = false, final_ = false, mask_ = false;           // of the frame
  bool in_message_ = false, binary_ = false, compressed_ = false, lost_ = false;  // of the message
  bool closed_ = false, wanted_ = true;
  std::uint8_t opcode_ = 0;
  const char* failed_ = nullptr;
  std::uint64_t left_ = 0, mask_at_ = 0;
  std::uint64_t frame_end_ = 0;  // stream position
  std::uint64_t carried_ = 0;    // bytes of messages so far
};

}  // namespace

std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender) {
  return std::make_unique<Reader>(session, sender);
}

}  // namespace scanner::websocket
