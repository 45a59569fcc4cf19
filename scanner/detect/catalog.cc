#include "scanner/detect/detectors.h"

namespace scanner {
namespace {

struct Entry {
  std::string_view name;
  std::unique_ptr<Detector> (*make)();
};

constexpr Entry kDetectors[] = {
    {"listed-host", make_listed_host},
    {"signature-findings", make_signature_findings},
    {"pool-shapes", make_pool_shapes},
    {"coin-node", make_coin_node},
    {"mining-ladder", make_mining_ladder},
    {"veiled-mining", make_veiled_mining},  // behind what can be read
    {"pool-operation", make_pool_operation},
    {"process-ladder", make_process_ladder},  // behind those whose conversations it joins
};

}  // namespace

std::vector<std::unique_ptr<Detector>> make_detectors() {
  std::vector<std::unique_ptr<Detector>> detectors;
  for (const Entry& entry : kDetectors) detectors.push_back(entry.make());
  return detectors;
}

const std::vector<std::string_view>& detector_names() {
  static const std::vector<std::string_view> kNames = [] {
    std::vector<std::string_view> names;
    for (const Entry& entry : kDetectors) names.push_back(entry.name);
    return names;
  }();
  return kNames;
}

}  // namespace scanner
