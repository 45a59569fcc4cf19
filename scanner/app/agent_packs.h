// The pack that an agent's rules came from, and its trial: a pack that was installed to be
// confirmed is given up when nobody does.
#pragma once

#include "scanner/io/pack_state.h"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace scanner {

struct PackInForce {
  PackRef pack;
  std::string date;
  std::string signed_by;      // the key's id
  std::string older_allowed;  // PackState::older_allowed
  std::optional<Timestamp> confirm_until;  // wall clock; then the current one is given up
  std::string refused;        // why this is the last good one and not the current one; "": it is the current one
};

nlohmann::ordered_json pack_json(const std::optional<PackInForce>& pack);

// Whether an agent that runs `running` may go over to `next`, whatever the state at rest says: an
// older one of the same name only where a person let it in. An Error says why not.
Result<void> may_follow(const std::optional<PackInForce>& running, const PackInForce& next);

// Gives up the pack that is on trial until `until`, durably. What was done, in one sentence; ""
// where it was confirmed, or something else was installed, meanwhile. Waits for nobody.
Result<std::string> give_up_pack(Disk& disk, const std::string& directory, Timestamp until);

}  // namespace scanner
