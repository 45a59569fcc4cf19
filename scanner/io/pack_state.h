// Which pack is in force in an agent's directory of packs, and what may come after it.
//
// DIR/state.json is replaced as a whole, durably, by `aupsig install` and by the agent, each of
// which holds DIR/lock meanwhile. What is decided stands in functions that touch no disk.
#pragma once

#include "scanner/io/disk.h"
#include "scanner/io/pack.h"
#include "scanner/model/time.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace scanner {

struct PackRef {
  std::string id, name;  // "": none
  std::uint64_t version = 0;

  bool none() const { return id.empty(); }
  std::string title() const { return name + " " + std::to_string(version); }
  friend bool operator==(const PackRef&, const PackRef&) = default;
};
PackRef ref_of(const Pack& pack);

struct PackState {
  PackRef current;
  PackRef previous;  // the last good one: what an agent returns to
  PackRef newest;    // the highest version that was confirmed here; older ones are refused
  std::string older_allowed;                // id of the one older pack that a person let in
  std::optional<Timestamp> confirm_until;   // wall clock; then `current` is given up unless confirmed
  std::string last_change;                  // one sentence
  friend bool operator==(const PackState&, const PackState&) = default;
};

// Whether this state lets `pack` in as far as its version goes; an Error says why not.
Result<void> admit(const PackState& state, const PackRef& pack);

// The state after a person's or the agent's step; an Error says why that cannot be done.
struct InstallStep {
  bool allow_downgrade = false;
  std::optional<Timestamp> confirm_until;
};
Result<PackState> installed(const PackState& state, const PackRef& pack, const InstallStep& step);
Result<PackState> confirmed(const PackState& state);
// Back to `to`, or to the last good one where it is none.
Result<PackState> rolled_back(const PackState& state, const PackRef& to);
// As rolled_back, because nobody confirmed in time.
Result<PackState> given_up(const PackState& state);

// The state at rest. Nothing installed yet: an empty one.
Result<PackState> read_pack_state(Disk& disk, const std::string& directory);
// Durable when it returns; the link is only a convenience.
Result<void> write_pack_state(Disk& disk, const std::string& directory, const PackState& state);
// Held while the result lives. Waits for so long where somebody else has it.
Result<std::unique_ptr<DiskFile>> lock_packs(Disk& disk, const std::string& directory, std::chrono::seconds wait);

}  // namespace scanner
