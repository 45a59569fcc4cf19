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
#include "scanner/detect/subject_table.h"
#include "scanner/packet/flow_tracker.h"

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
  void observe(const Observation&, const DetectorContext&) override {}
  bool follows_flows() const override { return true; }
  void follow(const FlowLife& life, const DetectorContext& context) override;

 private:
  AmplificationLimits limits_;
  SubjectTable<IpAddress, Service> services_;
};

void Amplification::follow(const FlowLife& life, const DetectorContext& context) {
  const FiveTuple& tuple = life.flow.tuple;
  if (tuple.protocol != IpProtocol::Udp || (life.step != LifeStep::Ended && life.step != LifeStep::Volume) || life.clock_corrected) return;
  if (std::find(std::begin(kServices), std::end(kServices), tuple.destination.port) == std::end(kServices)) return;
  // A flow of busy seconds was told by them, and counts no more when it ends.
  const bool whole = life.step == LifeStep::Ended;
  const std::uint64_t seconds = 1 + static_cast<std::uint64_t>(std::max<std::int64_t>((life.last - life.from).count(), 0)) / 1'000'000'000;
  if (life.bytes[0] == 0 || (whole && (life.last - life.from > kMinute || life.packets[1] >= FlowLimits{}.volume_packets * seconds))) return;
  if (!context.attribution.may_be_subject(tuple.destination.address)) return;
  Service* service = services_.obtain(tuple.destination.address, life.at);
  if (service == nullptr) return;
  auto& requesters = service->requesters;
  auto found = std::find_if(requesters.begin(), requesters.end(), [&](const Requester& r) { return r.address == tuple.source.address && r.port == tuple.destination.port; });
  if (found == requesters.end()) {
    if (requesters.size() == kRequesters)
      requesters.erase(std::min_element(requesters.begin(), requesters.end(), [](const Requester& a, const Requester& b) { return a.answered < b.answered; }));
    found = requesters.emplace(requesters.end());
    found->address = tuple.source.address;
    found->port = tuple.destination.port;
  }
  if (found->first.ns == 0 || life.from - found->first > kMinute) {
    found->asked = found->answered = 0;
    found->first = life.from;
  }
  found->last = std::max(found->last, life.last);
  found->asked += life.bytes[0];
  found->answered += life.bytes[1];
  if (found->answered < limits_.observed_bytes || found->answered < limits_.factor * found->asked) return;
  const Stage stage = found->answered >= limits_.confirmed_bytes ? Stage::Confirmed : Stage::Observed;
  if (!found->told.due(std::max(stage, found->told.stage()), found->answered, found->last)) return;
  const auto subject = context.attribution.subject_of(life.flow, Direction::FromResponder, life.at);
  if (!subject) return;
  Finding finding = abuse_finding("amplification:" + found->address.to_string() + ":" + std::to_string(found->port), kActivity, kName, found->told.stage(), *subject);
  finding.first_seen = found->first;
  finding.last_seen = found->last;
  finding.flow = life.flow;
  finding.targets = Cidr(found->address);
  add_packet(finding.packets, life.file, life.frame);
  finding.reason = service_text(IpProtocol::Udp, found->port) + " sent " + found->address.to_string() + " " + std::to_string(found->answered) + " bytes in answer to " +
                   std::to_string(found->asked) + " in " + span_text(found->last - found->first) + ": " + std::to_string(found->answered / std::max<std::uint64_t>(found->asked, 1)) + " times as much";
  context.findings.take(finding);
}

}  // namespace

std::unique_ptr<Detector> make_amplification(const AbuseLimits& limits) { return std::make_unique<Amplification>(limits); }

}  // namespace scanner
