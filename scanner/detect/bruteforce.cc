// abuse.bruteforce: a subject tries one log-in after the other.
//
// Two kinds of evidence. Where log-ins are in plain text, their refusals are counted, and how
// many different credentials were tried: a client with one wrong password that tries for ever is
// no attack. Where they are encrypted (SSH, RDP, VNC) only sessions can be counted that are short
// and carry little; so do scripts that log in to run a command, so that it takes very many.
//
// State, per source and port: 5 counters and the credentials of the last window (ContactSet);
// AbuseLimits::subjects sources, kPorts ports each.
#include "scanner/detect/abuse_finding.h"
#include "scanner/detect/contact_set.h"
#include "scanner/detect/detector.h"
#include "scanner/detect/detectors.h"
#include "scanner/detect/few_distinct.h"
#include "scanner/detect/few_of.h"
#include "scanner/detect/rate_window.h"
#include "scanner/detect/subject_table.h"

#include <algorithm>
#include <optional>

namespace scanner {
namespace {

constexpr std::string_view kActivity = "abuse.bruteforce", kName = "bruteforce";
constexpr std::size_t kPorts = 8;
constexpr Duration kShort = std::chrono::minutes(2);  // of a session
constexpr std::uint16_t kEncrypted[] = {22, 3389, 5900};  // log-ins that nobody can read

struct Target {
  std::uint16_t port = 0;
  RateWindow refused, accepted, sessions, others;  // others: sessions that were long or carried more
  ContactSet credentials;
  FewDistinct servers;
  Told told;
  Timestamp first, last;
  FlowRef flow;
  std::optional<Cidr> targets;
  std::vector<PacketRef> packets;
};

struct Attempts {
  std::vector<Target> targets;
};

void reach(Target& target, const IpAddress& server) {
  target.servers.note(hash_of(server));
  target.targets = target.targets ? target.targets->covering(server) : Cidr(server);
}

class Bruteforce final : public Detector {
 public:
  explicit Bruteforce(const AbuseLimits& limits) : limits_(limits.bruteforce), subjects_(limits.subjects, 2 * limits_.window) {}

  void observe(const Observation& observation, const DetectorContext& context) override;
  bool follows_flows() const override { return true; }
  void follow(const FlowLife& life, const DetectorContext& context) override;
  std::uint64_t refused() const override { return subjects_.refused(); }

 private:
  Target* target_of(const FlowRef& flow, Timestamp at, const DetectorContext& context);
  void judge(Target& target, Timestamp at, const DetectorContext& context) const;
  void report(Target& target, Stage stage, std::uint64_t count, std::string reason, const DetectorContext& context) const;

