#include "scanner/protocol/conversation.h"

#include "scanner/protocol/conversation_pending.h"
#include "scanner/protocol/conversation_shape.h"
#include "scanner/protocol/worker_url.h"

#include <algorithm>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kMaxBatch = 1024;
constexpr std::size_t kMaxMethod = 64, kMaxWorker = 256, kMaxAgent = 128, kMaxHost = 255, kMaxJob = 64;
constexpr std::size_t kMaxName = 64, kMaxExcerpt = 512;
constexpr std::uint32_t kMaxScore = 1'000'000;

// One object of a JSON text on its way through.
struct Incoming {
  Direction sender;
  JsonValue value;
  Bytes raw;
  const Carriage& carriage;
  const Moment& moment;
};

std::string excerpt_of(Bytes raw) { return std::string(as_text(raw.first(std::min(raw.size(), kMaxExcerpt)))); }

bool holds_any(JsonValue value, const std::vector<std::vector<Shape>>& lists) {
  return std::any_of(lists.begin(), lists.end(), [&](const std::vector<Shape>& shapes) { return hold(value, shapes); });
}

// The name in a Host header, or nothing where it is an address.
std::string_view told_host(std::string_view host) {
  const std::string_view name = host.substr(0, std::min(host.find(':'), kMaxHost));
  const bool letters = std::any_of(name.begin(), name.end(), [](char c) { return (c | 0x20) >= 'g' && (c | 0x20) <= 'z'; });
  return letters && !host.starts_with('[') ? name : std::string_view();
}

}  // namespace

class Conversation::Impl {
 public:
  explicit Impl(FlowSession& flow_session)
      : session(flow_session),
        set(flow_session.dialects()),
        pending(kMaxPending),
        scores(set.dialects().size()),
        shown(set.dialects().size()) {}

  void message(Direction sender, Bytes json, const Carriage& carriage, const Moment& moment);
  void bodyless(const Incoming& in);
  void refuse(std::uint64_t exchange, const Moment& moment);
  void acknowledged(Direction sender, std::uint64_t offset, const Moment& moment);
  void report_deliveries(const Moment& moment, bool at_end);

  FlowSession& session;
  const DialectSet& set;
  JsonDocument document;
  PendingRequests pending;
  std::vector<std::uint32_t> scores;  // per dialect: how well it has fitted so far
  std::vector<bool> shown;            // per dialect: by more than weak messages
  std::optional<Direction> miner;
  bool miner_asked = false;  // the miner is known by its requests
  bool mining = false;
  std::uint32_t foreign = 0;
  std::uint64_t acked[2] = {0, 0};
  std::string worker, algorithm;

 private:
  bool understand(const Incoming& in);
  bool by_name(const Incoming& in, std::size_t envelope, std::string_view method);
  bool by_shape(const Incoming& in, std::size_t envelope);
  bool answer(const Incoming& in, std::size_t envelope);
  void ask(const Incoming& in, std::size_t envelope, std::string_view method, const Matches& matches);
  void notify(const Incoming& in, std::size_t envelope, std::string_view method, const Matches& matches);
  void resolve(std::size_t position, const Incoming& in, const DialectMessage* answered_by);
  void refuse_pending(std::size_t position, Direction sender, Bytes raw, const Moment& moment);

  Matches fitting(std::span<const DialectMatch> all, const Incoming& in, bool from_pool) const;
  DialectMatch best(std::span<const DialectMatch> matches) const;
  bool speaks(const Matches& matches) const;
  void credit(const Matches& matches);
  bool decided(std::size_t dialect) const;
  bool granted(const PendingRequest& request, std::size_t dialect, const Incoming& in) const;
  bool answers_something(JsonValue value, const Envelope& names) const;

  MiningSeen seen(DialectMatch match, MiningRole role, MiningOutcome outcome, Bytes raw) const;
  MiningSeen fate(const PendingRequest& request, MiningOutcome outcome, Bytes raw) const;
  void observe(Direction sender, const Moment& moment, MiningSeen what);
};

