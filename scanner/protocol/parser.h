// How a protocol is added: one .cc with a probe and a reader, one line in catalog.cc.
//
// Each direction of a TCP flow has its own reader, since the two may speak differently (a
// pool answers an HTTP request, or a TLS hello, with a bare JSON line). What belongs to both
// directions is in the FlowSession that they share.
#pragma once

#include "scanner/model/bytes.h"
#include "scanner/model/observation.h"
#include "scanner/protocol/flow_session.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace scanner {

enum class Probe : std::uint8_t { No, NeedMore, Yes };

enum class ReadState : std::uint8_t {
  Reading,   // took everything; wants more
  Boundary,  // took `consumed` bytes, ends at a message boundary, and what follows is not its own
  Skim,      // took everything; the rest of this direction cannot matter: stop delivering
  GaveUp,    // the bytes contradict the protocol, or a bound was hit: see `reason`
};

// More than any message has left: so many bytes are missing that no reader can count them.
inline constexpr std::uint64_t kUnknownLoss = std::uint64_t{1} << 62;

struct ReadResult {
  ReadState state = ReadState::Reading;
  std::size_t consumed = 0;  // Boundary only
  const char* reason = "";   // GaveUp only: a literal
};

// Reads one direction of one flow. Bytes come in order and in pieces of any size; the
// observations made must not depend on how they were cut.
class StreamReader {
 public:
  virtual ~StreamReader() = default;
  // On entry session.sent[sender] is the stream position behind `bytes`. A reader that
  // hands out a message which ends at bytes[i] sets it to that position (less by
  // bytes.size() - 1 - i) first, so that it does not depend on the cut either.
  virtual ReadResult read(Bytes bytes, const Moment& moment) = 0;
  // `missing` bytes will never come, or kUnknownLoss. Reading: it can go on behind the hole.
  virtual ReadResult gap(std::uint64_t missing, const Moment& moment) = 0;
  // Nothing is half read, and nothing that was read changes how the next message is read.
  virtual bool between_messages() const { return false; }
};

struct StreamProtocol {
  std::string_view name;
  // Do these first bytes of a direction look like this protocol? Must answer Yes or No
  // within kProbeBytes, is never shown more, and never changes a Yes or No as bytes are
  // added. Cheap: it runs on every TCP flow.
  Probe (*probe)(Bytes start);
  // For flows picked up in mid-stream and after gaps: where in `bytes` might a message
  // start? Judges a position by the byte before it and by at most kProbeBytes from it on;
  // position 0 only serves as the byte before. Adding bytes never loses a find. Null: such
  // flows are left alone.
  std::optional<std::size_t> (*resync)(Bytes bytes);
  // Null: not on this flow after all (a port that rules it out).
  std::unique_ptr<StreamReader> (*make)(FlowSession& session, Direction sender);
  // Not behind a hole nor on a flow picked up in mid-stream: there, what follows is searched.
  bool from_start_only = false;
};

// A datagram protocol looks at each datagram on its own.
struct DatagramProtocol {
  std::string_view name;
  // Returns true if the datagram was its own (observations were made, or it gave up).
  bool (*parse)(FlowSession& session, Direction sender, Bytes datagram, const Moment& moment);
};

inline constexpr std::size_t kProbeBytes = 64;       // a probe has answered by then
inline constexpr std::size_t kResyncBytes = 8192;   // how far a mid-stream start is searched

std::span<const StreamProtocol> stream_protocols();
std::span<const DatagramProtocol> datagram_protocols();

}  // namespace scanner
