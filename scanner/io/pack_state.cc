#include "scanner/io/pack_state.h"

#include "scanner/io/json_fields.h"

#include <cerrno>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMaxState = 64 * 1024;

std::string state_file(const std::string& directory) { return directory + "/state.json"; }

Json to_json(const PackRef& ref) {
  if (ref.none()) return nullptr;
  return {{"id", ref.id}, {"name", ref.name}, {"version", ref.version}};
}

// Refuses through `problem`.
PackRef read_ref(const nlohmann::json& json, const char* key, std::string& problem) {
  if (!json.contains(key) || json[key].is_null()) return {};
  if (!json[key].is_object()) {
    problem = std::string(key) + " is no pack";
    return {};
  }
  JsonFields fields(json[key]);
  PackRef ref;
  ref.id = fields.sha256("id").value_or("");
  ref.name = fields.text("name", 64).value_or("");
  ref.version = static_cast<std::uint64_t>(fields.required_integer("version", 1, std::numeric_limits<std::int64_t>::max()));
  if (!fields.problem().empty()) problem = fields.problem();
  if (ref.id.empty() || !is_pack_name(ref.name)) problem = std::string(key) + " is no pack";
  return ref;
}

void end_trial(PackState& state) {
  state.confirm_until.reset();
  if (state.newest.none() || state.newest.name != state.current.name || state.current.version > state.newest.version) state.newest = state.current;
}

}  // namespace

PackRef ref_of(const Pack& pack) { return {pack.id, pack.manifest.name, pack.manifest.version}; }

Result<void> admit(const PackState& state, const PackRef& pack) {
  if (state.newest.none() || pack.id == state.newest.id || pack.id == state.older_allowed) return {};
  if (pack.name != state.newest.name) return fail(pack.title() + " has another name than " + state.newest.title() + ", which was installed: which of them is older cannot be told");
  if (pack.version < state.newest.version) return fail(pack.title() + " is older than " + state.newest.title() + ", which was installed");
  if (pack.version == state.newest.version) return fail(pack.title() + " was installed with other content: the same version must not mean two things");
  return {};
}

Result<PackState> installed(const PackState& state, const PackRef& pack, const InstallStep& step) {
  PackState next = state;
  if (auto fits = admit(state, pack); !fits) {
    if (!step.allow_downgrade) return fail(fits.error().message + "; --allow-downgrade installs it all the same");
    next.older_allowed = pack.id;
  }
  // A pack that is still on trial is nothing to go back to.
  if (!state.confirm_until && pack.id != state.current.id) next.previous = state.current;
  next.current = pack;
  next.last_change = pack.title() + " was installed";
  if (next.previous.none() && step.confirm_until) return fail("there is no pack that the agent could return to: install the first one without --confirm-within");
  next.confirm_until = step.confirm_until;
  if (!step.confirm_until) end_trial(next);
  return next;
}

Result<PackState> confirmed(const PackState& state) {
  if (!state.confirm_until) return fail(state.current.none() ? "no pack is installed" : state.current.title() + " waits for no confirmation");
  PackState next = state;
  end_trial(next);
  next.last_change = state.current.title() + " was confirmed";
  return next;
}

Result<PackState> rolled_back(const PackState& state, const PackRef& to) {
  const PackRef target = to.none() ? state.previous : to;
  if (target.none()) return fail(state.current.none() ? "no pack is installed" : "there is no pack before " + state.current.title() + " to go back to");
  if (target.id == state.current.id) return fail(target.title() + " is in force already");
  PackState next = state;
  next.current = target;
  next.previous = {};
  next.older_allowed = target.id;
  next.confirm_until.reset();
  next.last_change = state.current.title() + " was rolled back to " + target.title();
  return next;
}

Result<PackState> given_up(const PackState& state) {
  if (!state.confirm_until) return fail("nothing waits for a confirmation");
  auto next = rolled_back(state, {});
  if (next) next->last_change = state.current.title() + " was given up for " + next->current.title() + ": nobody confirmed it in time";
  return next;
}

Result<PackState> read_pack_state(Disk& disk, const std::string& directory) {
  const std::string path = state_file(directory);
  const auto size = disk.size(path);
  if (!size) return size.error().code == ENOENT ? Result<PackState>(PackState{}) : fail(size.error().message);
  const auto text = disk.read(path, 0, kMaxState);
  if (!text) return fail(text.error().message);
  const auto json = read_json_object(*text);
  if (!json) return fail(path + ": " + json.error().message);
  std::string problem;
  PackState state;
  state.current = read_ref(*json, "current", problem);
  state.previous = read_ref(*json, "previous", problem);
  state.newest = read_ref(*json, "newest", problem);
  JsonFields fields(*json);
  state.older_allowed = fields.sha256("older_allowed").value_or("");
  state.last_change = fields.text("last_change", 1024).value_or("");
  if (json->contains("confirm_until") && !(*json)["confirm_until"].is_null()) state.confirm_until = fields.required_time("confirm_until");
  if (problem.empty()) problem = fields.problem();
  if (!problem.empty()) return fail(path + ": is not understood: " + problem);
  return state;
}

Result<void> write_pack_state(Disk& disk, const std::string& directory, const PackState& state) {
  const Json json{{"current", to_json(state.current)},
                  {"previous", to_json(state.previous)},
                  {"newest", to_json(state.newest)},
                  {"older_allowed", state.older_allowed},
                  {"confirm_until", state.confirm_until ? Json(to_rfc3339(*state.confirm_until)) : Json(nullptr)},
                  {"last_change", state.last_change}};
  const std::string text = json.dump(1) + "\n";
  if (auto written = replace_file(disk, state_file(directory), as_bytes(text)); !written) return fail(written.error().message);
  namespace fs = std::filesystem;
  std::error_code ignored;
  const std::string link = directory + "/current", fresh = link + ".new";
  fs::remove(fresh, ignored);
  if (state.current.none())
    fs::remove(link, ignored);
  else if (fs::create_symlink(state.current.id, fresh, ignored); !ignored)
    fs::rename(fresh, link, ignored);
  return {};
}

Result<std::unique_ptr<DiskFile>> lock_packs(Disk& disk, const std::string& directory, std::chrono::seconds wait) {
  constexpr std::chrono::milliseconds kPause(100);
  for (std::chrono::milliseconds waited(0);; waited += kPause) {
    auto lock = disk.lock(directory + "/lock");
    if (lock) return std::move(*lock);
    if (lock.error().code != EWOULDBLOCK) return fail(lock.error().message);
    if (waited >= wait) return fail(directory + ": somebody else changes what is installed there");
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace scanner