void Conversation::Impl::message(Direction sender, Bytes json, const Carriage& carriage, const Moment& moment) {
  report_deliveries(moment, false);
  if (!mining && pending.empty() && !set.might_concern(json)) {
    ++foreign;
    return;
  }
  const JsonOutcome outcome = document.parse(json);
  if (outcome == JsonOutcome::Bad || (outcome == JsonOutcome::Truncated && !carriage.cut)) {
    ++foreign;
    return;
  }
  Incoming in{sender, document.root(), json, carriage, moment};
  bool understood = false;
  if (in.value.is(JsonKind::Array)) {
    std::size_t items = 0;
    for (JsonValue item = in.value.first(); item && items < kMaxBatch; item = item.next(), ++items) {
      in.value = item;
      understood = understand(in) || understood;
    }
  } else {
    understood = understand(in);
  }
  if (!understood) ++foreign;
}

bool Conversation::Impl::understand(const Incoming& in) {
  if (!in.value.is(JsonKind::Object)) return false;
  for (std::size_t e = 0; e < set.envelopes().size(); ++e) {
    const Envelope& names = set.envelopes()[e];
    const JsonValue method = in.value[names.method];
    // Some pools repeat the method in the answer.
    const bool answers = answers_something(in.value, names) && !in.value[names.params];
    if (method.is(JsonKind::Text) && !method.text().empty() && !answers) {
      if (by_name(in, e, method.text())) return true;
    } else if (answers && answer(in, e)) {
      return true;
    } else if (by_shape(in, e)) {
      return true;
    }
  }
  return false;
}

bool Conversation::Impl::answers_something(JsonValue value, const Envelope& names) const {
  return value[names.result] || value[names.error];
}

Matches Conversation::Impl::fitting(std::span<const DialectMatch> all, const Incoming& in, bool from_pool) const {
  Matches fit;
  for (const DialectMatch match : all) {
    const Dialect& dialect = set.dialect(match);
    const DialectMessage& message = set.message(match);
    const bool carried = in.carriage.http ? dialect.over_http : dialect.over_lines;
    if (carried && message.from_pool == from_pool && hold(in.value, message.when)) fit.add(match);
  }
  return fit;
}

bool Conversation::Impl::by_name(const Incoming& in, std::size_t envelope, std::string_view method) {
  const auto described = set.named(envelope, method);
  if (described.empty()) return false;
  // Once a side has asked like a miner, the other cannot be one: an echo is no conversation.
  if (!miner_asked || *miner == in.sender) {
    const Matches requests = fitting(described, in, false);
    if (!requests.empty()) {
      ask(in, envelope, method, requests);
      return true;
    }
  }
  if (!miner_asked || *miner != in.sender) {
    const Matches notifications = fitting(described, in, true);
    if (!notifications.empty()) {
      notify(in, envelope, method, notifications);
      return true;
    }
  }
  return false;
}

// A push that is known by its shape alone.
bool Conversation::Impl::by_shape(const Incoming& in, std::size_t envelope) {
  if (miner_asked && *miner == in.sender) return false;
  const Matches pushes = fitting(set.named(envelope, ""), in, true);
  if (pushes.empty()) return false;
  notify(in, envelope, "", pushes);
  return true;
}

void Conversation::Impl::ask(const Incoming& in, std::size_t envelope, std::string_view method, const Matches& matches) {
  const bool silent = !speaks(matches);
  if (!silent) {
    credit(matches);
    miner = in.sender;
    miner_asked = true;
  }
  const DialectMatch match = best(matches.all());
  const DialectMessage& message = set.message(match);
  MiningSeen what = seen(match, message.role, MiningOutcome::Asked, in.raw);
  what.over_http = in.carriage.http;
  what.method = method.substr(0, kMaxMethod);
  what.agent = text_at(in.value, message.agent, kMaxAgent);
  if (what.agent.empty()) what.agent = in.carriage.http_agent.substr(0, kMaxAgent);
  what.host = text_at(in.value, message.host, kMaxHost);
  if (what.host.empty()) what.host = told_host(in.carriage.http_host);
  what.job = text_at(in.value, message.job, kMaxJob);
  what.reported_hashrate = number_at(in.value, message.hashrate);
  what.difficulty = number_at(in.value, message.difficulty);
  std::string named_worker = text_at(in.value, message.worker, kMaxWorker);
  if (named_worker.empty()) {
    named_worker = worker_in_target(in.carriage.http_target).substr(0, kMaxWorker);
    what.worker_in_url = !named_worker.empty();
  }
  if (!named_worker.empty() && !silent) worker = named_worker;
  what.worker = named_worker.empty() ? worker : named_worker;

  PendingRequest request;
  request.id = canonical_id(in.value[set.envelopes()[envelope].id]);
  request.method = what.method;
  request.worker = what.worker;
  request.job = what.job;
  request.matches = matches;
  request.envelope = envelope;
  request.role = message.role;
  request.http = in.carriage.http;
  request.worker_in_url = what.worker_in_url;
  request.silent = silent;
  request.exchange = in.carriage.exchange;
  request.at = in.moment.at;
  request.end = session.sent[static_cast<std::size_t>(in.sender)];
  pending.add(std::move(request));
  if (!silent) observe(in.sender, in.moment, std::move(what));
}

