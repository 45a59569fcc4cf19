// `aupscan ctl`, the agent's side: requests as values, and their answers. The protocol is in
// scanner/docs/agent.md.
#pragma once

#include "scanner/app/agent_status.h"
#include "scanner/engine/redact.h"
#include "scanner/io/control_server.h"
#include "scanner/model/observation.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace scanner {

enum class ControlVerb : std::uint8_t { Status, Reload, Pause, Resume, KillSwitch, Tap, Profile };

struct ControlRequest {
  ControlVerb verb = ControlVerb::Status;
  std::string name;  // KillSwitch: what; "all": everything; "": only tell. Resume: a suspended signature; "": what was paused
  bool on = true;
  std::chrono::seconds duration{10};  // Profile: of traffic that is watched
};

// One line. An Error says what is wrong with it.
Result<ControlRequest> parse_control_request(const std::string& line);
std::string to_line(const ControlRequest& request);

std::string control_refusal(const std::string& why);  // {"ok":false,"error":…}
std::string control_answer(const nlohmann::ordered_json& fields);  // {"ok":true, and these}

// An observation for a person who looks on: what and where, never content that a customer sent.
std::string observation_line(const Observation& observation, const Redactor& redactor);

// Between the socket's thread and the loop's: status and tap are answered at once, even where
// the loop hangs; the others wait for the loop. Outlived by nobody.
class AgentControl {
 public:
  struct Asked {
    ControlServer::Client client = 0;
    ControlRequest request;
  };
  // An Error: the socket cannot be had. Both functions are called on the socket's thread: `wake`
  // where something waits for the loop.
  static Result<std::unique_ptr<AgentControl>> open(const std::string& socket, std::function<AgentStatus()> status, std::function<void()> wake);

  std::vector<Asked> take();  // cheap where there is nothing
  void answer(ControlServer::Client client, const std::string& line) { server_->send(client, line); }
  bool watched() const { return server_->has_subscribers(); }
  void publish(const std::string& line) { server_->publish(line); }

 private:
  AgentControl() = default;
  void take_request(ControlServer::Client client, const std::string& line);

  std::function<AgentStatus()> status_;
  std::function<void()> wake_;
  std::mutex mutex_;
  std::vector<Asked> asked_;
  std::atomic<bool> waiting_{false};
  std::unique_ptr<ControlServer> server_;  // last: its thread uses the rest
};

}  // namespace scanner
