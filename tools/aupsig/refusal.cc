#include "tools/aupsig/refusal.h"

#include "scanner/app/wording.h"

#include <algorithm>
#include <iostream>
#include <string_view>

namespace scanner {

void complain(const std::string& what) {
  std::string said = "aupsig: ";
  for (std::size_t at = 0; at < what.size();) {
    const std::size_t end = std::min(what.find('\n', at), what.size());
    said += printable(std::string_view(what).substr(at, end - at)) + "\n";
    at = end + 1;
  }
  std::cerr << said;
}

ExitCode refuse(const std::string& why, ExitCode code) {
  complain(why);
  return code;
}

}  // namespace scanner
