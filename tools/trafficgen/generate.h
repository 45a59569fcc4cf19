// Scenario → packets. Pure: the same scenario gives the same bytes anywhere.
#pragma once

#include "scanner/model/packet.h"
#include "tools/trafficgen/scenario.h"

#include <cstdint>
#include <string>
#include <vector>

namespace scanner::trafficgen {

// A packet that owns its bytes.
struct OwnedPacket {
  Timestamp at;
  std::vector<std::uint8_t> data;
  std::uint32_t original_length = 0;
  LinkType link = LinkType::Ethernet;
};

// In the order of their times.
std::vector<OwnedPacket> generate(const Scenario& scenario);

// The key log of its TLS sessions (SSLKEYLOGFILE); empty where there are none.
std::string key_log(const Scenario& scenario);

// Views of them, frames numbered from 1; they live as long as `packets`.
std::vector<Packet> views(const std::vector<OwnedPacket>& packets);

}  // namespace scanner::trafficgen
