// What an agent is doing, as values: for `ctl status`, health events and metrics.
#pragma once

#include "scanner/app/agent_packs.h"
#include "scanner/app/pressure.h"
#include "scanner/app/self_use.h"
#include "scanner/engine/flow_stage.h"
#include "scanner/engine/judgement.h"
#include "scanner/engine/silence.h"
#include "scanner/io/delivery.h"
#include "scanner/io/live_evidence.h"

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace scanner {

// One interface that is listened on. Packets: since the start.
struct CaptureStatus {
  std::string name;
  std::uint64_t packets = 0;
  std::uint64_t dropped = 0;            // by the kernel's buffer
  std::uint64_t interface_dropped = 0;  // by the interface or its driver
  std::uint64_t sampled_out = 0;        // left out on purpose, under pressure
  std::uint64_t own = 0;                // the agent's own traffic, left out
  std::string trouble;                  // "": none
};

// Where events come from.
struct InputStatus {
  std::vector<CaptureStatus> captures;
  std::string process_source;  // "ebpf", "netlink", "poll"; "": none
  std::uint64_t processes_seen = 0, processes_lost = 0, processes_incomplete = 0, rescans = 0;
  std::vector<std::string> notes;  // why not a better one, what is not seen

  std::uint64_t packets() const;
  std::uint64_t dropped() const;
};

struct ReloadStatus {
  std::uint64_t done = 0, refused = 0;
  std::string last;                   // "": none yet; else "reloaded" or "refused"
  std::vector<std::string> problems;  // of the last one
};

struct AgentStatus {
  std::string version, host, mode, ruleset, declaration, config;
  Timestamp started, told;   // wall clock; when this was put together
  Effort effort = Effort::Full;
  bool paused = false, ready = false;
  std::vector<std::string> not_ready;  // why
  Silence silence;
  Coverage coverage;
  InputStatus input;
  std::uint64_t breaches = 0, indicators = 0, permitted = 0, refused_events = 0;
  LiveEvidenceCounters evidence;
  std::uint64_t evidence_bytes = 0;
  std::string evidence_trouble;
  SelfUse self;
  double cpu_percent = 0;  // of one core, over the last second or so
  ReloadStatus reload;
  std::optional<PackInForce> pack;  // nothing: the rules came from a directory
  std::vector<SignatureCount> signatures;   // of every one, by id
  std::vector<ShadowCount> shadow;          // what signatures that do not count yet would have done
  std::vector<ExceptionUse> exceptions;
  std::vector<std::string> exception_warnings;  // those that end soon or have ended
  std::string pack_trouble;         // why another pack was refused; "": none was
  DeliveryStatus delivery;
};

nlohmann::ordered_json status_json(const AgentStatus& status);
// The short form that a health event carries.
nlohmann::ordered_json health_detail(const AgentStatus& status);
// Prometheus' text format 0.0.4.
std::string metrics_text(const AgentStatus& status);

}  // namespace scanner
