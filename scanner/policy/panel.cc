#include "scanner/policy/panel.h"

#include "scanner/model/pattern.h"

#include <algorithm>
#include <cmath>

namespace scanner {
namespace {

constexpr std::size_t kMaxShown = 160;

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string shown(std::string text) {
  if (text.size() > kMaxShown) text = text.substr(0, kMaxShown) + "…";
  return text;
}

std::string seconds(double value) { return std::to_string(std::llround(value)) + " s"; }

std::string container_of(const Process& process) { return process.image.container.empty() ? container_of_cgroup(process.image.cgroup) : process.image.container; }

bool is_unknown(const Process& process, std::string_view key) {
  const auto& unknown = process.image.unknown;
  return !process.started_seen || std::find(unknown.begin(), unknown.end(), key) != unknown.end();
}

class Evaluation {
 public:
  Evaluation(const Process& process, const ProcessTable& processes) : process_(process), processes_(processes), ancestors_(processes.ancestors(process.id)) {}

  // The deciding facts, or nothing where the indicator does not hold.
  std::optional<std::string> facts(const PanelIndicator& indicator) {
    std::string told;
    const auto tell = [&](const std::string& fact) { told += (told.empty() ? "" : ", and ") + fact; };
    for (const PanelCondition& condition : indicator.all) {
      const auto fact = hold(condition);
      if (!fact) return std::nullopt;
      tell(*fact);
    }
    std::optional<std::string> one;
    for (const PanelCondition& condition : indicator.any)
      if (!one) one = hold(condition);
    if (!indicator.any.empty() && !one) return std::nullopt;
    if (one) tell(*one);
    for (const PanelCondition& condition : indicator.none)
      if (hold(condition)) return std::nullopt;
    return told;
  }

 private:
  std::optional<std::string> hold(const PanelCondition& condition) {
    switch (condition.role) {
      case PanelRole::Process: return of(condition, process_, "it");
      case PanelRole::Parent: return ancestors_.empty() ? std::nullopt : of(condition, *ancestors_.front(), "its parent " + pid(*ancestors_.front()));
      case PanelRole::Ancestor:
        for (const Process* ancestor : ancestors_)
          if (auto fact = of(condition, *ancestor, "its ancestor " + pid(*ancestor))) return fact;
        return std::nullopt;
      case PanelRole::Sibling:
        for (const Process* sibling : processes_.siblings(process_.id))
          if (auto fact = of(condition, *sibling, "process " + pid(*sibling) + " of the same parent")) return fact;
        return std::nullopt;
    }
    return std::nullopt;
  }

  static std::string pid(const Process& process) { return std::to_string(process.id.pid); }

  std::optional<std::string> of(const PanelCondition& condition, const Process& process, const std::string& who) const {
    if (condition.field < PanelField::Deleted) return text(condition, process, who);
    return condition.field < PanelField::Uid ? truth(condition, process, who) : number(condition, process, who);
  }

  static std::optional<std::string> text(const PanelCondition& condition, const Process& process, const std::string& who) {
    const ProcessStarted& image = process.image;
    const auto any = [&](const std::string& value) {
      return !value.empty() && std::any_of(condition.patterns.begin(), condition.patterns.end(), [&](const std::string& pattern) { return matches_pattern(pattern, value, Star::Any); });
    };
    switch (condition.field) {
      case PanelField::Name:
        if (any(file_name(image.executable))) return who + " is " + shown(image.executable);
        return any(image.comm) ? std::optional(who + " is named " + image.comm) : std::nullopt;
      case PanelField::Executable: return any(image.executable) ? std::optional(who + " runs from " + shown(image.executable)) : std::nullopt;
      case PanelField::Arguments: {
        const std::string line = joined(image.arguments);
        return any(line) ? std::optional(who + " was started as `" + shown(line) + "`") : std::nullopt;
      }
      case PanelField::WorkingDirectory: return any(image.cwd) ? std::optional(who + " works in " + shown(image.cwd)) : std::nullopt;
      case PanelField::Script: return any(image.script) ? std::optional(who + " runs the script " + shown(image.script)) : std::nullopt;
      case PanelField::Cgroup: return any(image.cgroup) ? std::optional(who + " is in the group " + shown(image.cgroup)) : std::nullopt;
      case PanelField::Packer: return any(image.packer) ? std::optional(who + " is packed with " + image.packer) : std::nullopt;
      case PanelField::EnvironmentKey:
        for (const std::string& key : image.environment_keys)
          if (any(key)) return who + " has " + shown(key) + " in its environment";
        return std::nullopt;
      case PanelField::Environment:
        for (const auto& [key, value] : image.environment) {
          std::string entry = key;
          entry.append("=").append(value);
          if (any(entry)) return who + " has " + shown(entry) + " in its environment";
        }
        return std::nullopt;
      default: return std::nullopt;
    }
  }

