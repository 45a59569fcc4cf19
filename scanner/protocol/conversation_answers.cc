// How the pool's answers and acknowledgements find the requests that they settle.
#include "scanner/protocol/conversation_inside.h"
#include "scanner/protocol/conversation_shape.h"

#include <algorithm>
#include <utility>

namespace scanner {
namespace {

bool holds_any(JsonValue value, const std::vector<std::vector<Shape>>& lists) {
  return std::any_of(lists.begin(), lists.end(), [&](const std::vector<Shape>& shapes) { return hold(value, shapes); });
}

}  // namespace

bool Conversation::Impl::answer(const Incoming& in, std::size_t envelope) {
  if (miner_asked && *miner == in.sender) return true;  // the miner answers the pool; of no interest
  const std::string id = canonical_id(in.value[set.envelopes()[envelope].id]);
  if (in.carriage.http) {
    const auto position = pending.by_exchange(in.carriage.exchange, envelope, id, in.batch);
    if (position) resolve(*position, in, nullptr);
    return position.has_value();
  }
  const auto position = pending.by_id(in.sender, envelope, id);
  // Work pushed in an answer's clothes (Ethereum: id 0) answers nothing but a request for work.
  if (!position || pending.all()[*position].role != MiningRole::GetWork)
    if (by_shape(in, envelope)) return true;
  if (position) {
    resolve(*position, in, nullptr);
    return true;
  }
  // A bare line in reply to HTTP: a server that did not understand cannot know the id.
  const JsonValue result = in.value[set.envelopes()[envelope].result];
  const bool refusal = is_error(in.value[set.envelopes()[envelope].error]) || result.is(JsonKind::False);
  const auto oldest = refusal ? pending.oldest_http(in.sender) : std::nullopt;
  if (oldest) refuse_pending(*oldest, in.sender, in.raw, in.moment);
  return oldest.has_value();
}

// A message whose description says what it answers. True: it is one, and settled.
bool Conversation::Impl::answer_by_name(const Incoming& in, std::size_t envelope, const Matches& matches) {
  if (set.message(fit.best(matches)).answers.empty()) return false;
  // One name may answer several methods (Beam's "result"): the one that was asked.
  for (const DialectMatch match : matches.all()) {
    const DialectMessage& message = set.message(match);
    if (message.answers.empty()) continue;
    const bool elsewhere = !message.request_id.empty();
    const JsonValue id = elsewhere ? follow(in.value, message.request_id) : in.value[set.envelopes()[envelope].id];
    if (const auto position = pending.by_method(in.sender, envelope, message.answers, canonical_id(id))) {
      resolve(*position, in, &message);
      return true;
    }
  }
  // Work that nobody asked for is work all the same.
  return set.message(fit.best(matches)).role != MiningRole::Job;
}

// Does the answer grant the request, by any description of the dialect that fits best?
bool Conversation::Impl::granted(const PendingRequest& request, std::size_t dialect, const Incoming& in) const {
  const Envelope& names = set.envelopes()[request.envelope];
  if (is_error(in.value[names.error])) return false;
  return std::any_of(request.matches.all().begin(), request.matches.all().end(), [&](DialectMatch match) {
    const DialectMessage& message = set.message(match);
    if (match.dialect != dialect) return false;
    if (!message.accepted.empty()) return holds_any(in.value, message.accepted);
    return (fit.shown(dialect) || !message.weak) && granted_by_custom(message.role, in.value[names.result]);
  });
}

// The pending request has its answer: `in`, which where `answered_by` is given is a message
// of its own name.
void Conversation::Impl::resolve(std::size_t position, const Incoming& in, const DialectMessage* answered_by) {
  const PendingRequest request = pending.take(position);
  const DialectMatch match = fit.best(request.matches);
  const DialectMessage& message = set.message(match);
  bool accepted = granted(request, match.dialect, in);
  if (answered_by != nullptr)
    accepted = !is_error(in.value[set.envelopes()[request.envelope].error]) &&
               (answered_by->accepted.empty() || holds_any(in.value, answered_by->accepted));
  if (request.silent && !fit.speaks(request.matches)) {
    // What only weak descriptions fit is shown to be mining by an answer of a stated shape.
    if (!accepted || (answered_by != nullptr && answered_by->accepted.empty())) {
      hold(request, in);
      return;
    }
    fit.show(match.dialect);
    miner = opposite(in.sender);
    miner_asked = true;
    credit(request.matches, in.moment);
    if (worker.empty()) worker = request.worker;
  }
  MiningSeen what = fate(request, accepted ? MiningOutcome::Accepted : MiningOutcome::Refused, in.raw);
  if (!accepted) {
    // The part that was kept does not show it; the rest might.
    if (!in.carriage.cut && !hold(request, in)) observe(in.sender, in.moment, std::move(what));
    return;
  }
  if (auto told = text_at(in.value, message.answer_algorithm, kMaxName); !told.empty()) what.algorithm = algorithm = std::move(told);
  std::string job = text_at(in.value, message.answer_job, kMaxJob);
  const Dialect& dialect = set.dialect(match);
  what.difficulty = number_at(in.value, message.answer_difficulty);
  double hashes = hashes_of_target(follow(in.value, message.answer_target).text(), dialect.target_form);
  if (hashes == 0) hashes = what.difficulty * dialect.hashes_per_difficulty;
  if (message.role != MiningRole::Authorise || job.empty()) {
    if (what.job.empty()) what.job = std::move(job);
    what.target_hashes = hashes;
    return observe(in.sender, in.moment, std::move(what));
  }
  // A log-in that brings the first job: two things in one message.
  MiningSeen first_job = what;
  observe(in.sender, in.moment, std::move(what));
  first_job.role = MiningRole::Job;
  first_job.outcome = MiningOutcome::Notified;
  first_job.job = std::move(job);
  first_job.target_hashes = hashes;
  first_job.asked_at = {};
  observe(in.sender, in.moment, std::move(first_job));
}

void Conversation::Impl::credit(const Matches& matches, const Moment& moment) {
  fit.credit(matches);
  release_held(moment);
}

// An answer shows no dialect, yet by custom it grants a log-in. That will count once a dialect
// for which such a log-in is weak, and which has no terms of its own for it, has shown itself.
bool Conversation::Impl::hold(const PendingRequest& request, const Incoming& in) {
  const Envelope& names = set.envelopes()[request.envelope];
  if (request.role != MiningRole::Authorise || is_error(in.value[names.error])) return false;
  const bool by_custom = std::any_of(request.matches.all().begin(), request.matches.all().end(), [&](DialectMatch match) {
    return set.message(match).weak && set.message(match).accepted.empty();
  });
  if (!by_custom || !granted_by_custom(request.role, in.value[names.result])) return false;
  held = {request, excerpt_of(in.raw)};
  return true;
}

void Conversation::Impl::release_held(const Moment& moment) {
  if (!held) return;
  const DialectMatch match = fit.best(held->request.matches);
  if (!fit.shown(match.dialect) || !set.message(match).accepted.empty()) return;
  const HeldLogIn told = std::move(*held);
  held.reset();
  if (worker.empty()) worker = told.request.worker;
  observe(opposite(told.request.sender), moment, fate(told.request, MiningOutcome::Accepted, as_bytes(told.excerpt)));
}

void Conversation::Impl::refuse_pending(std::size_t position, Direction sender, Bytes raw, const Moment& moment) {
  const PendingRequest request = pending.take(position);
  if (!request.silent || fit.speaks(request.matches)) observe(sender, moment, fate(request, MiningOutcome::Refused, raw));
}

void Conversation::Impl::refuse(std::uint64_t exchange, const Moment& moment) {
  for (std::size_t i = 0; i < pending.all().size();) {
    const PendingRequest& request = pending.all()[i];
    if (request.http && request.exchange == exchange) refuse_pending(i, opposite(request.sender), {}, moment);
    else ++i;
  }
}

void Conversation::Impl::acknowledged(Direction sender, std::uint64_t offset, const Moment& moment) {
  std::uint64_t& mark = acked[static_cast<std::size_t>(sender)];
  mark = std::max(mark, offset);
  // Shares of which the pool's side was not captured: does the miner go on hearing from it?
  if (miner_asked && *miner == sender && session.sent[static_cast<std::size_t>(opposite(sender))] == 0) {
    for (PendingRequest& request : pending.all())
      if (request.role == MiningRole::Submit) request.hear(moment.at, mark);
  }
  report_deliveries(moment, false);
}

void Conversation::Impl::report_deliveries(const Moment& moment, bool at_end) {
  if (!miner_asked) return;
  const std::uint64_t arrived = acked[static_cast<std::size_t>(opposite(*miner))];
  for (PendingRequest& request : pending.all()) {
    if (request.role != MiningRole::Submit || (request.silent && !fit.speaks(request.matches))) continue;
    if (!request.due(moment.at, arrived, at_end)) continue;
    request.delivered = true;
    observe(*miner, moment, fate(request, MiningOutcome::Delivered, {}));
  }
}

MiningSeen Conversation::Impl::fate(const PendingRequest& request, MiningOutcome outcome, Bytes raw) const {
  MiningSeen what = seen(fit.best(request.matches), request.role, outcome, raw);
  what.over_http = request.http;
  what.method = request.method;
  what.worker = request.worker;
  what.worker_in_url = request.worker_in_url;
  what.job = request.job;
  what.asked_at = request.at;
  return what;
}

}  // namespace scanner
