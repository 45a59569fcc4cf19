// Every value of a JSON text that is neither array nor object, with the path to it.
#pragma once

#include "scanner/protocol/json.h"

#include <string>
#include <string_view>
#include <vector>

namespace scanner {

struct JsonScalar {
  std::string path;  // "params[0]", "result.job.blob"; keys as they stand
  JsonKind kind = JsonKind::Missing;
  std::string text;  // of a text or a number, as it stands
};

// In the order of the text; at most 512, not deeper than 8 levels.
std::vector<JsonScalar> json_scalars(std::string_view json);

}  // namespace scanner
