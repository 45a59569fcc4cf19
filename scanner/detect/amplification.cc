// abuse.amplification: a subject's open service answers small requests with much, to one address
// that cannot have wanted it, as reflectors do (US-CERT TA14-017A). The requests must have been
// seen: answers alone may be anything.
//
// Requests with forged sources cannot be told from wanted ones by packets; the volume to one
// address within a minute tells.
//
// State: AbuseLimits::subjects services, kRequesters requesters each, 64 bytes a requester.
#include "scanner/detect/abuse_finding.h"
#include "scanner/detect/detector.h"
#include "scanner/detect/detectors.h"
#include "scanner/detect/few_of.h"
#include "scanner/detect/subject_table.h"

#include <algorithm>
#include <iterator>

namespace scanner {
namespace {

constexpr std::string_view kActivity = "abuse.amplification", kName = "amplification";
constexpr std::size_t kRequesters = 16;
constexpr Duration kMinute = std::chrono::minutes(1);
// Services over UDP that answer with more than they are asked: QOTD, chargen, DNS, TFTP,
// portmapper, NTP, NetBIOS, SNMP, CLDAP, SLP, RIP, SSDP, ARMS, WS-Discovery, NAT-PMP, mDNS, CoAP,
// memcached.
constexpr std::uint16_t kServices[] = {17, 19, 53, 69, 111, 123, 137, 161, 389, 427, 520, 1900, 3283, 3702, 5351, 5353, 5683, 11211};

struct Requester {
  IpAddress address;
  std::uint16_t port = 0;  // of the service
  std::uint64_t asked = 0, answered = 0;  // bytes
  Timestamp first, last;
  Told told;
};

struct Service {
  std::vector<Requester> requesters;
};

class Amplification final : public Detector {
 public:
  explicit Amplification(const AbuseLimits& limits) : limits_(limits.amplification), services_(limits.subjects, 10 * kMinute) {}
  LifeSteps follows() const override { return steps({LifeStep::Volume, LifeStep::Ended}); }
  void follow(const FlowLife& life, const DetectorContext& context) override;
  std::uint64_t refused() const override { return services_.refused(); }

 private:
  AmplificationLimits limits_;
  SubjectTable<IpAddress, Service> services_;
};

void Amplification::follow(const FlowLife& life, const DetectorContext& context) {
  const FiveTuple& tuple = life.flow.tuple;
  if (tuple.protocol != IpProtocol::Udp || life.clock_corrected) return;
  if (std::find(std::begin(kServices), std::end(kServices), tuple.destination.port) == std::end(kServices)) return;
  // A flow of busy seconds was told by them, and counts no more when it ends.
  const bool whole = life.step == LifeStep::Ended;
  const std::uint64_t seconds = 1 + static_cast<std::uint64_t>(std::max<std::int64_t>((life.last - life.from).count(), 0)) / 1'000'000'000;
  if (life.bytes[0] == 0 || (whole && (life.last - life.from > kMinute || life.packets[1] >= kVolumePackets * seconds))) return;
  if (!context.attribution.may_be_subject(tuple.destination.address)) return;
  Service* service = services_.obtain(tuple.destination.address, life.at);
  if (service == nullptr) return;
  Requester& requester = obtain_of(
      service->requesters, kRequesters, [&](const Requester& one) { return one.address == tuple.source.address && one.port == tuple.destination.port; },
      [](const Requester& a, const Requester& b) { return a.answered < b.answered; });
  requester.address = tuple.source.address;
  requester.port = tuple.destination.port;
  if (requester.first.ns == 0 || life.from - requester.first > kMinute) {
    requester.asked = requester.answered = 0;
    requester.first = life.from;
  }
  requester.last = std::max(requester.last, life.last);
  requester.asked += life.bytes[0];
  requester.answered += life.bytes[1];
  if (requester.answered < limits_.observed_bytes || requester.answered < limits_.factor * requester.asked) return;
  const Stage stage = requester.answered >= limits_.confirmed_bytes ? Stage::Confirmed : Stage::Observed;
  if (!requester.told.due(stage, requester.answered, requester.last)) return;
  const auto subject = context.attribution.subject_of(life.flow, Direction::FromResponder, life.at);
  if (!subject) return;
  Finding finding = abuse_finding("amplification:" + requester.address.to_string() + ":" + std::to_string(requester.port), kActivity, kName, requester.told.stage(), *subject);
  finding.first_seen = requester.first;
  finding.last_seen = requester.last;
  finding.flow = life.flow;
  finding.targets = Cidr(requester.address);
  add_packet(finding.packets, life.file, life.frame);
  finding.reason = service_text(IpProtocol::Udp, requester.port) + " sent " + requester.address.to_string() + " " + std::to_string(requester.answered) + " bytes in answer to " +
                   std::to_string(requester.asked) + " in " + span_text(requester.last - requester.first) + ": " + std::to_string(requester.answered / std::max<std::uint64_t>(requester.asked, 1)) + " times as much";
  context.findings.take(finding);
}

}  // namespace

std::unique_ptr<Detector> make_amplification(const AbuseLimits& limits) { return std::make_unique<Amplification>(limits); }

}  // namespace scanner
