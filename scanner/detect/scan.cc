// abuse.scan: a subject tries hosts or ports that do not answer (horizontal, vertical, slow).
//
// Sequential hypothesis test over first contacts (Jung, Paxson, Berger, Balakrishnan 2004), one
// walk a port and one a host: a failure makes "scanner" four times as likely, an answer four
// times less (0.8 against 0.2). Three departures:
// - The walk stops at zero instead of acquitting, and only different hosts move it, so that a few
//   targets that are known to answer do not reset it (Mell and Harang 2013). Who mixes in as many
//   answering hosts as others meets the plain count `padded_hosts`.
// - Beside the walk there are floors, since a breach wants more than probable cause.
// - Peers of file sharing fail much too, but on many ports; a scan's failures are on few.
//
// What fails: no answer in FlowLimits::answer_patience, or a reset. Datagrams are often meant
// to go unanswered; replies whose questions were not captured are no contacts.
//
// State: AbuseLimits::subjects subjects that failed at least once (SubjectTable), each at most
// 22 KiB (ContactSet, 16 ports, 8 hosts: the ones with the fewest contacts make room), and
// AnsweredHosts for everybody.
#include "scanner/detect/abuse_finding.h"
#include "scanner/detect/answered_hosts.h"
#include "scanner/detect/contact_set.h"
#include "scanner/detect/detector.h"
#include "scanner/detect/detectors.h"
#include "scanner/detect/subject_table.h"

#include <algorithm>
#include <optional>

namespace scanner {
namespace {

constexpr std::string_view kActivity = "abuse.scan", kName = "scan";
constexpr std::size_t kPorts = 16, kHosts = 8;
constexpr std::uint16_t kFirstUnprivileged = 1024, kFirstEphemeral = 32768;
constexpr std::uint16_t kTraceroute = 33434, kTracerouteEnd = 33534;  // IANA: traceroute, and on from there
constexpr std::uint32_t kWalkObserved = 4;    // 4^4 > 99, the paper's bound for PD 0.99, PF 0.01
constexpr std::uint32_t kWalkConfirmed = 10;  // 4^10: a million to one
constexpr std::uint32_t kShare = 4;           // so many fail for each that answers
constexpr std::uint32_t kMinPrivileged = 5;   // of the ports of a vertical scan
constexpr Duration kTooEarly = std::chrono::milliseconds(500);  // no answer can be missed yet

// First contacts with one service at many hosts, or with many services of one host.
struct Group {
  IpProtocol protocol = IpProtocol::Tcp;
  std::uint16_t port = 0;  // of a service
  IpAddress host;          // of a host
  std::uint32_t failed = 0, open = 0, answered = 0, walk = 0;
  std::uint32_t privileged = 0;  // of `failed` and `open`: ports below 1024
  Told told;
  Timestamp first, last;         // of failures
  FlowRef flow;                  // the last that failed
  std::optional<Cidr> targets;   // that failed
  std::vector<PacketRef> packets;

  bool used() const { return failed + open + answered != 0; }
  std::uint32_t contacts() const { return failed + open + answered; }
};

struct ScanState {
  ContactSet contacts;
  std::vector<Group> ports, hosts;
  std::uint32_t failed = 0;  // first contacts that failed, on any port; halved every `quiet`
  Timestamp halved;
  bool heard = false;        // somebody answered: both directions are captured

  bool weak() const { return failed < kWalkObserved; }  // no threshold is in reach
};

bool asks_of_hosts(IpProtocol protocol) { return protocol == IpProtocol::Icmp || protocol == IpProtocol::Icmp6; }

// A reply whose question was not captured, and what traceroute sends.
bool is_no_contact(const FiveTuple& tuple) {
  if (tuple.protocol != IpProtocol::Udp) return false;
  const std::uint16_t from = tuple.source.port, to = tuple.destination.port;
  if (to >= kTraceroute && to <= kTracerouteEnd) return true;
  return (from < kFirstUnprivileged && to >= kFirstUnprivileged) || (from < kFirstEphemeral && to >= kFirstEphemeral);
}

void note(Group& group, const ContactSet::Change& change, ContactOutcome outcome, const FlowLife& life) {
  if (change.turned) {
    // It was counted as failed, or open, before.
    if (group.failed > 0)
      --group.failed;
    else if (group.open > 0)
      --group.open;
    group.walk -= std::min(group.walk, 2U);
    ++group.answered;
    return;
  }
  if (outcome == ContactOutcome::Answered) {
    ++group.answered;
    group.walk -= std::min(group.walk, 1U);
    return;
  }
  if (group.failed + group.open == 0) group.first = life.from;
  ++(outcome == ContactOutcome::Failed ? group.failed : group.open);
  ++group.walk;
  if (life.flow.tuple.destination.port < kFirstUnprivileged) ++group.privileged;
  group.first = std::min(group.first, life.from);
  group.last = std::max(group.last, life.from);
  group.flow = life.flow;
  const IpAddress& target = life.flow.tuple.destination.address;
  group.targets = group.targets ? group.targets->covering(target) : Cidr(target);
  add_packet(group.packets, life.file, life.frame);
}

class Scan final : public Detector {
 public:
  explicit Scan(const AbuseLimits& limits) : limits_(limits.scan), subjects_(limits.subjects, limits_.quiet), answered_(limits_.quiet) {}

