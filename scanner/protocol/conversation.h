// Follows one mining conversation: JSON messages of both directions, in the order in which
// they were sent, matched to roles by the dialect descriptions and to each other by id.
//
// Mechanism only: it says which request was answered how; what that is worth is the mining
// ladder's business (detect/mining_ladder.cc).
//
// How answers find their requests (DESIGN §2): over HTTP by exchange; elsewhere by id,
// oldest first; an answer whose id was never asked accepts nothing. Bounded: at most
// kMaxPending requests wait; the oldest is forgotten. A flow on which kMaxForeign messages
// in a row mean nothing to any dialect is given up.
#pragma once

#include "scanner/model/bytes.h"
#include "scanner/protocol/flow_session.h"

#include <memory>
#include <optional>
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
};

class Conversation {
 public:
  explicit Conversation(FlowSession& session);
  ~Conversation();

  // One JSON text (an object, or a batch in an array) that `sender` sent.
  void message(Direction sender, Bytes json, const Carriage& carriage, const Moment& moment);
  // An HTTP exchange ended without JSON in its answer: what was asked in it is refused.
  void no_answer(std::uint64_t exchange, const Moment& moment);

  void acknowledged(Direction sender, std::uint64_t offset, const Moment& moment);
  bool watches_acknowledgements() const;

  // Something of it was mining-shaped.
  bool is_mining() const;
  // No dialect knows what was said; the rest need not be read.
  bool given_up() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scanner
