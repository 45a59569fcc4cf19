// What matching signatures conclude: at most `contact`, whatever they say (DESIGN §2), and
// only from signatures that are active. One finding a subject, signature and flow.
#include "scanner/detect/detectors.h"
#include "scanner/detect/mining_flow.h"
#include "scanner/detect/source.h"

#include <algorithm>

namespace scanner {
namespace {

class SignatureFindings final : public Detector {
 public:
  void observe(const Observation& observation, const DetectorContext& context) override {
    const auto* hit = std::get_if<SignatureHit>(&observation.what);
    if (hit == nullptr) return;
    const Signature* signature = context.ruleset.find(hit->signature);
    if (signature == nullptr || signature->status != SignatureStatus::Active) return;
    if (signature->field >= Field::ProcessName) return;  // the process ladder's business
    const auto subject = context.attribution.subject_of(observation.flow, observation.sender, observation.at);
    if (!subject) return;
    Finding finding;
    finding.key = "signature:" + hit->signature + ":" + std::to_string(observation.flow.id);
    finding.subject = *subject;
    finding.activity = signature->activity;
    finding.stage = std::min(signature->stage, Stage::Contact);
    finding.first_seen = observation.at;
    finding.last_seen = observation.at;
    name_source(finding, context.ruleset, hit->signature);
    finding.reason = signature->title;
    finding.weight = std::min(signature->weight, weight_of(Stage::Contact));
    finding.flow = observation.flow;
    finding.packets = {PacketRef{observation.file, observation.frame}};
    finding.matches = {hit->excerpt};
    context.findings.take(finding);
  }
};

}  // namespace

std::unique_ptr<Detector> make_signature_findings() { return std::make_unique<SignatureFindings>(); }

}  // namespace scanner
