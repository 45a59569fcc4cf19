#include "tools/aupsig/refusal.h"

#include "scanner/app/wording.h"

#include <iostream>

namespace scanner {

ExitCode refuse(const std::string& why, ExitCode code) {
  std::cerr << "aupsig: " << printable(why) << "\n";
  return code;
}

}  // namespace scanner