void Conversation::Impl::notify(const Incoming& in, std::size_t envelope, std::string_view method, const Matches& matches) {
  const DialectMatch match = best(matches.all());
  const DialectMessage& message = set.message(match);
  if (!message.answers.empty()) {
    const std::string id = canonical_id(in.value[set.envelopes()[envelope].id]);
    if (const auto position = pending.by_method(envelope, message.answers, id)) resolve(*position, in, &message);
    return;
  }
  if (!speaks(matches)) return;
  credit(matches);
  if (!miner) miner = opposite(in.sender);
  MiningSeen what = seen(best(matches.all()), message.role, MiningOutcome::Notified, in.raw);
  what.over_http = in.carriage.http;
  what.method = method.substr(0, kMaxMethod);
  what.worker = worker;
  what.host = text_at(in.value, message.host, kMaxHost);
  what.job = text_at(in.value, message.job, kMaxJob);
  what.difficulty = number_at(in.value, message.difficulty);
  const Dialect& dialect = set.dialect(match);
  what.target_hashes = what.difficulty * dialect.hashes_per_difficulty;
  if (const JsonValue target = follow(in.value, message.target)) what.target_hashes = hashes_of_target(target.text(), dialect.target_form);
  if (auto told = text_at(in.value, message.algorithm, kMaxName); !told.empty()) what.algorithm = algorithm = std::move(told);
  if (auto told = text_at(in.value, message.coin, kMaxName); !told.empty()) what.coin = std::move(told);
  observe(in.sender, in.moment, std::move(what));
}

bool Conversation::Impl::answer(const Incoming& in, std::size_t envelope) {
  if (miner_asked && *miner == in.sender) return true;  // the miner answers the pool; of no interest
  const std::string id = canonical_id(in.value[set.envelopes()[envelope].id]);
  if (in.carriage.http) {
    const auto position = pending.by_exchange(in.carriage.exchange, envelope, id);
    if (position) resolve(*position, in, nullptr);
    return position.has_value();
  }
  const auto position = pending.by_id(envelope, id);
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
  const auto oldest = refusal ? pending.oldest_http() : std::nullopt;
  if (oldest) refuse_pending(*oldest, in.sender, in.raw, in.moment);
  return oldest.has_value();
}

// Does the answer grant the request, by any description of the dialect that fits best?
bool Conversation::Impl::granted(const PendingRequest& request, std::size_t dialect, const Incoming& in) const {
  const Envelope& names = set.envelopes()[request.envelope];
  if (is_error(in.value[names.error])) return false;
  return std::any_of(request.matches.all().begin(), request.matches.all().end(), [&](DialectMatch match) {
    const DialectMessage& message = set.message(match);
    if (match.dialect != dialect) return false;
    if (!message.accepted.empty()) return holds_any(in.value, message.accepted);
    return (shown[dialect] || !message.weak) && granted_by_custom(message.role, in.value[names.result]);
  });
}

