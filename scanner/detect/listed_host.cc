// `interest` from names: a DNS question, a TLS SNI or an HTTP host of a listed pool.
//
// Reading a pool's web page is no mining, so only strong entries count, and a name that
// people also browse to (`popular`) counts only beside other evidence, which the mining
// ladder looks up by itself. One finding a subject, name and field; at most kMaxFindings.
#include "scanner/detect/detectors.h"
#include "scanner/detect/mining_flow.h"

#include <unordered_map>

namespace scanner {
namespace {

constexpr std::size_t kMaxFindings = 16384;
constexpr std::uint16_t kDnsPort = 53;

class ListedHostDetector final : public Detector {
 public:
  void observe(const Observation& observation, const DetectorContext& context) override {
    const auto* listed = std::get_if<ListedHost>(&observation.what);
    if (listed == nullptr || !listed->strong || listed->listing.popular) return;
    const Endpoint& asker = observation.flow.sender(observation.sender);
    // A resolver that asks on behalf of others is not interested itself.
    if (listed->field == "dns.name" && asker.port == kDnsPort) return;
    const auto subject = context.attribution.subject_of(observation.flow, observation.sender, observation.at);
    if (!subject) return;
    const std::string key = listed->field + ":" + listed->name;
    const std::string id = subject->id + "\n" + key;
    auto found = findings_.find(id);
    if (found == findings_.end()) {
      if (findings_.size() >= kMaxFindings) findings_.clear();
      found = findings_.emplace(id, Finding{}).first;
      begin(found->second, observation, *listed, *subject, key);
    }
    found->second.last_seen = observation.at;
    context.findings.take(found->second);
  }

 private:
  static void begin(Finding& finding, const Observation& observation, const ListedHost& listed, const Subject& subject, const std::string& key) {
    finding.key = key;
    finding.subject = subject;
    finding.activity = listed.listing.list == "web-miners" ? "mining.web" : "mining.pool";
    finding.stage = Stage::Interest;
    finding.first_seen = observation.at;
    finding.source = "listed-host";
    finding.reason = listed.listing.by_template ? "a name was asked for or named that matches the host template of pool " + listed.listing.pool + " (" + listed.field + ")"
                                                : "the name of a listed host was asked for or named (" + listed.field + ")";
    finding.weight = weight_of(Stage::Interest);
    finding.flow = observation.flow;
    finding.listed = listed.listing.list + ":" + listed.listing.entry;
    finding.listing = listed.listing;
    finding.packets = {PacketRef{observation.file, observation.frame}};
    finding.matches = {listed.name};
  }

  std::unordered_map<std::string, Finding> findings_;
};

}  // namespace

std::unique_ptr<Detector> make_listed_host() { return std::make_unique<ListedHostDetector>(); }

}  // namespace scanner
