#include "scanner/app/agent.h"

#include "scanner/app/agent_loop.h"
#include "scanner/app/agent_signals.h"
#include "scanner/app/live_input.h"
#include "scanner/app/metrics_server.h"
#include "scanner/app/version.h"
#include "scanner/app/wording.h"
#include "scanner/io/text_file.h"

#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

// Any thread: one write, so that lines stay whole.
void say(const std::string& what) {
  const std::string line = "aupscan: " + printable(what) + "\n";
  std::cerr << line;
}

Timestamp wall_clock() { return {std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()).count()}; }

bool is_overdue(const std::optional<PackInForce>& pack) { return pack && pack->confirm_until && *pack->confirm_until <= wall_clock(); }

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 && *name != '\0' ? name : "unknown";
}

// Everything that outlives the loop, in the order in which it is needed; it goes in reverse.
class Agent {
 public:
  // `pack_news`: what was done about a pack before this start; "": nothing.
  Agent(const AgentOptions& options, Setup setup, std::string pack_news) : options_(options), setup_(std::move(setup)), pack_news_(std::move(pack_news)), host_(host_name()) {}

  Result<void> begin(const OpenAgentInput& open_input);
  Result<void> run();

 private:
  Result<void> own_directory();
  Result<void> open_outbox();
  Result<void> open_doors();
  void make_engine();
  void tell_start();

  const AgentOptions& options_;
  Setup setup_;
  std::string pack_news_;
  std::string host_;
  Silence silence_;
  std::unique_ptr<DiskFile> lock_;
  std::optional<SigningKey> key_;
  std::unique_ptr<EvidenceStore> store_;
  std::unique_ptr<Delivery> delivery_;
  std::shared_ptr<OwnTraffic> own_;  // null: nothing of this agent goes over a network
  AgentInput input_;
  SerialExecutor executor_;
  std::unique_ptr<LiveEvidence> evidence_;
  AgentStatus status_;
  std::unique_ptr<AgentEvents> events_;
  std::unique_ptr<AgentProfiler> profiler_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Reloader> reloader_;
  std::unique_ptr<Recorder> recorder_;
  // The loop asks the control for requests, and the control the loop for its status.
  std::atomic<AgentLoop*> loop_{nullptr};
  std::unique_ptr<AgentControl> control_;
  std::unique_ptr<MetricsServer> metrics_;
};

Result<void> Agent::own_directory() {
  const std::string& directory = setup_.config.agent.directory;
  if (auto made = system_disk().make_directory(directory); !made) return fail("agent.directory: " + made.error().message);
  auto lock = system_disk().lock(directory + "/agent.lock");
  if (!lock) return fail("agent.directory: " + (lock.error().code == EWOULDBLOCK ? directory + ": another agent uses it" : lock.error().message));
  lock_ = std::move(*lock);
  auto silence = read_kill_switch(system_disk(), directory + "/kill-switch.json");
  if (!silence) return tl::unexpected(silence.error());
  silence_ = std::move(*silence);
  return {};
}

Result<void> Agent::open_outbox() {
  const Config& config = setup_.config;
  if (auto key = SigningKey::from_seed(as_bytes(config.delivery.signing_seed))) key_.emplace(std::move(*key));
  auto store = EvidenceStore::open(evidence_options(config), system_disk(), wall_clock);
  if (!store) return fail("evidence.directory: " + store.error().message);
  store_ = std::move(*store);
  const HealthFrame frame{"urn:aupscan:agent:" + host_, "host:" + host_};
  const OutboxWorld world{&system_disk(), key_ ? &*key_ : nullptr, store_.get(), wall_clock, say};
  DeliveryOptions delivery_settings = delivery_options(config, frame, std::hash<std::string>()(host_));
  if (delivery_settings.http || delivery_settings.nats || !config.agent.metrics.empty()) own_ = std::make_shared<OwnTraffic>();
  if (delivery_settings.http) delivery_settings.http->own_traffic = own_;
  auto delivery = Delivery::open(delivery_settings, world);
  if (!delivery) return fail("outbox.directory: " + delivery.error().message);
  delivery_ = std::move(*delivery);
  return {};
}

