#include "scanner/detect/detectors.h"

namespace scanner {

std::vector<std::unique_ptr<Detector>> make_detectors() {
  std::vector<std::unique_ptr<Detector>> detectors;
  detectors.push_back(make_listed_host());
  detectors.push_back(make_signature_findings());
  detectors.push_back(make_pool_shapes());
  detectors.push_back(make_coin_node());
  detectors.push_back(make_mining_ladder());
  detectors.push_back(make_pool_operation());
  detectors.push_back(make_process_ladder());  // behind those whose conversations it joins
  return detectors;
}

}  // namespace scanner
