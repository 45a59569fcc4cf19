#include "scanner/app/agent_config.h"

#include "scanner/app/settings.h"
#include "scanner/model/address.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace scanner {
namespace {

constexpr std::int64_t kKiB = 1024, kMiB = 1024 * kKiB, kGiB = 1024 * kMiB;
constexpr std::int64_t kDay = 86400;
constexpr std::array<std::string_view, 4> kModes{"observe", "enforce", "shadow", "test"};

using Settings = SettingsOf<AgentConfig>;
constexpr SettingMakers<AgentConfig> kMake;

const Settings& agent_settings() {
  static const Settings kSettings{kMake.path("directory", [](auto& c) -> auto& { return c.directory; }),
                                  {"mode",
                                   [](YamlMap& map, const std::string&, AgentConfig& config) {
                                     if (const auto value = map.choice("mode", kModes, Presence::Optional)) config.mode = kModes[*value];
                                   },
                                   [](const AgentConfig& config) { return config.mode; }},
                                  kMake.path("signatures", [](auto& c) -> auto& { return c.signatures; }),
                                  kMake.path("declaration", [](auto& c) -> auto& { return c.declaration; }),
                                  kMake.seconds("health_seconds", kDay, [](auto& c) -> auto& { return c.health_every; }),
                                  kMake.seconds("stop_seconds", 600, [](auto& c) -> auto& { return c.stop_grace; })};
  return kSettings;
}

const Settings& control_settings() {
  static const Settings kSettings{kMake.path("socket", [](auto& c) -> auto& { return c.control_socket; }),
                                  kMake.text("metrics", [](auto& c) -> auto& { return c.metrics; })};
  return kSettings;
}

const Settings& capture_settings() {
  static const Settings kSettings{kMake.strings("interfaces", [](auto& c) -> auto& { return c.interfaces; }),
                                  kMake.text("filter", [](auto& c) -> auto& { return c.filter; }),
                                  kMake.number("snaplen", 256, 262144, [](auto& c) -> auto& { return c.snaplen; }),
                                  kMake.number("buffer_bytes", kMiB, kGiB, [](auto& c) -> auto& { return c.buffer_bytes; }),
                                  kMake.number("sample_one_in", 2, 4096, [](auto& c) -> auto& { return c.sample_one_in; })};
  return kSettings;
}

const Settings& process_settings() {
  static const Settings kSettings{kMake.boolean("ebpf", [](auto& c) -> auto& { return c.ebpf; }),
                                  kMake.boolean("netlink", [](auto& c) -> auto& { return c.netlink; }),
                                  kMake.seconds("poll_seconds", 60, [](auto& c) -> auto& { return c.poll_every; }),
                                  kMake.seconds("usage_seconds", 600, [](auto& c) -> auto& { return c.usage_every; }),
                                  kMake.number("image_bytes", 0, 4 * kGiB, [](auto& c) -> auto& { return c.image_bytes; })};
  return kSettings;
}

const Settings& pressure_settings() {
  static const Settings kSettings{kMake.number("cpu_percent", 0, 10'000, [](auto& c) -> auto& { return c.pressure.cpu_percent; }),
                                  kMake.number("memory_bytes", 0, 1024 * kGiB, [](auto& c) -> auto& { return c.pressure.memory_bytes; }),
                                  kMake.number("drop_percent", 0, 100, [](auto& c) -> auto& { return c.pressure.drop_percent; }),
                                  kMake.seconds("patience_seconds", 3600, [](auto& c) -> auto& { return c.pressure.patience; }),
                                  kMake.seconds("recovery_seconds", 3600, [](auto& c) -> auto& { return c.pressure.recovery; })};
  return kSettings;
}

struct Section {
  std::string_view name;
  const Settings& (*settings)();
};
constexpr std::array<Section, 5> kSections{Section{"agent", agent_settings}, Section{"control", control_settings}, Section{"capture", capture_settings},
                                           Section{"processes", process_settings}, Section{"pressure", pressure_settings}};

// What the agent tells of itself is for this host alone.
bool is_loopback(std::string_view listen) {
  const std::size_t colon = listen.rfind(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view host = listen.substr(0, colon), port = listen.substr(colon + 1);
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc{} || end != port.data() + port.size() || number == 0) return false;
  return host == "127.0.0.1" || host == "[::1]" || host == "localhost";
}

}  // namespace

void read_agent_sections(YamlMap& root, const std::string& file, AgentConfig& config, YamlContext& context) {
  for (const Section& section : kSections) read_setting_section(root, section.name, section.settings(), file, config, context);
  if (!config.metrics.empty() && !is_loopback(config.metrics))
    context.error(root.node(), "C107", "control.metrics: '" + config.metrics + "' is not of this host alone", "as in 127.0.0.1:9477 or [::1]:9477");
  if (config.interfaces.size() > 1 && std::find(config.interfaces.begin(), config.interfaces.end(), "none") != config.interfaces.end())
    context.error(root.node(), "C108", "capture.interfaces: 'none' stands alone");
}

std::vector<std::string> agent_keys() {
  std::vector<std::string> keys;
  for (const Section& section : kSections) name_settings(keys, std::string(section.name) + ".", section.settings());
  return keys;
}

std::string agent_text(const AgentConfig& config) {
  std::string out;
  for (const Section& section : kSections) tell_settings(out, std::string(section.name) + ".", section.settings(), config);
  return out;
}

}  // namespace scanner
