// The same traffic captured otherwise: cut into other segments, split over files.
#pragma once

#include "tools/trafficgen/generate.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace scanner::test {

using Packets = std::vector<trafficgen::OwnedPacket>;

// All packets of the captures, merged by time. Throws where none can be opened.
Packets read_packets(const std::vector<std::string>& paths);
// As pcapng. Throws where it cannot be written.
void write_packets(const std::string& path, const Packets& packets);

// Every TCP payload cut at random: pieces keep the segment's time and acknowledgement, the
// sequence number advances; a FIN goes with the last piece, a SYN with the first. A segment
// that is cut gets new link and IP headers; its VLAN and network number stay. IP fragments
// and everything that is not TCP stay as they are.
Packets recut(const Packets& packets, std::uint64_t seed);

// Packet by packet in turn, or whole address pairs.
std::pair<Packets, Packets> split_in_turn(const Packets& packets);
std::pair<Packets, Packets> split_by_pair(const Packets& packets);

}  // namespace scanner::test
