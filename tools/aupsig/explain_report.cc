// An explanation as text for people and as JSON for programs.
#include "scanner/app/wording.h"
#include "scanner/engine/event_json.h"
#include "tools/aupsig/explain.h"
#include "tools/aupsig/hex_view.h"

#include <nlohmann/json.hpp>

#include <sstream>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

std::string ends_text(const FlowRef& flow) { return flow.tuple.source.to_string() + " to " + flow.tuple.destination.to_string() + ", " + std::string(to_string(flow.tuple.protocol)); }

std::string side_text(Direction sender) { return sender == Direction::FromInitiator ? "initiator" : "responder"; }

std::string percent(double value) {
  std::ostringstream out;
  out.precision(1);
  out << std::fixed << value * 100 << " %";
  return out.str();
}

void hex_lines(std::ostream& out, const std::string& bytes, const std::string& indent) {
  for (const std::string& line : hex_view(bytes, 0, 6)) out << indent << line << "\n";
}

void write_event(std::ostream& out, const EventStory& event) {
  out << "EVENT " << (event.type.ends_with("breach.v1") ? "breach" : event.type.ends_with("permitted.v1") ? "permitted" : "indicator") << "  " << event.activity << "  " << event.stage << "\n"
      << "  subject     " << printable(event.subject) << "\n  incident    " << event.incident << ", revision " << event.revision << "\n"
      << "  stages      traffic " << event.traffic_stage << ", process " << event.process_stage << "\n"
      << "  confidence  " << percent(event.confidence) << (event.agrees() ? "" : ", which is NOT what its arithmetic gives") << "\n";
  for (const std::string& line : event.arithmetic) out << "    " << printable(line) << "\n";
  std::size_t told = 0;
  for (const EventStory::Finding& finding : event.findings) {
    if (++told > 5) {
      out << "  and " << plural(event.findings.size() - 5, "finding", "findings") << " more\n";
      break;
    }
    std::string packets;
    for (const std::uint32_t packet : finding.packets) packets += (packets.empty() ? "" : ", ") + std::to_string(packet);
    out << "  finding     " << finding.kind << " " << finding.stage << " by " << printable(finding.source) << ", weight " << finding.weight << ": " << printable(finding.reason) << "\n";
    if (!packets.empty()) out << "    packets   " << packets << "\n";
    if (!finding.display_filter.empty()) out << "    Wireshark " << finding.display_filter << "\n";
    if (!finding.matches.empty()) hex_lines(out, finding.matches.front(), "    ");
  }
}

void write_rungs(std::ostream& out, const FlowStory& flow) {
  for (const RungStory& rung : flow.rungs) {
    out << "  " << (rung.reached ? "reached  " : "MISSED   ") << fitted(to_string(rung.stage), 9);
    bool first = true;
    for (const std::string& why : rung.why) {
      out << (first ? "" : "                    ");
      if (first && rung.frame != 0) out << "packet " << rung.frame << ", " << time_text(rung.at) << ": ";
      out << why << "\n";
      first = false;
    }
  }
}

