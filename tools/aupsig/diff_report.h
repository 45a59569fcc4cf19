// A comparison as people and programs read it.
#pragma once

#include "tools/aupsig/diff.h"
#include "tools/aupsig/sheet.h"

#include <string>

namespace scanner {

// What goes into a change request: both packs, what changed in them, the verdicts, the cost.
Sheet diff_sheet(const DiffResult& result);

// One JSON object and a line end: everything, with nothing left out.
std::string diff_json(const DiffResult& result);

}  // namespace scanner
