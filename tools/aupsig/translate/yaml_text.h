// Values as YAML writes them on one line, quoted only where that is needed. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// Plain, in single quotes, or with escapes in double quotes. `in_list`: between [ and ].
std::string yaml_scalar(std::string_view text, bool in_list = false);
std::string yaml_list(const std::vector<std::string>& texts);  // "[a, b]"

}  // namespace scanner
