#include "scanner/app/session_log.h"

#include <algorithm>
#include <optional>

namespace scanner {
namespace {

std::optional<MarkKind> kind_of(const MiningSeen& seen) {
  const bool asked = seen.outcome == MiningOutcome::Asked, accepted = seen.outcome == MiningOutcome::Accepted;
  switch (seen.role) {
    case MiningRole::Authorise: return asked ? MarkKind::Login : accepted ? MarkKind::LoginAccepted : MarkKind::LoginRefused;
    case MiningRole::Submit:
      if (seen.outcome == MiningOutcome::Delivered) return MarkKind::ShareDelivered;
      return asked ? MarkKind::Share : accepted ? MarkKind::ShareAccepted : MarkKind::ShareRefused;
    case MiningRole::GetWork: return asked ? MarkKind::Request : accepted ? std::optional(MarkKind::Work) : std::nullopt;
    case MiningRole::Job: return seen.outcome == MiningOutcome::Notified || accepted ? std::optional(MarkKind::Work) : std::nullopt;
    case MiningRole::Difficulty: return MarkKind::Difficulty;
    case MiningRole::Subscribe: return asked ? std::optional(MarkKind::Request) : std::nullopt;
    case MiningRole::Extranonce:
    case MiningRole::Hashrate:
    case MiningRole::KeepAlive:
    case MiningRole::Configure:
    case MiningRole::Reconnect:
    case MiningRole::Other: return std::nullopt;
  }
  return std::nullopt;
}

void thin_out(Session& session) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < session.marks.size(); i += 2) session.marks[kept++] = session.marks[i];
  session.marks.resize(kept);
  session.keep_every *= 2;
}

}  // namespace

Session joined(const std::vector<const Session*>& sessions) {
  Session sum = *sessions.front();
  for (std::size_t i = 1; i < sessions.size(); ++i) {
    const Session& one = *sessions[i];
    sum.first = std::min(sum.first, one.first);
    sum.last = std::max(sum.last, one.last);
    for (std::size_t kind = 0; kind < kMarkKinds; ++kind) sum.totals[kind] += one.totals[kind];
    sum.marks.insert(sum.marks.end(), one.marks.begin(), one.marks.end());
    sum.keep_every = std::max(sum.keep_every, one.keep_every);
    sum.connections += one.connections;
  }
  std::stable_sort(sum.marks.begin(), sum.marks.end(), [](const SessionMark& a, const SessionMark& b) { return a.at < b.at; });
  return sum;
}

void SessionLog::see(const Observation& observation) {
  const auto* seen = std::get_if<MiningSeen>(&observation.what);
  if (seen == nullptr) return;
  auto found = sessions_.find(observation.flow.id);
  if (found == sessions_.end()) {
    if (sessions_.size() >= kMaxSessions) {
      ++dropped_;
      return;
    }
    Session session;
    session.flow = observation.flow;
    session.miner = seen->miner;
    session.dialect = seen->dialect;
    session.first = session.last = observation.at;
    found = sessions_.emplace(observation.flow.id, std::move(session)).first;
  }
  Session& session = found->second;
  session.last = std::max(session.last, observation.at);
  const auto kind = kind_of(*seen);
  if (!kind) return;
  const std::uint64_t number = session.totals[static_cast<std::size_t>(*kind)]++;
  if (number % session.keep_every != 0) return;
  if (session.marks.size() == kMaxMarks) thin_out(session);
  session.marks.push_back({observation.at, observation.frame, *kind});
}

const Session* SessionLog::find(std::uint64_t flow_id) const {
  const auto found = sessions_.find(flow_id);
  return found == sessions_.end() ? nullptr : &found->second;
}

}  // namespace scanner
