// abuse.flood: a subject sends one target more than it can want, and does not care for answers.
//
// By CUSUM over seconds, of four kinds apart: openings that are not answered (SYN floods, UDP
// from many ports), connections (HTTP), datagrams that go one way, echo requests. A subject is
// accused of what came from its address in such numbers; where every packet has another source
// nobody can be, and only the target is told (harm.suffered). Openings spread over many ports
// of the target are a scan first: then it takes kSpread times as many.
//
// No rate is judged where timestamps had to be corrected.
//
// State: AbuseLimits::subjects sources with kTargets targets each (the quietest makes room). A
// source gets state once kWorth openings fell into one second of a pair, counted in kSlots
// slots without allocation, or a flow had a busy second.
#include "scanner/detect/abuse_finding.h"
#include "scanner/detect/cusum.h"
#include "scanner/detect/detector.h"
#include "scanner/detect/detectors.h"
#include "scanner/detect/few_of.h"
#include "scanner/detect/subject_table.h"

#include <algorithm>
#include <array>

namespace scanner {
namespace {

constexpr std::string_view kActivity = "abuse.flood", kName = "flood";
constexpr std::size_t kTargets = 8, kSlots = 4096;
constexpr std::uint32_t kWorth = 40;
constexpr std::uint64_t kSpread = 30;
constexpr std::uint64_t kOneWay = 20;  // so many go for each that comes back
constexpr Duration kIdle = std::chrono::minutes(10);
constexpr std::int64_t kSecond = 1'000'000'000;

enum class Kind : std::uint8_t { Openings, Connections, Datagrams, Echoes };
constexpr std::size_t kKinds = 4;
constexpr std::array<std::string_view, kKinds> kWhat{"connections or requests that nobody answered", "connections", "datagrams, and hardly any came back", "echo requests"};
constexpr std::array<std::string_view, kKinds> kKey{"openings", "connections", "datagrams", "echoes"};

struct Series {
  Cusum sum;
  Timestamp first, last;
  std::uint64_t peak_bytes = 0;  // of one flow in a second
  std::uint16_t port = 0;        // the most frequent, by majority vote
  IpProtocol protocol = IpProtocol::Tcp;
  std::uint64_t vote = 0, answered = 0;
  Told told;
  FlowRef flow;
  std::vector<PacketRef> packets;
};

struct Target {
  IpAddress address;
  Timestamp last;
  std::array<Series, kKinds> series;
};

struct FloodState {
  std::vector<Target> targets;
};

// Boyer and Moore's majority vote, by packets.
void vote(Series& series, const FiveTuple& tuple, std::uint64_t amount) {
  const std::uint16_t port = tuple.destination.port;
  if (port != series.port && series.vote > amount) {
    series.vote -= amount;
    return;
  }
  series.vote = port == series.port ? series.vote + amount : amount - series.vote;
  series.port = port;
  series.protocol = tuple.protocol;
}

class Flood final : public Detector {
 public:
  explicit Flood(const AbuseLimits& limits) : limits_(limits.flood), subjects_(limits.subjects, kIdle) {}

  LifeSteps follows() const override { return steps({LifeStep::Answered, LifeStep::Refused, LifeStep::Unanswered, LifeStep::Volume}); }
  void follow(const FlowLife& life, const DetectorContext& context) override;
  std::uint64_t refused() const override { return subjects_.refused(); }

 private:
  struct Slot {
    std::uint64_t pair = 0;
    std::int64_t second = 0;
    std::uint32_t count = 0;
  };

  const RateLimits& rates(Kind kind) const {
    const std::array<const RateLimits*, kKinds> all{&limits_.openings, &limits_.connections, &limits_.datagrams, &limits_.echoes};
    return *all[static_cast<std::size_t>(kind)];
  }
  bool worth(const FiveTuple& tuple, bool answered, Timestamp at);
  Target* target_of(const IpAddress& source, const IpAddress& address, bool make, Timestamp at, const DetectorContext& context);
  void take(Kind kind, Direction sender, std::uint64_t amount, std::uint64_t bytes, const FlowLife& life, const DetectorContext& context);
  void judge(Kind kind, Target& target, Series& series, Direction sender, const DetectorContext& context) const;

