#include "scanner/detect/mining_flow.h"

namespace scanner {
namespace {

bool has_session(const LadderFacts& f) {
  if (f.login_accepted) return true;
  // In a dialect without log-in the work itself is the session; work handed out beside a
  // refused log-in is not.
  if (f.work_delivered && !f.login_refused) return true;
  // A log-in before the capture began cannot be seen; work shows that there was one, where the
  // miner took part: a packet out of the blue, which anybody can send, shows nothing.
  return f.job_pushed && !f.start_seen && !f.login_refused && (f.job_arrived || f.asked);
}

// A share counts where the other side took part: it had given work or a session, or (where
// only the miner's side was captured) its acknowledgements kept advancing.
bool has_work(const LadderFacts& f) {
  if (!f.submitted) return false;
  const bool work_known = f.job_pushed || f.work_delivered || f.login_accepted;
  return f.share_delivered || (f.share_answered && work_known);
}

}  // namespace

Stage stage_of(const LadderFacts& f) {
  if (f.share_accepted) return Stage::Proof;
  if (has_work(f)) return Stage::Work;
  if (has_session(f)) return Stage::Session;
  return f.asked || f.job_pushed ? Stage::Contact : Stage::None;
}

std::string reason_for(const LadderFacts& f) {
  switch (stage_of(f)) {
    case Stage::Proof: return "a share was accepted";
    case Stage::Work: return f.share_answered ? "shares were submitted and answered, none was seen to be accepted" : "shares were submitted and their delivery was acknowledged";
    case Stage::Session:
      if (f.login_accepted) return "the log-in was accepted";
      return f.work_delivered ? "work was requested and delivered" : "work was pushed on a flow whose start was not captured";
    case Stage::Contact:
      if (f.login_refused) return f.job_pushed ? "the log-in was refused, though work was pushed" : "the log-in was refused";
      if (f.job_pushed && !f.start_seen && !f.job_arrived) return "work was pushed on a flow whose start was not captured, and nobody was seen to take it";
      if (f.job_pushed) return "work was pushed without an accepted log-in";
      return f.submitted ? "shares without a session, an answer or an acknowledgement" : "a mining request without an accepted log-in or work";
    default: return "nothing was concluded";
  }
}

double weight_of(Stage stage) {
  switch (stage) {
    case Stage::Interest: return 0.1;
    case Stage::Contact: return 0.3;
    case Stage::Session: return 0.85;
    case Stage::Work: return 0.93;
    case Stage::Proof: return 0.99;
    default: return 0;
  }
}

void note(LadderFacts& f, const MiningSeen& seen) {
  const bool accepted = seen.outcome == MiningOutcome::Accepted;
  const bool refused = seen.outcome == MiningOutcome::Refused;
  // An answer that was matched had its request.
  f.asked = f.asked || seen.outcome == MiningOutcome::Asked || accepted || refused;
  switch (seen.role) {
    case MiningRole::Authorise:
      f.login_asked = true;
      f.login_accepted = f.login_accepted || accepted;
      f.login_refused = f.login_refused || refused;
      break;
    case MiningRole::GetWork:
      f.work_delivered = f.work_delivered || accepted;
      break;
    case MiningRole::Job:
      if (seen.outcome == MiningOutcome::Notified) f.job_pushed = true;
      if (seen.outcome == MiningOutcome::Delivered) f.job_arrived = true;
      break;
    case MiningRole::Submit:
      f.submitted = true;
      f.share_answered = f.share_answered || accepted || refused;
      f.share_accepted = f.share_accepted || accepted;
      f.share_delivered = f.share_delivered || seen.outcome == MiningOutcome::Delivered;
      break;
    default: break;
  }
}

}  // namespace scanner
