// Turns → the packets of one conversation, still without headers: TCP's opening, segments,
// acknowledgements and closing, or datagrams; then what a network does to them.
#pragma once

#include "tools/trafficgen/talk.h"

#include <cstdint>
#include <string>
#include <vector>

namespace scanner::trafficgen {

struct Segment {
  Duration at{};  // since the conversation began
  Side from = Side::Client;
  bool syn = false, ack = false, fin = false, rst = false;
  std::uint32_t sequence = 0, acknowledgement = 0;
  std::string payload;
};

// One whole TCP connection. Initial sequence numbers are drawn, so that some scenarios wrap.
std::vector<Segment> carry_tcp(const Conversation& conversation, std::vector<Turn> turns, Random& random);
std::vector<Segment> carry_udp(const std::vector<Turn>& turns);

// Retransmissions, duplicates, reordering, what the capture lost or never saw.
void impair(const Conversation& conversation, std::vector<Segment>& segments, Random& random);

}  // namespace scanner::trafficgen