// The pending request has its answer: `in`, which where `answered_by` is given is a message
// of its own name.
void Conversation::Impl::resolve(std::size_t position, const Incoming& in, const DialectMessage* answered_by) {
  PendingRequest request = pending.take(position);
  const DialectMatch match = best(request.matches.all());
  const DialectMessage& message = set.message(match);
  bool accepted = granted(request, match.dialect, in);
  if (answered_by != nullptr)
    accepted = !is_error(in.value[set.envelopes()[request.envelope].error]) &&
               (answered_by->accepted.empty() || holds_any(in.value, answered_by->accepted));
  if (request.silent && !speaks(request.matches)) {
    // What only weak descriptions fit is shown to be mining by an answer of its very shape.
    if (!accepted || message.accepted.empty()) return;
    shown[match.dialect] = true;
    credit(request.matches);
    miner = opposite(in.sender);
    miner_asked = true;
    if (worker.empty()) worker = request.worker;
  }
  MiningSeen what = fate(request, accepted ? MiningOutcome::Accepted : MiningOutcome::Refused, in.raw);
  if (!accepted) {
    // The part that was kept does not show it; the rest might.
    if (!in.carriage.cut) observe(in.sender, in.moment, std::move(what));
    return;
  }
  if (auto told = text_at(in.value, message.answer_algorithm, kMaxName); !told.empty()) what.algorithm = algorithm = std::move(told);
  std::string job = text_at(in.value, message.answer_job, kMaxJob);
  const double hashes = hashes_of_target(follow(in.value, message.answer_target).text(), set.dialect(match).target_form);
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

void Conversation::Impl::refuse_pending(std::size_t position, Direction sender, Bytes raw, const Moment& moment) {
  const PendingRequest request = pending.take(position);
  if (!request.silent || speaks(request.matches)) observe(sender, moment, fate(request, MiningOutcome::Refused, raw));
}

void Conversation::Impl::refuse(std::uint64_t exchange, const Moment& moment) {
  for (std::size_t i = 0; i < pending.all().size();) {
    const PendingRequest& request = pending.all()[i];
    if (request.http && request.exchange == exchange) refuse_pending(i, opposite(miner.value_or(Direction::FromInitiator)), {}, moment);
    else ++i;
  }
}

void Conversation::Impl::bodyless(const Incoming& in) {
  if (miner_asked && *miner != in.sender) return;
  const Matches matches = fitting(set.bodyless(), in, false);
  if (matches.empty()) return;
  const Dialect& dialect = set.dialect(best(matches.all()));
  const auto names = std::find(set.envelopes().begin(), set.envelopes().end(), dialect.envelope);
  ask(in, static_cast<std::size_t>(names - set.envelopes().begin()), "", matches);
}

void Conversation::Impl::acknowledged(Direction sender, std::uint64_t offset, const Moment& moment) {
  std::uint64_t& mark = acked[static_cast<std::size_t>(sender)];
  mark = std::max(mark, offset);
  // Shares of which the pool's side was not captured: does the miner go on hearing from it?
  if (miner_asked && *miner == sender && session.sent[static_cast<std::size_t>(opposite(sender))] == 0) {
    for (PendingRequest& request : pending.all()) {
      if (request.role != MiningRole::Submit || moment.at <= request.at) continue;
      if (!request.heard) request.heard = mark;
      else if (mark > *request.heard) request.heard_more = true;
    }
  }
  report_deliveries(moment, false);
}

void Conversation::Impl::report_deliveries(const Moment& moment, bool at_end) {
  if (!miner_asked) return;
  const std::uint64_t arrived = acked[static_cast<std::size_t>(opposite(*miner))];
  for (PendingRequest& request : pending.all()) {
    if (request.role != MiningRole::Submit || request.delivered || (request.silent && !speaks(request.matches))) continue;
    if (!at_end && moment.at < request.at + kAnswerGrace) continue;
    if (!request.heard_more && arrived < request.end) continue;
    request.delivered = true;
    observe(*miner, moment, fate(request, MiningOutcome::Delivered, {}));
  }
}

// The dialect that fits the conversation best so far, of those that fit this message.
DialectMatch Conversation::Impl::best(std::span<const DialectMatch> matches) const {
  const auto rank = [&](DialectMatch m) { return std::pair(scores[m.dialect], set.message(m).when.size()); };
  DialectMatch top = matches[0];
  for (const DialectMatch match : matches)
    if (rank(match) > rank(top)) top = match;
  return top;
}

bool Conversation::Impl::speaks(const Matches& matches) const {
  return std::any_of(matches.all().begin(), matches.all().end(),
                     [&](DialectMatch m) { return shown[m.dialect] || !set.message(m).weak; });
}

void Conversation::Impl::credit(const Matches& matches) {
  const auto all = matches.all();
  for (const DialectMatch match : all)
    if (!set.message(match).weak) shown[match.dialect] = true;
  // Of several descriptions of one dialect, which stand side by side, the most demanding counts.
  for (std::size_t i = 0; i < all.size();) {
    const std::size_t dialect = all[i].dialect;
    std::size_t points = 0;
    for (; i < all.size() && all[i].dialect == dialect; ++i) points = std::max(points, 1 + set.message(all[i]).when.size());
    if (shown[dialect]) scores[dialect] = std::min(kMaxScore, scores[dialect] + static_cast<std::uint32_t>(points));
  }
}

// No dialect of another algorithm fits as well: the algorithm can be told.
bool Conversation::Impl::decided(std::size_t dialect) const {
  for (std::size_t other = 0; other < scores.size(); ++other)
    if (scores[other] >= scores[dialect] && set.dialects()[other].algorithm != set.dialects()[dialect].algorithm) return false;
  return true;
}

MiningSeen Conversation::Impl::seen(DialectMatch match, MiningRole role, MiningOutcome outcome, Bytes raw) const {
  const Dialect& dialect = set.dialect(match);
  MiningSeen what;
  what.role = role;
  what.outcome = outcome;
  what.miner = miner.value_or(Direction::FromInitiator);
  what.dialect = dialect.id;
  what.has_login = dialect.has_login;
  what.solo = dialect.solo;
  what.algorithm = algorithm;
  if (decided(match.dialect)) {
    what.coin = dialect.coin;
    if (what.algorithm.empty()) what.algorithm = dialect.algorithm;
  }
  what.excerpt = excerpt_of(raw);
  return what;
}

MiningSeen Conversation::Impl::fate(const PendingRequest& request, MiningOutcome outcome, Bytes raw) const {
  MiningSeen what = seen(best(request.matches.all()), request.role, outcome, raw);
  what.over_http = request.http;
  what.method = request.method;
  what.worker = request.worker;
  what.worker_in_url = request.worker_in_url;
  what.job = request.job;
  what.asked_at = request.at;
  return what;
}

void Conversation::Impl::observe(Direction sender, const Moment& moment, MiningSeen what) {
  mining = true;
  session.observe(sender, moment, std::move(what));
}

Conversation::Conversation(FlowSession& session) : impl_(std::make_unique<Impl>(session)) {}
Conversation::~Conversation() = default;

void Conversation::message(Direction sender, Bytes json, const Carriage& carriage, const Moment& moment) {
  impl_->message(sender, json, carriage, moment);
}

void Conversation::bodyless(Direction sender, Bytes head, const Carriage& carriage, const Moment& moment) {
  if (carriage.mining_header) impl_->bodyless({sender, {}, head, carriage, moment});
}

bool Conversation::awaits(std::uint64_t exchange) const {
  return std::any_of(impl_->pending.all().begin(), impl_->pending.all().end(),
                     [&](const PendingRequest& r) { return r.http && r.exchange == exchange; });
}

void Conversation::no_answer(std::uint64_t exchange, const Moment& moment) { impl_->refuse(exchange, moment); }

void Conversation::acknowledged(Direction sender, std::uint64_t offset, const Moment& moment) {
  impl_->acknowledged(sender, offset, moment);
}

bool Conversation::watches_acknowledgements() const {
  return std::any_of(impl_->pending.all().begin(), impl_->pending.all().end(),
                     [](const PendingRequest& r) { return r.role == MiningRole::Submit && !r.delivered; });
}

void Conversation::end(const Moment& moment) { impl_->report_deliveries(moment, true); }

bool Conversation::is_mining() const { return impl_->mining; }
bool Conversation::given_up() const { return !impl_->mining && impl_->foreign >= kMaxForeign; }

bool offer_message(FlowSession& session, Direction sender, Bytes json, const Carriage& carriage, const Moment& moment) {
  if (!session.has_conversation()) {
    if (!session.dialects().might_concern(json)) return ++session.foreign_messages < Conversation::kMaxForeign;
    if (session.foreign_messages >= Conversation::kMaxForeign) return false;
  }
  Conversation& conversation = session.conversation();
  conversation.message(sender, json, carriage, moment);
  return !conversation.given_up();
}

}  // namespace scanner