  LifeSteps follows() const override { return steps({LifeStep::Answered, LifeStep::Refused, LifeStep::Unanswered}); }
  void follow(const FlowLife& life, const DetectorContext& context) override;
  std::uint64_t refused() const override { return subjects_.refused(); }

 private:
  Group& group_of(std::vector<Group>& groups, std::size_t most, const Group& wanted, Timestamp now) const;
  Stage service_stage(const ScanState& state, const Group& group) const;
  Stage host_stage(const Group& group) const;
  void report(Group& group, Stage stage, bool of_host, const DetectorContext& context) const;

  ScanLimits limits_;
  SubjectTable<IpAddress, ScanState> subjects_;
  AnsweredHosts answered_;
};

// The group, or a new one in place of one that is over or has the fewest contacts.
Group& Scan::group_of(std::vector<Group>& groups, std::size_t most, const Group& wanted, Timestamp now) const {
  for (Group& group : groups) {
    const bool same = group.protocol == wanted.protocol && group.port == wanted.port && group.host == wanted.host;
    if (same && now - group.last <= limits_.quiet) return group;
    if (same) return group = wanted;
  }
  if (groups.size() < most) return groups.emplace_back(wanted);
  return *std::min_element(groups.begin(), groups.end(), [](const Group& a, const Group& b) { return std::pair(a.contacts(), a.last) < std::pair(b.contacts(), b.last); }) = wanted;
}

Stage Scan::service_stage(const ScanState& state, const Group& group) const {
  const std::uint32_t tried = group.failed + group.open;
  if (asks_of_hosts(group.protocol)) {
    if (group.failed >= limits_.confirmed_hosts && group.failed >= group.answered && state.heard) return Stage::Confirmed;
    return tried >= limits_.observed_hosts / 2 && group.contacts() >= limits_.observed_hosts && tried >= group.answered / 2 ? Stage::Observed : Stage::None;
  }
  if (tried < limits_.observed_hosts) return Stage::None;
  const bool padded = group.failed >= limits_.padded_hosts && group.failed >= group.answered;
  const bool walked = group.walk >= kWalkConfirmed && group.failed >= kShare * group.answered;
  const bool privileged = group.port < kFirstUnprivileged;
  const bool enough = group.failed >= (privileged ? limits_.confirmed_hosts : limits_.confirmed_hosts_unprivileged);
  // Peers fail everywhere: this port stands out, or the failures are on few ports.
  std::uint32_t on_few = 0;
  for (const Group& other : state.ports)
    if (other.failed + other.open >= limits_.observed_hosts) on_few += other.failed + other.open;
  constexpr std::uint32_t kStandsOut = 8;
  const bool concentrated = privileged ? tried * kStandsOut >= state.failed : on_few * 2 >= state.failed;
  // Between unprivileged ports even a tenth of answers is a network that finds its peers.
  constexpr std::uint32_t kPeers = 20;
  const bool no_peers = privileged || group.failed >= kPeers * group.answered;
  const bool visible = group.protocol != IpProtocol::Udp || state.heard;
  if (enough && concentrated && no_peers && visible && (walked || padded)) return Stage::Confirmed;
  // Failures are noticed later than answers, so that the walk alone would depend on patience.
  return group.walk >= kWalkObserved && tried >= group.answered && concentrated ? Stage::Observed : Stage::None;
}

Stage Scan::host_stage(const Group& group) const {
  const std::uint32_t tried = group.failed + group.open;
  if (tried < limits_.observed_ports || group.walk < kWalkObserved || tried < kShare * group.answered) return Stage::None;
  const bool enough = group.failed >= limits_.confirmed_ports && group.walk >= kWalkConfirmed && group.failed >= kShare * group.answered;
  // Whoever is turned away on ports that a server names one after another (FTP) meets no
  // privileged ones.
  if (enough && group.privileged >= kMinPrivileged) return Stage::Confirmed;
  return group.privileged > 0 || enough ? Stage::Observed : Stage::None;
}

void Scan::follow(const FlowLife& life, const DetectorContext& context) {
  const FiveTuple& tuple = life.flow.tuple;
  const IpAddress& source = tuple.source.address;
  if (source == tuple.destination.address || !tuple.destination.address.can_be_subject() || is_no_contact(tuple)) return;
  const bool failed = life.step != LifeStep::Answered;
  const bool probe = !life.flow.start_seen;  // a segment out of the blue
  ScanState* state = nullptr;
  if (failed) {
    if (context.attribution.may_be_subject(source)) state = subjects_.obtain(source, life.at);
  } else {
    if (!probe && context.attribution.may_be_subject(source)) answered_.note(source, tuple.protocol, tuple.destination, life.at);
    state = subjects_.find(source, life.at);
  }
  if (state == nullptr) return;
  state->heard = state->heard || life.step != LifeStep::Unanswered;
  const bool too_early = life.step == LifeStep::Unanswered && life.run_ended && life.at - life.from < kTooEarly;
  const ContactOutcome outcome = !failed ? ContactOutcome::Answered : too_early ? ContactOutcome::Open : ContactOutcome::Failed;
  const ContactSet::Change change = state->contacts.note(ContactSet::key_of(tuple.destination, tuple.protocol, probe ? 1 : 0), outcome);
  if (!change.first && !change.turned) return;
  if (life.at - state->halved > limits_.quiet) {
    state->failed /= 2;
    state->halved = life.at;
  }
  if (failed) ++state->failed;
  if (!probe) {
    Group wanted;
    wanted.protocol = tuple.protocol;
    wanted.port = asks_of_hosts(tuple.protocol) ? 0 : tuple.destination.port;
    wanted.last = life.at;
    Group& group = group_of(state->ports, kPorts, wanted, life.at);
    if (!group.used()) {
      const std::uint32_t before = answered_.count(source, tuple.protocol, tuple.destination.port, life.at);
      group.answered = failed || before == 0 ? before : before - 1;
      state->heard = state->heard || before != 0;
    }
    note(group, change, outcome, life);
    if (failed) report(group, service_stage(*state, group), false, context);
  }
  if (asks_of_hosts(tuple.protocol)) return;
  Group wanted;
  wanted.protocol = tuple.protocol;
  wanted.host = tuple.destination.address;
  wanted.last = life.at;
  Group& group = group_of(state->hosts, kHosts, wanted, life.at);
  note(group, change, outcome, life);
  if (failed) report(group, host_stage(group), true, context);
}

void Scan::report(Group& group, Stage stage, bool of_host, const DetectorContext& context) const {
  const std::uint32_t tried = group.failed + group.open;
  if (!group.told.due(stage, tried, group.last)) return;
  stage = group.told.stage();
  const auto subject = context.attribution.subject_of(group.flow, Direction::FromInitiator, group.last);
  if (!subject) return;
  const std::string what = of_host ? group.host.to_string() : service_text(group.protocol, group.port);
  Finding finding = abuse_finding("scan:" + std::string(to_string(group.protocol)) + ":" + what, kActivity, kName, stage, *subject);
  finding.first_seen = group.first;
  finding.last_seen = group.last;
  finding.flow = group.flow;
  finding.targets = group.targets;
  finding.packets = group.packets;
  const std::string subjects_word = of_host ? " ports of " + what + " (" + std::string(to_string(group.protocol)) + ")" : " hosts on " + what;
  finding.reason = "tried " + std::to_string(tried) + subjects_word + " in " + span_text(group.last - group.first) + " that refused or did not answer, while " +
                   std::to_string(group.answered) + " answered";
  if (group.open != 0) finding.reason += "; for " + std::to_string(group.open) + " of them it was too early to tell when the run ended";
  context.findings.take(finding);
}

}  // namespace

std::unique_ptr<Detector> make_scan(const AbuseLimits& limits) { return std::make_unique<Scan>(limits); }

}  // namespace scanner
