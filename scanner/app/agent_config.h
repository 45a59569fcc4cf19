// The parts of the configuration that are the live agent's: `agent`, `control`, `capture`,
// `processes` and `pressure`.
#pragma once

#include "scanner/app/pressure.h"
#include "scanner/model/yaml.h"

#include <cstdint>
#include <string>
#include <vector>

namespace scanner {

struct AgentConfig {
  // agent
  std::string directory = "/var/lib/aupscan";  // the lock, the kill switch, compiled signatures
  std::string mode = "observe";                // the word in every event
  std::string signatures, declaration;         // "": the installed ones, or what the command line says
  Duration health_every = std::chrono::minutes(5);
  Duration stop_grace = std::chrono::seconds(10);  // for the sinks, at the end

  // control
  std::string control_socket = "/run/aupscan/control.sock";
  std::string metrics;  // "127.0.0.1:9477"; "": no such listener

  // capture
  std::vector<std::string> interfaces{"any-not-loopback"};  // or names, "any"; "none": no packets
  std::string filter;
  std::uint32_t snaplen = 262144;  // offloading gives packets of 64 KiB and more
  std::uint64_t buffer_bytes = 8ULL * 1024 * 1024;
  std::uint32_t sample_one_in = 16;  // flows, where the effort is `sampled`

  // processes
  bool ebpf = true, netlink = true;
  Duration poll_every = std::chrono::seconds(1), usage_every = std::chrono::seconds(10);
  std::uint64_t image_bytes = 256ULL * 1024 * 1024;

  PressureBudget pressure;
};

// `file`: the configuration, against whose directory others are resolved.
void read_agent_sections(YamlMap& root, const std::string& file, AgentConfig& config, YamlContext& context);

std::vector<std::string> agent_keys();  // dotted, in the file's order
std::string agent_text(const AgentConfig& config);

}  // namespace scanner
