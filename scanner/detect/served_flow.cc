#include "scanner/detect/served_flow.h"

#include <algorithm>

namespace scanner {
namespace {

bool hands_out_work(const MiningSeen& seen) {
  if (seen.role == MiningRole::Job) return seen.outcome == MiningOutcome::Notified;
  return seen.role == MiningRole::GetWork && seen.outcome == MiningOutcome::Accepted;
}

bool outlasts_a_probe(const ServedFacts& f) { return f.first_work.ns != 0 && f.last_work - f.first_work >= kProbe; }

bool like_a_probe(const ServedFacts& f) { return !f.client_is_local && !f.has_upstream && !outlasts_a_probe(f); }

// What the ladder says, less what only the client did.
Stage ladder_stage(const ServedFacts& f) {
  LadderFacts answered = f.ladder;
  answered.share_delivered = false;
  return stage_of(answered);
}

}  // namespace

void note_served(ServedFacts& f, const MiningSeen& seen, Timestamp at, bool clock_corrected) {
  note(f.ladder, seen);
  f.answered = f.answered || seen.outcome == MiningOutcome::Accepted || seen.outcome == MiningOutcome::Notified;
  // Work without a log-in is what coin daemons hand out too.
  if (!seen.solo) f.pool = f.pool || seen.has_login || seen.role == MiningRole::Authorise || seen.worker_in_url || !seen.worker.empty();
  if (!hands_out_work(seen) || clock_corrected) return;
  if (f.first_work.ns == 0) f.first_work = at;
  f.last_work = std::max(f.last_work, at);
}

Stage served_stage(const ServedFacts& f) {
  if (!f.answered || !f.pool) return Stage::None;
  const Stage stage = ladder_stage(f);
  if (stage == Stage::Proof || !like_a_probe(f)) return stage;
  return std::min(stage, Stage::Contact);
}

std::string served_reason(const ServedFacts& f) {
  switch (served_stage(f)) {
    case Stage::Proof: return "a client's share was accepted";
    case Stage::Work: return "clients' shares were answered, none was seen to be accepted";
    case Stage::Session: return f.ladder.login_accepted ? "a client's log-in was accepted" : "work was handed out to a client";
    case Stage::Contact:
      if (ladder_stage(f) > Stage::Contact) return "a stranger's log-in was accepted or work handed out, no share was accepted, and it was soon over: a probe gets as much";
      return "a mining request was answered; no log-in was accepted";
    default: return "nothing was concluded";
  }
}

}  // namespace scanner
