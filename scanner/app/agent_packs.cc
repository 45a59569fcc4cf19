#include "scanner/app/agent_packs.h"

#include "scanner/app/agent_loop.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace scanner {

using Json = nlohmann::ordered_json;

Json pack_json(const std::optional<PackInForce>& pack) {
  if (!pack) return nullptr;
  return {{"name", pack->pack.name},
          {"version", pack->pack.version},
          {"id", pack->pack.id},
          {"date", pack->date},
          {"signed_by", pack->signed_by},
          {"confirm_until", pack->confirm_until ? Json(to_rfc3339(*pack->confirm_until)) : Json(nullptr)},
          {"last_good", !pack->refused.empty()}};
}

Result<void> may_follow(const std::optional<PackInForce>& running, const PackInForce& next) {
  if (!running || running->pack.name != next.pack.name || next.pack.version >= running->pack.version || next.pack.id == next.older_allowed) return {};
  return fail("pack " + next.pack.title() + " is refused: it is older than " + running->pack.title() + ", which is in force; aupsig install --allow-downgrade or aupsig rollback records that this is meant");
}

Result<std::string> give_up_pack(Disk& disk, const std::string& directory, Timestamp until) {
  const auto lock = lock_packs(disk, directory, std::chrono::seconds(0));
  if (!lock) return tl::unexpected(lock.error());
  const auto state = read_pack_state(disk, directory);
  if (!state) return tl::unexpected(state.error());
  if (state->confirm_until != until) return std::string();
  const auto next = given_up(*state);
  if (!next) return tl::unexpected(next.error());
  if (auto written = write_pack_state(disk, directory, *next); !written) return tl::unexpected(written.error());
  return next->last_change;
}

// The wall clock may be set back while a pack is on trial: then the time that passed counts.
void AgentLoop::begin_trial() {
  trial_end_.reset();
  if (!setup_.pack || !setup_.pack->confirm_until) return;
  const Duration left = std::max(*setup_.pack->confirm_until - parts_.wall(), Duration(0));
  trial_end_ = Steady::now() + std::chrono::duration_cast<Steady::duration>(left);
}

void AgentLoop::end_trial_if_due() {
  if (!trial_end_ || (Steady::now() < *trial_end_ && parts_.wall() < *setup_.pack->confirm_until)) return;
  const auto done = give_up_pack(*parts_.disk, setup_.config.packs.directory, *setup_.pack->confirm_until);
  if (!done) {
    // Tried again in a second: the disk, or whoever holds the lock, may come round.
    if (std::exchange(trial_trouble_, done.error().message) != done.error().message) parts_.say("the pack that nobody confirmed cannot be given up: " + done.error().message);
    return;
  }
  trial_end_.reset();
  trial_trouble_.clear();
  if (!done->empty()) {
    parts_.say(*done);
    note("pack.given_up", {{"why", *done}, {"pack", pack_json(setup_.pack)}});
  }
  parts_.reloader->ask("pack");
}

void AgentLoop::refuse_older(SetupAttempt& attempt) {
  if (!attempt.setup || !attempt.setup->pack) return;
  const auto may = may_follow(setup_.pack, *attempt.setup->pack);
  if (may) return;
  attempt.setup.reset();
  attempt.pack_refused = may.error().message;
  attempt.problems.push_back("aupscan: " + may.error().message);
}

// After an attempt: what ran before, what was tried, and what is in force now.
void AgentLoop::tell_pack(const std::optional<PackInForce>& before, const std::string& refused) {
  if (!refused.empty()) note("pack.refused", {{"why", refused}, {"in_force", pack_json(setup_.pack)}});
  const PackRef was = before ? before->pack : PackRef{}, is = setup_.pack ? setup_.pack->pack : PackRef{};
  if (was != is) note("pack.in_force", {{"from", was.none() ? Json(nullptr) : Json(was.title())}, {"pack", pack_json(setup_.pack)}});
  const std::lock_guard guard(mutex_);
  status_.pack = setup_.pack;
  status_.pack_trouble = refused;
}

}  // namespace scanner
