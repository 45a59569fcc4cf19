#include "tools/aupsig/event_story.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>

namespace scanner {
namespace {

using SortedJson = nlohmann::json;

double rounded(double value) { return std::round(value * 1000) / 1000; }

std::string number(double value) {
  std::string text = std::to_string(rounded(value));
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text += '0';
  return text;
}

std::string text_of(const SortedJson& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

double number_of(const SortedJson& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number() ? found->get<double>() : 0;
}

const SortedJson& part_of(const SortedJson& json, const char* key) {
  static const SortedJson kNothing = SortedJson::object();
  const auto found = json.find(key);
  return found != json.end() ? *found : kNothing;
}

// The rule of assessment.rule, once more: kinds are independent, a list entry raises its own
// kind, each doubt about the attribution multiplies what is left.
void recompute(const SortedJson& arithmetic, EventStory& story) {
  std::vector<std::string> order;
  std::map<std::string, double> doubt;  // by kind
  double factor = 1;
  for (const SortedJson& item : arithmetic) {
    if (!item.is_object()) continue;
    const std::string what = text_of(item, "what");
    const double weight = number_of(item, "weight");
    const std::string kind = what.substr(0, what.find(':'));
    story.arithmetic.push_back(what + (kind == "attribution" ? ": times " : ": ") + number(weight));
    if (kind == "attribution") {
      factor *= weight;
      continue;
    }
    if (doubt.try_emplace(kind, 1).second) order.push_back(kind);
    doubt[kind] *= 1 - weight;
  }
  double left = 1;
  std::string formula;
  for (const std::string& kind : order) {
    left *= doubt[kind];
    formula += (formula.empty() ? "" : " × ") + ("(1 − " + number(1 - doubt[kind]) + ")");
  }
  story.recomputed = rounded(rounded(1 - left) * factor);
  if (order.empty()) story.recomputed = 0;
  story.arithmetic.push_back("confidence = " + (formula.empty() ? std::string("0: no kind of evidence has a weight") : "1 − " + formula + (factor == 1 ? "" : ", times " + number(factor)) + " = " + number(story.recomputed)));
}

EventStory story_of(const SortedJson& event) {
  EventStory story;
  const SortedJson& data = part_of(event, "data");
  story.id = text_of(event, "id");
  story.type = text_of(event, "type");
  story.subject = text_of(event, "subject");
  story.incident = text_of(data, "incident");
  story.activity = text_of(data, "activity");
  story.stage = text_of(data, "stage");
  story.traffic_stage = text_of(part_of(data, "stages"), "traffic");
  story.process_stage = text_of(part_of(data, "stages"), "process");
  story.confidence = number_of(data, "confidence");
  story.revision = static_cast<std::uint32_t>(number_of(data, "revision"));
  recompute(part_of(part_of(data, "assessment"), "arithmetic"), story);
  const auto name = [&](const std::string& file) {
    if (!file.empty() && std::find(story.captures.begin(), story.captures.end(), file) == story.captures.end()) story.captures.push_back(file);
  };
  for (const SortedJson& evidence : part_of(data, "evidence"))
    if (evidence.is_object()) name(text_of(evidence, "file"));
  for (const SortedJson& item : part_of(data, "findings")) {
    if (!item.is_object()) continue;
    EventStory::Finding finding;
    finding.kind = text_of(item, "kind");
    finding.stage = text_of(item, "stage");
    finding.source = text_of(part_of(item, "signature"), "id");
    finding.reason = text_of(item, "reason");
    finding.weight = number_of(item, "weight");
    finding.display_filter = text_of(item, "display_filter");
    finding.community_id = text_of(part_of(item, "flow"), "community_id");
    for (const SortedJson& packet : part_of(item, "packets"))
      if (packet.is_number_unsigned()) finding.packets.push_back(packet.get<std::uint32_t>());
    for (const SortedJson& match : part_of(item, "match"))
      if (match.is_string()) finding.matches.push_back(match.get<std::string>());
    name(text_of(item, "file"));
    story.findings.push_back(std::move(finding));
  }
  return story;
}

}  // namespace

bool EventStory::agrees() const { return std::abs(recomputed - confidence) < 0.0015; }

bool looks_like_events(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n[");
  if (begin == std::string_view::npos || text[begin] != '{') return false;
  return text.substr(0, 4096).find("\"specversion\"") != std::string_view::npos;
}

std::vector<EventStory> read_events(std::string_view text, std::size_t& unread) {
  std::vector<EventStory> stories;
  unread = 0;
  const auto take = [&](const SortedJson& event) {
    if (!event.is_object() || !event.contains("data") || !event["data"].is_object()) {
      ++unread;
      return;
    }
    EventStory story = story_of(event);
    const auto same = std::find_if(stories.begin(), stories.end(), [&](const EventStory& s) { return !s.incident.empty() && s.incident == story.incident; });
    if (same == stories.end()) stories.push_back(std::move(story));
    else if (story.revision >= same->revision) *same = std::move(story);
  };
  const SortedJson whole = SortedJson::parse(text, nullptr, false);
  if (whole.is_array()) {
    for (const SortedJson& event : whole) take(event);
    return stories;
  }
  if (whole.is_object()) {
    take(whole);
    return stories;
  }
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    take(SortedJson::parse(line, nullptr, false));
  }
  return stories;
}

}  // namespace scanner
