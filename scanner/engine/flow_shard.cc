#include "scanner/engine/flow_shard.h"

#include "scanner/protocol/conversation.h"
#include "scanner/protocol/dispatcher.h"
#include "scanner/protocol/flow_session.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kMaxExcerpt = 256;

Moment moment_of(const PacketContext& packet) { return {packet.at, packet.sequence, packet.frame, packet.file}; }
std::size_t index(Direction direction) { return static_cast<std::size_t>(direction); }

}  // namespace

class FlowShard::Work final : public FlowAttachment, public OpenedBytesSink {
 public:
  Work(FlowShard& owner, const FlowRef& flow) : shard(owner) { restart(flow); }

  // Parsers of its own again, which know today's dialects and nothing of what was said.
  void restart(const FlowRef& flow) {
    parsers.emplace(flow, *shard.dialects_, shard.fields_);
    session().tls_keyring = &shard.keyring_;
    session().opened_bytes = this;
  }

  FlowSession& session() { return parsers->session; }
  Dispatcher& dispatcher() { return parsers->dispatcher; }

  // What was encrypted is searched like what was not.
  void opened(Direction sender, Bytes bytes, const Moment& moment) override {
    if (!inner) inner = std::make_unique<std::array<Prefix, 2>>();
    shard.search_prefix(*this, (*inner)[index(sender)], sender, bytes, moment);
  }

  struct Parsers {
    Parsers(const FlowRef& flow, const DialectSet& dialects, ObservationSink& sink) : session(flow, dialects, sink), dispatcher(session) {}
    FlowSession session;
    Dispatcher dispatcher;
  };
  FlowShard& shard;
  std::optional<Parsers> parsers;
  std::array<Prefix, 2> prefix;
  std::unique_ptr<std::array<Prefix, 2>> inner;  // of what was encrypted; null: nothing was opened
  std::vector<Observation> introductions;  // how the ends were introduced to each other (TLS, a proxy), until a shape is told
  bool parser_wants[2] = {true, true};
  bool observed = false;  // something of this flow reached the judgement stage
};

FlowShard::FlowShard(const FlowStageLimits& limits, std::uint64_t id_base, std::shared_ptr<const Matcher> matcher, const TlsSecrets& secrets)
    : matcher_(std::move(matcher)),
      dialects_(matcher_->ruleset().shared_dialects()),
      prefix_bytes_(limits.stream_prefix_bytes),
      fields_(*matcher_, *this),
      keyring_{&secrets, {}},
      shapes_(limits.flows.max_flows, *this),
      tracker_(limits.flows, id_base, *this),
      pool_ports_(matcher_->ruleset().datasets().ports("pool-ports")) {}

FlowShard::~FlowShard() = default;

void FlowShard::enqueue(const Decoded& decoded, const PacketContext& context, bool clock_corrected) {
  queue_.emplace_back(decoded, context, tracker_.announce(decoded, context), clock_corrected);
}

void FlowShard::run(Scratch& scratch) {
  scratch_ = &scratch;
  fields_.use(scratch);
  constexpr std::size_t kAhead = 3;
  for (std::size_t i = 0; i < std::min(kAhead, queue_.size()); ++i) tracker_.fetch(queue_[i].ticket);
  for (std::size_t i = 0; i < queue_.size(); ++i) {
    if (i + kAhead < queue_.size()) tracker_.fetch(queue_[i + kAhead].ticket);
    clock_corrected_ = queue_[i].clock_corrected;
    if (queue_[i].time_alone) {
      tracker_.advance(queue_[i].context);
      continue;
    }
    tracker_.feed(queue_[i].decoded, queue_[i].context, queue_[i].ticket);
  }
  queue_.clear();
}

void FlowShard::finish(const PacketContext& end, Scratch& scratch) {
  scratch_ = &scratch;
  fields_.use(scratch);
  tracker_.finish(end);
}

void FlowShard::add_to(Coverage& coverage) const {
  const FlowTrackerCounters& counters = tracker_.counters();
  coverage.flows.flows += counters.flows;
  coverage.flows.evicted += counters.evicted;
  coverage.flows.gaps += counters.gaps;
  coverage.flows.gap_bytes += counters.gap_bytes;
  coverage.flows.conflicting_bytes += counters.conflicting_bytes;
  coverage.flows.one_sided += counters.one_sided;
  coverage.gave_up += gave_up_;
  coverage.tls.with_keys += keyring_.counts.with_keys;
  coverage.tls.opened += keyring_.counts.opened;
}

