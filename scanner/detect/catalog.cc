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

struct AbuseEntry {
  std::string_view name;
  std::unique_ptr<Detector> (*make)(const AbuseLimits&);
};

constexpr AbuseEntry kAbuseDetectors[] = {
    {"scan", make_scan},
    {"bruteforce", make_bruteforce},
    {"flood", make_flood},
    {"amplification", make_amplification},
    {"spam", make_spam},
    {"dns-tunnel", make_dns_tunnel},
    {"icmp-tunnel", make_icmp_tunnel},
    {"resource", make_resource},
    {"suffered", make_suffered},
};

}  // namespace

std::vector<std::unique_ptr<Detector>> make_detectors(const AbuseLimits& abuse) {
  std::vector<std::unique_ptr<Detector>> detectors;
  for (const Entry& entry : kDetectors) detectors.push_back(entry.make());
  for (const AbuseEntry& entry : kAbuseDetectors) detectors.push_back(entry.make(abuse));
  return detectors;
}

const std::vector<std::string_view>& detector_names() {
  static const std::vector<std::string_view> kNames = [] {
    std::vector<std::string_view> names;
    for (const Entry& entry : kDetectors) names.push_back(entry.name);
    for (const AbuseEntry& entry : kAbuseDetectors) names.push_back(entry.name);
    return names;
  }();
  return kNames;
}

}  // namespace scanner
