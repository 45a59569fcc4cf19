// WebSocket frames and compressed text, for tests and made-up traffic.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace scanner {

enum class DeflateForm : std::uint8_t { Raw, Zlib, Gzip };
std::string deflated(std::string_view text, DeflateForm form);

// permessage-deflate: messages of one direction, with one window (RFC 7692).
class MessageDeflater {
 public:
  explicit MessageDeflater(bool keeps_context, int window_bits = 15);
  ~MessageDeflater();
  std::string message(std::string_view text);  // without the four bytes at its end

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct FrameKind {
  std::uint8_t opcode = 1;  // 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong
  bool final = true, compressed = false;
};
// `mask`: four bytes, or empty for a server's frames.
std::string websocket_frame(FrameKind kind, std::string_view payload, std::string_view mask = "");

}  // namespace scanner