  FloodLimits limits_;
  SubjectTable<IpAddress, FloodState> subjects_;
  std::vector<Slot> slots_ = std::vector<Slot>(kSlots);
};

// Were there so many of this pair within a second that they deserve state? A pair that shares
// its slot with a busier one is crowded out until that one is quiet.
bool Flood::worth(const FiveTuple& tuple, bool answered, Timestamp at) {
  const std::uint64_t pair = (hash_of(tuple.source.address) * 3 ^ hash_of(tuple.destination.address)) * 0x9e3779b97f4a7c15U + (answered ? 1 : 0);
  Slot& slot = slots_[pair >> 52];
  const std::int64_t second = at.ns / kSecond;
  if (slot.pair == pair && slot.second == second) return ++slot.count >= kWorth;
  if (slot.pair == pair || slot.count <= 1 || slot.second < second) {
    slot = {pair, second, 1};
  } else {
    --slot.count;
  }
  return false;
}

Target* Flood::target_of(const IpAddress& source, const IpAddress& address, bool make, Timestamp at, const DetectorContext& context) {
  // Most of the time there is no flood, and nothing to look for.
  if (!make && subjects_.size() == 0) return nullptr;
  if (!context.attribution.may_be_subject(source)) return nullptr;
  FloodState* state = make ? subjects_.obtain(source, at) : subjects_.find(source, at);
  if (state == nullptr) return nullptr;
  const auto is = [&](const Target& one) { return one.address == address; };
  if (!make && std::ranges::none_of(state->targets, is)) return nullptr;
  Target& target = obtain_of(state->targets, kTargets, is, [](const Target& a, const Target& b) { return a.last < b.last; });
  if (at - target.last > kIdle) target = Target{};
  target.address = address;
  target.last = std::max(target.last, at);
  return &target;
}

void Flood::follow(const FlowLife& life, const DetectorContext& context) {
  if (life.clock_corrected) return;
  const FiveTuple& tuple = life.flow.tuple;
  const bool echo = tuple.protocol == IpProtocol::Icmp || tuple.protocol == IpProtocol::Icmp6;
  switch (life.step) {
    case LifeStep::Unanswered:
    case LifeStep::Refused:
      if (!echo) take(Kind::Openings, Direction::FromInitiator, 1, 0, life, context);
      return;
    case LifeStep::Answered:
      if (tuple.protocol == IpProtocol::Tcp)
        take(Kind::Connections, Direction::FromInitiator, 1, 0, life, context);
      else if (Target* target = echo ? nullptr : target_of(tuple.source.address, tuple.destination.address, false, life.from, context))
        ++target->series[static_cast<std::size_t>(Kind::Openings)].answered;
      return;
    case LifeStep::Volume: break;
    case LifeStep::Unasked:
    case LifeStep::Ended: return;  // not asked for
  }
  const std::size_t side = life.packets[0] >= life.packets[1] ? 0 : 1;
  const bool one_way = life.packets[side] >= kOneWay * life.packets[side ^ 1U];
  const Direction sender = side == 0 ? Direction::FromInitiator : Direction::FromResponder;
  if (echo && sender == Direction::FromInitiator)
    take(Kind::Echoes, sender, life.packets[side], life.bytes[side], life, context);
  else if (tuple.protocol == IpProtocol::Tcp)
    take(Kind::Openings, sender, life.packets[side], life.bytes[side], life, context);
  else if (one_way && !echo)
    take(Kind::Datagrams, sender, life.packets[side], life.bytes[side], life, context);
}

void Flood::take(Kind kind, Direction sender, std::uint64_t amount, std::uint64_t bytes, const FlowLife& life, const DetectorContext& context) {
  const IpAddress& source = life.flow.sender(sender).address;
  const IpAddress& address = life.flow.receiver(sender).address;
  if (source == address || !address.can_be_subject()) return;
  const bool volume = life.step == LifeStep::Volume;
  const bool crossed = !volume && worth(life.flow.tuple, kind == Kind::Connections, life.from);
  Target* target = target_of(source, address, volume || crossed, life.from, context);
  if (target == nullptr) return;
  if (kind == Kind::Connections) ++target->series[static_cast<std::size_t>(Kind::Openings)].answered;
  Series& series = target->series[static_cast<std::size_t>(kind)];
  if (series.sum.total() == 0) {
    series.first = life.from;
    // What the slot had counted before there was state.
    if (crossed) amount = kWorth;
  }
  series.last = std::max(series.last, life.from);
  series.sum.add(life.from, amount, rates(kind));
  series.peak_bytes = std::max(series.peak_bytes, bytes);
  vote(series, life.flow.tuple, amount);
  series.flow = life.flow;
  add_packet(series.packets, life.file, life.frame);
  judge(kind, *target, series, sender, context);
}

void Flood::judge(Kind kind, Target& target, Series& series, Direction sender, const DetectorContext& context) const {
  const RateLimits& limits = rates(kind);
  // No port has more than a tenth over all the others.
  const bool spread = kind == Kind::Openings && series.vote * 10 < series.sum.total();
  const std::uint64_t height = series.sum.height(limits) / (spread ? kSpread : 1);
  if (height < limits.observed) return;
  const bool ignored = kind != Kind::Openings || series.sum.total() >= 4 * series.answered;
  const bool confirmed = height >= limits.confirmed && series.sum.peak() >= limits.peak && ignored;
  if (!ignored || !series.told.due(confirmed ? Stage::Confirmed : Stage::Observed, series.sum.total(), series.last)) return;
  const auto subject = context.attribution.subject_of(series.flow, sender, series.last);
  if (!subject) return;
  Finding finding = abuse_finding("flood:" + target.address.to_string() + ":" + std::string(kKey[static_cast<std::size_t>(kind)]), kActivity, kName, series.told.stage(), *subject);
  finding.first_seen = series.first;
  finding.last_seen = series.last;
  finding.flow = series.flow;
  finding.packets = series.packets;
  finding.targets = Cidr(target.address);
  const std::string where = spread || kind == Kind::Echoes ? target.address.to_string() : target.address.to_string() + " " + service_text(series.protocol, series.port);
  finding.reason = "sent " + where + " " + std::to_string(series.sum.total()) + " " + std::string(kWhat[static_cast<std::size_t>(kind)]) + " in " + span_text(series.last - series.first) +
                   ", at the peak " + std::to_string(series.sum.peak()) + " in a second";
  if (series.peak_bytes != 0) finding.reason += " and " + std::to_string(series.peak_bytes * 8 / 1000) + " kbit/s of payload in one flow";
  context.findings.take(finding);
}

}  // namespace

std::unique_ptr<Detector> make_flood(const AbuseLimits& limits) { return std::make_unique<Flood>(limits); }

}  // namespace scanner
