// harm.suffered: what others do to one of ours (clause 8.1.4). An indicator and nothing more:
// nobody is to blame for being attacked, but whoever is may harm the neighbours.
//
// Raised only for ends that are known to be ours, by --local or an attribution. Floods: what
// comes unanswered, or as an answer that nobody asked for (reflection), by CUSUM, from however
// many sources. Reflection that is slow: the same unasked answer more often than anybody repeats
// it. Scans: one source on many ports. How many sources there were tells forged ones from real
// ones where nearly each sent once.
//
// State: AbuseLimits::subjects of ours, each with a Cusum, 64 bits of sources and the ports of
// kSources sources.
#include "scanner/detect/abuse_finding.h"
#include "scanner/detect/contact_set.h"
#include "scanner/detect/cusum.h"
#include "scanner/detect/detector.h"
#include "scanner/detect/detectors.h"
#include "scanner/detect/few_of.h"
#include "scanner/detect/rate_window.h"
#include "scanner/detect/subject_table.h"

#include <algorithm>

namespace scanner {
namespace {

constexpr std::string_view kActivity = "harm.suffered", kName = "suffered";
constexpr std::size_t kSources = 8;
constexpr Duration kIdle = std::chrono::minutes(30), kReflecting = std::chrono::minutes(15);
constexpr std::size_t kOut = static_cast<std::size_t>(Direction::FromInitiator), kBack = static_cast<std::size_t>(Direction::FromResponder);

struct Prober {
  IpAddress address;
  ContactSet ports;
  Told told;
  Timestamp first, last;
};

struct Reflection {
  RateWindow answers;
  ContactSet sources;
  std::uint64_t total = 0;
  Told told;
  Timestamp first, last;
};

struct Harm {
  Cusum sum;
  ContactSet sources;
  std::uint64_t unasked = 0;
  Told told;
  Timestamp first, last;
  Reflection reflection;
  FlowRef flow;
  std::vector<PacketRef> packets;
  std::vector<Prober> probers;
};

class Suffered final : public Detector {
 public:
  explicit Suffered(const AbuseLimits& limits) : limits_(limits.suffered), subjects_(limits.subjects, kIdle) {}

  LifeSteps follows() const override { return steps({LifeStep::Refused, LifeStep::Unanswered, LifeStep::Unasked, LifeStep::Volume}); }
  void follow(const FlowLife& life, const DetectorContext& context) override;
  std::uint64_t refused() const override { return subjects_.refused(); }

 private:
  void flooded(Harm& harm, const FlowLife& life, std::uint64_t amount, Direction attacker, const DetectorContext& context) const;
  void reflected(Reflection& reflection, const FlowLife& life, const DetectorContext& context) const;
  void probed(Harm& harm, const FlowLife& life, const DetectorContext& context) const;
  void report(std::string key, const FlowLife& life, Direction attacker, Timestamp first, Timestamp last, const std::vector<PacketRef>& packets, std::string reason,
              const DetectorContext& context) const;

