// What happened when in each mining conversation, for the report's timelines.
#pragma once

#include "scanner/engine/judgement.h"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace scanner {

enum class MarkKind : std::uint8_t { Login, LoginAccepted, LoginRefused, Request, Work, Difficulty, Share, ShareAccepted, ShareRefused, ShareDelivered };
inline constexpr std::size_t kMarkKinds = 10;

struct SessionMark {
  Timestamp at;
  std::uint32_t frame = 0;  // of the message, 0: unknown
  MarkKind kind = MarkKind::Request;
};

struct Session {
  FlowRef flow;
  Direction miner = Direction::FromInitiator;
  std::string dialect;
  Timestamp first, last;
  std::uint64_t totals[kMarkKinds] = {};  // all of them, also where marks were thinned out
  std::vector<SessionMark> marks;         // in order of time
  std::uint32_t keep_every = 1;           // of each kind, one mark in so many was kept
  std::size_t connections = 1;            // more: several conversations put together
};

// Several conversations of the same two sides as one, e.g. those of a miner that makes a new
// connection for each request. At least one.
Session joined(const std::vector<const Session*>& sessions);

// Bounded: kMaxSessions conversations, kMaxMarks marks each; when a conversation has more,
// every second mark of it goes, and from then on only every second is kept, and so on, so
// that the marks stay spread over its whole life. Keeps no text of the conversation but the
// dialect's id.
class SessionLog final : public ObservationTap {
 public:
  static constexpr std::size_t kMaxSessions = 2'000;
  static constexpr std::size_t kMaxMarks = 600;

  void see(const Observation& observation) override;

  const Session* find(std::uint64_t flow_id) const;
  std::uint64_t dropped() const { return dropped_; }  // messages of conversations beyond kMaxSessions

 private:
  std::unordered_map<std::uint64_t, Session> sessions_;
  std::uint64_t dropped_ = 0;
};

}  // namespace scanner
