// One key of the configuration: how it is read, where it lives, and how it is told. A section is
// a list of them, so that what is read, what is shown and what the shipped file names agree.
#pragma once

#include "scanner/model/time.h"
#include "scanner/model/yaml.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace scanner {

// Next to the configuration `file`, unless it is given from the root; "" stays.
std::string beside(const std::string& file, const std::string& path);

template <typename Config>
struct SettingOf {
  std::string_view key;
  std::function<void(YamlMap&, const std::string& file, Config&)> read;
  std::function<std::string(const Config&)> tell;
};
template <typename Config>
using SettingsOf = std::vector<SettingOf<Config>>;

// `access` gives a reference to where the value lives, const or not as its argument is.
template <typename Config>
struct SettingMakers {
  template <typename Access>
  SettingOf<Config> number(std::string_view key, std::int64_t min, std::int64_t max, Access access) const {
    return {key,
            [=](YamlMap& map, const std::string&, Config& config) {
              auto& slot = access(config);
              if (const auto value = map.integer(key, Presence::Optional, min, max)) slot = static_cast<std::remove_reference_t<decltype(slot)>>(*value);
            },
            [=](const Config& config) { return std::to_string(access(config)); }};
  }
  template <typename Access>
  SettingOf<Config> seconds(std::string_view key, std::int64_t max, Access access) const {
    return {key,
            [=](YamlMap& map, const std::string&, Config& config) {
              if (const auto value = map.integer(key, Presence::Optional, 1, max)) access(config) = std::chrono::seconds(*value);
            },
            [=](const Config& config) { return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(access(config)).count()); }};
  }
  template <typename Access>
  SettingOf<Config> text(std::string_view key, Access access) const {
    return {key,
            [=](YamlMap& map, const std::string&, Config& config) {
              if (const auto value = map.string(key, Presence::Optional)) access(config) = *value;
            },
            [=](const Config& config) { return access(config); }};
  }
  template <typename Access>
  SettingOf<Config> path(std::string_view key, Access access) const {
    return {key,
            [=](YamlMap& map, const std::string& file, Config& config) {
              if (const auto value = map.string(key, Presence::Optional)) access(config) = beside(file, *value);
            },
            [=](const Config& config) { return access(config); }};
  }
  template <typename Access>
  SettingOf<Config> boolean(std::string_view key, Access access) const {
    return {key,
            [=](YamlMap& map, const std::string&, Config& config) {
              if (const auto value = map.boolean(key, Presence::Optional)) access(config) = *value;
            },
            [=](const Config& config) { return std::string(access(config) ? "true" : "false"); }};
  }
  // An empty list leaves the default.
  template <typename Access>
  SettingOf<Config> strings(std::string_view key, Access access) const {
    return {key,
            [=](YamlMap& map, const std::string&, Config& config) {
              if (auto values = map.strings(key, Presence::Optional); !values.empty()) access(config) = std::move(values);
            },
            [=](const Config& config) {
              std::string all;
              for (const std::string& value : access(config)) all += (all.empty() ? "" : " ") + value;
              return all;
            }};
  }
};

template <typename Config>
void read_settings(const SettingsOf<Config>& settings, YamlMap& map, const std::string& file, Config& config) {
  for (const auto& setting : settings) setting.read(map, file, config);
}

// The section `name` of `parent`, if it is there.
template <typename Config>
void read_setting_section(YamlMap& parent, std::string_view name, const SettingsOf<Config>& settings, const std::string& file, Config& config, YamlContext& context) {
  const YamlNode* node = parent.map(name, Presence::Optional);
  if (node == nullptr) return;
  YamlMap map(*node, name, context);
  read_settings(settings, map, file, config);
  map.finish();
}

template <typename Config>
void name_settings(std::vector<std::string>& out, const std::string& prefix, const SettingsOf<Config>& settings) {
  for (const auto& setting : settings) out.push_back(prefix + std::string(setting.key));
}

template <typename Config>
void tell_settings(std::string& out, const std::string& prefix, const SettingsOf<Config>& settings, const Config& config) {
  for (const auto& setting : settings) out += prefix + std::string(setting.key) + " " + setting.tell(config) + "\n";
}

}  // namespace scanner
