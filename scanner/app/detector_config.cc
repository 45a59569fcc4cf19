#include "scanner/app/detector_config.h"

#include "scanner/app/settings.h"
#include "scanner/detect/contact_set.h"

#include <array>
#include <string_view>

namespace scanner {
namespace {

using Settings = SettingsOf<AbuseLimits>;
constexpr SettingMakers<AbuseLimits> kMake;
constexpr std::int64_t kMost = 1'000'000, kMany = 1'000'000'000, kDay = 86400;

const Settings& own() {
  static const Settings kSettings{kMake.number("subjects", 16, 65536, [](auto& c) -> auto& { return c.subjects; })};
  return kSettings;
}

const Settings& scan() {
  static const Settings kSettings{
      kMake.number("observed_hosts", 4, kMost, [](auto& c) -> auto& { return c.scan.observed_hosts; }),
      kMake.number("confirmed_hosts", 4, kMost, [](auto& c) -> auto& { return c.scan.confirmed_hosts; }),
      kMake.number("confirmed_hosts_unprivileged", 4, kMost, [](auto& c) -> auto& { return c.scan.confirmed_hosts_unprivileged; }),
      kMake.number("padded_hosts", 4, kMost, [](auto& c) -> auto& { return c.scan.padded_hosts; }),
      kMake.number("observed_ports", 4, 65535, [](auto& c) -> auto& { return c.scan.observed_ports; }),
      kMake.number("confirmed_ports", 4, 65535, [](auto& c) -> auto& { return c.scan.confirmed_ports; }),
      kMake.seconds("quiet_seconds", 7 * kDay, [](auto& c) -> auto& { return c.scan.quiet; }),
  };
  return kSettings;
}

const Settings& bruteforce() {
  static const Settings kSettings{
      kMake.number("observed_refusals", 2, kMost, [](auto& c) -> auto& { return c.bruteforce.observed_refusals; }),
      kMake.number("confirmed_refusals", 2, kMost, [](auto& c) -> auto& { return c.bruteforce.confirmed_refusals; }),
      kMake.number("confirmed_credentials", 2, ContactSet::kMost, [](auto& c) -> auto& { return c.bruteforce.confirmed_credentials; }),
      kMake.number("observed_sessions", 2, kMost, [](auto& c) -> auto& { return c.bruteforce.observed_sessions; }),
      kMake.number("confirmed_sessions", 2, kMost, [](auto& c) -> auto& { return c.bruteforce.confirmed_sessions; }),
      kMake.number("session_bytes", 256, kMost, [](auto& c) -> auto& { return c.bruteforce.session_bytes; }),
      kMake.seconds("window_seconds", kDay, [](auto& c) -> auto& { return c.bruteforce.window; }),
  };
  return kSettings;
}

// The keys of one RateLimits.
template <typename Access>
void add_rates(Settings& settings, const std::array<std::string_view, 4>& keys, Access access) {
  settings.push_back(kMake.number(keys[0], 0, kMost, [access](auto& c) -> auto& { return access(c).drift; }));
  settings.push_back(kMake.number(keys[1], 1, kMany, [access](auto& c) -> auto& { return access(c).observed; }));
  settings.push_back(kMake.number(keys[2], 1, kMany, [access](auto& c) -> auto& { return access(c).confirmed; }));
  settings.push_back(kMake.number(keys[3], 1, kMany, [access](auto& c) -> auto& { return access(c).peak; }));
}

const Settings& flood() {
  static const Settings kSettings = [] {
    Settings settings;
    add_rates(settings, {"openings_drift", "openings_observed", "openings_confirmed", "openings_peak"}, [](auto& c) -> auto& { return c.flood.openings; });
    add_rates(settings, {"connections_drift", "connections_observed", "connections_confirmed", "connections_peak"}, [](auto& c) -> auto& { return c.flood.connections; });
    add_rates(settings, {"datagrams_drift", "datagrams_observed", "datagrams_confirmed", "datagrams_peak"}, [](auto& c) -> auto& { return c.flood.datagrams; });
    add_rates(settings, {"echoes_drift", "echoes_observed", "echoes_confirmed", "echoes_peak"}, [](auto& c) -> auto& { return c.flood.echoes; });
    return settings;
  }();
  return kSettings;
}

const Settings& amplification() {
  static const Settings kSettings{
      kMake.number("factor", 2, 100000, [](auto& c) -> auto& { return c.amplification.factor; }),
      kMake.number("observed_bytes", 1000, kMany, [](auto& c) -> auto& { return c.amplification.observed_bytes; }),
      kMake.number("confirmed_bytes", 1000, kMany, [](auto& c) -> auto& { return c.amplification.confirmed_bytes; }),
  };
  return kSettings;
}

const Settings& spam() {
  static const Settings kSettings{
      kMake.number("observed_servers", 2, kMost, [](auto& c) -> auto& { return c.spam.observed_servers; }),
      kMake.number("confirmed_servers", 2, kMost, [](auto& c) -> auto& { return c.spam.confirmed_servers; }),
      kMake.number("observed_submission", 2, kMost, [](auto& c) -> auto& { return c.spam.observed_submission; }),
      kMake.number("confirmed_submission", 2, kMost, [](auto& c) -> auto& { return c.spam.confirmed_submission; }),
      kMake.seconds("window_seconds", kDay, [](auto& c) -> auto& { return c.spam.window; }),
  };
  return kSettings;
}

const Settings& tunnel() {
  static const Settings kSettings{
      kMake.number("observed_names", 2, 250, [](auto& c) -> auto& { return c.tunnel.observed_names; }),
      kMake.number("confirmed_names", 2, 250, [](auto& c) -> auto& { return c.tunnel.confirmed_names; }),
      kMake.number("observed_bytes", 100, kMany, [](auto& c) -> auto& { return c.tunnel.observed_bytes; }),
      kMake.number("confirmed_bytes", 100, kMany, [](auto& c) -> auto& { return c.tunnel.confirmed_bytes; }),
      kMake.number("echoes", 2, kMost, [](auto& c) -> auto& { return c.tunnel.echoes; }),
      kMake.number("observed_echo_bytes", 100, kMany, [](auto& c) -> auto& { return c.tunnel.observed_echo_bytes; }),
      kMake.number("confirmed_echo_bytes", 100, kMany, [](auto& c) -> auto& { return c.tunnel.confirmed_echo_bytes; }),
      kMake.seconds("window_seconds", kDay, [](auto& c) -> auto& { return c.tunnel.window; }),
  };
  return kSettings;
}

const Settings& resource() {
  static const Settings kSettings{
      kMake.number("floor_cores", 1, 1024, [](auto& c) -> auto& { return c.resource.floor_cores; }),
      kMake.number("deviations", 2, 100, [](auto& c) -> auto& { return c.resource.deviations; }),
      kMake.seconds("warm_up_seconds", 7 * kDay, [](auto& c) -> auto& { return c.resource.warm_up; }),
      kMake.seconds("observed_seconds", 7 * kDay, [](auto& c) -> auto& { return c.resource.observed; }),
      kMake.seconds("confirmed_seconds", 7 * kDay, [](auto& c) -> auto& { return c.resource.confirmed; }),
  };
  return kSettings;
}

const Settings& suffered() {
  static const Settings kSettings{
      kMake.number("openings_drift", 0, kMost, [](auto& c) -> auto& { return c.suffered.openings.drift; }),
      kMake.number("openings_observed", 1, kMany, [](auto& c) -> auto& { return c.suffered.openings.observed; }),
      kMake.number("scan_ports", 4, ContactSet::kMost, [](auto& c) -> auto& { return c.suffered.scan_ports; }),
      kMake.number("repeated_answers", 8, kMany, [](auto& c) -> auto& { return c.suffered.repeated_answers; }),
  };
  return kSettings;
}

struct Section {
  std::string_view name;
  const Settings& (*settings)();
};
constexpr Section kSections[] = {{"scan", scan}, {"bruteforce", bruteforce}, {"flood", flood},       {"amplification", amplification},
                                 {"spam", spam}, {"tunnel", tunnel},         {"resource", resource}, {"suffered", suffered}};

}  // namespace

void read_detectors_section(YamlMap& root, const std::string& file, AbuseLimits& limits, YamlContext& context) {
  const YamlNode* node = root.map("detectors", Presence::Optional);
  if (node == nullptr) return;
  YamlMap map(*node, "detectors", context);
  read_settings(own(), map, file, limits);
  for (const Section& section : kSections) read_setting_section(map, section.name, section.settings(), file, limits, context);
  map.finish();
}

std::vector<std::string> detector_keys() {
  std::vector<std::string> keys;
  name_settings(keys, "detectors.", own());
  for (const Section& section : kSections) name_settings(keys, "detectors." + std::string(section.name) + ".", section.settings());
  return keys;
}

std::string detector_text(const AbuseLimits& limits) {
  std::string text;
  tell_settings(text, "detectors.", own(), limits);
  for (const Section& section : kSections) tell_settings(text, "detectors." + std::string(section.name) + ".", section.settings(), limits);
  return text;
}

}  // namespace scanner
