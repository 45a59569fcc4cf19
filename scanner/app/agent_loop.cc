#include "scanner/app/agent_loop.h"

#include "scanner/app/signature_text.h"

#include <algorithm>
#include <malloc.h>
#include <nlohmann/json.hpp>
#include <utility>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::seconds;

constexpr seconds kAlive{10}, kLastPackets{3};

std::int64_t nanoseconds(std::chrono::steady_clock::time_point at) { return std::chrono::duration_cast<Duration>(at.time_since_epoch()).count(); }

}  // namespace

AgentLoop::AgentLoop(const AgentParts& parts, Setup setup, Silence silence, AgentStatus status)
    : parts_(parts), setup_(std::move(setup)), silence_(std::move(silence)), status_(std::move(status)) {
  const auto now = Steady::now();
  next_second_ = next_health_ = next_watchdog_ = next_expiry_ = now;
  next_health_ += setup_.config.agent.health_every;
  beat_ = nanoseconds(now);
  status_.self = self_use();
  parts_.engine->silence(silence_);
  status_.pack = setup_.pack;
  if (setup_.pack) status_.pack_trouble = setup_.pack->refused;
  begin_trial();
  use_effort();
}

Result<void> AgentLoop::run() {
  EventBatch batch;
  Result<void> ended;
  std::optional<Steady::time_point> end_at;
  for (bool over = false; !over && !(end_at && Steady::now() >= *end_at);) {
    if (parts_.stop() && !end_at) {
      manager_.stopping();
      end_at = Steady::now() + (parts_.input->stop ? kLastPackets : seconds(0));
      if (parts_.input->stop) parts_.input->stop();
      continue;
    }
    const auto status = parts_.input->source->next(batch);
    if (!status) {
      ended = tl::unexpected(status.error());
      note("agent.source_failed", {{"why", status.error().message}});
      break;
    }
    over = *status == SourceStatus::End;
    feed(batch);
    if (parts_.hang_up()) {
      parts_.delivery->reopen();
      parts_.reloader->ask("SIGHUP");
    }
    answer_people();
    take_reload();
    answer_profile();
    every_second();
  }
  parts_.engine->finish();
  tell_suspensions();
  flush();
  return ended;
}

void AgentLoop::feed(EventBatch& batch) {
  beat_ = nanoseconds(Steady::now());
  if (batch.events.empty()) return;
  if (parts_.recorder != nullptr)
    if (const auto taken = parts_.recorder->take(batch, parts_.input->source->file_names()); !taken) parts_.say(taken.error().message);
  parts_.evidence->watch(batch);
  parts_.engine->feed(batch);
  parts_.evidence->keep(std::exchange(batch, {}));
  if (parts_.events->take_fresh()) flush();
}

// A disk that refuses is the outbox's to tell; the next second tries again.
void AgentLoop::flush() { static_cast<void>(parts_.delivery->flush(parts_.engine->now())); }

void AgentLoop::note(const std::string& what, const Json& detail) { parts_.delivery->note(what, detail); }

void AgentLoop::answer_people() {
  if (parts_.control == nullptr) return;
  for (const AgentControl::Asked& asked : parts_.control->take()) {
    switch (asked.request.verb) {
      case ControlVerb::Reload: parts_.reloader->ask("ctl " + std::to_string(asked.client)); break;
      case ControlVerb::Pause: pause(asked.client, true); break;
      case ControlVerb::Resume:
        if (asked.request.name.empty())
          pause(asked.client, false);
        else
          resume_signature(asked.client, asked.request.name);
        break;
      case ControlVerb::KillSwitch: set_kill_switch(asked.client, asked.request); break;
      case ControlVerb::Profile: begin_profile(asked.client, asked.request.duration); break;
      case ControlVerb::Status:
      case ControlVerb::Tap: break;  // answered by the socket's thread
    }
  }
}

void AgentLoop::pause(ControlServer::Client client, bool paused) {
  if (paused != status_.paused) {
    {
      const std::lock_guard guard(mutex_);
      status_.paused = paused;
    }
    note(paused ? "agent.paused" : "agent.resumed", Json::object());
    parts_.say(paused ? "paused: nothing is looked at until `aupscan ctl resume`" : "resumed");
    use_effort();
    flush();
  }
  parts_.control->answer(client, control_answer({{"paused", paused}}));
}

