// How much is detected at which rate of false alarms, as a picture.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace shapes {

struct RocCurve {
  std::string name;
  std::vector<float> miners;  // a score a session
};

// An SVG. `benign`: the highest scores of `flows` benign ones; the rest lies below all of them.
std::string roc_picture(std::vector<float> benign, std::size_t flows, std::vector<RocCurve> curves);

}  // namespace shapes
