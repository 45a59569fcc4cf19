// The agent and single signatures: those that hold too often are told and may be resumed.
#include "scanner/app/agent_loop.h"

#include "scanner/app/signature_text.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace scanner {

using Json = nlohmann::ordered_json;

// The guard itself is the engine's (engine/signature_book.h), so that a replay decides alike.
void AgentLoop::tell_suspensions() {
  if (parts_.engine->suspensions() == suspensions_told_) return;
  const std::vector<SignatureCount> counts = parts_.engine->signature_counts();
  for (const SignatureCount& count : counts) {
    if (!count.suspended || std::exchange(suspended_told_[count.signature], *count.suspended) == *count.suspended) continue;
    for (const std::string& sentence : suspension_sentences({count}, setup_.config.signature_hits_per_minute)) parts_.say(sentence);
    note("signature.suspended", {{"signature", count.signature},
                                 {"revision", count.revision},
                                 {"since", to_rfc3339(*count.suspended)},
                                 {"hits_per_minute", setup_.config.signature_hits_per_minute},
                                 {"hits", count.hits},
                                 {"findings", count.findings},
                                 {"ruleset", status_.ruleset}});
  }
  suspensions_told_ = parts_.engine->suspensions();
}

void AgentLoop::publish_signatures() {
  std::vector<SignatureCount> counts = parts_.engine->signature_counts();
  const std::lock_guard guard(mutex_);
  status_.signatures = std::move(counts);
}

void AgentLoop::resume_signature(ControlServer::Client client, const std::string& name) {
  if (!parts_.engine->resume(name)) return parts_.control->answer(client, control_refusal("the signature '" + name + "' is not suspended"));
  note("signature.resumed", {{"signature", name}});
  parts_.say("the signature " + name + " counts again");
  publish_signatures();
  flush();
  parts_.control->answer(client, control_answer({{"signature", name}, {"resumed", true}}));
}

void AgentLoop::begin_profile(ControlServer::Client client, std::chrono::seconds duration) {
  if (const auto begun = parts_.profiler->begin(duration); !begun) return parts_.control->answer(client, control_refusal(begun.error().message));
  profiled_for_ = client;
  profiled_from_ = parts_.engine->signature_counts();
  profiled_to_.clear();
}

void AgentLoop::answer_profile() {
  if (profiled_for_ && profiled_to_.empty() && !parts_.profiler->watches()) profiled_to_ = parts_.engine->signature_counts();
  const auto profile = parts_.profiler->take();
  if (!profile || !profiled_for_) return;
  const ControlServer::Client client = *std::exchange(profiled_for_, std::nullopt);
  if (!profile->trouble.empty()) return parts_.control->answer(client, control_refusal(profile->trouble));
  Json answer = profile_json(*profile);
  for (Json& one : answer["signatures"])
    for (std::size_t i = 0; i < profiled_to_.size() && i < profiled_from_.size(); ++i)
      if (one["id"] == profiled_to_[i].signature) one["hits"] = profiled_to_[i].hits - profiled_from_[i].hits;
  answer["host"] = status_.host;
  parts_.control->answer(client, control_answer({{"profile", answer}}));
}

}  // namespace scanner
