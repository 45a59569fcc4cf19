// abuse.spam: a subject talks to very many mail servers. A host that delivers mail itself talks to
// port 25 of whoever it writes to; a provider of mail announces that (a permission), anybody else
// uses one or two servers of their own, and those who send spam by stolen accounts use many
// submission servers (465, 587).
//
// State: AbuseLimits::subjects senders that reached a mail server, up to 4 KiB each.
#include "scanner/detect/abuse_finding.h"
#include "scanner/detect/contact_set.h"
#include "scanner/detect/detector.h"
#include "scanner/detect/detectors.h"
#include "scanner/detect/subject_table.h"

#include <algorithm>
#include <array>
#include <optional>

namespace scanner {
namespace {

constexpr std::string_view kActivity = "abuse.spam", kName = "spam";
constexpr std::size_t kServers = 256;

struct Fan {
  ContactSet servers{kServers};
  std::uint32_t count = 0;
  Timestamp first, last;
  Told told;
  std::optional<Cidr> targets;
  std::vector<PacketRef> packets;
};

struct Sender {
  std::array<Fan, 2> fans;  // delivery, submission
};

class Spam final : public Detector {
 public:
  explicit Spam(const AbuseLimits& limits) : limits_(limits.spam), senders_(limits.subjects, limits_.window) {}
  LifeSteps follows() const override { return steps({LifeStep::Answered}); }
  void follow(const FlowLife& life, const DetectorContext& context) override;
  std::uint64_t refused() const override { return senders_.refused(); }

 private:
  SpamLimits limits_;
  SubjectTable<IpAddress, Sender> senders_;
};

void Spam::follow(const FlowLife& life, const DetectorContext& context) {
  const FiveTuple& tuple = life.flow.tuple;
  const std::uint16_t port = tuple.destination.port;
  const bool delivery = port == 25, submission = port == 465 || port == 587;
  if (tuple.protocol != IpProtocol::Tcp || (!delivery && !submission) || !life.flow.start_seen) return;
  if (!context.attribution.may_be_subject(tuple.source.address)) return;
  Sender* sender = senders_.obtain(tuple.source.address, life.at);
  if (sender == nullptr) return;
  Fan& fan = sender->fans[delivery ? 0 : 1];
  if (fan.first.ns == 0 || life.at - fan.first > limits_.window) {
    const Told told = fan.told;
    fan = Fan{};
    fan.told = told;
    fan.first = life.from;
  }
  fan.last = std::max(fan.last, life.from);
  if (!fan.servers.note(hash_of(tuple.destination.address) | 1, ContactOutcome::Answered).first) return;
  ++fan.count;
  fan.targets = fan.targets ? fan.targets->covering(tuple.destination.address) : Cidr(tuple.destination.address);
  add_packet(fan.packets, life.file, life.frame);
  if (fan.count < (delivery ? limits_.observed_servers : limits_.observed_submission)) return;
  const bool confirmed = fan.count >= (delivery ? limits_.confirmed_servers : limits_.confirmed_submission);
  if (!fan.told.due(confirmed ? Stage::Confirmed : Stage::Observed, fan.count, life.from)) return;
  const auto subject = context.attribution.subject_of(life.flow, Direction::FromInitiator, life.at);
  if (!subject) return;
  Finding finding = abuse_finding(delivery ? "spam:delivery" : "spam:submission", kActivity, kName, fan.told.stage(), *subject);
  finding.first_seen = fan.first;
  finding.last_seen = fan.last;
  finding.flow = life.flow;
  finding.packets = fan.packets;
  finding.targets = fan.targets;
  finding.reason = "connected to " + std::to_string(fan.count) + (delivery ? " mail servers on tcp/25" : " mail servers for submission (tcp/465, tcp/587)") + " in " + span_text(fan.last - fan.first);
  context.findings.take(finding);
}

}  // namespace

std::unique_ptr<Detector> make_spam(const AbuseLimits& limits) { return std::make_unique<Spam>(limits); }

}  // namespace scanner
