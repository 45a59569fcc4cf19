#include "scanner/app/kill_switch.h"

#include "scanner/detect/detector.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace scanner {
namespace {

constexpr std::uint64_t kMaxBytes = 1024 * 1024;

}  // namespace

Result<Silence> read_kill_switch(Disk& disk, const std::string& path) {
  const auto size = disk.size(path);
  if (!size) return size.error().code == ENOENT ? Result<Silence>(Silence{}) : fail(size.error().message);
  const auto text = disk.read(path, 0, kMaxBytes);
  if (!text) return fail(text.error().message);
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  const bool understood = json.is_object() && json.contains("all") && json["all"].is_boolean() && json.contains("names") && json["names"].is_array() &&
                          std::all_of(json["names"].begin(), json["names"].end(), [](const auto& name) { return name.is_string(); });
  if (!understood) return fail(path + ": is no kill switch's state; `{\"all\":false,\"names\":[]}` switches nothing off");
  return Silence{json["all"].get<bool>(), json["names"].get<std::set<std::string, std::less<>>>()};
}

Result<void> write_kill_switch(Disk& disk, const std::string& path, const Silence& silence) {
  const std::string text = nlohmann::ordered_json{{"all", silence.all}, {"names", silence.names}}.dump() + "\n";
  if (auto written = replace_file(disk, path, as_bytes(text)); !written) return fail(written.error().message);
  return {};
}

bool can_be_silenced(const Ruleset& ruleset, const std::string& name) {
  const auto& detectors = detector_names();
  const auto& dialects = ruleset.dialects().dialects();
  return ruleset.find(name) != nullptr || std::find(detectors.begin(), detectors.end(), name) != detectors.end() ||
         std::any_of(dialects.begin(), dialects.end(), [&](const Dialect& dialect) { return dialect.id == name; });
}

}  // namespace scanner
