// A stream inside a stream: what a carrier (WebSocket messages, decrypted TLS records)
// brings of one direction goes through the probes and readers of the catalog like a flow's
// own bytes. Both directions share the flow's session, and so its one conversation.
//
// A reader that carries owns one InnerStream and feeds it in read(). Carriers that end after
// a handshake and leave the bytes as they are (CONNECT, SOCKS) need none: they return
// Boundary, and the dispatcher probes what follows.
//
// Carriers may lie in carriers, kMaxDepth deep; what lies deeper is not looked at.
#pragma once

#include "scanner/protocol/dispatcher.h"

#include <cstdint>
#include <span>

namespace scanner {

class InnerStream {
 public:
  static constexpr int kMaxDepth = 4;

  // `session` outlives it. The catalog is a parameter for tests.
  InnerStream(FlowSession& session, Direction sender, std::span<const StreamProtocol> streams = stream_protocols());

  // `bytes` came in a unit of the carrier (a frame, a record) that ends at position `end` of
  // the stream that the carrier itself reads. All that is in the unit is taken to end there:
  // acknowledgements are compared with that, whatever the unit's framing and compression.
  // False: nothing more can matter, unless the other direction turns out to hold a
  // conversation. The carrier may go on calling, which is cheap then, or stop.
  bool bytes(Bytes bytes, std::uint64_t end, const Moment& moment);

  // Some bytes will never come; the carrier cannot say how many. What follows is searched for
  // a start. Same answer.
  bool lost(const Moment& moment);

 private:
  FlowSession& session_;
  Direction sender_;
  Dispatcher dispatcher_;
  std::uint64_t position_ = 0;  // of the next byte, in the inner stream
};

// While one lives, what `sender` says is taken to end at `end`, a position in the stream
// that the carrier reads. Of several inside each other the outermost counts.
class CarriedUnit {
 public:
  CarriedUnit(FlowSession& session, Direction sender, std::uint64_t end);
  ~CarriedUnit();
  CarriedUnit(const CarriedUnit&) = delete;
  CarriedUnit& operator=(const CarriedUnit&) = delete;

  int depth() const;  // 1: the outermost

 private:
  FlowSession::Carried& carried_;
};

}  // namespace scanner