  BruteforceLimits limits_;
  SubjectTable<IpAddress, Attempts> subjects_;
};

Target* Bruteforce::target_of(const FlowRef& flow, Timestamp at, const DetectorContext& context) {
  if (!context.attribution.may_be_subject(flow.tuple.source.address)) return nullptr;
  Attempts* attempts = subjects_.obtain(flow.tuple.source.address, at);
  if (attempts == nullptr) return nullptr;
  const std::uint16_t port = flow.tuple.destination.port;
  Target& target = obtain_of(
      attempts->targets, kPorts, [&](const Target& one) { return one.port == port; }, [](const Target& a, const Target& b) { return a.last < b.last; });
  if (at - target.last > 2 * limits_.window) target = Target{};
  if (target.first.ns == 0) target.first = at;
  target.port = port;
  target.last = std::max(target.last, at);
  return &target;
}

void Bruteforce::observe(const Observation& observation, const DetectorContext& context) {
  const auto* login = std::get_if<LoginSeen>(&observation.what);
  if (login == nullptr) return;
  Target* target = target_of(observation.flow, observation.at, context);
  if (target == nullptr) return;
  switch (login->step) {
    case LoginStep::Asked: target->credentials.note(login->credentials, ContactOutcome::Open); return;
    case LoginStep::Accepted: target->accepted.add(observation.at, limits_.window); return;
    case LoginStep::Refused: break;
  }
  target->refused.add(observation.at, limits_.window);
  reach(*target, observation.flow.tuple.destination.address);
  target->flow = observation.flow;
  add_packet(target->packets, observation.file, observation.frame);
  judge(*target, observation.at, context);
}

void Bruteforce::follow(const FlowLife& life, const DetectorContext& context) {
  if (life.step != LifeStep::Ended || life.flow.tuple.protocol != IpProtocol::Tcp) return;
  const std::uint16_t port = life.flow.tuple.destination.port;
  if (std::find(std::begin(kEncrypted), std::end(kEncrypted), port) == std::end(kEncrypted)) return;
  Target* target = target_of(life.flow, life.last, context);
  if (target == nullptr) return;
  const bool little = life.bytes[0] <= limits_.session_bytes && life.bytes[1] <= limits_.session_bytes;
  if (!little || life.last - life.from > kShort || !life.flow.start_seen) {
    target->others.add(life.last, limits_.window);
    return;
  }
  target->sessions.add(life.last, limits_.window);
  target->first = std::min(target->first, life.from);
  reach(*target, life.flow.tuple.destination.address);
  target->flow = life.flow;
  add_packet(target->packets, life.file, life.frame);
  judge(*target, life.last, context);
}

void Bruteforce::judge(Target& target, Timestamp at, const DetectorContext& context) const {
  const std::uint64_t refused = target.refused.count(at, limits_.window), accepted = target.accepted.count(at, limits_.window);
  const std::uint64_t credentials = target.credentials.size();
  const std::string service = service_text(IpProtocol::Tcp, target.port), span = span_text(std::min(at - target.first, limits_.window));
  const std::string servers = std::to_string(std::max(target.servers.count(), 1U)) + (target.servers.count() > 1 ? " servers" : " server");
  // As many are let in as turned away: that is a service and its users.
  if (refused >= limits_.observed_refusals && refused >= 4 * accepted) {
    const bool many = refused >= limits_.confirmed_refusals && credentials >= limits_.confirmed_credentials;
    const bool stubborn = credentials == 1;  // the same wrong password again and again
    if (!stubborn)
      report(target, many ? Stage::Confirmed : Stage::Observed, refused,
             std::to_string(refused) + " log-ins at " + servers + " on " + service + " were refused in " + span + ", " + std::to_string(accepted) + " accepted; " +
                 std::to_string(credentials) + " different credentials were tried",
             context);
    return;
  }
  const std::uint64_t sessions = target.sessions.count(at, limits_.window), others = target.others.count(at, limits_.window);
  if (sessions < limits_.observed_sessions || sessions < 4 * others) return;
  report(target, sessions >= limits_.confirmed_sessions ? Stage::Confirmed : Stage::Observed, sessions,
         std::to_string(sessions) + " short sessions with " + servers + " on " + service + " in " + span + ", none of more than " + std::to_string(limits_.session_bytes) +
             " bytes; " + std::to_string(others) + " others",
         context);
}

void Bruteforce::report(Target& target, Stage stage, std::uint64_t count, std::string reason, const DetectorContext& context) const {
  if (!target.told.due(stage, count, target.last)) return;
  const auto subject = context.attribution.subject_of(target.flow, Direction::FromInitiator, target.last);
  if (!subject) return;
  Finding finding = abuse_finding("bruteforce:" + std::to_string(target.port), kActivity, kName, target.told.stage(), *subject);
  finding.first_seen = target.first;
  finding.last_seen = target.last;
  finding.flow = target.flow;
  finding.packets = target.packets;
  finding.targets = target.targets;
  finding.reason = std::move(reason);
  context.findings.take(finding);
}

}  // namespace

std::unique_ptr<Detector> make_bruteforce(const AbuseLimits& limits) { return std::make_unique<Bruteforce>(limits); }

std::shared_ptr<const std::bitset<65536>> login_ports() {
  auto ports = std::make_shared<std::bitset<65536>>();
  for (const std::uint16_t port : kEncrypted) ports->set(port);
  return ports;
}

}  // namespace scanner
