#include "scanner/app/agent_control.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 7> kVerbs{"status", "reload", "pause", "resume", "kill-switch", "tap", "profile"};
constexpr int kLongestProfile = 60;  // seconds
constexpr std::size_t kMaxName = 256;

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string role_word(MiningRole role) {
  constexpr std::array<std::string_view, 12> kWords{"subscribe", "authorise", "getwork", "job", "difficulty", "extranonce", "submit", "hashrate", "keepalive", "configure", "reconnect", "other"};
  return std::string(kWords[static_cast<std::size_t>(role)]);
}

std::string outcome_word(MiningOutcome outcome) {
  constexpr std::array<std::string_view, 5> kWords{"asked", "accepted", "refused", "delivered", "notified"};
  return std::string(kWords[static_cast<std::size_t>(outcome)]);
}

struct Teller {
  const Redactor& redactor;
  Json& json;

  void operator()(const MiningSeen& seen) const {
    json["what"] = "mining";
    json["dialect"] = seen.dialect;
    json["role"] = role_word(seen.role);
    json["outcome"] = outcome_word(seen.outcome);
    json["coin"] = seen.coin;
    json["worker"] = redactor.prefix(seen.worker);
  }
  void operator()(const SignatureHit& hit) const {
    json["what"] = "signature";
    json["signature"] = hit.signature;
    json["field"] = hit.field;
    if (hit.process) json["pid"] = hit.process->pid;
  }
  void operator()(const ListedHost& host) const {
    json["what"] = "listed host";
    json["field"] = host.field;
    json["list"] = host.listing.list;
    json["entry"] = host.listing.entry;
  }
  void operator()(const DnsSeen&) const { json["what"] = "dns"; }
  void operator()(const TlsClientHello&) const { json["what"] = "tls hello"; }
  void operator()(const TlsCertificate&) const { json["what"] = "tls certificate"; }
  void operator()(const HttpRequestSeen&) const { json["what"] = "http request"; }
  void operator()(const ProxyRequestSeen& seen) const {
    json["what"] = "proxy request";
    json["protocol"] = seen.protocol;
  }
  void operator()(const CoinPeerSeen& seen) const {
    json["what"] = "coin peer";
    json["protocol"] = seen.protocol;
    json["network"] = seen.network;
  }
  void operator()(const SealedSeen& seen) const {
    json["what"] = "sealed";
    json["shape"] = seen.shape;
  }
  void operator()(const ShapeSeen& seen) const {
    json["what"] = "shape";
    json["requests"] = seen.requests;
    json["answers"] = seen.answers;
    json["pushes"] = seen.pushes;
  }
  void operator()(const LoginSeen& seen) const {
    json["what"] = seen.step == LoginStep::Asked ? "log-in" : seen.step == LoginStep::Accepted ? "log-in accepted" : "log-in refused";
    json["protocol"] = seen.protocol;
  }
  void operator()(const EchoSeen& seen) const {
    json["what"] = seen.reply ? "echo reply" : "echo request";
    json["bytes"] = seen.bytes;
  }
  void operator()(const ParserGaveUp& seen) const {
    json["what"] = "parser gave up";
    json["parser"] = seen.parser;
  }
  void operator()(const BytesMissing& seen) const {
    json["what"] = "bytes missing";
    json["bytes"] = seen.bytes;
  }
  void operator()(const FlowOver& seen) const {
    json["what"] = "flow over";
    json["packets"] = seen.packets[0] + seen.packets[1];
  }
  template <typename Other>
  void operator()(const Other&) const {
    json["what"] = "host";
  }
};

}  // namespace

Result<ControlRequest> parse_control_request(const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  const auto text = [&](const char* key) { return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : std::string(); };
  if (!json.is_object()) return fail("a request is one JSON object on one line");
  const auto verb = std::find(kVerbs.begin(), kVerbs.end(), text("command"));
  if (verb == kVerbs.end()) return fail("there is no such command; there are status, reload, pause, resume, kill-switch, tap and profile");
  ControlRequest request;
  request.verb = static_cast<ControlVerb>(verb - kVerbs.begin());
  request.name = text("name");
  if (request.name.size() > kMaxName) return fail("a name has 256 bytes at most");
  if (json.contains("on")) {
    if (!json["on"].is_boolean()) return fail("\"on\" is true or false");
    request.on = json["on"].get<bool>();
  }
  if (json.contains("seconds")) {
    if (!json["seconds"].is_number_integer() || json["seconds"] < 1 || json["seconds"] > kLongestProfile) return fail("\"seconds\" is a whole number from 1 to 60");
    request.duration = std::chrono::seconds(json["seconds"].get<int>());
  }
  return request;
}

std::string to_line(const ControlRequest& request) {
  Json json{{"command", kVerbs[static_cast<std::size_t>(request.verb)]}};
  if (request.verb == ControlVerb::KillSwitch && !request.name.empty()) {
    json["name"] = request.name;
    json["on"] = request.on;
  }
  if (request.verb == ControlVerb::Profile) json["seconds"] = request.duration.count();
  if (request.verb == ControlVerb::Resume && !request.name.empty()) json["name"] = request.name;
  return dumped(json);
}

std::string control_refusal(const std::string& why) { return dumped({{"ok", false}, {"error", why}}); }

std::string control_answer(const Json& fields) {
  Json json{{"ok", true}};
  for (const auto& [key, value] : fields.items()) json[key] = value;
  return dumped(json);
}

std::string observation_line(const Observation& observation, const Redactor& redactor) {
  Json json{{"observation", to_rfc3339(observation.at)}};
  if (!is_of_host(observation)) {
    const FiveTuple& tuple = observation.flow.tuple;
    json["src"] = tuple.source.address.to_string() + " " + std::to_string(tuple.source.port);
    json["dst"] = tuple.destination.address.to_string() + " " + std::to_string(tuple.destination.port);
    json["proto"] = std::string(to_string(tuple.protocol));
  }
  std::visit(Teller{redactor, json}, observation.what);
  return dumped(json);
}

Result<std::unique_ptr<AgentControl>> AgentControl::open(const std::string& socket, std::function<AgentStatus()> status, std::function<void()> wake) {
  std::unique_ptr<AgentControl> control(new AgentControl);
  control->status_ = std::move(status);
  control->wake_ = std::move(wake);
  AgentControl* self = control.get();
  // A client may come before `server_` is set; it waits until it is.
  const std::lock_guard guard(self->mutex_);
  auto server = ControlServer::open(socket, [self](ControlServer::Client client, const std::string& line) { self->take_request(client, line); });
  if (!server) return fail("control.socket: " + server.error().message);
  control->server_ = std::move(*server);
  return control;
}

void AgentControl::take_request(ControlServer::Client client, const std::string& line) {
  const std::lock_guard guard(mutex_);
  const auto request = parse_control_request(line);
  if (!request) return server_->send(client, control_refusal(request.error().message));
  if (request->verb == ControlVerb::Status) return server_->send(client, control_answer({{"status", status_json(status_())}}));
  if (request->verb == ControlVerb::Tap) {
    server_->send(client, control_answer({{"tap", "observations and events follow"}}));
    return server_->subscribe(client);
  }
  constexpr std::size_t kMaxAsked = 64;
  if (asked_.size() >= kMaxAsked) return server_->send(client, control_refusal("too many requests wait already"));
  asked_.push_back({client, *request});
  waiting_ = true;
  if (wake_) wake_();
}

std::vector<AgentControl::Asked> AgentControl::take() {
  if (!waiting_) return {};
  const std::lock_guard guard(mutex_);
  waiting_ = false;
  return std::exchange(asked_, {});
}

}  // namespace scanner
