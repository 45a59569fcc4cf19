#include "scanner/app/agent_status.h"

#include "scanner/app/shadow_text.h"
#include "scanner/app/signature_text.h"

#include <nlohmann/json.hpp>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json input_json(const InputStatus& input) {
  Json captures = Json::array();
  for (const CaptureStatus& capture : input.captures)
    captures.push_back({{"interface", capture.name},
                        {"packets", capture.packets},
                        {"dropped", capture.dropped},
                        {"interface_dropped", capture.interface_dropped},
                        {"sampled_out", capture.sampled_out},
                        {"own", capture.own},
                        {"trouble", text_or_null(capture.trouble)}});
  return {{"captures", captures},
          {"processes",
           {{"source", text_or_null(input.process_source)},
            {"seen", input.processes_seen},
            {"lost", input.processes_lost},
            {"incomplete", input.processes_incomplete},
            {"rescans", input.rescans}}},
          {"notes", input.notes}};
}

Json outbox_json(const OutboxStatus& outbox) {
  return {{"durable", outbox.durable}, {"pending", outbox.pending},         {"bytes", outbox.bytes},
          {"lost", outbox.lost_events}, {"dropped", outbox.dropped_events}, {"trouble", text_or_null(outbox.trouble)}};
}

Json sinks_json(const DeliveryStatus& delivery) {
  Json sinks = Json::array();
  for (const SinkStatus& sink : delivery.sinks)
    sinks.push_back({{"name", sink.name},
                     {"behind", delivery.outbox.durable - std::min(sink.acknowledged, delivery.outbox.durable)},
                     {"delivered", sink.delivered},
                     {"retries", sink.retries},
                     {"left_out", sink.poisoned},
                     {"trouble", text_or_null(sink.trouble)}});
  return sinks;
}

Json silence_json(const Silence& silence) { return {{"all", silence.all}, {"names", silence.names}}; }

Json self_json(const AgentStatus& status) {
  return {{"cpu_percent", status.cpu_percent}, {"cpu_seconds", status.self.cpu_seconds}, {"resident_bytes", status.self.resident_bytes}};
}

}  // namespace

std::uint64_t InputStatus::packets() const {
  std::uint64_t sum = 0;
  for (const CaptureStatus& capture : captures) sum += capture.packets;
  return sum;
}

std::uint64_t InputStatus::dropped() const {
  std::uint64_t sum = 0;
  for (const CaptureStatus& capture : captures) sum += capture.dropped + capture.interface_dropped;
  return sum;
}

Json status_json(const AgentStatus& status) {
  Json json;
  json["version"] = status.version;
  json["host"] = status.host;
  json["mode"] = status.mode;
  json["started"] = to_rfc3339(status.started);
  json["told"] = to_rfc3339(status.told);
  json["ready"] = status.ready;
  json["not_ready"] = status.not_ready;
  json["effort"] = std::string(to_string(status.effort));
  json["paused"] = status.paused;
  json["kill_switch"] = silence_json(status.silence);
  json["ruleset"] = status.ruleset;
  json["pack"] = pack_json(status.pack);
  json["pack_trouble"] = text_or_null(status.pack_trouble);
  json["signatures"] = signatures_json(status.signatures);
  json["shadow"] = shadow_json(status.shadow);
  json["exceptions"] = exceptions_json(status.exceptions);
  json["declaration"] = status.declaration;
  json["config"] = status.config;
  json["input"] = input_json(status.input);
  json["engine"] = {{"packets", status.coverage.packets}, {"bytes", status.coverage.bytes}, {"lost", status.coverage.lost},
                    {"flows", status.coverage.flows.flows}, {"evicted_flows", status.coverage.flows.evicted}, {"clamped_timestamps", status.coverage.clamped}};
  json["events"] = {{"breach", status.breaches}, {"indicator", status.indicators}, {"permitted", status.permitted}, {"refused", status.refused_events}};
  json["exception_warnings"] = status.exception_warnings;
  json["outbox"] = outbox_json(status.delivery.outbox);
  json["sinks"] = sinks_json(status.delivery);
  json["evidence"] = {{"bytes", status.evidence_bytes}, {"stored", status.evidence.stored}, {"refused", status.evidence.refused}, {"trouble", text_or_null(status.evidence_trouble)}};
  json["reloads"] = {{"done", status.reload.done}, {"refused", status.reload.refused}, {"last", text_or_null(status.reload.last)}, {"problems", status.reload.problems}};
  json["self"] = self_json(status);
  return json;
}

Json health_detail(const AgentStatus& status) {
  Json json;
  json["ready"] = status.ready;
  json["not_ready"] = status.not_ready;
  json["mode"] = status.mode;
  json["effort"] = std::string(to_string(status.effort));
  json["paused"] = status.paused;
  json["kill_switch"] = silence_json(status.silence);
  json["ruleset"] = status.ruleset;
  json["pack"] = pack_json(status.pack);
  json["pack_trouble"] = text_or_null(status.pack_trouble);
  json["input"] = input_json(status.input);
  json["suspended"] = suspended_signatures(status.signatures);
  json["exception_warnings"] = status.exception_warnings;
  json["outbox"] = outbox_json(status.delivery.outbox);
  json["sinks"] = sinks_json(status.delivery);
  json["self"] = self_json(status);
  return json;
}

}  // namespace scanner
