// Makes a capture small while it goes on showing the same (Zeller's delta debugging).
#pragma once

#include "tools/aupsig/packet_model.h"

#include <cstddef>
#include <functional>
#include <vector>

namespace scanner {

// Finds a small subset of [0, count) for which `holds` is true; it is for the whole. `holds` is
// asked at most `budget` times, which counts down; where that ends, what was found so far is given.
std::vector<std::size_t> smallest_subset(std::size_t count, std::size_t& budget, const std::function<bool(const std::vector<std::size_t>&)>& holds);

// Takes out what the claim does not need, from the coarse to the fine: connections, turns and
// lines of conversations, packets without payload, the length of long texts in JSON. `holds` is
// true for `model`, and for what it becomes.
void shrink(PacketModel& model, std::size_t& budget, const std::function<bool(const PacketModel&)>& holds);

}  // namespace scanner
