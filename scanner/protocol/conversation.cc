#include "scanner/protocol/conversation_inside.h"
#include "scanner/protocol/conversation_shape.h"
#include "scanner/protocol/worker_url.h"

#include <algorithm>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kMaxBatch = 1024;

// The name in a Host header, or nothing where it is an address.
std::string_view told_host(std::string_view host) {
  const std::string_view name = host.substr(0, std::min(host.find(':'), kMaxHost));
  const bool letters = std::any_of(name.begin(), name.end(), [](char c) { return (c | 0x20) >= 'g' && (c | 0x20) <= 'z'; });
  return letters && !host.starts_with('[') ? name : std::string_view();
}

}  // namespace

void Conversation::Impl::message(Direction sender, Bytes json, const Carriage& carriage, const Moment& moment) {
  report_deliveries(moment, false);
  if (!mining && pending.empty() && !set.might_concern(json, carriage.websocket)) {
    ++foreign;
    return;
  }
  const JsonOutcome outcome = document.parse(json);
  if (outcome == JsonOutcome::Bad || (outcome == JsonOutcome::Truncated && !carriage.cut)) {
    ++foreign;
    return;
  }
  Incoming in{sender, document.root(), json, carriage, moment, false};
  bool understood = false;
  if (in.value.is(JsonKind::Array)) {
    in.batch = in.value.size() > 1;
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
  // An envelope whose name for the parameters stands in the message comes first.
  for (const bool has_params : {true, false})
    for (std::size_t e = 0; e < set.envelopes().size(); ++e)
      if (bool(in.value[set.envelopes()[e].params]) == has_params && read_as(in, e)) return true;
  return false;
}

bool Conversation::Impl::read_as(const Incoming& in, std::size_t envelope) {
  const Envelope& names = set.envelopes()[envelope];
  const JsonValue method = in.value[names.method];
  // Some pools repeat the method in the answer.
  const bool answers = answers_something(in.value, names) && !in.value[names.params];
  if (method.is(JsonKind::Text) && !method.text().empty() && !answers) return by_name(in, envelope, method.text());
  return (answers && answer(in, envelope)) || by_shape(in, envelope);
}

bool Conversation::Impl::answers_something(JsonValue value, const Envelope& names) const {
  return value[names.result] || value[names.error];
}

bool Conversation::Impl::by_name(const Incoming& in, std::size_t envelope, std::string_view method) {
  const auto described = set.named(envelope, method);
  if (described.empty()) return false;
  const Matches requests = fitting(described, in, false);
  // Once a side has asked like a miner, the other cannot be one.
  if (!requests.empty() && (!miner_asked || *miner == in.sender)) {
    ask(in, envelope, method, requests);
    return true;
  }
  const Matches notifications = fitting(described, in, true);
  if (!notifications.empty() && miner != in.sender) {
    notify(in, envelope, method, notifications);
    return true;
  }
  // The miner's own words come back: an echo answers nothing.
  if (!requests.empty())
    if (const auto position = pending.by_id(in.sender, envelope, canonical_id(in.value[set.envelopes()[envelope].id])))
      pending.take(*position);
  return false;
}

// A push that is known by its shape alone.
bool Conversation::Impl::by_shape(const Incoming& in, std::size_t envelope) {
  if (miner == in.sender) return false;
  const Matches pushes = fitting(set.named(envelope, ""), in, true);
  if (pushes.empty()) return false;
  notify(in, envelope, "", pushes);
  return true;
}

void Conversation::Impl::ask(const Incoming& in, std::size_t envelope, std::string_view method, const Matches& matches) {
  const bool silent = !fit.speaks(matches);
  if (!silent) {
    miner = in.sender;
    miner_asked = true;
    credit(matches, in.moment);
  }
  const DialectMatch match = fit.best(matches);
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
  request.sender = in.sender;
  request.http = in.carriage.http;
  request.worker_in_url = what.worker_in_url;
  request.silent = silent;
  request.exchange = in.carriage.exchange;
  request.at = in.moment.at;
  request.end = session.said(in.sender);
  pending.add(std::move(request));
  if (!silent) observe(in.sender, in.moment, std::move(what));
}

void Conversation::Impl::notify(const Incoming& in, std::size_t envelope, std::string_view method, const Matches& matches) {
  if (answer_by_name(in, envelope, matches) || !fit.speaks(matches)) return;
  if (!miner) miner = opposite(in.sender);
  credit(matches, in.moment);
  const DialectMatch match = fit.best(matches);
  const DialectMessage& message = set.message(match);
  MiningSeen what = seen(match, message.role, MiningOutcome::Notified, in.raw);
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

void Conversation::Impl::bodyless(const Incoming& in) {
  if (miner_asked && *miner != in.sender) return;
  const Matches matches = fitting(set.bodyless(), in, false);
  if (matches.empty()) return;
  const Dialect& dialect = set.dialect(fit.best(matches));
  const auto names = std::find(set.envelopes().begin(), set.envelopes().end(), dialect.envelope);
  ask(in, static_cast<std::size_t>(names - set.envelopes().begin()), "", matches);
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
  what.web = dialect.web;
  what.algorithm = algorithm;
  if (fit.decided(match.dialect)) {
    what.coin = dialect.coin;
    if (what.algorithm.empty()) what.algorithm = dialect.algorithm;
  }
  what.excerpt = excerpt_of(raw);
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
  if (carriage.mining_header) impl_->bodyless({sender, {}, head, carriage, moment, false});
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
    if (!session.dialects().might_concern(json, carriage.websocket)) return ++session.foreign_messages < Conversation::kMaxForeign;
    if (session.foreign_messages >= Conversation::kMaxForeign) return false;
  }
  Conversation& conversation = session.conversation();
  if (conversation.given_up()) return false;
  conversation.message(sender, json, carriage, moment);
  return !conversation.given_up();
}

}  // namespace scanner
