#include "scanner/detect/process_evidence.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace scanner {
namespace {

constexpr std::size_t kMaxActivities = 8, kMaxMatches = 8;
constexpr double kMaxSignWeight = 0.6;  // of what is only read off a process
constexpr double kOwnerWeight = 0.3;    // of a socket's owner that shows nothing else
constexpr double kLoadWeight = 0.4, kGroupLoadWeight = 0.25;
constexpr std::string_view kDetector = "process-ladder";

// Miners' options for measuring the machine: no pool, no wallet, no mining. The option counts
// as such wherever it stands, since it overrides a pool that is given too.
bool measures_itself(const std::vector<std::string>& arguments) {
  constexpr std::array<std::string_view, 3> kOptions{"--bench", "--benchmark", "--stress"};
  return std::any_of(arguments.begin(), arguments.end(), [&](std::string_view argument) {
    const std::string_view option = argument.substr(0, argument.find('='));
    return std::find(kOptions.begin(), kOptions.end(), option) != kOptions.end();
  });
}

std::string hundredths(double value) {
  const auto whole = static_cast<long long>(std::llround(value * 100));
  const std::string fraction = std::to_string(100 + whole % 100).substr(1);
  return std::to_string(whole / 100) + "." + fraction;
}

Finding of_process(const Process& process, EvidenceKind kind) {
  Finding finding;
  finding.key = finding_key(to_string(kind), process);
  finding.kind = kind;
  finding.source = kDetector;
  finding.process = process.image;
  return finding;
}

std::string percent(double part) { return std::to_string(std::llround(part * 100)) + " %"; }
std::string in_seconds(Duration duration) { return std::to_string(std::llround(static_cast<double>(duration.count()) / 1e9)) + " seconds"; }

// What was measured, and against what.
std::string describe(const LoadWindow& load, const LoadLimits& limits) {
  return hundredths(load.cores()) + " cores on average over " + in_seconds(load.span()) + ", varying by " + percent(load.variation()) + " (asked for: " +
         hundredths(limits.min_cores) + " cores over " + in_seconds(limits.min_span) + ", at most " + percent(limits.max_variation) + ")";
}

Finding usage(const Finding& of_its_process, const Process& process, double weight, std::string reason) {
  Finding finding = of_process(process, EvidenceKind::Usage);
  finding.subject = of_its_process.subject;
  finding.activity = of_its_process.activity;
  finding.stage = Stage::Interest;
  finding.weight = weight;
  finding.last_seen = of_its_process.last_seen;
  finding.reason = std::move(reason);
  return finding;
}

void show(Finding& finding, const ProcessSign& sign) {
  finding.stage = sign.stage;
  finding.source = sign.source;
  finding.revision = sign.revision;
  finding.reason = sign.title;
  finding.weight = sign.weight;
  finding.matches = sign.matches;
}

}  // namespace

bool is_mining(std::string_view activity) { return activity.starts_with("mining."); }

void add_sign(std::vector<ProcessSign>& signs, const Signature& signature, const SignatureHit& hit, Timestamp at) {
  auto found = std::find_if(signs.begin(), signs.end(),
                            [&](const ProcessSign& sign) { return sign.activity == signature.activity; });
  if (found == signs.end()) {
    if (signs.size() >= kMaxActivities) return;
    found = signs.emplace(signs.end());
    found->activity = signature.activity;
    found->first_seen = at;
  }
  ProcessSign& sign = *found;
  const Stage stage = std::min(signature.stage, Stage::Contact);
  const double weight = std::min(signature.weight, kMaxSignWeight);
  if (std::pair(stage, weight) > std::pair(sign.stage, sign.weight)) {
    sign.source = signature.id;
    sign.title = signature.title;
    sign.revision = signature.revision;
  }
  sign.stage = std::max(sign.stage, stage);
  sign.weight = std::max(sign.weight, weight);
  const bool known = std::find(sign.matches.begin(), sign.matches.end(), hit.excerpt) != sign.matches.end();
  if (!known && sign.matches.size() < kMaxMatches && !hit.excerpt.empty()) sign.matches.push_back(hit.excerpt);
}

const ProcessSign* best_mining_sign(const std::vector<ProcessSign>& signs) {
  const ProcessSign* best = nullptr;
  for (const ProcessSign& sign : signs)
    if (is_mining(sign.activity) &&
        (best == nullptr || std::pair(sign.stage, sign.weight) > std::pair(best->stage, best->weight)))
      best = &sign;
  return best;
}

std::string finding_key(std::string_view kind, const Process& process) {
  std::string key = std::string(kind) + ":" + std::to_string(process.id.pid) + "@" +
                    std::to_string(process.id.start_ns) + process.id.boot;
  return process.images > 1 ? key + "#" + std::to_string(process.images) : key;
}

std::vector<std::string> finding_keys(const Process& process) {
  return {finding_key("process", process), finding_key("usage", process)};
}

Finding sign_finding(const ProcessSign& sign, bool sustained_load, const Process& process) {
  Finding finding = of_process(process, EvidenceKind::Process);
  finding.activity = sign.activity;
  show(finding, sign);
  if (!sustained_load || !is_mining(sign.activity)) return finding;
  if (measures_itself(process.image.arguments)) {
    finding.reason += "; it is told to measure the machine, so its load proves nothing";
  } else if (sign.stage == Stage::Contact) {
    finding.stage = Stage::Session;
    finding.reason += "; it computes without a pause";
  }
  return finding;
}

Finding owner_finding(const ProcessSign* sign, bool sustained_load, Stage owner, bool by_shape, const Process& process) {
  Finding finding =
      sign != nullptr ? sign_finding(*sign, sustained_load, process) : of_process(process, EvidenceKind::Process);
  finding.weight = std::max(finding.weight, kOwnerWeight);
  if (owner == Stage::None) return finding;
  finding.stage = std::max(finding.stage, owner);
  const std::string told = by_shape                ? "it owns the socket of a conversation that has the shape of mining"
                           : owner == Stage::Proof ? "it owns the socket over which a share was accepted"
                                                   : "it owns the socket of a mining session";
  finding.reason = finding.reason.empty() ? told : told + "; " + finding.reason;
  if (by_shape && sign == nullptr && sustained_load) finding.reason += "; it computes without a pause";
  return finding;
}

Finding usage_finding(const Finding& of_its_process, const Process& process, const LoadLimits& limits) {
  return usage(of_its_process, process, kLoadWeight, "an even load of " + describe(process.load, limits));
}

Finding group_usage_finding(const Finding& of_its_process, const Process& process, const LoadWindow& load, const LoadLimits& limits) {
  return usage(of_its_process, process, kGroupLoadWeight, "its control group " + process.image.cgroup + " has an even load of " + describe(load, limits));
}

}  // namespace scanner