  SufferedLimits limits_;
  SubjectTable<IpAddress, Harm> subjects_;
};

void Suffered::follow(const FlowLife& life, const DetectorContext& context) {
  // An unasked answer comes from the flow's responder; else the initiator is who does it.
  const bool volume = life.step == LifeStep::Volume;
  const bool from_responder = life.step == LifeStep::Unasked || (volume && life.packets[kBack] > life.packets[kOut]);
  const Direction attacker = from_responder ? Direction::FromResponder : Direction::FromInitiator;
  const IpAddress& victim = life.flow.receiver(attacker).address;
  if (!context.attribution.may_be_local(victim) || life.flow.sender(attacker).address == victim) return;
  constexpr std::uint64_t kOneWay = 20;
  const std::size_t side = from_responder ? kBack : kOut;
  if (volume && life.packets[side] < kOneWay * life.packets[side ^ 1U]) return;
  Harm* harm = subjects_.obtain(victim, life.at);
  if (harm == nullptr) return;
  if (life.step == LifeStep::Unasked && life.packets[kBack] > 1) return reflected(harm->reflection, life, context);
  if (!life.clock_corrected) flooded(*harm, life, volume ? life.packets[side] : 1, attacker, context);
  if (!from_responder && !volume) probed(*harm, life, context);
}

void Suffered::flooded(Harm& harm, const FlowLife& life, std::uint64_t amount, Direction attacker, const DetectorContext& context) const {
  if (harm.sum.total() == 0) harm.first = life.from;
  harm.sum.add(life.from, amount, limits_.openings);
  harm.sources.note(hash_of(life.flow.sender(attacker).address) | 1, ContactOutcome::Failed);
  harm.unasked += life.step == LifeStep::Unasked ? 1 : 0;
  harm.last = std::max(harm.last, life.from);
  harm.flow = life.flow;
  add_packet(harm.packets, life.file, life.frame);
  if (harm.sum.height(limits_.openings) < limits_.openings.observed || !harm.told.due(Stage::Observed, harm.sum.total(), harm.last)) return;
  const std::uint64_t sources = harm.sources.size();
  const std::string many = sources >= ContactSet::kMost / 2 ? "more than " + std::to_string(sources) : std::to_string(sources);
  std::string reason = std::to_string(harm.sum.total()) + " packets that opened nothing came in " + span_text(harm.last - harm.first) + ", at the peak " +
                       std::to_string(harm.sum.peak()) + " in a second, from " + many + (sources == 1 ? " source" : " sources");
  if (harm.unasked * 2 > harm.sum.total())
    reason += ": answers that were not asked for, as from reflectors";
  else if (sources * 2 > std::min<std::uint64_t>(harm.sum.total(), ContactSet::kMost))
    reason += ", most of them seen once: they may be forged";
  report("suffered:flood", life, attacker, harm.first, harm.last, harm.packets, std::move(reason), context);
}

// Told of a flow whenever its unasked answers have doubled: half of them were counted before.
void Suffered::reflected(Reflection& reflection, const FlowLife& life, const DetectorContext& context) const {
  if (life.clock_corrected) return;
  const std::uint64_t answers = life.packets[kBack], more = answers == kRepeatedAnswers ? answers : answers / 2;
  reflection.sources.note(hash_of(life.flow.tuple.destination.address) | 1, ContactOutcome::Failed);
  if (reflection.total == 0) reflection.first = life.from;
  reflection.last = std::max(reflection.last, life.last);
  reflection.total += more;
  reflection.answers.add(life.last, kReflecting, more);
  if (reflection.answers.count(life.last, kReflecting) < limits_.repeated_answers || !reflection.told.due(Stage::Observed, reflection.total, reflection.last)) return;
  const std::uint64_t sources = reflection.sources.size();
  report("suffered:reflection", life, Direction::FromResponder, reflection.first, reflection.last, {{life.file, life.frame}},
         std::to_string(reflection.total) + " answers to connections that it did not ask for came in " + span_text(reflection.last - reflection.first) + " from " + std::to_string(sources) +
             (sources == 1 ? " server" : " servers") + ", again and again: somebody asks in its name",
         context);
}

void Suffered::probed(Harm& harm, const FlowLife& life, const DetectorContext& context) const {
  const IpAddress& source = life.flow.tuple.source.address;
  Prober& prober = obtain_of(
      harm.probers, kSources, [&](const Prober& one) { return one.address == source; }, [](const Prober& a, const Prober& b) { return a.ports.size() < b.ports.size(); });
  if (prober.ports.size() == 0) {
    prober.address = source;
    prober.first = life.from;
  }
  prober.last = std::max(prober.last, life.from);
  prober.ports.note(ContactSet::key_of(life.flow.tuple.destination, life.flow.tuple.protocol), ContactOutcome::Failed);
  const auto ports = static_cast<std::uint32_t>(prober.ports.size());
  if (ports < limits_.scan_ports || !prober.told.due(Stage::Observed, ports, prober.last)) return;
  report("suffered:scan:" + source.to_string(), life, Direction::FromInitiator, prober.first, prober.last, {},
         source.to_string() + " tried " + std::to_string(ports) + " ports in " + span_text(prober.last - prober.first) + " that refused or did not answer", context);
}

void Suffered::report(std::string key, const FlowLife& life, Direction attacker, Timestamp first, Timestamp last, const std::vector<PacketRef>& packets, std::string reason,
                      const DetectorContext& context) const {
  const auto subject = context.attribution.local_subject_of(life.flow, attacker == Direction::FromInitiator ? Direction::FromResponder : Direction::FromInitiator, last);
  if (!subject) return;
  Finding finding = abuse_finding(std::move(key), kActivity, kName, Stage::Observed, *subject);
  finding.first_seen = first;
  finding.last_seen = last;
  finding.flow = life.flow;
  finding.packets = packets;
  finding.reason = std::move(reason);
  context.findings.take(finding);
}

}  // namespace

std::unique_ptr<Detector> make_suffered(const AbuseLimits& limits) { return std::make_unique<Suffered>(limits); }

}  // namespace scanner
