#include "tools/aupsig/install.h"

#include "scanner/app/wording.h"
#include "scanner/io/pack_store.h"
#include "scanner/io/text_file.h"
#include "tools/aupsig/refusal.h"

#include <chrono>
#include <iostream>

namespace scanner {
namespace {

constexpr std::chrono::seconds kWait{10};
constexpr std::size_t kKept = 4, kMaxSignature = 16 * 1024;

Timestamp wall_clock() { return {std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()).count()}; }

ExitCode exit_of(PackChange change) {
  switch (change) {
    case PackChange::Done: return ExitCode::Done;
    case PackChange::DoneWithoutAgent: return ExitCode::Partial;
    case PackChange::Refused: return ExitCode::Found;
    case PackChange::Failed: break;
  }
  return ExitCode::Usage;
}

// An installed pack by its version or the beginning of its id; only good ones.
Result<PackRef> find_installed(const PackPlace& place, const std::string& named) {
  PackRef found;
  std::string trouble;
  for (const std::string& id : list_packs(place.directory)) {
    const auto checked = check_installed(system_disk(), place.directory, id, place.trusted);
    const bool by_id = named.size() >= 8 && id.starts_with(named);
    if (!checked) {
      if (by_id) return tl::unexpected(checked.error());
      trouble = "; " + checked.error().message;
      continue;
    }
    if (!by_id && std::to_string(checked->pack.manifest.version) != named) continue;
    if (!found.none()) return fail("'" + named + "' is more than one pack: give its id");
    found = ref_of(checked->pack);
  }
  if (found.none()) return fail("no pack '" + named + "' is installed in " + place.directory + trouble);
  return found;
}

}  // namespace

ExitCode install(const InstallOptions& options) {
  const auto place = find_place(options.place);
  if (!place) return refuse(place.error().message);
  if (place->trusted.empty()) return refuse("no key is trusted: --trust names one, or packs.trusted_keys of the configuration");
  const auto bytes = read_text_file(options.pack, kMaxPackBytes);
  if (!bytes) return refuse(bytes.error().message);
  const std::string signature_file = options.signature.empty() ? options.pack + ".minisig" : options.signature;
  const auto signature = read_text_file(signature_file, kMaxSignature);
  if (!signature) return refuse(options.pack + ": is refused: it is not signed (" + signature.error().message + ")", ExitCode::Found);
  const auto checked = check_pack(as_bytes(*bytes), *signature, place->trusted);
  if (!checked) return refuse(options.pack + ": is refused: " + checked.error().message, ExitCode::Found);
  Diagnostics diagnostics;
  if (const auto rules = load_pack_rules(checked->pack, diagnostics); !rules) {
    for (const Diagnostic& diagnostic : diagnostics) std::cerr << to_text(diagnostic);
    return refuse(options.pack + ": is refused: " + rules.error().message, ExitCode::Found);
  }
  Disk& disk = system_disk();
  if (auto made = disk.make_directory(place->directory); !made) return refuse(made.error().message);
  const auto lock = lock_packs(disk, place->directory, kWait);
  if (!lock) return refuse(lock.error().message);
  const auto state = read_pack_state(disk, place->directory);
  if (!state) return refuse(state.error().message);
  InstallStep step{options.allow_downgrade, {}};
  if (options.confirm_seconds > 0) step.confirm_until = wall_clock() + std::chrono::seconds(options.confirm_seconds);
  const auto next = installed(*state, ref_of(checked->pack), step);
  if (!next) return refuse(options.pack + ": is refused: " + next.error().message, ExitCode::Found);
  if (auto put = put_pack(disk, place->directory, *checked, as_bytes(*bytes), *signature, place->trusted); !put) return refuse(put.error().message);
  std::cout << "pack " << checked->pack.title() << " of " << checked->pack.manifest.date << ", signed by " << to_text(checked->proof.key) << " (" << printable(checked->proof.trusted_comment) << ")\n";
  const PackChange change = change_state(disk, *place, *state, *next);
  if (change == PackChange::Refused || change == PackChange::Failed) return exit_of(change);
  remove_old_packs(place->directory, *next, kKept);
  if (next->confirm_until)
    std::cout << "to be confirmed until " << to_rfc3339(*next->confirm_until) << " (aupsig confirm), or the agent returns to " << next->previous.title() << "\n";
  else if (!next->previous.none())
    std::cout << "aupsig rollback returns to " << next->previous.title() << "\n";
  return exit_of(change);
}

ExitCode confirm(const PackPlaceOptions& options) {
  const auto place = find_place(options);
  if (!place) return refuse(place.error().message);
  const auto lock = lock_packs(system_disk(), place->directory, kWait);
  if (!lock) return refuse(lock.error().message);
  const auto state = read_pack_state(system_disk(), place->directory);
  if (!state) return refuse(state.error().message);
  const auto next = confirmed(*state);
  if (!next) return refuse(next.error().message, ExitCode::Found);
  const PackChange change = change_state(system_disk(), *place, *state, *next);
  if (change == PackChange::Done || change == PackChange::DoneWithoutAgent) std::cout << next->last_change << "\n";
  return exit_of(change);
}

ExitCode rollback(const RollbackOptions& options) {
  const auto place = find_place(options.place);
  if (!place) return refuse(place.error().message);
  const auto lock = lock_packs(system_disk(), place->directory, kWait);
  if (!lock) return refuse(lock.error().message);
  const auto state = read_pack_state(system_disk(), place->directory);
  if (!state) return refuse(state.error().message);
  PackRef to;
  if (!options.to.empty()) {
    if (place->trusted.empty()) return refuse("no key is trusted: --trust names one, or packs.trusted_keys of the configuration");
    const auto found = find_installed(*place, options.to);
    if (!found) return refuse(found.error().message, ExitCode::Found);
    to = *found;
  }
  const auto next = rolled_back(*state, to);
  if (!next) return refuse(next.error().message, ExitCode::Found);
  const PackChange change = change_state(system_disk(), *place, *state, *next);
  if (change == PackChange::Done || change == PackChange::DoneWithoutAgent) std::cout << next->last_change << "\n";
  return exit_of(change);
}

}  // namespace scanner