void FlowShard::use(std::shared_ptr<const Matcher> matcher, Scratch& scratch) {
  std::shared_ptr<const DialectSet> forgotten;
  // Dialects that say the same stay in force, and with them every conversation.
  if (matcher->ruleset().dialects().content_id() != dialects_->content_id()) {
    forgotten = std::exchange(older_dialects_, std::move(dialects_));
    dialects_ = matcher->ruleset().shared_dialects();
  }
  tracker_.for_each([&](Flow& flow) {
    if (flow.attachment) follow(flow, forgotten.get(), *matcher, scratch);
  });
  for (auto& idle : idle_searches_) idle.clear();
  matcher_ = std::move(matcher);
  pool_ports_ = matcher_->ruleset().datasets().ports("pool-ports");
  fields_.use(*matcher_);
}

// A flow of before a reload.
void FlowShard::follow(Flow& flow, const DialectSet* forgotten, const Matcher& matcher, Scratch& scratch) {
  Work& work = work_of(flow);
  if (!work.session().has_conversation()) {
    work.session().use(*dialects_);
  } else if (&work.session().dialects() == forgotten) {
    // Two generations are kept. A conversation in the third is picked up in its middle by
    // today's dialects; what it has proven so far stays with its finding.
    FlowRef ref = flow.ref;
    ref.start_seen = ref.start_seen && !work.session().conversation().is_mining();
    work.restart(ref);
    std::fill(std::begin(work.parser_wants), std::end(work.parser_wants), true);
  }
  rejoin(work.prefix, flow, matcher, scratch);
  if (work.inner) rejoin(*work.inner, flow, matcher, scratch);
}

// The searches go on with another matcher's patterns.
void FlowShard::rejoin(std::array<Prefix, 2>& prefix, const Flow& flow, const Matcher& matcher, Scratch& scratch) {
  for (const Direction direction : {Direction::FromInitiator, Direction::FromResponder}) {
    auto& search = prefix[index(direction)].search;
    if (!search) continue;
    const Field field = direction == Direction::FromInitiator ? Field::StreamClient : Field::StreamServer;
    auto joined = std::make_unique<StreamMatch>(matcher, field, MatchFacts{flow.ref.tuple.destination.port});
    joined->join(search->scanned(), scratch);
    search = std::move(joined);
  }
}

FlowShard::Work& FlowShard::work_of(Flow& flow) {
  if (flow.attachment) return static_cast<Work&>(*flow.attachment);
  auto made = std::make_unique<Work>(*this, flow.ref);
  Work& work = *made;
  flow.attachment = std::move(made);
  if (!flow.remains.any) return work;
  for (const Direction direction : {Direction::FromInitiator, Direction::FromResponder}) {
    const std::size_t side = index(direction);
    work.prefix[side].done = flow.remains.searched[side] == FlowRemains::kAll;
    work.prefix[side].behind = flow.remains.searched[side];
    work.parser_wants[side] = !flow.remains.unreadable[side];
    if (flow.remains.unreadable[side]) work.dispatcher().resume(direction, Dispatcher::Standing::Unreadable);
  }
  return work;
}

// What is to be known again of a flow of which nothing is half known; nothing of another.
std::optional<FlowRemains> FlowShard::remains_of(Work& work) const {
  if (work.observed || work.inner || !work.session().has_nothing_open()) return std::nullopt;
  FlowRemains remains;
  remains.any = true;
  for (const Direction direction : {Direction::FromInitiator, Direction::FromResponder}) {
    const std::size_t side = index(direction);
    const auto standing = work.dispatcher().standing(direction);
    const Prefix& prefix = work.prefix[side];
    const std::uint64_t searched = prefix.search ? prefix.search->scanned() : prefix.behind;
    if (!standing || (!prefix.done && searched >= FlowRemains::kAll)) return std::nullopt;
    remains.unreadable[side] = *standing == Dispatcher::Standing::Unreadable;
    remains.searched[side] = prefix.done ? FlowRemains::kAll : static_cast<std::uint16_t>(searched);
  }
  return remains;
}

void FlowShard::give_back_searches(Work& work) {
  for (const Direction direction : {Direction::FromInitiator, Direction::FromResponder}) {
    give_back(direction, std::move(work.prefix[index(direction)].search));
    if (work.inner) give_back(direction, std::move((*work.inner)[index(direction)].search));
  }
}