void AgentLoop::set_kill_switch(ControlServer::Client client, const ControlRequest& request) {
  const auto state = [&] { return Json{{"all", silence_.all}, {"names", silence_.names}}; };
  if (request.name.empty()) return parts_.control->answer(client, control_answer({{"kill_switch", state()}}));
  Silence wanted = silence_;
  if (request.name == "all")
    wanted.all = request.on;
  else if (!request.on)
    wanted.names.erase(request.name);
  else if (!can_be_silenced(setup_.matcher->ruleset(), request.name))
    return parts_.control->answer(client, control_refusal("there is no signature, dialect or detector '" + request.name + "'"));
  else
    wanted.names.insert(request.name);
  // What could not be kept would be on again after a restart: then it is not done at all, but for
  // the switch that must work whatever the disk says.
  const auto kept = write_kill_switch(*parts_.disk, parts_.kill_switch_file, wanted);
  if (!kept && !request.on) return parts_.control->answer(client, control_refusal(kept.error().message));
  silence_ = wanted;
  parts_.engine->silence(silence_);
  {
    const std::lock_guard guard(mutex_);
    status_.silence = silence_;
  }
  use_effort();
  Json detail{{"name", request.name}, {"on", request.on}, {"state", state()}, {"durable", kept.has_value()}};
  note("agent.kill_switch", detail);
  parts_.say("kill switch: " + request.name + (request.on ? " is off now" : " counts again"));
  flush();
  Json answer{{"kill_switch", state()}, {"durable", kept.has_value()}};
  if (!kept) answer["warning"] = "off until a restart only: " + kept.error().message;
  parts_.control->answer(client, control_answer(answer));
}