  std::optional<std::string> truth(const PanelCondition& condition, const Process& process, const std::string& who) const {
    const bool wanted = condition.wanted;
    const auto told = [&](bool is, const std::string& yes, const std::string& no) { return is == wanted ? std::optional(who + (is ? yes : no)) : std::nullopt; };
    const bool no_image = is_unknown(process, "executable");
    switch (condition.field) {
      case PanelField::Deleted: return no_image ? std::nullopt : told(process.image.deleted, " runs a file that is deleted", " runs a file that is there");
      case PanelField::Memfd: return no_image ? std::nullopt : told(process.image.memfd, " runs from memory alone, no file", " runs from a file");
      case PanelField::Terminal: return is_unknown(process, "terminal") ? std::nullopt : told(process.image.terminal, " has a terminal", " has no terminal");
      case PanelField::InContainer: return is_unknown(process, "cgroup") ? std::nullopt : told(!container_of(process).empty(), " runs in a container", " runs in no container");
      case PanelField::FirstInContainer: {
        const std::vector<const Process*> chain = processes_.ancestors(process.id);
        if (container_of(process).empty() || chain.empty()) return std::nullopt;
        return told(container_of(*chain.front()) != container_of(process), " is the program that its container was started for", " was started by another program of its container");
      }
      case PanelField::SameImageAsParent: {
        const std::vector<const Process*> chain = processes_.ancestors(process.id);
        if (chain.empty() || no_image || process.image.executable.empty() || chain.front()->image.executable.empty()) return std::nullopt;
        return told(chain.front()->image.executable == process.image.executable, " was started by its own program", " was started by another program");
      }
      default: return std::nullopt;
    }
  }

  std::optional<std::string> number(const PanelCondition& condition, const Process& process, const std::string& who) const {
    const auto within = [&](double value) { return value >= condition.at_least && value <= condition.at_most; };
    if (condition.field == PanelField::Uid) {
      if (is_unknown(process, "uid") || !within(process.image.uid)) return std::nullopt;
      return who + " runs as uid " + std::to_string(process.image.uid);
    }
    const bool of_container = condition.field == PanelField::SecondsAfterCreation && !container_of(process).empty();
    const Process* first = of_container ? first_of_container(process) : processes_.init(process.id.boot);
    if (first == nullptr || first->id.start_ns <= 0 || process.id.start_ns < first->id.start_ns) return std::nullopt;
    const double after = static_cast<double>(process.id.start_ns - first->id.start_ns) / 1e9;
    if (!within(after)) return std::nullopt;
    return who + " was started " + seconds(after) + " after " + (of_container ? "its container" : "the host");
  }

  // The topmost of its line that is in its container; null where the line is cut there.
  const Process* first_of_container(const Process& process) const {
    const Process* first = &process;
    for (const Process* ancestor : processes_.ancestors(process.id)) {
      if (container_of(*ancestor) != container_of(process)) return first;
      first = ancestor;
    }
    return nullptr;
  }

  const Process& process_;
  const ProcessTable& processes_;
  std::vector<const Process*> ancestors_;
};

}  // namespace

PanelResult Panel::evaluate(const Process& process, const ProcessTable& processes) const {
  PanelResult result;
  if (indicators_.empty()) return result;
  Evaluation evaluation(process, processes);
  for (const PanelIndicator& indicator : indicators_)
    if (const auto facts = evaluation.facts(indicator)) (indicator.compromise ? result.compromise : result.wilful).push_back(indicator.says + ": " + *facts);
  return result;
}

}  // namespace scanner