Result<void> Agent::open_doors() {
  const auto status = [this] {
    AgentLoop* loop = loop_;
    return loop != nullptr ? loop->status() : status_;
  };
  if (!setup_.config.agent.control_socket.empty()) {
    auto control = AgentControl::open(setup_.config.agent.control_socket, status, input_.wake);
    if (!control) return tl::unexpected(control.error());
    control_ = std::move(*control);
  }
  if (setup_.config.agent.metrics.empty()) return {};
  MetricsServer::Answers answers;
  answers.metrics = [status] { return MetricsServer::Answer{true, metrics_text(status())}; };
  answers.healthz = [this] {
    AgentLoop* loop = loop_;
    const bool alive = loop != nullptr && loop->alive();
    return MetricsServer::Answer{alive, alive ? "alive\n" : "the loop did not come by for ten seconds\n"};
  };
  answers.readyz = [status] {
    const AgentStatus now = status();
    std::string text = now.ready ? "ready\n" : "not ready\n";
    for (const std::string& reason : now.not_ready) text += reason + "\n";
    return MetricsServer::Answer{now.ready, text};
  };
  auto metrics = MetricsServer::open(setup_.config.agent.metrics, std::move(answers));
  if (!metrics) return tl::unexpected(metrics.error());
  metrics_ = std::move(*metrics);
  return {};
}

void Agent::make_engine() {
  const Config& config = setup_.config;
  status_.version = kVersion;
  status_.host = host_;
  status_.mode = config.agent.mode;
  status_.ruleset = setup_.matcher->ruleset().content_id();
  status_.declaration = setup_.declaration->sha256();
  status_.config = config_id(config);
  status_.pack = setup_.pack;
  if (setup_.pack) status_.pack_trouble = setup_.pack->refused;
  status_.started = status_.told = wall_clock();
  status_.silence = silence_;
  LiveEvidenceLimits limits;
  limits.bytes_per_incident = config.evidence_bytes;
  evidence_ = std::make_unique<LiveEvidence>(*store_, limits);
  const JsonFrame frame{"urn:aupscan:agent:" + host_, kVersion, "", input_.source->file_names()};
  events_ = std::make_unique<AgentEvents>(*evidence_, *delivery_, frame, config.hash_key, control_.get());
  EngineOptions options = judging_options(setup_);
  options.judgement.frame.mode = config.agent.mode;
  profiler_ = std::make_unique<AgentProfiler>(input_.wake);
  engine_ = std::make_unique<Engine>(options, profiler_->watched(setup_.matcher), setup_.declaration, executor_, *events_, events_.get());
  events_->set_engine(*engine_);
  reloader_ = std::make_unique<Reloader>(options_.rules, config.agent.directory + "/cache", setup_.matcher, input_.wake);
}

Result<void> Agent::begin(const OpenAgentInput& open_input) {
  if (auto done = own_directory(); !done) return done;
  if (auto done = open_outbox(); !done) return done;
  auto input = open_input(setup_, own_);
  if (!input) return tl::unexpected(input.error());
  input_ = std::move(*input);
  if (auto done = open_doors(); !done) return done;
  make_engine();
  if (options_.record.empty()) return {};
  RecorderOptions to;
  to.name = options_.record;
  to.header.made_by = std::string("aupscan ") + kVersion;
  auto recorder = Recorder::create(std::move(to));
  if (!recorder) return fail("--record: " + recorder.error().message);
  recorder_ = std::move(*recorder);
  return {};
}

