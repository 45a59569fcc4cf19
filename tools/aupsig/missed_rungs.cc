#include "tools/aupsig/missed_rungs.h"

#include "scanner/app/wording.h"

#include <algorithm>

namespace scanner {
namespace {

using Reasons = std::vector<std::string>;

std::string packet(std::uint32_t frame) { return frame == 0 ? "no packet" : "packet " + std::to_string(frame); }

std::string side(Direction sender) { return sender == Direction::FromInitiator ? "the initiator" : "the responder"; }

void add_words(const std::vector<ForeignWord>& words, Reasons& reasons) {
  constexpr std::size_t kTold = 8;
  std::size_t told = 0;
  for (const ForeignWord& word : words) {
    if (++told > kTold) {
      reasons.push_back("and " + plural(words.size() - kTold, "kind of message", "kinds of message") + " more");
      return;
    }
    const std::string where = " (" + plural(word.count, "message", "messages") + " from " + side(word.sender) + ", first in packet " + std::to_string(word.first_frame) + ")";
    if (word.method.empty()) reasons.push_back("a message without a name has no shape that a dialect knows" + where);
    else if (!word.known_method) reasons.push_back("no dialect knows the method \"" + printable(word.method) + "\"" + where + (word.why.empty() ? "" : ": " + printable(word.why.front())));
    else
      for (const std::string& why : word.why) reasons.push_back("the method \"" + printable(word.method) + "\" has another shape than a dialect describes" + where + ": " + printable(why));
  }
}

// Answers that find no request.
void add_unasked(const Talk* talk, Reasons& reasons) {
  if (talk == nullptr) return;
  const TalkShape shape = shape_of(*talk);
  const std::uint64_t unasked = shape.unasked[0] + shape.unasked[1];
  if (unasked == 0) return;
  std::string frames;
  for (const std::uint32_t frame : shape.unasked_frames) frames += (frames.empty() ? "" : ", ") + std::to_string(frame);
  reasons.push_back(plural(unasked, "answer carries", "answers carry") + " an id that was never asked with, and so accepts nothing (packets " + frames + ")");
}

void contact(const LadderCounts&, const Talk* talk, const std::vector<ForeignWord>& words, Reasons& reasons) {
  if (talk == nullptr || talk->bytes[0] + talk->bytes[1] == 0) reasons.emplace_back("no payload was captured: nothing was asked that could be read");
  else if (talk->messages.empty()) reasons.emplace_back("no JSON message was found in lines or HTTP bodies");
  add_words(words, reasons);
  if (reasons.empty()) reasons.emplace_back("nothing that was said is a request of a dialect, or only what other software says too (a weak description)");
}

void session(const LadderCounts& c, const Talk* talk, const std::vector<ForeignWord>& words, Reasons& reasons) {
  if (c.facts.login_refused) reasons.push_back("the log-in of " + packet(c.login_frame) + " was refused in " + packet(c.refused_frame) + (c.refusal.empty() ? "" : ": " + c.refusal));
  else if (c.facts.login_asked && !c.facts.login_accepted) {
    reasons.push_back("the log-in of " + packet(c.login_frame) + " was never answered");
    if (c.one_sided) reasons.emplace_back("only one side of the flow was captured, so that no answer can be seen");
    add_unasked(talk, reasons);
  } else if (c.dialect_has_login && !c.facts.login_asked) {
    reasons.emplace_back(c.facts.asked ? "a request was made, but no log-in" : "no log-in was seen");
  }
  if (c.works_asked > 0 && !c.facts.work_delivered)
    reasons.push_back("work was asked for (first in " + packet(c.work_asked_frame) + ") and " + (c.works_refused > 0 ? "refused" : "not delivered"));
  if (c.facts.job_pushed && c.facts.start_seen && !c.facts.login_accepted)
    reasons.push_back("work was pushed (" + packet(c.job_frame) + "), which beside no accepted log-in is contact alone: the flow's start was captured, so a log-in before it cannot have been missed");
  if (c.facts.job_pushed && !c.facts.start_seen && !c.facts.job_arrived && !c.facts.asked)
    reasons.push_back("work was pushed (" + packet(c.job_frame) + ") on a flow whose start was not captured, and nobody was seen to acknowledge it or to ask for anything: anybody can send such a packet to anybody");
  if (!c.facts.login_accepted) add_words(words, reasons);
  if (reasons.empty()) reasons.emplace_back("neither an accepted log-in nor delivered work was seen");
}

void work(const LadderCounts& c, const Talk* talk, const std::vector<ForeignWord>& words, Reasons& reasons) {
  if (!c.facts.submitted) {
    reasons.emplace_back("no share was submitted");
    add_words(words, reasons);
    return;
  }
  reasons.push_back(plural(c.submits, "share was", "shares were") + " submitted (first in " + packet(c.submit_frame) + "), but");
  if (!c.facts.share_answered) reasons.emplace_back("none was answered, and no acknowledgement past it was seen");
  if (!c.facts.job_pushed && !c.facts.work_delivered && !c.facts.login_accepted) reasons.emplace_back("neither work nor an accepted log-in was seen before");
  add_unasked(talk, reasons);
}

void proof(const LadderCounts& c, const Talk* talk, const std::vector<ForeignWord>& words, Reasons& reasons) {
  if (!c.facts.submitted) return work(c, talk, words, reasons);
  if (c.shares_refused > 0) reasons.push_back("of " + plural(c.submits, "share", "shares") + ", " + std::to_string(c.shares_refused) + " refused and none accepted");
  else reasons.push_back("no answer to any of " + plural(c.submits, "share", "shares") + " accepted it");
  if (c.one_sided) reasons.emplace_back("only one side of the flow was captured, so that no answer can be seen");
  add_unasked(talk, reasons);
}

}  // namespace

void note(LadderCounts& c, const Observation& observation, const MiningSeen& seen, const Redactor& redactor) {
  c.seen = true;
  c.dialect_has_login = seen.has_login && !seen.solo;
  const auto first = [&](std::uint32_t& frame) {
    if (frame == 0) frame = observation.frame;
  };
  const bool asked = seen.outcome == MiningOutcome::Asked, refused = seen.outcome == MiningOutcome::Refused;
  if (seen.role == MiningRole::Authorise && asked) ++c.logins, first(c.login_frame);
  if (seen.role == MiningRole::Authorise && refused) {
    first(c.refused_frame);
    if (c.refusal.empty()) c.refusal = shown_excerpt(seen.excerpt, redactor);
  }
  if (seen.role == MiningRole::Job && seen.outcome == MiningOutcome::Notified) first(c.job_frame);
  if (seen.role == MiningRole::GetWork && asked) ++c.works_asked, first(c.work_asked_frame);
  if (seen.role == MiningRole::GetWork && refused) ++c.works_refused;
  if (seen.role == MiningRole::Submit && asked) ++c.submits, first(c.submit_frame);
  if (seen.role == MiningRole::Submit && refused) ++c.shares_refused;
  note(c.facts, seen);
}

std::vector<std::string> why_missed(Stage stage, const LadderCounts& counts, const Talk* talk, const std::vector<ForeignWord>& words) {
  Reasons reasons;
  switch (stage) {
    case Stage::Session: session(counts, talk, words, reasons); break;
    case Stage::Work: work(counts, talk, words, reasons); break;
    case Stage::Proof: proof(counts, talk, words, reasons); break;
    default: contact(counts, talk, words, reasons); break;
  }
  return reasons;
}

}  // namespace scanner
