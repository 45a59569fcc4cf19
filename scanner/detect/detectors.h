// The factories behind make_detectors(): one line a detector, here and in catalog.cc.
#pragma once

#include "scanner/detect/detector.h"

namespace scanner {

std::unique_ptr<Detector> make_mining_ladder();
std::unique_ptr<Detector> make_coin_node();
std::unique_ptr<Detector> make_listed_host();
std::unique_ptr<Detector> make_pool_shapes();
std::unique_ptr<Detector> make_signature_findings();
std::unique_ptr<Detector> make_pool_operation();
std::unique_ptr<Detector> make_process_ladder();
std::unique_ptr<Detector> make_veiled_mining();
std::unique_ptr<Detector> make_scan(const AbuseLimits& limits);
std::unique_ptr<Detector> make_bruteforce(const AbuseLimits& limits);
std::unique_ptr<Detector> make_flood(const AbuseLimits& limits);
std::unique_ptr<Detector> make_amplification(const AbuseLimits& limits);
std::unique_ptr<Detector> make_spam(const AbuseLimits& limits);
std::unique_ptr<Detector> make_dns_tunnel(const AbuseLimits& limits);
std::unique_ptr<Detector> make_icmp_tunnel(const AbuseLimits& limits);
std::unique_ptr<Detector> make_resource(const AbuseLimits& limits);
std::unique_ptr<Detector> make_suffered(const AbuseLimits& limits);

}  // namespace scanner
