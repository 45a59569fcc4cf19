// config/tenants.yaml: whose addresses, containers, groups, users and networks are whose.
//
// What a person states of the fleet: the agent takes it as it stands, and where it says
// something else than the host does, neither is believed (scanner/docs/attribution.md).
// Immutable once loaded; shared between threads.
#pragma once

#include "scanner/model/attributed.h"
#include "scanner/model/diagnostic.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

struct Tenants {
  std::vector<Attributed> claims;  // method "config"; the proof names the line
  std::string sha256;              // of the file's text, hex
  std::size_t names = 0;           // different tenants
};

// Nothing where `diagnostics` got an error: an unknown key, a value of the wrong form, an end
// before its beginning, or one thing that is given to two tenants at one time. At most
// 65,536 claims.
std::optional<Tenants> load_tenants(const std::string& file, std::string_view text, Diagnostics& diagnostics);

}  // namespace scanner
