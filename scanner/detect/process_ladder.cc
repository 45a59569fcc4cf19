// mining.software, and the process column of every mining incident (DESIGN §2).
//
// What a process shows by itself makes incidents of its own: a miner's name is interest, a
// miner's options are contact, and these with a sustained even load are session. The load of
// its control group stands beside a finding and lifts none. A program
// that measures itself (--bench) loads the processor without mining and stays contact.
//
// A process that owns the socket of a mining conversation belongs to that conversation's
// incident instead: work where the conversation reached a session, proof where a share was
// accepted. Its weight stays that of its name and options: whose the socket is makes the
// traffic no more convincing. Where nothing of the conversation could be read (it has the shape
// of mining, veiled_mining.cc) the owner stands at session if it shows anything of mining itself
// or computes evenly: two independent kinds, each of which alone is an indicator. Its own incident, if there was one, is merged into the other,
// and so is what its ancestors (the shell that started it) had shown.
//
// State: one entry a process of which something was seen, until it exits; at most
// kMaxSuspects, the one that was seen first goes first.
#include "scanner/detect/detectors.h"
#include "scanner/detect/process_evidence.h"

#include <algorithm>
#include <deque>
#include <unordered_map>

namespace scanner {
namespace {

constexpr std::size_t kMaxSuspects = 16384;
constexpr std::size_t kMaxHomes = 8;
// While nothing changes, a finding is told again that often, so that its incident stays open.
constexpr Duration kRepeat = std::chrono::minutes(1);
// For so long after its last conversation a process opens no incident of its own: the other
// one is still open.
constexpr Duration kHomeStays = std::chrono::minutes(15);

// A finding as it was last reported.
struct Told {
  bool ever = false, used = false, load = false;
  Stage stage = Stage::None;
  Timestamp at;

  bool due(Stage now_stage, bool now_used, bool now_load, Timestamp now) {
    if (ever && stage == now_stage && used == now_used && load == now_load && now - at < kRepeat) return false;
    *this = {true, now_used, now_load, now_stage, now};
    return true;
  }
};

// The incident of a conversation whose socket the process owns.
struct Home {
  Subject subject;
  std::string activity;
  FlowRef flow;  // the one that reached the highest rung
  Stage stage = Stage::None;
  Timestamp first_seen, left;
  std::size_t flows = 0;  // that go on
  bool by_shape = false;  // of none of them anything could be read
  Told told;

  bool is(const FlowStanding& standing) const { return subject == standing.subject && activity == standing.activity; }
  bool holds(Timestamp now) const { return flows > 0 || now - left < kHomeStays; }
};

struct Suspect {
  std::uint32_t image = 0;         // Process::images that the evidence is about
  std::vector<ProcessSign> signs;  // one an activity
  std::vector<Told> signs_told;    // beside it
  std::vector<Home> homes;
  std::optional<Subject> subject;  // of its own incidents; fixed with the first report
  std::optional<Timestamp> loaded_since, group_loaded_since;

  std::optional<Timestamp> used_since() const { return loaded_since ? loaded_since : group_loaded_since; }
};

Stage rung_of_owner(Stage conversation) {
  if (conversation == Stage::Proof) return Stage::Proof;
  return conversation >= Stage::Session ? Stage::Work : Stage::None;
}

class ProcessLadder final : public Detector {
 public:
  void observe(const Observation& observation, const DetectorContext& context) override {
    if (const auto* hit = std::get_if<SignatureHit>(&observation.what)) {
      if (hit->process) on_hit(observation, *hit, context);
    } else if (const auto* seen = std::get_if<HostSeen>(&observation.what)) {
      on_record(observation, seen->record(), context);
    } else if (std::holds_alternative<MiningSeen>(observation.what) || std::holds_alternative<ShapeSeen>(observation.what)) {
      const FlowStanding* standing = context.flows.of_flow(observation.flow.id);
      if (standing != nullptr) join(*standing, observation, context);
    } else if (std::holds_alternative<FlowOver>(observation.what)) {
      leave(observation.flow.id, observation.at);
    }
  }

 private:
  struct Owner {
    ProcessId process;
    Subject subject;
    std::string activity;
  };
  struct IdHash {
    std::size_t operator()(const ProcessId& id) const {
      return std::hash<std::int64_t>()(id.start_ns) ^ std::hash<std::string>()(id.boot) * 31 ^
             static_cast<std::size_t>(id.pid) * 0x9e3779b97f4a7c15;
    }
  };

  Suspect& suspect_of(const Process& process);
  Suspect* find(const ProcessId& id);
  void on_hit(const Observation& observation, const SignatureHit& hit, const DetectorContext& context);
  void on_record(const Observation& observation, const HostRecord& record, const DetectorContext& context);
  void on_group(const std::string& cgroup, const Observation& observation, const DetectorContext& context);
  void join(const FlowStanding& standing, const Observation& observation, const DetectorContext& context);
  static Home* home_of(Suspect& suspect, const FlowStanding& standing, Timestamp at);
  void leave(std::uint64_t flow, Timestamp at);
  void merge(Suspect& suspect, const Process& process, const Home& home, const DetectorContext& context);
  void report(Suspect& suspect, const Process& process, Timestamp at, const DetectorContext& context);