void FlowShard::search_prefix(Work& work, Prefix& prefix, Direction direction, Bytes bytes, const Moment& moment) {
  if (prefix.done) return;
  auto& stream = prefix.search;
  const Field field = direction == Direction::FromInitiator ? Field::StreamClient : Field::StreamServer;
  if (!stream) {
    if (!matcher_->wants(field)) {
      prefix.done = true;
      return;
    }
    stream = take_search(direction, MatchFacts{work.session().flow().tuple.destination.port});
    if (prefix.behind != 0) stream->join(prefix.behind, *scratch_);
  }
  const std::size_t room = prefix_bytes_ - static_cast<std::size_t>(std::min<std::uint64_t>(stream->scanned(), prefix_bytes_));
  const Bytes searched = bytes.first(std::min(room, bytes.size()));
  matches_.clear();
  stream->scan(searched, *scratch_, matches_);
  for (const SignatureMatch& match : matches_) {
    if (fields_.holds_back(match.signature)) continue;
    const Signature& signature = matcher_->ruleset().signatures()[match.signature];
    SignatureHit hit;
    hit.signature = signature.id;
    hit.revision = signature.revision;
    hit.field = to_string(field);
    hit.offset = match.end;
    // What was looked for, not what stood around it: that would depend on how the stream was cut.
    const Pattern& pattern = signature.patterns[match.pattern];
    hit.excerpt = pattern.name + ": " + pattern.expression.substr(0, kMaxExcerpt) + " (ends at byte " + std::to_string(match.end) + ")";
    work.session().observe(direction, moment, std::move(hit));
  }
  if (stream->scanned() < prefix_bytes_) return;
  give_back(direction, std::move(stream));
  prefix.done = true;
}

std::unique_ptr<StreamMatch> FlowShard::take_search(Direction direction, MatchFacts facts) {
  auto& idle = idle_searches_[index(direction)];
  if (idle.empty()) {
    const Field field = direction == Direction::FromInitiator ? Field::StreamClient : Field::StreamServer;
    return std::make_unique<StreamMatch>(*matcher_, field, facts);
  }
  auto search = std::move(idle.back());
  idle.pop_back();
  search->restart(facts);
  return search;
}

void FlowShard::give_back(Direction direction, std::unique_ptr<StreamMatch> search) {
  constexpr std::size_t kMaxIdle = 256;
  auto& idle = idle_searches_[index(direction)];
  if (search && idle.size() < kMaxIdle) idle.push_back(std::move(search));
}

void FlowShard::settle(Flow& flow, Work& work) {
  at_work_ = nullptr;
  // The flow counts as observed where a hit was left out, so that its end is told as it would be
  // where the hit was only found to be suspended afterwards.
  const bool left_out = fields_.take_held_back();
  work.observed = work.observed || passed_on_ || left_out;
  passed_on_ = false;
  for (const std::size_t side : {0U, 1U}) flow.wanted[side] = work.parser_wants[side] || !work.prefix[side].done;
  flow.watches_acknowledgements = work.dispatcher().watches_acknowledgements();
}

void FlowShard::on_bytes(Flow& flow, Direction direction, Bytes bytes, std::uint64_t offset, const PacketContext& packet) {
  Work& work = work_of(flow);
  at_work_ = &work;
  const std::size_t side = index(direction);
  search_prefix(work, work.prefix[side], direction, bytes, moment_of(packet));
  const bool had_conversation = work.session().has_conversation();
  if (work.parser_wants[side]) work.parser_wants[side] = work.dispatcher().bytes(direction, bytes, offset, moment_of(packet));
  // A conversation on one side makes the other worth reading again.
  if (!had_conversation && work.session().has_conversation()) work.parser_wants[side ^ 1U] = true;
  settle(flow, work);
}

void FlowShard::on_gap(Flow& flow, Direction direction, std::uint64_t missing, const PacketContext& packet) {
  Work& work = work_of(flow);
  at_work_ = &work;
  const std::size_t side = index(direction);
  if (work.parser_wants[side]) work.parser_wants[side] = work.dispatcher().gap(direction, missing, moment_of(packet));
  settle(flow, work);
}

void FlowShard::on_datagram(Flow& flow, Direction direction, Bytes bytes, const PacketContext& packet) {
  if (flow.attachment) {
    Work& work = work_of(flow);
    work.dispatcher().datagram(direction, bytes, moment_of(packet));
    settle(flow, work);
    return;
  }
  // Most datagrams belong to no parser: their flows never get an attachment.
  FlowSession session(flow.ref, *dialects_, fields_);
  Dispatcher dispatcher(session);
  dispatcher.datagram(direction, bytes, moment_of(packet));
  if (session.observations() == 0) return;
  Work& work = work_of(flow);
  std::copy(std::begin(session.noted), std::end(session.noted), std::begin(work.session().noted));
  settle(flow, work);
}

void FlowShard::on_acknowledged(Flow& flow, Direction direction, std::uint64_t offset, const PacketContext& packet) {
  if (!flow.attachment) return;
  Work& work = work_of(flow);
  work.dispatcher().acknowledged(direction, offset, moment_of(packet));
  settle(flow, work);
}

