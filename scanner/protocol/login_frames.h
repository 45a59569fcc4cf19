// What readers of log-ins to databases have in common: they read until the log-in is over, and of
// messages with a head, a length and a body only the first bytes.
#pragma once

#include "scanner/model/bytes.h"
#include "scanner/protocol/parser.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace scanner {

// Known to the readers of both directions.
struct LoginTalk : FlowSession::Shared {
  bool over = false;  // neither reads on
};

class LoginReader : public StreamReader {
 public:
  // `talk` belongs to the flow's session and outlives the reader.
  explicit LoginReader(LoginTalk& talk) : talk_(talk) {}

  ReadResult read(Bytes bytes, const Moment& moment) override {
    while (!bytes.empty() && !talk_.over)
      if (!take(bytes, moment)) break;
    return {talk_.over ? ReadState::Skim : ReadState::Reading};
  }
  ReadResult gap(std::uint64_t, const Moment&) final {
    talk_.over = true;
    return {ReadState::Skim};
  }

 private:
  // Takes a message, or a part of one, from the front of `bytes`. False: more is wanted.
  virtual bool take(Bytes& bytes, const Moment& moment) = 0;

  LoginTalk& talk_;
};

inline constexpr std::size_t kLoginBytes = 512;  // kept of a body; the rest is passed over

// Puts one message after another together, of one direction. `Head`: bytes of a head.
template <std::size_t Head>
class LoginFrame {
 public:
  // Takes from the front of `bytes`. The first kLoginBytes of a body, once all of it has come;
  // nothing: more is wanted. `size_of`: bytes of the body by its head. Call next() then.
  template <typename SizeOf>
  std::optional<Bytes> take(Bytes& bytes, SizeOf size_of) {
    while (have_head_ < Head) {
      if (bytes.empty()) return {};
      head_[have_head_++] = bytes.front();
      bytes = bytes.subspan(1);
      if (have_head_ == Head) size_ = size_of(Bytes(head_));
    }
    const std::size_t taken = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), size_ - passed_));
    const std::size_t kept = std::min(taken, kLoginBytes - kept_);
    std::copy_n(bytes.begin(), kept, body_.begin() + static_cast<std::ptrdiff_t>(kept_));
    kept_ += kept;
    passed_ += taken;
    bytes = bytes.subspan(taken);
    if (passed_ < size_) return {};
    return Bytes(body_).first(kept_);
  }
  void next() { have_head_ = kept_ = passed_ = 0; }

  bool between() const { return have_head_ == 0; }  // messages: the next byte begins one
  Bytes head() const { return head_; }
  std::size_t size() const { return size_; }  // of the whole body

 private:
  std::array<std::uint8_t, Head> head_{};
  std::array<std::uint8_t, kLoginBytes> body_{};
  std::size_t have_head_ = 0, kept_ = 0, passed_ = 0, size_ = 0;
};

// A number for a name and what was said to be its password. Never 0.
inline std::uint64_t credentials_number(std::uint64_t name, std::string_view password) {
  const std::uint64_t number = fnv1a(password) ^ name * 0x9e3779b97f4a7c15U;
  return number == 0 ? 1 : number;
}

inline std::string_view text_before_nul(Bytes bytes) {
  const std::string_view text = as_text(bytes);
  return text.substr(0, text.find('\0'));
}

}  // namespace scanner
