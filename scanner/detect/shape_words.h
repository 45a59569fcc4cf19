// A shape's score in words and numbers that a reviewer can follow.
#pragma once

#include "scanner/model/finding.h"
#include "scanner/signature/shape_model.h"

#include <string>

namespace scanner {

// Adds the model's terms to those that `sheet` has (context), puts the strongest first, and sums
// up: log-odds, threshold, and what is believed.
void describe(const ShapeScore& score, const ShapeSeen& seen, ScoreSheet& sheet);

// One sentence: what was seen, and how far above the threshold it is. `beside_process`: the
// threshold from which on a process may make a breach of it.
std::string reason_of(const ShapeSeen& seen, const ScoreSheet& sheet, double beside_process);

}  // namespace scanner