  std::unordered_map<ProcessId, Suspect, IdHash> suspects_;
  std::deque<ProcessId> order_;                      // may name some that are gone
  std::unordered_map<std::uint64_t, Owner> owners_;  // of conversations that go on
};

Suspect* ProcessLadder::find(const ProcessId& id) {
  const auto found = suspects_.find(id);
  return found == suspects_.end() ? nullptr : &found->second;
}

// Finds or makes it. What another image showed is not this one's, so that a shell's words and
// a compiler's load never add up; sockets stay with the process.
Suspect& ProcessLadder::suspect_of(const Process& process) {
  const auto [found, fresh] = suspects_.try_emplace(process.id);
  Suspect& suspect = found->second;
  if (suspect.image != process.images) {
    suspect.image = process.images;
    suspect.signs.clear();
    suspect.signs_told.clear();
    suspect.loaded_since.reset();
    suspect.group_loaded_since.reset();
  }
  if (!fresh) return suspect;
  order_.push_back(process.id);
  if (order_.size() > kMaxSuspects) {
    if (order_.front() != process.id) suspects_.erase(order_.front());
    order_.pop_front();
  }
  return suspect;
}

void ProcessLadder::on_hit(const Observation& observation, const SignatureHit& hit, const DetectorContext& context) {
  const Signature* signature = context.ruleset.find(hit.signature);
  if (signature == nullptr || signature->status != SignatureStatus::Active) return;
  const Process* process = context.processes.find(*hit.process);
  if (process == nullptr) return;
  Suspect& suspect = suspect_of(*process);
  add_sign(suspect.signs, *signature, hit, observation.at);
  suspect.signs_told.resize(suspect.signs.size());
  report(suspect, *process, observation.at, context);
}

void ProcessLadder::on_record(const Observation& observation, const HostRecord& record,
                              const DetectorContext& context) {
  if (const auto* exited = std::get_if<ProcessExited>(&record.what)) {
    suspects_.erase(exited->id);
  } else if (const auto* owned = std::get_if<SocketOwned>(&record.what)) {
    const FlowStanding* standing = context.flows.of_socket(owned->local, owned->remote, owned->protocol);
    if (standing != nullptr) join(*standing, observation, context);
  } else if (const auto* usage = std::get_if<UsageSample>(&record.what)) {
    const Process* process = context.processes.find(usage->id);
    if (find(usage->id) == nullptr || process == nullptr) return;
    Suspect& suspect = suspect_of(*process);
    if (!context.processes.under_sustained_load(*process)) return;
    if (!suspect.loaded_since) suspect.loaded_since = observation.at;
    report(suspect, *process, observation.at, context);
  } else if (const auto* group = std::get_if<CgroupUsage>(&record.what)) {
    on_group(group->cgroup, observation, context);
  }
}

// Of the processes that show something, those that are in the group themselves.
void ProcessLadder::on_group(const std::string& cgroup, const Observation& observation, const DetectorContext& context) {
  std::vector<ProcessId> inside;
  for (const auto& [id, suspect] : suspects_) {
    const Process* process = context.processes.find(id);
    if (process != nullptr && !process->exited && process->image.cgroup == cgroup && context.processes.group_under_sustained_load(*process)) inside.push_back(id);
  }
  std::sort(inside.begin(), inside.end());
  for (const ProcessId& id : inside) {
    const Process& process = *context.processes.find(id);
    Suspect& suspect = suspect_of(process);
    if (!suspect.group_loaded_since) suspect.group_loaded_since = observation.at;
    report(suspect, process, observation.at, context);
  }
}

void ProcessLadder::join(const FlowStanding& standing, const Observation& observation, const DetectorContext& context) {
  const auto& [miner, pool, protocol] = standing.socket;
  const Process* process = context.processes.owner_of(miner, pool, protocol);
  if (process == nullptr) return;
  const auto known = owners_.find(standing.flow.id);
  if (standing.stage == Stage::None) {  // the conclusion was taken back
    if (known == owners_.end()) return;
    leave(standing.flow.id, observation.at);
    for (const std::string& key : finding_keys(*process)) context.findings.withdraw(standing.subject, standing.activity, key);
    return;
  }
  if (known != owners_.end() && (known->second.process != process->id || !(known->second.subject == standing.subject) ||
                                 known->second.activity != standing.activity)) {
    // The conversation turned out to be something else, or changed hands.
    const Owner before = known->second;
    leave(standing.flow.id, observation.at);
    if (before.activity != standing.activity || !(before.subject == standing.subject))
      for (const std::string& key : finding_keys(*process))
        context.findings.withdraw(before.subject, before.activity, key);
  }
  const Suspect* seen = find(process->id);
  const bool shows_something = seen != nullptr && best_mining_sign(seen->signs) != nullptr;
  // Beside a shape what the owner shows may come later.
  if (rung_of_owner(standing.stage) == Stage::None && !shows_something && !standing.by_shape) return;
  Suspect& suspect = suspect_of(*process);
  if (standing.by_shape && !suspect.loaded_since && context.processes.under_sustained_load(*process)) suspect.loaded_since = observation.at;
  Home* home = home_of(suspect, standing, observation.at);
  if (home == nullptr) return;
  if (owners_.try_emplace(standing.flow.id, Owner{process->id, standing.subject, standing.activity}).second)
    ++home->flows;
  const Stage rung = rung_of_owner(standing.stage);
  if (rung > home->stage || home->stage == Stage::None) home->flow = standing.flow;
  home->by_shape = home->stage == Stage::None && (home->by_shape || standing.by_shape);
  home->stage = std::max(home->stage, rung);
  report(suspect, *process, observation.at, context);
  merge(suspect, *process, *home, context);
}

Home* ProcessLadder::home_of(Suspect& suspect, const FlowStanding& standing, Timestamp at) {
  const auto found =
      std::find_if(suspect.homes.begin(), suspect.homes.end(), [&](const Home& home) { return home.is(standing); });
  if (found != suspect.homes.end()) return &*found;
  std::erase_if(suspect.homes, [&](const Home& home) { return !home.holds(at); });
  if (suspect.homes.size() >= kMaxHomes) return nullptr;
  Home& home = suspect.homes.emplace_back();
  home.subject = standing.subject;
  home.activity = standing.activity;
  home.flow = standing.flow;
  home.first_seen = at;
  return &home;
}

void ProcessLadder::leave(std::uint64_t flow, Timestamp at) {
  const auto owner = owners_.find(flow);
  if (owner == owners_.end()) return;
  if (Suspect* suspect = find(owner->second.process))
    for (Home& home : suspect->homes)
      if (home.flows > 0 && home.subject == owner->second.subject && home.activity == owner->second.activity) {
        --home.flows;
        home.left = at;
      }
  owners_.erase(owner);
}

// What it and its ancestors reported of their own belongs to the other incident now.
void ProcessLadder::merge(Suspect& suspect, const Process& process, const Home& home, const DetectorContext& context) {
  for (std::size_t i = 0; i < suspect.signs.size(); ++i) {
    const std::string& activity = suspect.signs[i].activity;
    if (!is_mining(activity) || !suspect.signs_told[i].ever) continue;
    std::vector<std::string> keys = finding_keys(process);
    suspect.signs_told[i] = {};
    for (const Process* ancestor : context.processes.ancestors(process.id)) {
      Suspect* elder = find(ancestor->id);
      if (elder == nullptr || !elder->subject || !(*elder->subject == *suspect.subject)) continue;
      for (std::size_t k = 0; k < elder->signs.size(); ++k) {
        if (elder->signs[k].activity != activity || !elder->signs_told[k].ever) continue;
        for (std::string& key : finding_keys(*ancestor)) keys.push_back(std::move(key));
      }
    }
    context.findings.merge(*suspect.subject, activity, keys, home.subject, home.activity);
  }
}

void ProcessLadder::report(Suspect& suspect, const Process& process, Timestamp at, const DetectorContext& context) {
  const bool load = suspect.loaded_since.has_value(), used = suspect.used_since().has_value();
  const LoadLimits& limits = context.processes.load_limits();
  const LoadWindow* group = load ? nullptr : context.processes.group_load(process);
  const auto tell = [&](Finding finding, Timestamp since, bool of_mining) {
    finding.first_seen = since;
    finding.last_seen = at;
    context.findings.take(finding);
    if (!of_mining || !used || (!load && group == nullptr)) return;
    Finding usage = load ? usage_finding(finding, process, limits) : group_usage_finding(finding, process, *group, limits);
    usage.first_seen = std::max(since, *suspect.used_since());
    context.findings.take(usage);
  };
  const ProcessSign* best = best_mining_sign(suspect.signs);
  for (Home& home : suspect.homes) {
    if (home.flows == 0) continue;
    const bool shows_something = best != nullptr || load;
    if (home.by_shape && !shows_something) continue;
    Finding finding = owner_finding(best, load, home.by_shape ? Stage::Session : home.stage, home.by_shape, process);
    if (!home.told.due(finding.stage, used, load, at)) continue;
    finding.subject = home.subject;
    finding.activity = home.activity;
    finding.flow = home.flow;
    tell(std::move(finding), home.first_seen, true);
  }
  const bool at_home =
      std::any_of(suspect.homes.begin(), suspect.homes.end(), [&](const Home& home) { return home.holds(at); });
  for (std::size_t i = 0; i < suspect.signs.size(); ++i) {
    const ProcessSign& sign = suspect.signs[i];
    if (at_home && is_mining(sign.activity)) continue;
    Finding finding = sign_finding(sign, load, process);
    if (!suspect.signs_told[i].due(finding.stage, used, load, at)) continue;
    if (!suspect.subject) suspect.subject = context.attribution.subject_of(process, at);
    finding.subject = *suspect.subject;
    tell(std::move(finding), sign.first_seen, is_mining(sign.activity));
  }
}

}  // namespace

std::unique_ptr<Detector> make_process_ladder() { return std::make_unique<ProcessLadder>(); }

}  // namespace scanner
