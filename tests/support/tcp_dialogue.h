// A TCP conversation for tests: who says what, with the sequence numbers worked out.
//
//   TcpDialogue talk;
//   talk.handshake().client("hello\n").server("welcome\n").client_acks().close();
//   for (const TcpSegment& segment : talk.segments) feed(talk.packet(segment), segment.at);
//
// The segments are plain values, to be dropped, repeated, re-cut and reordered at will.
#pragma once

#include "scanner/model/flow_ref.h"
#include "scanner/model/time.h"
#include "tests/support/packet_builder.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace scanner::test {

struct TcpSegment {
  Timestamp at;
  Direction from = Direction::FromInitiator;  // the client
  std::uint32_t sequence = 0, acknowledgement = 0;
  std::string flags = "A";  // of "SAFRPU"
  std::string payload;
};

class TcpDialogue {
 public:
  std::string client_address = "192.0.2.1", server_address = "198.51.100.2";
  std::uint16_t client_port = 40000, server_port = 3333;
  std::uint32_t client_sequence = 1000, server_sequence = 900000;  // of the next byte
  Timestamp at{1'700'000'000'000'000'000};
  Duration step = std::chrono::milliseconds(10);  // between segments

  std::vector<TcpSegment> segments;

  TcpDialogue& handshake();
  TcpDialogue& client(std::string_view text);
  TcpDialogue& server(std::string_view text);
  TcpDialogue& client_acks();
  TcpDialogue& server_acks();
  TcpDialogue& client_closes();
  TcpDialogue& server_closes();
  TcpDialogue& close() { return client_closes().server_closes().client_acks(); }
  TcpDialogue& client_resets();
  TcpDialogue& server_resets();
  TcpDialogue& wait(Duration duration);
  // Bytes that are sent and that the capture lost.
  TcpDialogue& client_loses(std::uint32_t bytes);
  TcpDialogue& server_loses(std::uint32_t bytes);

  TcpDialogue& say(Direction from, std::string_view flags, std::string_view text = {});

  // As an Ethernet frame.
  Buffer packet(const TcpSegment& segment) const;
};

// The segment in pieces of these lengths, which add up to its payload's: sequence numbers go
// on, SYN stays with the first and FIN with the last, time and acknowledgement are kept.
std::vector<TcpSegment> cut(const TcpSegment& segment, const std::vector<std::size_t>& lengths);

}  // namespace scanner::test
