// Stratum V2 without encryption (stratum-mining/sv2-spec, chapter 3): frames of a header of
// six bytes and a payload. The specification allows that on local links only; its encrypted
// form is in sealed_shapes.cc.
//
// A direction begins with SetupConnection or its answer, or is picked up at any message that
// is_start() lets pass. A frame of an extension is skipped; a type that the specification
// does not know, or a payload whose layout contradicts its type, ends the reading. Kept: the
// first kReadBytes of one payload, and nothing where it lies whole in the piece that is read.
#include "scanner/protocol/parser.h"
#include "scanner/protocol/stratum2_conversation.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace scanner::stratum2 {
namespace {

constexpr std::uint32_t kMaxExtensionPayload = 64 << 10;
// Extensions in use have small numbers, so a frame's first byte is small.
constexpr std::uint8_t kMaxFirstByte = 0x0f;

class Reader final : public StreamReader {
 public:
  Reader(FlowSession& session, Direction sender) : session_(session), sender_(sender) {}

  ReadResult read(Bytes bytes, const Moment& moment) override {
    std::size_t at = 0;
    while (at < bytes.size()) {
      if (payload_left_ > 0) {
        at += take_payload(bytes.subspan(at), moment);
      } else {
        if (header_size_ == 0 && bytes[at] > kMaxFirstByte) return {ReadState::Boundary, at};
        const std::size_t piece = std::min(bytes.size() - at, kHeaderBytes - header_size_);
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), piece,
                    header_.begin() + static_cast<std::ptrdiff_t>(header_size_));
        header_size_ += piece;
        at += piece;
        if (header_size_ == kHeaderBytes && !begin()) return {ReadState::GaveUp, 0, "not a message of this protocol"};
      }
      if (contradicted_) return {ReadState::GaveUp, 0, "a payload of another layout than its type has"};
    }
    return {};
  }

  // Goes on where the hole lies within one payload; else another start has to be found.
  ReadResult gap(std::uint64_t missing, const Moment&) override {
    if (header_size_ > 0 || missing > payload_left_) return {ReadState::Boundary, 0};
    payload_left_ -= static_cast<std::uint32_t>(missing);
    facts_ = nullptr;
    kept_.clear();
    return {};
  }

 private:
  // A header is complete. False: it is none.
  bool begin() {
    header_size_ = 0;
    kept_.clear();
    const Header header = read_header(header_);
    payload_left_ = length_ = header.length;
    facts_ = header.extension == 0 ? find_type(header.type) : nullptr;
    if (header.extension != 0) return header.length <= kMaxExtensionPayload;
    return facts_ && length_ >= facts_->min && length_ <= facts_->max;
  }

  std::size_t take_payload(Bytes bytes, const Moment& moment) {
    const Bytes piece = bytes.first(std::min<std::size_t>(bytes.size(), payload_left_));
    const bool whole = piece.size() == length_;
    payload_left_ -= static_cast<std::uint32_t>(piece.size());
    if (!facts_) return piece.size();
    if (!whole)
      kept_.insert(kept_.end(), piece.begin(),
                   piece.begin() + static_cast<std::ptrdiff_t>(std::min(piece.size(), kReadBytes - kept_.size())));
    if (payload_left_ > 0) return piece.size();
    const auto message =
        read_message(*facts_, whole ? piece.first(std::min(piece.size(), kReadBytes)) : Bytes(kept_), length_);
    contradicted_ = !message;
    if (message) {
      std::uint64_t& sent = session_.sent[static_cast<std::size_t>(sender_)];
      const std::uint64_t end = sent;
      sent = end - (bytes.size() - piece.size());
      session_.stratum2().message(sender_, *message, moment);
      sent = end;
    }
    return piece.size();
  }

  FlowSession& session_;
  Direction sender_;
  std::array<std::uint8_t, kHeaderBytes> header_{};
  std::size_t header_size_ = 0;
  const TypeFacts* facts_ = nullptr;  // null: the payload is skipped
  std::uint32_t length_ = 0, payload_left_ = 0;
  bool contradicted_ = false;
  std::vector<std::uint8_t> kept_;
};

// Only the bytes that decide at once: what any header of a start has.
bool may_be_header(Bytes start) {
  return start[0] == 0 && (start.size() < 2 || (start[1] & 0x7f) == 0) && (start.size() < 3 || find_type(start[2]));
}

// Could a whole header be a start's? Almost none in binary data could, and this is cheap.
bool is_plausible(Bytes six) {
  if (six[0] != 0 || (six[1] & 0x7f) != 0) return false;
  const std::uint32_t length = std::uint32_t{six[3]} | std::uint32_t{six[4]} << 8U | std::uint32_t{six[5]} << 16U;
  const TypeFacts* facts = length == 0 ? nullptr : find_type(six[2]);
  return facts && length >= facts->min && length <= facts->max;
}

// How many bytes settle it.
std::size_t bytes_to_judge(Bytes start) {
  return std::min<std::size_t>(kProbeBytes, kHeaderBytes + read_header(start).length);
}

}  // namespace

Probe probe(Bytes start) {
  if (start.empty()) return Probe::NeedMore;
  if (!may_be_header(start)) return Probe::No;
  if (start.size() < kHeaderBytes || start.size() < bytes_to_judge(start)) return Probe::NeedMore;
  return is_start(start.first(bytes_to_judge(start))) ? Probe::Yes : Probe::No;
}

std::optional<std::size_t> resync(Bytes bytes) {
  for (std::size_t at = 1; at + kHeaderBytes <= bytes.size(); ++at) {
    if (bytes[at] != 0) {
      const void* zero = std::memchr(&bytes[at], 0, bytes.size() - kHeaderBytes + 1 - at);
      if (zero == nullptr) break;
      at = static_cast<std::size_t>(static_cast<const std::uint8_t*>(zero) - bytes.data());
    }
    const Bytes rest = bytes.subspan(at);
    if (!is_plausible(rest)) continue;
    if (rest.size() >= bytes_to_judge(rest) && is_start(rest.first(bytes_to_judge(rest)))) return at;
  }
  return std::nullopt;
}

std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender) {
  return std::make_unique<Reader>(session, sender);
}

}  // namespace scanner::stratum2
