// The agent's one loop: source → engine → outbox, and between two batches everything else:
// what people ask, reloads, the agent's own cost, signs of life.
//
// Nothing here waits for a sink, the network or a compiler. What the engine says of a batch is
// durable before the next batch is read.
#pragma once

#include "scanner/app/agent_events.h"
#include "scanner/app/agent_input.h"
#include "scanner/app/agent_profiler.h"
#include "scanner/app/kill_switch.h"
#include "scanner/app/reloader.h"
#include "scanner/app/service_manager.h"
#include "scanner/io/recorder.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace scanner {

// What the loop works with; all of it outlives it.
struct AgentParts {
  AgentInput* input = nullptr;
  Engine* engine = nullptr;
  Delivery* delivery = nullptr;
  EvidenceStore* store = nullptr;
  LiveEvidence* evidence = nullptr;
  AgentEvents* events = nullptr;
  Reloader* reloader = nullptr;
  AgentProfiler* profiler = nullptr;
  AgentControl* control = nullptr;  // may be null
  Recorder* recorder = nullptr;     // may be null; is handed every batch
  Disk* disk = nullptr;
  std::string kill_switch_file;
  std::function<Timestamp()> wall;                 // the wall clock
  std::function<bool()> stop, hang_up;             // SIGTERM; SIGHUP, once each
  std::function<void(const std::string&)> say;     // one sentence for the log
};

class AgentLoop {
 public:
  // `status`: what does not change, filled in. `setup`: what runs.
  AgentLoop(const AgentParts& parts, Setup setup, Silence silence, AgentStatus status);

  // Until stop() or the source's end. Everything is flushed when it returns, and closing
  // events are made. An Error: the source broke.
  Result<void> run();

  // Any thread: as of a second ago, with the outbox and the sinks as they are now.
  AgentStatus status() const;
  // Any thread: whether the loop came by within the last ten seconds.
  bool alive() const;

 private:
  using Steady = std::chrono::steady_clock;

  void feed(EventBatch& batch);
  void flush();
  void answer_people();
  void take_reload();
  void refuse_older(SetupAttempt& attempt);
  void begin_trial();
  void end_trial_if_due();
  void tell_pack(const std::optional<PackInForce>& before, const std::string& refused);
  void apply(Setup setup, nlohmann::ordered_json& told);
  void set_kill_switch(ControlServer::Client client, const ControlRequest& request);
  void pause(ControlServer::Client client, bool paused);
  void resume_signature(ControlServer::Client client, const std::string& name);
  void tell_suspensions();
  void publish_signatures();
  void begin_profile(ControlServer::Client client, std::chrono::seconds duration);
  void answer_profile();
  void use_effort();
  void every_second();
  void judge_pressure(const SelfUse& before);
  void say_health();
  void look_at_exceptions();
  void publish_status();
  std::vector<std::string> missing() const;  // what keeps the agent from being ready
  void note(const std::string& what, const nlohmann::ordered_json& detail);

  AgentParts parts_;
  Setup setup_;
  Silence silence_;
  PressureState pressure_;
  Effort effort_ = Effort::Full;  // in force
  std::uint64_t last_packets_ = 0, last_dropped_ = 0;
  ServiceManager manager_;
  Steady::time_point next_second_, next_health_, next_watchdog_, next_expiry_;
  bool ready_told_ = false;
  std::uint64_t suspensions_told_ = 0;
  std::optional<ControlServer::Client> profiled_for_;
  std::vector<SignatureCount> profiled_from_, profiled_to_;  // when it began, and when no more was watched; empty: not yet
  std::map<std::string, Timestamp> suspended_told_;  // since when, by signature
  std::string evidence_trouble_;
  std::optional<Steady::time_point> trial_end_;  // of the pack that waits for a confirmation
  std::string trial_trouble_;

  mutable std::mutex mutex_;  // of `status_`, which others read
  AgentStatus status_;
  std::atomic<std::int64_t> beat_{0};  // steady nanoseconds
};

// The settings that differ and take a restart.
std::vector<std::string> keys_that_need_a_restart(const Config& running, const Config& wanted);
// `running` with what may change while it runs taken from `wanted`.
Config reloaded_config(const Config& running, const Config& wanted);

}  // namespace scanner
