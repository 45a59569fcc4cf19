// WebSocket (RFC 6455) in one direction, from behind the handshake on, with compressed
// messages (permessage-deflate, RFC 7692).
//
// Text messages are read as JSON texts, one or several a message; none spans two. The binary
// ones together are a stream, as tunnels use them, and go to the probes. Compression needs no
// negotiated parameter: a message says itself whether it is compressed, and a window of the
// full size, kept from message to message, decodes what smaller or fresh ones made.
//
// Bounded: 14 bytes of a header, one JSON text, an Inflater where something is compressed. A
// direction that has brought kMaxIdle bytes while the flow has no conversation is skimmed. A
// hole inside an uncompressed message costs that message; any other ends the reading.
#pragma once

#include "scanner/protocol/parser.h"

#include <cstdint>
#include <memory>

namespace scanner::websocket {

inline constexpr std::uint64_t kMaxIdle = 256 << 10;
inline constexpr std::uint64_t kMaxMessage = 1 << 20;  // of one compressed message, inflated

std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender);

}  // namespace scanner::websocket
