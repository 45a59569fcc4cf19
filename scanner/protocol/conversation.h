// Follows one mining conversation: JSON messages of both directions, in the order in which
// they were sent, matched to roles by the dialect descriptions and to each other by id.
//
// Mechanism only: it says which request was answered how; what that is worth is the mining
// ladder's business (detect/mining_ladder.cc).
//
// How answers find their requests (DESIGN §2): over HTTP by exchange; elsewhere by id,
// oldest first; an answer whose id was never asked accepts nothing. A bare line may answer
// an HTTP request, by its id, or refuse the oldest one. Bounded: at most kMaxPending
// requests wait; the oldest is forgotten. A flow on which the first kMaxForeign messages
// mean nothing to any dialect is given up.
#pragma once

#include "scanner/model/bytes.h"
#include "scanner/protocol/flow_session.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

namespace scanner {

// How a message travelled.
struct Carriage {
  bool http = false;
  std::uint64_t exchange = 0;     // HTTP: number of the request on this flow, and of its response
  std::string_view http_host;     // of the request; "" elsewhere
  std::string_view http_target;
  std::string_view http_agent;
  bool mining_header = false;     // X-Mining-Extensions, X-Stratum, X-Long-Polling or X-Roll-NTime
  bool cut = false;               // the text is the beginning of a longer one
  bool websocket = false;         // a message, or part of one, of a WebSocket
};

class Conversation {
 public:
  static constexpr std::size_t kMaxPending = 128;
  static constexpr std::uint32_t kMaxForeign = 256;

  explicit Conversation(FlowSession& session);
  ~Conversation();

  // One JSON text (an object, or a batch in an array) that `sender` sent; it ends at
  // session.sent[sender].
  void message(Direction sender, Bytes json, const Carriage& carriage, const Moment& moment);
  // An HTTP request without JSON; it matters if its headers say mining (long polling).
  void bodyless(Direction sender, Bytes head, const Carriage& carriage, const Moment& moment);
  // Something was asked in this HTTP exchange: its answer is worth reading.
  bool awaits(std::uint64_t exchange) const;
  // An HTTP exchange ended: what was asked in it and has no answer now is refused.
  void no_answer(std::uint64_t exchange, const Moment& moment);

  // `sender` acknowledged the other side's bytes up to `offset`. Where both sides were
  // captured, an acknowledgement past a share's end shows that it arrived; where the pool's
  // were not, the miner's own show that the pool goes on talking.
  void acknowledged(Direction sender, std::uint64_t offset, const Moment& moment);
  bool watches_acknowledgements() const;
  // The flow is over: shares known to have arrived are reported.
  void end(const Moment& moment);

  // Something of it was mining-shaped.
  bool is_mining() const;
  // No dialect knows what was said; the rest need not be read.
  bool given_up() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Hands one JSON text to the flow's conversation, which is made by the first text that
// might be mining. False: nothing that this flow's readers bring can matter.
bool offer_message(FlowSession& session, Direction sender, Bytes json, const Carriage& carriage, const Moment& moment);

}  // namespace scanner
