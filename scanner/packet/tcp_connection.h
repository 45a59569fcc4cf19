// What a TCP connection is apart from its bytes: who opened it, whether it is over, and
// whether a packet belongs to it or starts another on the same addresses.
#pragma once

#include "scanner/packet/tcp_stream.h"

#include <cstdint>

namespace scanner {

struct TcpConnection {
  TcpStreams streams;
  // A SYN in the midst of a live connection: another one opens, or somebody forges. It
  // counts once the other side answered it or its sender went on from there.
  std::uint32_t candidate_sequence = 0;
  Direction candidate_from = Direction::FromInitiator;
  bool has_candidate = false;
  bool beyond_syn = false;         // a packet without SYN was seen
  bool reset[2] = {false, false};  // by Direction: sent an RST, and nothing new since
};

// Who the initiator of an unknown tuple is, given its first packet.
// - A SYN's sender; a SYN-ACK's receiver.
// - Mid-stream: the sender, unless its port says that it serves: below 1024 while the
//   other's is not, or below 32768 while the other's is ephemeral (32768 and up).
// Datagrams: the sender.
Direction first_direction(const Decoded& packet);

enum class Belonging : std::uint8_t {
  Belongs,
  Another,  // the first packet of another connection: end this one
  Resumes,  // belongs to another connection, whose SYN was the candidate
  Stray,    // of no connection that is known: to be counted only
};

// For packets with a SYN, and for others while there is a candidate. May note a candidate.
Belonging judge(TcpConnection& tcp, const Flow& flow, Direction d, const Decoded& packet);

// Takes note of an RST if it is in the window.
void note_reset(TcpConnection& tcp, Direction d, const TcpFields& fields);

// A FIN from every side that was seen, or an RST.
bool is_closing(const TcpConnection& tcp, const Flow& flow);

// A FIN from both sides, and nothing is missing in front of it.
bool has_said_all(const TcpConnection& tcp);

}  // namespace scanner
