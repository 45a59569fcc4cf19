#include "scanner/protocol/flow_session.h"

#include "scanner/protocol/conversation.h"
#include "scanner/protocol/duino_conversation.h"
#include "scanner/protocol/stratum2_conversation.h"
#include "scanner/protocol/tls_session.h"

#include <utility>

namespace scanner {

std::uint64_t HttpExchanges::ask(Expect expect) {
  if (uncertain) answered = asked;
  uncertain = false;
  const std::uint64_t bit = std::uint64_t{1} << (asked % kMaxOpen);
  no_body_ = expect == Expect::NoBody ? no_body_ | bit : no_body_ & ~bit;
  tunnel_ = expect == Expect::Tunnel ? tunnel_ | bit : tunnel_ & ~bit;
  return asked++;
}

HttpExchanges::Expect HttpExchanges::expected(std::uint64_t exchange) const {
  const std::uint64_t bit = std::uint64_t{1} << (exchange % kMaxOpen);
  return (no_body_ & bit) != 0 ? Expect::NoBody : (tunnel_ & bit) != 0 ? Expect::Tunnel : Expect::Body;
}

std::optional<std::uint64_t> HttpExchanges::answer(bool start_seen) {
  if (uncertain && asked > answered) answered = asked - 1;
  uncertain = false;
  if (answered < asked) return answered++;
  // On a flow followed from its start the request is only late; else it went by unseen.
  if (start_seen) ++answered;
  return {};
}

FlowSession::FlowSession(const FlowRef& flow, const DialectSet& dialects, ObservationSink& sink)
    : flow_(flow), dialects_(&dialects), sink_(sink) {}

FlowSession::~FlowSession() = default;

void FlowSession::observe(Direction sender, const Moment& moment, decltype(Observation::what) what) {
  Observation observation;
  observation.at = moment.at;
  observation.sequence = moment.sequence;
  observation.order = order_++;
  observation.frame = moment.frame;
  observation.file = moment.file;
  observation.sender = sender;
  observation.flow = flow_;
  observation.what = std::move(what);
  if (auto* mining = std::get_if<MiningSeen>(&observation.what)) {
    if (carriers_ && !carriers_->tunnel.empty()) {
      mining->tunnelled = true;
      if (mining->host.empty()) mining->host = carriers_->tunnel;
    }
    if (mining->role == MiningRole::Job && mining->outcome == MiningOutcome::Notified) watch_push(*mining, sender);
  }
  ++observations_;
  sink_.take(std::move(observation));
}

void FlowSession::watch_push(const MiningSeen& work, Direction pool) {
  if (flow_.start_seen || push_arrived_ || pushed_) return;
  pushed_ = std::make_unique<PushedWork>(PushedWork{work, pool, said(pool)});
  pushed_->work.excerpt.clear();
}

void FlowSession::acknowledged(Direction sender, std::uint64_t offset, const Moment& moment) {
  // Further than this ahead it is no acknowledgement of what was pushed, but of something else.
  constexpr std::uint64_t kPlausible = 1024 * 1024;
  if (!pushed_ || sender == pushed_->pool || offset < pushed_->end || offset - pushed_->end > kPlausible) return;
  MiningSeen arrived = std::move(pushed_->work);
  pushed_.reset();
  push_arrived_ = true;
  arrived.outcome = MiningOutcome::Delivered;
  observe(sender, moment, std::move(arrived));
}

void FlowSession::tunnel_to(std::string_view host, std::uint16_t port) {
  constexpr std::size_t kMaxHost = 255;
  const auto address = IpAddress::parse(host);
  carriers().tunnel = address ? Endpoint{*address, port}.to_string() : std::string(host.substr(0, kMaxHost));
}

void FlowSession::no_tunnel() {
  if (carriers_) carriers_->tunnel.clear();
}

Conversation& FlowSession::conversation() {
  if (!conversation_) conversation_ = std::make_unique<Conversation>(*this);
  return *conversation_;
}

Stratum2Conversation& FlowSession::stratum2() {
  if (!stratum2_) stratum2_ = std::make_unique<Stratum2Conversation>(*this);
  return *stratum2_;
}

DuinoConversation& FlowSession::duino() {
  if (!duino_) duino_ = std::make_unique<DuinoConversation>(*this);
  return *duino_;
}

}  // namespace scanner
