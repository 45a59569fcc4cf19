#include "tools/aupsig/test_claim.h"

#include <algorithm>
#include <set>
#include <sstream>

namespace scanner {
namespace {

std::string type_text(EventType type) { return type == EventType::Breach ? "breach" : type == EventType::Permitted ? "permitted" : "indicator"; }

std::string count_text(std::uint64_t count, ClaimLevel level) { return level == ClaimLevel::Numbers ? std::to_string(count) : count > 0 ? "some" : "none"; }

struct Shares {
  std::uint64_t submitted = 0, accepted = 0, rejected = 0;
};

Shares shares_of(const BreachEvent& event) {
  Shares shares;
  for (const MiningSummary& mining : event.mining) {
    shares.submitted += mining.submitted;
    shares.accepted += mining.accepted;
    shares.rejected += mining.rejected;
  }
  return shares;
}

// A kind of mining that the event tells of, without pool and worker.
std::set<std::string> kinds_of(const BreachEvent& event) {
  std::set<std::string> kinds;
  for (const MiningSummary& mining : event.mining)
    kinds.insert((mining.coin.empty() ? "unknown coin" : mining.coin) + "/" + (mining.algorithm.empty() ? "unknown algorithm" : mining.algorithm) + "/" + (mining.agent_family.empty() ? "unknown program" : mining.agent_family));
  return kinds;
}

std::string line_of(const BreachEvent& event, ClaimLevel level, const std::string& subject) {
  std::string line = subject + " " + event.activity + " " + type_text(event.type) + " stage=" + std::string(to_string(event.stage)) + " traffic=" + std::string(to_string(event.traffic_stage)) +
                     " severity=" + event.severity + " clause=" + event.clause + "/" + event.item + " basis=" + event.proposal.basis;
  for (const std::string& measure : event.proposal.measures) line += "+" + measure;
  for (const std::string& kind : kinds_of(event)) line += " mining=" + kind;
  if (level == ClaimLevel::Numbers) line += " pools=" + std::to_string(event.mining.size());
  const Shares shares = shares_of(event);
  line += " submitted=" + count_text(shares.submitted, level) + " accepted=" + count_text(shares.accepted, level) + " rejected=" + count_text(shares.rejected, level);
  const auto& c = event.counts;
  // How often a lower rung was reached beside the highest one is a number, and no claim.
  if (level == ClaimLevel::Numbers)
    line += " attempts=" + std::to_string(c.attempts) + " contacts=" + std::to_string(c.contacts) + " sessions=" + std::to_string(c.sessions) + " work=" + std::to_string(c.work) + " proof=" + std::to_string(c.proof);
  return line;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

std::string compared_fields(ClaimLevel level) {
  std::string text = "subjects (mapped), activity, type, stage, traffic stage, severity, clause and item, basis and measures of the proposal, and of the mining coin, algorithm and family of the program";
  return level == ClaimLevel::Numbers ? text + ", the number of pools, shares submitted, accepted and rejected, and the counts of attempts, contacts, sessions, work and proof"
                                      : text + ", and whether any share was submitted, accepted, rejected (not how many, nor how many conversations)";
}

std::vector<std::string> claim_lines(const std::map<std::string, BreachEvent>& incidents, ClaimLevel level, const ClaimScope& scope, const Rename& rename) {
  std::vector<std::string> lines;
  for (const auto& [id, event] : incidents)
    if (scope.covers(event)) lines.push_back(line_of(event, level, rename ? rename(event.subject.id) : event.subject.id));
  std::sort(lines.begin(), lines.end());
  // Whether a conduct made one incident or several with a pause between them is a number, too.
  if (level == ClaimLevel::Signs) lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  return lines;
}

std::string claim_difference(const std::vector<std::string>& wanted, const std::vector<std::string>& got) {
  std::vector<std::string> missing, added;
  std::set_difference(wanted.begin(), wanted.end(), got.begin(), got.end(), std::back_inserter(missing));
  std::set_difference(got.begin(), got.end(), wanted.begin(), wanted.end(), std::back_inserter(added));
  if (missing.empty() && added.empty()) return "";
  const std::string what = missing.empty() ? "nothing is missing" : "missing: " + missing.front() + (missing.size() > 1 ? " and " + std::to_string(missing.size() - 1) + " more" : "");
  return what + "; " + (added.empty() ? "nothing is new" : "new: " + added.front() + (added.size() > 1 ? " and " + std::to_string(added.size() - 1) + " more" : ""));
}

std::string outline_of(const std::map<std::string, BreachEvent>& incidents, const ClaimScope& scope) {
  std::ostringstream out;
  for (const auto& [id, event] : incidents) {
    if (!scope.covers(event)) continue;
    out << "- subject: " << event.subject.id << "\n  activity: " << event.activity << "\n  type: " << type_text(event.type) << "\n  stage: " << to_string(event.stage) << "\n";
    const MiningSummary* mining = event.mining.empty() ? nullptr : &event.mining.front();
    if (mining != nullptr && !mining->coin.empty()) out << "  coin: " << quoted(mining->coin) << "\n";
    if (mining != nullptr && !mining->algorithm.empty()) out << "  algorithm: " << quoted(mining->algorithm) << "\n";
    if (mining != nullptr && !mining->pool.empty()) out << "  pool: " << quoted(mining->pool) << "\n";
    const auto& c = event.counts;
    out << "  counts: {attempts: " << c.attempts << ", contacts: " << c.contacts << ", sessions: " << c.sessions << ", work: " << c.work << ", proof: " << c.proof << "}\n";
    const Shares shares = shares_of(event);
    if (mining != nullptr) out << "  shares: {submitted: " << shares.submitted << ", accepted: " << shares.accepted << ", rejected: " << shares.rejected << "}\n";
  }
  return out.str();
}

}  // namespace scanner
