// abuse.bruteforce: a subject tries one log-in after the other.
//
// Two kinds of evidence. Where log-ins are in plain text, their refusals are counted, and how
// many different credentials were tried: a client with one wrong password that tries for ever is
// no attack, and many names with one wrong password each are an application whose server forgot
// them, or somebody with a list of stolen ones, which nobody can tell apart. Where they are
// encrypted (SSH, RDP, VNC) only sessions can be counted that are short and carry little; so do
// scripts that log in to run a command, so that it takes very many.
//
// Three kinds of refusals never make a breach: where the password is hidden, nobody sees whether
// it is another; what a proxy passed on somebody else tried; and a server with a private address
// that speaks HTTP or is a database mostly stands behind a front end of the same owner, which
// passes on what its visitors try.
//
// State, per source and port, what is passed on apart: 5 counters, the credentials of the last
// window (ContactSet) and the names (TriedNames); AbuseLimits::subjects sources, kPorts ports each.
#include "scanner/detect/abuse_finding.h"
#include "scanner/detect/contact_set.h"
#include "scanner/detect/detector.h"
#include "scanner/detect/detectors.h"
#include "scanner/detect/few_distinct.h"
#include "scanner/detect/few_of.h"
#include "scanner/detect/rate_window.h"
#include "scanner/detect/subject_table.h"
#include "scanner/detect/tried_names.h"

#include <algorithm>
#include <array>
#include <optional>

namespace scanner {
namespace {

constexpr std::string_view kActivity = "abuse.bruteforce", kName = "bruteforce";
constexpr std::size_t kPorts = 8;
constexpr Duration kShort = std::chrono::minutes(2);  // of a session
constexpr std::uint16_t kEncrypted[] = {22, 3389, 5900};  // log-ins that nobody can read

struct Target {
  std::uint16_t port = 0;
  bool passed_on = false;  // for others, or likely so
  bool hidden = false;     // a password was, so that credentials are names
  RateWindow refused, accepted, sessions, others;  // others: sessions that were long or carried more
  ContactSet credentials;
  TriedNames names;
  std::uint64_t others_of_a_name = 0;  // credentials but for the first of each name
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

// Networks of one owner: RFC 1918, 3927, 4193 and 4291, and the host itself.
bool is_private(const IpAddress& address) {
  static const std::array<Cidr, 7> kPrivate{*Cidr::parse("10.0.0.0/8"),  *Cidr::parse("172.16.0.0/12"), *Cidr::parse("192.168.0.0/16"), *Cidr::parse("169.254.0.0/16"),
                                            *Cidr::parse("127.0.0.0/8"), *Cidr::parse("fc00::/7"),      *Cidr::parse("fe80::/10")};
  return std::any_of(kPrivate.begin(), kPrivate.end(), [&](const Cidr& range) { return range.contains(address); });
}

// Does a front end speak to what stands behind it in this way?
bool is_of_back_ends(std::string_view protocol) {
  constexpr std::array<std::string_view, 5> kProtocols{"http", "mysql", "postgresql", "mssql", "redis"};
  return std::find(kProtocols.begin(), kProtocols.end(), protocol) != kProtocols.end();
}

void reach(Target& target, const IpAddress& server) {
  target.servers.note(hash_of(server));
  target.targets = target.targets ? target.targets->covering(server) : Cidr(server);
}

class Bruteforce final : public Detector {
 public:
  explicit Bruteforce(const AbuseLimits& limits) : limits_(limits.bruteforce), subjects_(limits.subjects, 2 * limits_.window) {}

  void observe(const Observation& observation, const DetectorContext& context) override;
  LifeSteps follows() const override { return steps({LifeStep::Ended}); }
  void follow(const FlowLife& life, const DetectorContext& context) override;
  std::uint64_t refused() const override { return subjects_.refused(); }

 private:
  Target* target_of(const FlowRef& flow, bool passed_on, Timestamp at, const DetectorContext& context);
  static void note(Target& target, const LoginSeen& login);
  void judge(Target& target, Timestamp at, const DetectorContext& context) const;
  void report(Target& target, Stage stage, std::uint64_t count, std::string reason, const DetectorContext& context) const;

