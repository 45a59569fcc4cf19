#include "tools/aupsig/explain.h"

#include "scanner/app/incident_book.h"
#include "scanner/app/version.h"
#include "scanner/app/wording.h"
#include "scanner/engine/event_json.h"
#include "scanner/io/text_file.h"
#include "tools/aupsig/capture_run.h"
#include "tools/aupsig/refusal.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

namespace scanner {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFlows = 50;

std::optional<Endpoint> endpoint_from(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  const auto parsed = IpAddress::parse(address);
  const std::string port(text.substr(colon + 1));
  if (!parsed || port.empty() || port.size() > 5 || !std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  const int value = std::stoi(port);
  if (value > 65535) return std::nullopt;
  return Endpoint{*parsed, static_cast<std::uint16_t>(value)};
}

// "ADDR:PORT-ADDR:PORT", of TCP or UDP.
std::optional<FiveTuple> tuple_from(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto source = endpoint_from(text.substr(0, dash)), destination = endpoint_from(text.substr(dash + 1));
  if (!source || !destination) return std::nullopt;
  return FiveTuple{*source, *destination, IpProtocol::Tcp};
}

bool is_flow(const std::string& wanted, const FiveTuple& tuple) {
  if (wanted.empty() || wanted == community_id(tuple)) return true;
  const auto asked = tuple_from(wanted);
  if (!asked) return false;
  const bool there = asked->source == tuple.source && asked->destination == tuple.destination;
  return there || (asked->source == tuple.destination && asked->destination == tuple.source);
}

// Talks and traces are of different passes: the same tuple, and the talk that had begun last.
const Talk* talk_of(const std::multimap<FiveTuple, const Talk*>& talks, const FlowTrace& trace) {
  const Talk* best = nullptr;
  for (const FiveTuple& tuple : {trace.flow.tuple, trace.flow.tuple.reversed()}) {
    const auto [begin, end] = talks.equal_range(tuple);
    for (auto it = begin; it != end; ++it) {
      if (!trace.observations.empty() && it->second->first > trace.observations.front().at) continue;
      if (best == nullptr || it->second->first > best->first) best = it->second;
    }
  }
  return best;
}

class Book final : public EventSink {
 public:
  explicit Book(const std::vector<std::string>& files) : frame_{"urn:aupsig:explain", kVersion, "", files} {}
  void take(const BreachEvent& event) override { last_[event.incident] = event; }

  std::vector<EventStory> stories() const {
    std::string text;
    for (const auto& [incident, event] : last_) text += to_json(event, frame_) + "\n";
    std::size_t unread = 0;
    return read_events(text, unread);
  }

 private:
  JsonFrame frame_;
  std::map<std::string, BreachEvent> last_;
};

bool shown_before(const FlowStory& a, const FlowStory& b) { return a.stage != b.stage ? a.stage > b.stage : a.likeness > b.likeness; }

// What the command line names, told apart by content.
struct Inputs {
  std::vector<std::string> captures;
  std::vector<EventStory> events;
  std::size_t unread = 0;
};

std::optional<Inputs> read_inputs(const std::vector<std::string>& paths) {
  Inputs inputs;
  for (const std::string& path : paths) {
    std::ifstream file(path, std::ios::binary);
    std::string beginning(4096, '\0');
    file.read(beginning.data(), static_cast<std::streamsize>(beginning.size()));
    beginning.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    if (!looks_like_events(beginning)) {
      inputs.captures.push_back(path);
      continue;
    }
    const auto text = read_text_file(path);
    if (!text) {
      complain(text.error().message);
      return std::nullopt;
    }
    std::size_t unread = 0;
    for (EventStory& story : read_events(*text, unread)) {
      // What the event names lies beside it, or where it says.
      story.file = path;
      inputs.events.push_back(std::move(story));
    }
    inputs.unread += unread;
  }
  if (!inputs.captures.empty()) return inputs;
  for (const EventStory& story : inputs.events) {
    std::vector<std::string> named = story.captures;
    named.push_back(story.incident + ".pcapng");
    for (const std::string& name : named) {
      const std::string beside = (fs::path(story.file).parent_path() / fs::path(name).filename()).string();
      std::error_code ignored;
      for (const std::string& candidate : {beside, name})
        if (fs::is_regular_file(candidate, ignored) && std::find(inputs.captures.begin(), inputs.captures.end(), candidate) == inputs.captures.end()) {
          inputs.captures.push_back(candidate);
          break;
        }
    }
  }
  return inputs;
}

}  // namespace

Result<Explanation> explain_captures(const Setup& setup, const std::vector<std::string>& captures, const ExplainOptions& options,
                                     const std::vector<std::string>& only) {
  const auto loaded = load_capture(captures);
  if (!loaded) return tl::unexpected(loaded.error());
  Explanation explanation;
  explanation.files = loaded->files;
  explanation.warnings = loaded->warnings;
  explanation.packets = loaded->packets;
  const Redactor redactor(setup.config.hash_key);
  FlowTraces traces;
  Book book(loaded->files);
  run_engine(setup, loaded->batches, book, &traces);
  explanation.events = book.stories();

  const std::vector<Talk> talks = read_talks(loaded->batches);
  std::multimap<FiveTuple, const Talk*> by_tuple;
  for (const Talk& talk : talks) by_tuple.emplace(talk.flow.tuple, &talk);
  const auto wanted = [&](const FiveTuple& tuple) {
    if (!is_flow(options.flow, tuple)) return false;
    return only.empty() || std::find(only.begin(), only.end(), community_id(tuple)) != only.end();
  };
  const DialectSet& dialects = setup.matcher->ruleset().dialects();
  std::vector<const Talk*> told;
  const bool named = options.all || !options.flow.empty();
  const auto add = [&](const FlowTrace* trace, const Talk* talk) {
    ++explanation.flows_total;
    FlowStory story = tell_flow(trace, talk, dialects, redactor);
    if (!named && story.rungs.empty() && story.conclusions.empty()) return;
    explanation.flows.push_back(std::move(story));
  };
  for (const auto& [id, trace] : traces.flows()) {
    if (id == 0) {
      for (const Finding& finding : trace.findings) {
        const Finding clean = redactor.finding(finding);
        explanation.processes.push_back(clean.activity + " " + std::string(to_string(clean.stage)) + ", by " + clean.source + ": " + clean.reason);
      }
      continue;
    }
    const Talk* talk = talk_of(by_tuple, trace);
    if (talk != nullptr) told.push_back(talk);
    if (wanted(trace.flow.tuple)) add(&trace, talk);
  }
  for (const Talk& talk : talks)
    if (std::find(told.begin(), told.end(), &talk) == told.end() && wanted(talk.flow.tuple)) add(nullptr, &talk);
  std::stable_sort(explanation.flows.begin(), explanation.flows.end(), shown_before);
  if (explanation.flows.size() > kMaxFlows && !named) {
    explanation.flows_not_shown = explanation.flows.size() - kMaxFlows;
    explanation.flows.resize(kMaxFlows);
  }
  if (!options.flow.empty() && explanation.flows.empty()) return fail("no flow of the capture is " + printable(options.flow));
  if (!options.signature.empty()) {
    std::optional<FiveTuple> flow;
    if (!options.flow.empty()) flow = explanation.flows.front().flow.tuple;
    auto trace = trace_signature(setup, loaded->batches, options.signature, flow, redactor);
    if (!trace) return tl::unexpected(trace.error());
    explanation.signature = std::move(*trace);
  }
  return explanation;
}

ExitCode explain(const ExplainOptions& options) {
  const auto inputs = read_inputs(options.paths);
  if (!inputs) return ExitCode::Usage;
  if (!options.flow.empty() && !options.flow.starts_with("1:") && !tuple_from(options.flow)) {
    complain("--flow takes ADDR:PORT-ADDR:PORT (IPv6 in brackets) or a community id that begins with \"1:\"");
    return ExitCode::Usage;
  }
  Explanation explanation;
  if (!inputs->captures.empty()) {
    const auto setup = set_up(options.rules);
    if (!setup) return ExitCode::Usage;
    std::vector<std::string> only;
    for (const EventStory& event : inputs->events)
      for (const EventStory::Finding& finding : event.findings)
        if (!finding.community_id.empty()) only.push_back(finding.community_id);
    auto explained = explain_captures(*setup, inputs->captures, options, only);
    if (!explained) {
      complain(explained.error().message);
      return ExitCode::Usage;
    }
    explanation = std::move(*explained);
  } else if (inputs->events.empty()) {
    complain("nothing to explain: name a capture, a recording or a file of events");
    return ExitCode::Usage;
  } else {
    explanation.warnings.emplace_back("no capture lies beside the event: its arithmetic alone is told (name the capture, or its evidence slice, too)");
  }
  if (!inputs->events.empty()) explanation.events = inputs->events;
  if (inputs->unread > 0) explanation.warnings.push_back(plural(inputs->unread, "line is", "lines are") + " no event and left out");
  std::cout << (options.json ? explanation_json(explanation) : explanation_text(explanation));
  return inputs->unread > 0 ? ExitCode::Partial : ExitCode::Done;
}

}  // namespace scanner
