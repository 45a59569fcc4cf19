// Finds out what each direction of a flow speaks and hands its bytes to the right reader.
//
// Per direction: the first bytes are shown to every probe of the catalog until one says Yes
// or all say No; a reader that ends at a message boundary sends the direction back to the
// probes (dialects mix on one flow); after a gap, where the start was not seen, or where
// the other direction holds a mining conversation, the resync functions look for a start
// within kResyncBytes. Bounded: about kProbeBytes of memory while undecided, and at most
// kMaxHandovers readers a direction.
//
// What is observed depends on the bytes and on the order of the two directions' segments,
// never on how a segment was cut. A reader that gives up is the last of its direction, but
// for a mining conversation that turns up later; it is reported (ParserGaveUp) only on flows
// where something had been observed.
#pragma once

#include "scanner/protocol/parser.h"

#include <memory>
#include <optional>
#include <span>

namespace scanner {

inline constexpr int kMaxHandovers = 256;
inline constexpr int kMaxGapsReported = 16;  // BytesMissing observations a direction

class Dispatcher {
 public:
  // The catalogs are parameters for tests; they outlive the dispatcher.
  explicit Dispatcher(FlowSession& session, std::span<const StreamProtocol> streams = stream_protocols(),
                      std::span<const DatagramProtocol> datagrams = datagram_protocols());
  ~Dispatcher();

  // `offset`: stream position of bytes[0]. False: nothing more of this direction can
  // matter, unless the other direction turns out to hold a conversation.
  bool bytes(Direction sender, Bytes bytes, std::uint64_t offset, const Moment& moment);
  // `missing`: kUnknownLoss where a carrier cannot say; that is not reported as BytesMissing.
  bool gap(Direction sender, std::uint64_t missing, const Moment& moment);
  void datagram(Direction sender, Bytes datagram, const Moment& moment);

  // `sender` acknowledged the other side's bytes up to `offset`.
  void acknowledged(Direction sender, std::uint64_t offset, const Moment& moment);
  // There are messages whose delivery is to be learnt from acknowledgements.
  bool watches_acknowledgements() const;

  void end(const Moment& moment);

  // A direction of which nothing is half known: another dispatcher that resumes it goes on as this
  // one would, where the session has_nothing_open().
  enum class Standing : std::uint8_t { Between /* messages, or before the first */, Unreadable };
  std::optional<Standing> standing(Direction sender) const;
  void resume(Direction sender, Standing standing);  // before its first bytes

 private:
  struct Side;
  Side& side(Direction sender);

  FlowSession& session_;
  std::span<const StreamProtocol> streams_;
  std::span<const DatagramProtocol> datagrams_;
  std::unique_ptr<Side> sides_[2];
};

}  // namespace scanner