void Agent::tell_start() {
  const InputStatus input = input_.status ? input_.status() : InputStatus{};
  status_.input = input;
  Json detail{{"version", status_.version}};
  detail.update(health_detail(status_));
  for (const char* key : {"ready", "not_ready", "outbox", "sinks", "self"}) detail.erase(key);
  detail["declaration"] = status_.declaration;
  detail["config"] = status_.config;
  delivery_->note("agent.started", detail);
  if (!pack_news_.empty()) {
    delivery_->note("pack.given_up", {{"why", pack_news_}, {"pack", pack_json(setup_.pack)}});
    say(pack_news_);
  }
  if (setup_.pack && !setup_.pack->refused.empty()) delivery_->note("pack.refused", {{"why", setup_.pack->refused}, {"in_force", pack_json(setup_.pack)}});
  if (setup_.pack) say("pack " + setup_.pack->pack.title() + ", signed by " + setup_.pack->signed_by);
  for (const std::string& note : input.notes) say(note);
  if (silence_.any()) say(silence_.all ? "the kill switch is set: nothing is looked at" : "the kill switch is set for " + std::to_string(silence_.names.size()) + " names");
  say("watching as " + host_ + ", mode " + status_.mode + ", ruleset " + status_.ruleset);
}

Result<void> Agent::run() {
  delivery_->start();
  AgentSignals signals;
  tell_start();
  AgentParts parts;
  parts.input = &input_;
  parts.engine = engine_.get();
  parts.delivery = delivery_.get();
  parts.store = store_.get();
  parts.evidence = evidence_.get();
  parts.events = events_.get();
  parts.reloader = reloader_.get();
  parts.profiler = profiler_.get();
  parts.control = control_.get();
  parts.recorder = recorder_.get();
  parts.disk = &system_disk();
  parts.kill_switch_file = setup_.config.agent.directory + "/kill-switch.json";
  parts.wall = wall_clock;
  parts.stop = [&] { return signals.stop(); };
  parts.hang_up = [&] { return signals.take_reload(); };
  parts.say = say;
  AgentLoop loop(parts, setup_, silence_, status_);
  loop_ = &loop;
  if (!options_.ready_file.empty())
    if (auto made = write_text_file(options_.ready_file, "ready\n"); !made) say(made.error().message);
  auto ended = loop.run();
  if (recorder_)
    if (const auto finished = recorder_->finish(); !finished) say(finished.error().message);
  delivery_->note("agent.stopped", {{"why", ended ? "asked to" : ended.error().message}});
  const auto stopped = delivery_->stop(std::chrono::duration_cast<std::chrono::milliseconds>(setup_.config.agent.stop_grace));
  if (!stopped) say(stopped.error().message);
  // Those who ask may be in the middle of it.
  metrics_.reset();
  control_.reset();
  loop_ = nullptr;
  return ended;
}

}  // namespace

ExitCode run_agent(const AgentOptions& options, const OpenAgentInput& open_input) {
  block_agent_signals();
  auto setup = set_up(options.rules);
  std::string news;
  if (setup && is_overdue(setup->pack)) {
    if (const auto done = give_up_pack(system_disk(), setup->config.packs.directory, *setup->pack->confirm_until); !done) {
      say("the pack that nobody confirmed cannot be given up: " + done.error().message);
    } else {
      news = *done;
      setup = set_up(options.rules);
    }
  }
  if (!setup) return ExitCode::Usage;
  if (!options.rules.signatures.empty() && !setup->config.packs.directory.empty()) {
    say("--signatures would go round the signed packs that the configuration asks for (packs.directory)");
    return ExitCode::Usage;
  }
  Agent agent(options, std::move(*setup), std::move(news));
  if (const auto begun = agent.begin(open_input); !begun) {
    say(begun.error().message);
    return ExitCode::Usage;
  }
  if (const auto ended = agent.run(); !ended) {
    say(ended.error().message);
    return ExitCode::Usage;
  }
  return ExitCode::Done;
}

ExitCode agent(const AgentOptions& options) { return run_agent(options, open_live_input); }

}  // namespace scanner