  BruteforceLimits limits_;
  SubjectTable<IpAddress, Attempts> subjects_;
};

Target* Bruteforce::target_of(const FlowRef& flow, bool passed_on, Timestamp at, const DetectorContext& context) {
  if (!context.attribution.may_be_subject(flow.tuple.source.address)) return nullptr;
  Attempts* attempts = subjects_.obtain(flow.tuple.source.address, at);
  if (attempts == nullptr) return nullptr;
  const std::uint16_t port = flow.tuple.destination.port;
  Target& target = obtain_of(
      attempts->targets, kPorts, [&](const Target& one) { return one.port == port && one.passed_on == passed_on; }, [](const Target& a, const Target& b) { return a.last < b.last; });
  if (at - target.last > 2 * limits_.window) target = Target{};
  if (target.first.ns == 0) target.first = at;
  target.port = port;
  target.passed_on = passed_on;
  target.last = std::max(target.last, at);
  return &target;
}

void Bruteforce::note(Target& target, const LoginSeen& login) {
  if (login.credentials == 0) return;
  constexpr std::uint64_t kNobody = 1;  // all that come without a name
  target.hidden = target.hidden || login.hidden;
  // Both are asked: the one knows the last password of each name, the other all of them.
  const bool other = target.names.other(login.name == 0 ? kNobody : login.name, login.credentials);
  if (target.credentials.note(login.credentials, ContactOutcome::Open).first && other) ++target.others_of_a_name;
}

void Bruteforce::observe(const Observation& observation, const DetectorContext& context) {
  const auto* login = std::get_if<LoginSeen>(&observation.what);
  if (login == nullptr) return;
  const IpAddress& server = observation.flow.tuple.destination.address;
  const bool passed_on = login->passed_on || (is_of_back_ends(login->protocol) && is_private(server));
  Target* target = target_of(observation.flow, passed_on, observation.at, context);
  if (target == nullptr) return;
  switch (login->step) {
    case LoginStep::Asked: note(*target, *login); return;
    case LoginStep::Accepted: target->accepted.add(observation.at, limits_.window); return;
    case LoginStep::Refused: break;
  }
  note(*target, *login);
  target->refused.add(observation.at, limits_.window);
  reach(*target, server);
  target->flow = observation.flow;
  add_packet(target->packets, observation.file, observation.frame);
  judge(*target, observation.at, context);
}

void Bruteforce::follow(const FlowLife& life, const DetectorContext& context) {
  if (life.flow.tuple.protocol != IpProtocol::Tcp) return;
  const std::uint16_t port = life.flow.tuple.destination.port;
  if (std::find(std::begin(kEncrypted), std::end(kEncrypted), port) == std::end(kEncrypted)) return;
  Target* target = target_of(life.flow, false, life.last, context);
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
    const std::uint64_t others = target.others_of_a_name;
    const bool many = refused >= limits_.confirmed_refusals && others + 1 >= limits_.confirmed_credentials && !target.passed_on;
    // The same wrong password again and again, of one name or of few.
    const bool stubborn = others == 0 && credentials > 0 && credentials < limits_.confirmed_credentials;
    // So would a guesser look whose passwords are hidden; and it takes as many as of sessions.
    if (!stubborn || (target.hidden && refused >= limits_.confirmed_sessions))
      report(target, many ? Stage::Confirmed : Stage::Observed, refused,
             std::to_string(refused) + " log-ins at " + servers + " on " + service + " were refused in " + span + ", " + std::to_string(accepted) + " accepted; " +
                 std::to_string(credentials) + (target.hidden ? " different names were tried, with passwords that cannot be read" : " different credentials were tried") +
                 (target.passed_on ? ", perhaps by others whose requests were passed on" : ""),
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
  Finding finding = abuse_finding("bruteforce:" + std::to_string(target.port) + (target.passed_on ? ":passed-on" : ""), kActivity, kName, target.told.stage(), *subject);
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
