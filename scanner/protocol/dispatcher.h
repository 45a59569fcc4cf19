// Finds out what each direction of a flow speaks and hands its bytes to the right reader.
//
// Per direction: the first bytes are shown to every probe of the catalog until one says Yes
// or all say No; a reader that ends at a message boundary sends the direction back to the
// probes (dialects mix on one flow); after a gap, or where the start was not seen, the
// resync functions look for a start within kResyncBytes. Bounded: kProbeBytes to
// kResyncBytes of memory while undecided, and at most kMaxHandovers readers a direction.
#pragma once

#include "scanner/protocol/parser.h"

#include <memory>
#include <vector>

namespace scanner {

class Dispatcher {
 public:
  explicit Dispatcher(FlowSession& session);
  ~Dispatcher();

  // `offset`: stream position of bytes[0]. False: nothing more of this direction can
  // matter, unless the other direction turns out to hold a conversation.
  bool bytes(Direction sender, Bytes bytes, std::uint64_t offset, const Moment& moment);
  bool gap(Direction sender, std::uint64_t missing, const Moment& moment);
  void datagram(Direction sender, Bytes datagram, const Moment& moment);

  // `sender` acknowledged the other side's bytes up to `offset`.
  void acknowledged(Direction sender, std::uint64_t offset, const Moment& moment);
  // The conversation has requests whose delivery it wants to learn from acknowledgements.
  bool watches_acknowledgements() const;

  void end(const Moment& moment);

 private:
  struct Side;
  FlowSession& session_;
  std::unique_ptr<Side> sides_[2];
};

}  // namespace scanner
