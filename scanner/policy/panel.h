// config/panel.yaml: what speaks for a host that was broken into, and what for a holder who
// mines himself. Neutral on purpose: both lists are looked through, whatever is found is told
// with the fact that decided, and nothing is concluded. People weigh it (clause 11).
//
// An indicator is a set of conditions over a process, its parent, its ancestors and those that
// have the same parent. What is not known fulfils no condition, neither as true nor as false.
// Immutable once loaded; shared between threads.
#pragma once

#include "scanner/model/diagnostic.h"
#include "scanner/process/process_table.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

enum class PanelRole : std::uint8_t { Process, Parent, Ancestor, Sibling };

enum class PanelField : std::uint8_t {
  Name, Executable, Arguments, WorkingDirectory, Script, Cgroup, EnvironmentKey, Environment, Packer,  // texts
  Deleted, Memfd, Terminal, InContainer, FirstInContainer, SameImageAsParent,  // true or false
  Uid, SecondsAfterBoot, SecondsAfterCreation,  // numbers; creation: of its container, else of the host
};

struct PanelCondition {
  PanelRole role = PanelRole::Process;
  PanelField field = PanelField::Name;
  std::vector<std::string> patterns;  // of a text: one must fit; '*' is any characters
  bool wanted = true;                 // of true or false
  double at_least = 0, at_most = 0;   // of a number
};

struct PanelIndicator {
  std::string id, says;
  bool compromise = false;  // else wilful
  std::vector<PanelCondition> all, any, none;
};

struct PanelResult {
  std::vector<std::string> compromise, wilful;  // one plain sentence each, in the file's order
};

class Panel {
 public:
  Panel() = default;
  Panel(std::vector<PanelIndicator> indicators, std::string sha256) : indicators_(std::move(indicators)), sha256_(std::move(sha256)) {}

  PanelResult evaluate(const Process& process, const ProcessTable& processes) const;
  const std::vector<PanelIndicator>& indicators() const { return indicators_; }
  const std::string& sha256() const { return sha256_; }  // of the file's text, hex; "": there is none

 private:
  std::vector<PanelIndicator> indicators_;
  std::string sha256_;
};

// Nothing where `diagnostics` got an error. At most 256 indicators of 32 conditions.
std::optional<Panel> load_panel(const std::string& file, std::string_view text, Diagnostics& diagnostics);

}  // namespace scanner
