// What a mining program calls itself: "XMRig/6.21.0 (Linux x86_64)" → a known family and its
// version. Anybody can set that text, so it is context for a reviewer and never evidence.
#pragma once

#include <string>
#include <string_view>

namespace scanner {

struct AgentEntry {
  std::string name;    // lower-case, as it begins the text: "xmrig", "gminer"
  std::string family;  // "XMRig"
  std::string kind;    // "cpu", "gpu", "asic", "proxy", "pool", "malware" or "several"
  std::string sources;
};

struct AgentMatch {
  const AgentEntry* entry = nullptr;
  std::string_view version;  // "6.21.0"; "" where none follows; views the text that was asked about
};

// Whether `text` begins with `name` and a word ends there, whatever the case; then what
// follows as a version: a digit first, at most 32 of [0-9A-Za-z.+_-].
bool begins_with_agent(std::string_view text, std::string_view name);
std::string_view version_behind(std::string_view text, std::size_t name_length);

}  // namespace scanner