void write_flow(std::ostream& out, const FlowStory& flow) {
  out << "FLOW " << ends_text(flow.flow) << "\n  community   " << community_id(flow.flow.tuple) << "\n  Wireshark   " << display_filter(flow.flow) << "\n";
  if (flow.counted)
    out << "  payload     " << count_text(flow.bytes[0]) << " bytes from the initiator in " << plural(flow.packets[0], "packet", "packets") << ", " << count_text(flow.bytes[1]) << " from the responder in "
        << plural(flow.packets[1], "packet", "packets") << (flow.gap_bytes > 0 ? ", " + plural(flow.gap_bytes, "byte", "bytes") + " missing" : "") << "\n";
  out << "  stands at   " << (flow.activity.empty() ? std::string("nothing") : flow.activity + " " + std::string(to_string(flow.stage))) << "\n";
  for (const std::string& conclusion : flow.conclusions) out << "  concluded   " << printable(conclusion) << "\n";
  write_rungs(out, flow);
  for (const StepStory& step : flow.steps) {
    out << "  packet " << step.frame << "  " << side_text(step.sender) << "  " << step.what << "\n";
    hex_lines(out, step.excerpt, "      ");
  }
  if (flow.steps_left_out > 0) out << "  and " << plural(flow.steps_left_out, "message", "messages") << " more of the kinds above\n";
  for (const WordStory& word : flow.foreign) {
    out << "  not understood: " << (word.method.empty() ? std::string("a message without a name") : "\"" + word.method + "\"") << ", " << plural(word.count, "message", "messages") << " from the " << word.sender
        << ", first in packet " << word.first_frame << "\n";
    hex_lines(out, word.excerpt, "      ");
  }
  for (const std::string& note : flow.notes) out << "  note        " << printable(note) << "\n";
}

void write_signature(std::ostream& out, const SignatureTrace& trace) {
  out << "SIGNATURE " << trace.id << " (" << trace.status << ")\n  searched in " << trace.field << ": " << plural(trace.texts, "text", "texts") << " of the capture; it holds on " << count_text(trace.held) << "\n"
      << "  condition   " << trace.condition << "\n";
  if (trace.texts == 0) out << "  the capture has no text for this field: nothing was searched\n";
  for (const FieldTrace& field : trace.shown) {
    out << "  " << (field.holds ? "HOLDS" : "does not hold") << (field.frame != 0 ? ", packet " + std::to_string(field.frame) : "") << (field.flow ? ", " + field.flow->source.to_string() + " to " + field.flow->destination.to_string() : "") << ", "
        << plural(field.size, "byte", "bytes") << "\n";
    for (const PatternTrace& pattern : field.patterns)
      out << "    " << (pattern.hit ? "hit   " : "missed ") << pattern.name << "  " << printable(pattern.expression) << (pattern.hit ? "  (first match ends at byte " + std::to_string(pattern.end) + ")" : "") << "\n";
    for (const auto& [fact, holds] : field.facts) out << "    " << (holds ? "true   " : "false  ") << fact << " (the port is " << field.port << ")\n";
    hex_lines(out, field.text, "      ");
  }
  if (trace.texts > trace.shown.size()) out << "  and " << plural(trace.texts - trace.shown.size(), "text", "texts") << " more, with as few hits or fewer\n";
}

Json event_json_of(const EventStory& event) {
  Json findings = Json::array();
  for (const auto& f : event.findings)
    findings.push_back({{"kind", f.kind}, {"stage", f.stage}, {"source", f.source}, {"reason", f.reason}, {"weight", f.weight}, {"community_id", f.community_id}, {"packets", f.packets}, {"match", f.matches}});
  return {{"incident", event.incident},   {"revision", event.revision},     {"subject", event.subject},       {"activity", event.activity}, {"type", event.type},
          {"stage", event.stage},         {"stages", {{"traffic", event.traffic_stage}, {"process", event.process_stage}}},
          {"confidence", event.confidence}, {"arithmetic", event.arithmetic}, {"recomputed", event.recomputed}, {"agrees", event.agrees()},   {"findings", std::move(findings)}};
}