void AgentLoop::take_reload() {
  auto result = parts_.reloader->take();
  if (!result) return;
  manager_.reloading();
  std::vector<std::string> askers;
  std::vector<ControlServer::Client> clients;
  for (const std::string& asker : result->askers) {
    if (asker.starts_with("ctl ")) clients.push_back(std::stoull(asker.substr(4)));
    askers.push_back(asker.substr(0, 4) == "ctl " ? "ctl" : asker);
  }
  Json told{{"by", askers}, {"took_ms", result->took.count()}};
  refuse_older(result->attempt);
  const bool done = result->attempt.setup.has_value();
  const std::optional<PackInForce> before = setup_.pack;
  if (done) apply(std::move(*result->attempt.setup), told);
  publish_signatures();
  told["problems"] = result->attempt.problems;
  {
    const std::lock_guard guard(mutex_);
    ++(done ? status_.reload.done : status_.reload.refused);
    status_.reload.last = done ? "reloaded" : "refused";
    status_.reload.problems = result->attempt.problems;
  }
  for (const std::string& problem : result->attempt.problems) parts_.say(problem);
  parts_.say(done ? "reloaded: ruleset " + status_.ruleset : "the reload is refused; what ran goes on");
  note(done ? "agent.reloaded" : "agent.reload_refused", told);
  tell_pack(before, result->attempt.pack_refused);
  if (done) look_at_exceptions();
  flush();
  for (const ControlServer::Client client : clients) {
    Json answer = told;
    answer["reloaded"] = done;
    if (done)
      parts_.control->answer(client, control_answer(answer));
    else
      parts_.control->answer(client, Json{{"ok", false}, {"error", "refused; what ran goes on"}, {"problems", result->attempt.problems}}.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  manager_.ready("reloaded");
}

void AgentLoop::apply(Setup setup, Json& told) {
  told["needs_restart"] = keys_that_need_a_restart(setup_.config, setup.config);
  setup.config = reloaded_config(setup_.config, setup.config);
  setup_ = std::move(setup);
  const EventFrame frame{setup_.matcher->ruleset().content_id(), config_id(setup_.config), setup_.config.agent.mode};
  tell_suspensions();
  told["resumed"] = suspended_signatures(parts_.engine->signature_counts());
  parts_.engine->use(parts_.profiler->watched(setup_.matcher), setup_.declaration, frame);
  parts_.engine->use(setup_.exceptions);
  if (parts_.input->reload) parts_.input->reload(setup_);
  begin_trial();
  told["pack"] = pack_json(setup_.pack);
  told["ruleset"] = frame.ruleset_id;
  told["declaration"] = setup_.declaration->sha256();
  told["config"] = frame.config_id;
  told["mode"] = frame.mode;
  const std::lock_guard guard(mutex_);
  status_.ruleset = frame.ruleset_id;
  status_.declaration = setup_.declaration->sha256();
  status_.config = frame.config_id;
  status_.mode = frame.mode;
  ::malloc_trim(0);  // the old rules' memory goes back
}

void AgentLoop::use_effort() {
  const bool off = status_.paused || silence_.all;
  const Effort wanted = off ? Effort::Heartbeat : pressure_.effort;
  if (parts_.input->set_effort) parts_.input->set_effort(wanted);
  effort_ = wanted;
  const std::lock_guard guard(mutex_);
  status_.effort = wanted;
}

void AgentLoop::every_second() {
  const auto now = Steady::now();
  if (now < next_second_) return;
  next_second_ = now + seconds(1);
  const SelfUse before = status_.self;
  publish_status();
  publish_signatures();
  tell_suspensions();
  judge_pressure(before);
  const std::vector<std::string> news = parts_.input->news ? parts_.input->news() : std::vector<std::string>{};
  for (const std::string& sentence : news) parts_.say(sentence);
  if (!news.empty()) note("agent.sources", {{"news", news}});
  if (const std::string& trouble = parts_.evidence->trouble(); trouble != evidence_trouble_) {
    evidence_trouble_ = trouble;
    if (!trouble.empty()) {
      parts_.say("evidence cannot be stored: " + trouble);
      note("evidence.refused", {{"why", trouble}});
    }
  }
  end_trial_if_due();
  if (now >= next_expiry_) {
    parts_.store->expire();
    look_at_exceptions();
    next_expiry_ = now + std::chrono::hours(1);
  }
  if (now >= next_health_) {
    say_health();
    next_health_ = now + std::chrono::duration_cast<Steady::duration>(setup_.config.agent.health_every);
  }
  if (const auto every = manager_.watchdog(); every && now >= next_watchdog_) {
    manager_.alive();
    next_watchdog_ = now + *every;
  }
  if (!ready_told_ && status_.ready) {
    ready_told_ = true;
    manager_.ready(status_.mode + ", effort " + std::string(to_string(effort_)));
  }
  flush();
}

void AgentLoop::judge_pressure(const SelfUse& before) {
  const InputStatus& input = status_.input;
  Pressure measured;
  measured.cpu_percent = cpu_percent(before, status_.self);
  measured.memory_bytes = status_.self.resident_bytes;
  measured.packets = input.packets() - std::exchange(last_packets_, input.packets());
  measured.dropped = input.dropped() - std::exchange(last_dropped_, input.dropped());
  const PressureStep step = decide(pressure_, measured, setup_.config.agent.pressure, parts_.wall());
  const Effort from = pressure_.effort;
  pressure_ = step.next;
  if (!step.changed) return;
  note("agent.pressure", {{"from", std::string(to_string(from))}, {"to", std::string(to_string(pressure_.effort))}, {"why", step.why}});
  parts_.say("effort " + std::string(to_string(pressure_.effort)) + ": " + step.why);
  use_effort();
}

// Exceptions that end soon, or have ended, are told when that begins and in every health event.
void AgentLoop::look_at_exceptions() {
  std::vector<std::string> warnings = expiry_warnings(*setup_.exceptions, parts_.wall());
  if (warnings == status_.exception_warnings) return;
  for (const std::string& warning : warnings) parts_.say(warning);
  if (!warnings.empty()) note("exceptions.ending", {{"warnings", warnings}});
  const std::lock_guard guard(mutex_);
  status_.exception_warnings = std::move(warnings);
}

void AgentLoop::say_health() { note("agent.health", health_detail(status())); }

std::vector<std::string> AgentLoop::missing() const {
  std::vector<std::string> reasons;
  for (const CaptureStatus& capture : status_.input.captures)
    if (!capture.trouble.empty()) reasons.push_back(capture.name + ": " + capture.trouble);
  if (const std::string trouble = parts_.delivery->status().outbox.trouble; !trouble.empty()) reasons.push_back("outbox: " + trouble);
  if (status_.paused) reasons.emplace_back("paused");
  if (silence_.all) reasons.emplace_back("the kill switch is set for everything");
  return reasons;
}

void AgentLoop::publish_status() {
  InputStatus input = parts_.input->status ? parts_.input->status() : InputStatus{};
  const Coverage coverage = parts_.engine->coverage();
  const SelfUse use = self_use();
  std::vector<ShadowCount> shadow = parts_.engine->shadow_counts();
  std::vector<ExceptionUse> exceptions = parts_.engine->exception_uses();
  const std::lock_guard guard(mutex_);
  status_.shadow = std::move(shadow);
  status_.exceptions = std::move(exceptions);
  status_.told = parts_.wall();
  status_.input = std::move(input);
  status_.coverage = coverage;
  status_.cpu_percent = cpu_percent(status_.self, use);
  status_.self = use;
  status_.silence = silence_;
  const AgentEvents::Counts& counts = parts_.events->counts();
  status_.breaches = counts.breaches;
  status_.indicators = counts.indicators;
  status_.permitted = counts.permitted;
  status_.refused_events = counts.refused;
  status_.evidence = parts_.evidence->counters();
  status_.evidence_bytes = parts_.store->bytes();
  status_.evidence_trouble = parts_.evidence->trouble();
  status_.not_ready = missing();
  status_.ready = status_.not_ready.empty();
}

AgentStatus AgentLoop::status() const {
  AgentStatus status;
  {
    const std::lock_guard guard(mutex_);
    status = status_;
  }
  status.delivery = parts_.delivery->status();
  return status;
}

bool AgentLoop::alive() const { return nanoseconds(Steady::now()) - beat_ < std::chrono::duration_cast<Duration>(kAlive).count(); }

}  // namespace scanner
