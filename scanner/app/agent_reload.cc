// Which settings may change while an agent runs.
#include "scanner/app/agent_loop.h"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>

namespace scanner {
namespace {

// Secrets and lists are told in words of their own.
std::string key_of(const std::string& line) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kWords{{{"hash key", "privacy.hash_key_file"},
                                                                                 {"signing key", "outbox.signing_key_file"},
                                                                                 {"recipient ", "evidence.recipients"},
                                                                                 {"evidence bytes", "evidence.bytes_per_incident"},
                                                                                 {"token ", "sinks.http.token_file"}}};
  for (const auto& [word, key] : kWords)
    if (line.starts_with(word)) return std::string(key);
  const std::string first = line.substr(0, line.find(' '));
  return first == "local" || first.find('.') != std::string::npos ? first : "limits." + first;
}

// What settings_text says of each key.
std::map<std::string, std::string> by_key(const Config& config) {
  std::map<std::string, std::string> lines;
  std::istringstream text(settings_text(config));
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("aupscan configuration")) continue;
    lines[key_of(line)] += line + "\n";
  }
  return lines;
}

}  // namespace

Config reloaded_config(const Config& running, const Config& wanted) {
  Config config = running;
  config.tenants_file = wanted.tenants_file;
  config.tenants_sha256 = wanted.tenants_sha256;
  config.exceptions_file = wanted.exceptions_file;
  config.permissions_file = wanted.permissions_file;
  config.exceptions_sha256 = wanted.exceptions_sha256;
  config.agent.mode = wanted.agent.mode;
  config.agent.signatures = wanted.agent.signatures;
  config.agent.declaration = wanted.agent.declaration;
  config.packs = wanted.packs;
  config.agent.health_every = wanted.agent.health_every;
  config.agent.pressure = wanted.agent.pressure;
  return config;
}

std::vector<std::string> keys_that_need_a_restart(const Config& running, const Config& wanted) {
  const auto taken = by_key(reloaded_config(running, wanted)), asked = by_key(wanted);
  std::vector<std::string> keys;
  for (const auto& [key, value] : taken) {
    const auto found = asked.find(key);
    if (found == asked.end() || found->second != value) keys.push_back(key);
  }
  for (const auto& [key, value] : asked)
    if (!taken.contains(key)) keys.push_back(key);
  std::ranges::sort(keys);
  return keys;
}

}  // namespace scanner
