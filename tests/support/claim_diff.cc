// Expected against found, said so that the reason can be seen without a debugger.
#include "tests/support/scenario_case.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace scanner::test {
namespace {

using Json = nlohmann::json;

// What a subject's incidents of one activity came to, from the last event of each.
struct Found {
  std::map<std::string, Json> last_by_incident;
  std::string all_text;

  std::int64_t sum(const std::string& group, const std::string& key) const {
    std::int64_t total = 0;
    for (const auto& [incident, event] : last_by_incident) {
      if (group == "counts") total += event["data"]["counts"].value(key, std::int64_t{0});
      else
        for (const Json& mining : event["data"]["mining"]) total += mining["shares"].value(key, std::int64_t{0});
    }
    return total;
  }
};

std::size_t rank(const std::string& stage) {
  constexpr std::array<std::string_view, 8> kStages{"none", "interest", "contact", "session", "work", "proof", "observed", "confirmed"};
  return static_cast<std::size_t>(std::find(kStages.begin(), kStages.end(), stage) - kStages.begin());
}

using ByClaim = std::map<std::pair<std::string, std::string>, Found>;

ByClaim gather(const EngineRun& run) {
  ByClaim found;
  for (const std::string& text : run.events) {
    Json event = Json::parse(text);
    Found& one = found[{event["subject"], event["data"]["activity"]}];
    one.all_text += text;
    const std::string incident = event["data"]["incident"];
    one.last_by_incident[incident] = std::move(event);
  }
  return found;
}

class Comparison {
 public:
  Comparison(const ExpectedClaim& expected, const Found& found, std::string& said) : expected_(expected), found_(found), said_(said) {}

  void compare() {
    std::string type = "indicator", stage = "none";
    for (const auto& [incident, event] : found_.last_by_incident) {
      if (event["type"] == "aupscan.breach.v1") type = "breach";
      if (rank(event["data"]["stage"]) > rank(stage)) stage = event["data"]["stage"];
    }
    same("type", expected_.type, type);
    same("stage", expected_.stage, stage);
    if (expected_.incidents) same("incidents", std::to_string(*expected_.incidents), std::to_string(found_.last_by_incident.size()));
    mining("coin", expected_.coin);
    mining("algorithm", expected_.algorithm);
    mining("pool", expected_.pool);
    for (const auto& [key, value] : expected_.counts) same("counts." + key, std::to_string(value), std::to_string(found_.sum("counts", key)));
    for (const auto& [key, value] : expected_.shares) same("shares." + key, std::to_string(value), std::to_string(found_.sum("shares", key)));
    hashrate();
    for (const std::string& text : expected_.text)
      if (found_.all_text.find(text) == std::string::npos) say("nowhere does it say \"" + text + "\"");
  }

 private:
  void say(const std::string& what) { said_ += expected_.subject + " " + expected_.activity + ": " + what + "\n"; }
  void same(const std::string& what, const std::string& expected, const std::string& found) {
    if (expected != found) say(what + ": expected " + expected + ", found " + found);
  }
  void mining(const std::string& key, const std::optional<std::string>& expected) {
    if (!expected) return;
    std::set<std::string> values;
    for (const auto& [incident, event] : found_.last_by_incident)
      for (const Json& one : event["data"]["mining"]) values.insert(one[key].is_null() ? "" : one[key].get<std::string>());
    std::string joined;
    for (const std::string& value : values) joined += (joined.empty() ? "" : ",") + value;
    same(key, *expected, joined);
  }
  void hashrate() {
    if (!expected_.hashrate_from && !expected_.hashrate_to) return;
    double rate = 0;
    for (const auto& [incident, event] : found_.last_by_incident)
      for (const Json& one : event["data"]["mining"])
        if (one["hashrate_estimate"].is_number()) rate += one["hashrate_estimate"].get<double>();
    if (rate < expected_.hashrate_from.value_or(0) || rate > expected_.hashrate_to.value_or(1e30))
      say("hash rate " + std::to_string(rate) + " is out of its range");
  }

  const ExpectedClaim& expected_;
  const Found& found_;
  std::string& said_;
};

}  // namespace

std::string differences(const Expectation& expectation, const EngineRun& run) {
  ByClaim found = gather(run);
  std::string said;
  for (const ExpectedClaim& expected : expectation.claims) {
    const auto one = found.find({expected.subject, expected.activity});
    if (one == found.end()) {
      said += expected.subject + " " + expected.activity + ": expected " + expected.type + " at " + expected.stage + ", found nothing\n";
      continue;
    }
    Comparison(expected, one->second, said).compare();
    found.erase(one);
  }
  for (const auto& [claim, one] : found) {
    const Json& event = one.last_by_incident.begin()->second;
    said += claim.first + " " + claim.second + ": not expected, found " + event["type"].get<std::string>() + " at " + event["data"]["stage"].get<std::string>() + ": " +
            event["data"]["findings"].dump().substr(0, 600) + "\n";
  }
  std::uint64_t undecoded = 0;
  for (const DecodeStatus status : {DecodeStatus::UnknownLink, DecodeStatus::Truncated, DecodeStatus::Malformed, DecodeStatus::TooDeep})
    undecoded += run.coverage.by_status[static_cast<std::size_t>(status)];
  if (undecoded != static_cast<std::uint64_t>(expectation.undecoded.value_or(0)))
    said += "undecoded packets: expected " + std::to_string(expectation.undecoded.value_or(0)) + ", found " + std::to_string(undecoded) + "\n";
  return said;
}

}  // namespace scanner::test
