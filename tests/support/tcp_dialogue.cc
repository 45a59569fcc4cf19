#include "tests/support/tcp_dialogue.h"

#include <algorithm>

namespace scanner::test {

TcpDialogue& TcpDialogue::say(Direction from, std::string_view flags, std::string_view text) {
  const bool client = from == Direction::FromInitiator;
  std::uint32_t& own = client ? client_sequence : server_sequence;
  const std::uint32_t other = client ? server_sequence : client_sequence;
  const bool acknowledges = flags.find('A') != std::string_view::npos;
  segments.push_back({at, from, own, acknowledges ? other : 0, std::string(flags), std::string(text)});
  own += static_cast<std::uint32_t>(text.size());
  if (flags.find_first_of("SF") != std::string_view::npos) ++own;
  at = at + step;
  return *this;
}

TcpDialogue& TcpDialogue::handshake() {
  return say(Direction::FromInitiator, "S").say(Direction::FromResponder, "SA").say(Direction::FromInitiator, "A");
}
TcpDialogue& TcpDialogue::client(std::string_view text) { return say(Direction::FromInitiator, "PA", text); }
TcpDialogue& TcpDialogue::server(std::string_view text) { return say(Direction::FromResponder, "PA", text); }
TcpDialogue& TcpDialogue::client_acks() { return say(Direction::FromInitiator, "A"); }
TcpDialogue& TcpDialogue::server_acks() { return say(Direction::FromResponder, "A"); }
TcpDialogue& TcpDialogue::client_closes() { return say(Direction::FromInitiator, "FA"); }
TcpDialogue& TcpDialogue::server_closes() { return say(Direction::FromResponder, "FA"); }
TcpDialogue& TcpDialogue::client_resets() { return say(Direction::FromInitiator, "R"); }
TcpDialogue& TcpDialogue::server_resets() { return say(Direction::FromResponder, "R"); }

TcpDialogue& TcpDialogue::wait(Duration duration) {
  at = at + duration;
  return *this;
}
TcpDialogue& TcpDialogue::client_loses(std::uint32_t bytes) {
  client_sequence += bytes;
  return *this;
}
TcpDialogue& TcpDialogue::server_loses(std::uint32_t bytes) {
  server_sequence += bytes;
  return *this;
}

Buffer TcpDialogue::packet(const TcpSegment& segment) const {
  const bool client = segment.from == Direction::FromInitiator;
  PacketBuilder builder;
  builder.ethernet().ip(client ? client_address : server_address, client ? server_address : client_address);
  const TcpHeader header{segment.sequence, segment.acknowledgement, segment.flags};
  builder.tcp(client ? client_port : server_port, client ? server_port : client_port, header);
  return builder.payload(segment.payload).build();
}

std::vector<TcpSegment> cut(const TcpSegment& segment, const std::vector<std::size_t>& lengths) {
  std::vector<TcpSegment> pieces;
  std::size_t begin = 0;
  std::uint32_t sequence = segment.sequence;
  for (const std::size_t length : lengths) {
    const std::size_t end = std::min(begin + length, segment.payload.size());
    TcpSegment piece = segment;
    piece.payload = segment.payload.substr(begin, end - begin);
    piece.sequence = sequence;
    if (begin != 0) std::erase(piece.flags, 'S');
    if (end != segment.payload.size()) std::erase(piece.flags, 'F');
    sequence += static_cast<std::uint32_t>(end - begin);
    if (piece.flags.find('S') != std::string::npos) ++sequence;
    pieces.push_back(piece);
    begin = end;
  }
  return pieces;
}

}  // namespace scanner::test