void FlowShard::on_payload(Flow& flow, Direction direction, const PayloadSeen& payload, const PacketContext& packet) {
  Work* work = flow.attachment ? &work_of(flow) : nullptr;
  // What can be read needs no guess.
  if (work != nullptr && work->session().has_conversation() && work->session().conversation().is_mining()) return shapes_.drop(flow);
  shapes_.payload(flow, direction, payload, packet);
  if (work != nullptr && flow.payload_watch == kWatchNoPayload) work->introductions = {};
}

void FlowShard::take_shape(Flow& flow, Observation&& observation) {
  Work& work = work_of(flow);
  work.observed = true;
  for (Observation& introduction : std::exchange(work.introductions, {})) {
    introduction.at = observation.at;
    introduction.sequence = observation.sequence;
    tell(std::move(introduction));
  }
  tell(std::move(observation));
}

// Of most flows nothing was observed, and at their end nothing is left to tell. Should more come,
// it is read as if nothing had been let go.
void FlowShard::on_said_all(Flow& flow) {
  if (!flow.attachment || flow.payload_watch == kWatchEveryPayload) return;
  Work& work = work_of(flow);
  const auto remains = remains_of(work);
  if (!remains) return;
  give_back_searches(work);
  flow.attachment.reset();
  flow.remains = *remains;
}

void FlowShard::on_closed(Flow& flow, FlowEnd, const PacketContext& packet) {
  shapes_.closed(flow, packet);
  const bool attempt = flow.ref.tuple.protocol == IpProtocol::Tcp && flow.counters.bytes[0] == 0 && flow.counters.bytes[1] == 0;
  if (attempt) {
    const Endpoint& target = flow.ref.tuple.destination;
    constexpr std::uint16_t kFirstUnprivileged = 1024;
    const bool pool_port = pool_ports_ != nullptr && target.port >= kFirstUnprivileged && pool_ports_->contains(target.port);
    if (!flow.ref.start_seen || (!pool_port && !matcher_->ruleset().datasets().find_address(target.address))) return;
  } else {
    if (!flow.attachment) return;
    Work& work = work_of(flow);
    give_back_searches(work);
    work.dispatcher().end(moment_of(packet));
    settle(flow, work);
    if (!work.observed) return;
  }
  FlowOver over;
  for (const std::size_t side : {0U, 1U}) {
    over.packets[side] = flow.counters.packets[side];
    over.bytes[side] = flow.counters.bytes[side];
    over.gap_bytes += flow.counters.gap_bytes[side];
  }
  over.attempt = attempt;
  over.one_sided = flow.counters.packets[0] == 0 || flow.counters.packets[1] == 0;
  Observation observation;
  observation.at = packet.at;
  observation.sequence = packet.sequence;
  observation.frame = packet.frame;
  observation.file = packet.file;
  observation.flow = flow.ref;
  observation.what = over;
  tell(std::move(observation));
}

void FlowShard::on_life(const Flow&, const FlowLife& life) {
  lives_.push_back(life);
  lives_.back().order = next_order(life.sequence);
  lives_.back().clock_corrected = clock_corrected_;
}

std::uint32_t FlowShard::next_order(std::uint64_t sequence) {
  if (sequence != order_sequence_) {
    order_sequence_ = sequence;
    order_ = 0;
  }
  return ++order_;
}

void FlowShard::take(Observation&& observation) {
  if (std::holds_alternative<ParserGaveUp>(observation.what)) ++gave_up_;
  const auto& what = observation.what;
  // Of most flows nobody asks how the ends were introduced to each other.
  if (std::holds_alternative<TlsClientHello>(what) || std::holds_alternative<TlsCertificate>(what) || std::holds_alternative<ProxyRequestSeen>(what) || std::holds_alternative<HttpRequestSeen>(what)) {
    constexpr std::size_t kMostIntroductions = 4;
    if (at_work_ != nullptr && at_work_->introductions.size() < kMostIntroductions) at_work_->introductions.push_back(std::move(observation));
    return;
  }
  // A DNS answer binds a name for others, a log-in or an echo counts for its sender: their flows
  // need not be followed for that.
  if (!std::holds_alternative<DnsSeen>(what) && !std::holds_alternative<LoginSeen>(what) && !std::holds_alternative<EchoSeen>(what)) passed_on_ = true;
  tell(std::move(observation));
}

void FlowShard::tell(Observation&& observation) {
  observation.order = next_order(observation.sequence);
  observation.clock_corrected = clock_corrected_;
  out_.push_back(std::move(observation));
}

}  // namespace scanner
