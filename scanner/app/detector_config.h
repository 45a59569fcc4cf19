// The configuration's section `detectors`: from when on usage is judged abnormal.
#pragma once

#include "scanner/detect/abuse_limits.h"
#include "scanner/model/yaml.h"

#include <string>
#include <vector>

namespace scanner {

void read_detectors_section(YamlMap& root, const std::string& file, AbuseLimits& limits, YamlContext& context);
std::vector<std::string> detector_keys();  // dotted, in the file's order
std::string detector_text(const AbuseLimits& limits);

}  // namespace scanner
