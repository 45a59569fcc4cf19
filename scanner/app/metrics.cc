// An agent's counters in Prometheus' text format (prometheus-cpp writes it).
#include "scanner/app/agent_status.h"

#include <prometheus/text_serializer.h>

#include <array>
#include <utility>

namespace scanner {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

class Families {
 public:
  void counter(const std::string& name, const std::string& help, double value, Labels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    metric.counter.value = value;
    family(name + "_total", help, MetricType::Counter).metric.push_back(std::move(metric));
  }
  void gauge(const std::string& name, const std::string& help, double value, Labels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    metric.gauge.value = value;
    family(name, help, MetricType::Gauge).metric.push_back(std::move(metric));
  }
  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  MetricFamily& family(const std::string& name, const std::string& help, MetricType type) {
    if (families_.empty() || families_.back().name != "aupscan_" + name) families_.push_back({"aupscan_" + name, help, type, {}});
    return families_.back();
  }
  std::vector<MetricFamily> families_;
};

double number(std::uint64_t value) { return static_cast<double>(value); }

void add_input(Families& out, const InputStatus& input) {
  const auto each = [&](const char* name, const char* help, std::uint64_t CaptureStatus::*value) {
    for (const CaptureStatus& capture : input.captures) out.counter(name, help, number(capture.*value), {{"interface", capture.name}});
  };
  each("capture_packets", "Packets that were read from an interface.", &CaptureStatus::packets);
  each("capture_dropped", "Packets that the kernel dropped since its buffer was full.", &CaptureStatus::dropped);
  each("capture_interface_dropped", "Packets that the interface or its driver dropped.", &CaptureStatus::interface_dropped);
  each("capture_sampled_out", "Packets left out on purpose, under pressure.", &CaptureStatus::sampled_out);
  each("capture_own", "Packets of the agent itself, left out.", &CaptureStatus::own);
  const Labels source{{"source", input.process_source.empty() ? "none" : input.process_source}};
  out.counter("processes_seen", "Processes that were started or replaced their image.", number(input.processes_seen), source);
  out.counter("processes_lost", "Process events that did not reach the agent.", number(input.processes_lost), source);
  out.counter("processes_incomplete", "Processes that were gone before they could be read.", number(input.processes_incomplete), source);
  out.counter("process_rescans", "Times that all processes were read anew after a loss.", number(input.rescans), source);
}

void add_engine(Families& out, const AgentStatus& status) {
  const Coverage& coverage = status.coverage;
  out.counter("packets", "Packets that were judged.", number(coverage.packets));
  out.counter("bytes", "Bytes of packets that were judged.", number(coverage.bytes));
  out.counter("lost", "Units that a source said were lost.", number(coverage.lost));
  std::uint64_t undecoded = 0;
  for (const DecodeStatus kind : kUndecoded) undecoded += coverage.by_status[static_cast<std::size_t>(kind)];
  out.counter("undecoded_packets", "Packets that could not be read.", number(undecoded));
  out.counter("clipped_packets", "Packets longer than the snaplen.", number(coverage.clipped));
  out.counter("clamped_timestamps", "Timestamps that were corrected.", number(coverage.clamped));
  out.counter("flows", "Flows that were seen.", number(coverage.flows.flows));
  out.counter("flows_evicted", "Flows that were forgotten for want of room.", number(coverage.flows.evicted));
  out.counter("flows_one_sided", "Flows of which one direction was seen.", number(coverage.flows.one_sided));
  out.counter("gaps", "Holes in TCP streams.", number(coverage.flows.gaps));
  out.counter("gap_bytes", "Bytes that such holes held.", number(coverage.flows.gap_bytes));
  out.counter("subjects_refused", "Times that a detector had no room for somebody new.", number(coverage.subjects_refused));
  out.counter("parsers_gave_up", "Parsers that met bytes they could not read.", number(coverage.gave_up));
  for (const auto& [type, value] : {std::pair("breach", status.breaches), std::pair("indicator", status.indicators), std::pair("permitted", status.permitted)})
    out.counter("events", "Events by type.", number(value), {{"type", type}});
  out.counter("events_refused", "Events that the outbox could not take.", number(status.refused_events));
}

void add_delivery(Families& out, const AgentStatus& status) {
  const OutboxStatus& outbox = status.delivery.outbox;
  out.gauge("outbox_durable_sequence", "Sequence of the last record on the disk.", number(outbox.durable));
  out.gauge("outbox_pending_events", "Events in memory that the disk does not have yet.", number(outbox.pending));
  out.gauge("outbox_pending_bytes", "Their bytes.", number(outbox.pending_bytes));
  out.gauge("outbox_bytes", "Bytes of the outbox on the disk.", number(outbox.bytes));
  out.counter("outbox_lost_events", "Events that neither disk nor memory had room for.", number(outbox.lost_events));
  out.counter("outbox_dropped_events", "Undelivered events that the outbox's bound took.", number(outbox.dropped_events));
  out.gauge("outbox_trouble", "1: the disk refuses writes.", outbox.trouble.empty() ? 0 : 1);
  const auto& sinks = status.delivery.sinks;
  for (const SinkStatus& sink : sinks)
    out.gauge("sink_behind_records", "Records that a sink does not have yet.", number(outbox.durable - std::min(sink.acknowledged, outbox.durable)), {{"sink", sink.name}});
  for (const SinkStatus& sink : sinks) out.counter("sink_delivered_events", "Events that a sink took.", number(sink.delivered), {{"sink", sink.name}});
  for (const SinkStatus& sink : sinks) out.counter("sink_retries", "Attempts that failed.", number(sink.retries), {{"sink", sink.name}});
  for (const SinkStatus& sink : sinks) out.counter("sink_left_out_events", "Events that a sink's receiver refuses.", number(sink.poisoned), {{"sink", sink.name}});
  for (const SinkStatus& sink : sinks) out.gauge("sink_trouble", "1: the last attempt failed.", sink.trouble.empty() ? 0 : 1, {{"sink", sink.name}});
  out.gauge("evidence_bytes", "Bytes of evidence on the disk.", number(status.evidence_bytes));
  out.counter("evidence_stored", "Evidence files that were stored.", number(status.evidence.stored));
  out.counter("evidence_refused", "Evidence files that the disk refused.", number(status.evidence.refused));
  out.counter("evidence_flows_evicted", "Flows whose packets were forgotten for want of room.", number(status.evidence.flows_evicted));
}

void add_agent(Families& out, const AgentStatus& status) {
  out.gauge("info", "What runs.", 1, {{"version", status.version}, {"mode", status.mode}, {"ruleset", status.ruleset}, {"config", status.config}});
  out.gauge("ready", "1: everything that was asked for works.", status.ready ? 1 : 0);
  out.gauge("effort", "0 full, 1 sampled, 2 processes only, 3 heartbeat.", static_cast<double>(status.effort));
  out.gauge("paused", "1: paused by a person.", status.paused ? 1 : 0);
  out.gauge("kill_switch_all", "1: everything is switched off.", status.silence.all ? 1 : 0);
  out.gauge("kill_switch_names", "Signatures and detectors that are switched off.", number(status.silence.names.size()));
  if (status.pack) out.gauge("pack_version", "Version of the pack that is in force.", number(status.pack->pack.version), {{"name", status.pack->pack.name}});
  out.gauge("pack_on_trial", "1 while a pack waits for a confirmation.", status.pack && status.pack->confirm_until ? 1 : 0);
  out.gauge("pack_refused", "1 where a pack was refused and another one is in force.", status.pack_trouble.empty() ? 0 : 1);
  for (const SignatureCount& count : status.signatures) out.counter("signature_hits", "Fields, and directions of streams, on which a signature held.", number(count.hits), {{"signature", count.signature}});
  for (const SignatureCount& count : status.signatures) out.counter("signature_findings", "Findings that a signature opened and that count.", number(count.findings), {{"signature", count.signature}});
  for (const SignatureCount& count : status.signatures) out.gauge("signature_suspended", "1: it held too often and is suspended.", count.suspended ? 1 : 0, {{"signature", count.signature}});
  for (const ShadowCount& count : status.shadow) out.counter("shadow_hits", "Hits of signatures that do not count yet.", number(count.hits), {{"signature", count.signature}, {"status", std::string(to_string(count.status))}});
  for (const ShadowCount& count : status.shadow) out.counter("shadow_alone_hits", "Those of them with no other sign of the activity.", number(count.alone), {{"signature", count.signature}, {"status", std::string(to_string(count.status))}});
  for (const ExceptionUse& use : status.exceptions) out.counter("exception_hits", "Findings that an exception permitted.", number(use.hits), {{"exception", use.id}});
  out.gauge("exceptions_ending", "Exceptions that end soon, or have ended.", number(status.exception_warnings.size()));
  out.counter("reloads", "Reloads by result.", number(status.reload.done), {{"result", "done"}});
  out.counter("reloads", "Reloads by result.", number(status.reload.refused), {{"result", "refused"}});
  out.counter("cpu_seconds", "Processor time of the agent itself.", status.self.cpu_seconds);
  out.gauge("resident_bytes", "Memory of the agent itself.", number(status.self.resident_bytes));
  out.gauge("start_time_seconds", "When the agent started, seconds since 1970.", static_cast<double>(status.started.ns) / 1e9);
}

}  // namespace

std::string metrics_text(const AgentStatus& status) {
  Families families;
  add_agent(families, status);
  add_input(families, status.input);
  add_engine(families, status);
  add_delivery(families, status);
  return families.text();
}

}  // namespace scanner