Json flow_json_of(const FlowStory& flow) {
  Json rungs = Json::array(), steps = Json::array(), words = Json::array();
  for (const RungStory& rung : flow.rungs)
    rungs.push_back({{"stage", to_string(rung.stage)}, {"reached", rung.reached}, {"packet", rung.frame == 0 ? Json() : Json(rung.frame)}, {"why", rung.why}});
  for (const StepStory& step : flow.steps)
    steps.push_back({{"packet", step.frame}, {"file", step.file}, {"at", to_rfc3339(step.at)}, {"sender", side_text(step.sender)}, {"what", step.what}, {"excerpt", step.excerpt}, {"hex", hex_view(step.excerpt)}});
  for (const WordStory& word : flow.foreign)
    words.push_back({{"method", word.method}, {"sender", word.sender}, {"messages", word.count}, {"first_packet", word.first_frame}, {"known_method", word.known_method}, {"why", word.why}, {"excerpt", word.excerpt}});
  return {{"initiator", flow.flow.tuple.source.to_string()},
          {"responder", flow.flow.tuple.destination.to_string()},
          {"protocol", to_string(flow.flow.tuple.protocol)},
          {"community_id", community_id(flow.flow.tuple)},
          {"display_filter", display_filter(flow.flow)},
          {"start_seen", flow.flow.start_seen},
          {"bytes", {flow.bytes[0], flow.bytes[1]}},
          {"gap_bytes", flow.gap_bytes},
          {"activity", flow.activity.empty() ? Json() : Json(flow.activity)},
          {"stage", to_string(flow.stage)},
          {"likeness", flow.likeness},
          {"rungs", std::move(rungs)},
          {"steps", std::move(steps)},
          {"not_understood", std::move(words)},
          {"concluded", flow.conclusions},
          {"notes", flow.notes}};
}

Json signature_json_of(const SignatureTrace& trace) {
  Json texts = Json::array();
  for (const FieldTrace& field : trace.shown) {
    Json patterns = Json::array(), facts = Json::array();
    for (const PatternTrace& p : field.patterns) patterns.push_back({{"name", p.name}, {"expression", p.expression}, {"hit", p.hit}, {"end", p.hit ? Json(p.end) : Json()}});
    for (const auto& [fact, holds] : field.facts) facts.push_back({{"fact", fact}, {"holds", holds}});
    texts.push_back({{"holds", field.holds}, {"packet", field.frame == 0 ? Json() : Json(field.frame)}, {"community_id", field.flow ? Json(community_id(*field.flow)) : Json()}, {"port", field.port}, {"bytes", field.size},
                     {"patterns", std::move(patterns)}, {"facts", std::move(facts)}, {"text", field.text}});
  }
  return {{"id", trace.id}, {"field", trace.field}, {"status", trace.status}, {"condition", trace.condition}, {"texts", trace.texts}, {"held", trace.held}, {"shown", std::move(texts)}};
}

}  // namespace

std::string explanation_text(const Explanation& e) {
  std::ostringstream out;
  for (const std::string& warning : e.warnings) out << "note: " << printable(warning) << "\n";
  if (e.signature) write_signature(out, *e.signature);
  for (const EventStory& event : e.events) write_event(out, event);
  for (const FlowStory& flow : e.flows) write_flow(out, flow);
  for (const std::string& process : e.processes) out << "HOST " << printable(process) << "\n";
  if (e.flows_not_shown > 0) out << "and " << plural(e.flows_not_shown, "flow", "flows") << " more; --flow shows one of them\n";
  if (!e.files.empty() && e.events.empty()) out << "no event: nothing in " << plural(e.packets, "packet", "packets") << " reached a rung\n";
  if (!e.files.empty() && e.flows.empty() && e.processes.empty())
    out << "no flow of " << count_text(e.flows_total) << " looks at all like mining: no JSON request, no peer-to-peer handshake, no listed name, no signature; --all shows them\n";
  return out.str();
}

std::string explanation_json(const Explanation& e) {
  Json json;
  json["files"] = e.files;
  json["packets"] = e.packets;
  json["warnings"] = e.warnings;
  json["events"] = Json::array();
  for (const EventStory& event : e.events) json["events"].push_back(event_json_of(event));
  json["flows"] = Json::array();
  for (const FlowStory& flow : e.flows) json["flows"].push_back(flow_json_of(flow));
  json["flows_total"] = e.flows_total;
  json["flows_not_shown"] = e.flows_not_shown;
  json["host"] = e.processes;
  if (e.signature) json["signature"] = signature_json_of(*e.signature);
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace scanner
