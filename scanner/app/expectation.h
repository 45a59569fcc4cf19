// --expect: do the claims of this run equal those that were expected?
//
// Two forms of file, told apart by their first character (scanner/docs/events.md):
//   claims   NDJSON or a JSON array as `--events` writes it. Each event is reduced to its claim
//            (claim_of), and the claims of all events are compared, in any order.
//   outline  YAML: one entry an incident, which must be all incidents there are; compared with
//            the last revision of each.
// An empty file expects silence.
#pragma once

#include "scanner/app/incident_book.h"
#include "scanner/engine/event_json.h"
#include "scanner/model/diagnostic.h"
#include "scanner/model/result.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// One incident of an outline. What is not given does not matter.
struct OutlineEntry {
  std::string subject;  // "ip:192.0.2.1", or the address alone
  std::string activity, type, stage;
  std::optional<std::string> coin, algorithm, pool;  // all of one and the same mining entry
  std::map<std::string, std::uint64_t> counts;       // "attempts", "contacts", "sessions", "work", "proof"
  std::map<std::string, std::uint64_t> shares;       // "submitted", "accepted", "rejected": summed over mining
};

std::optional<std::vector<OutlineEntry>> parse_outline(const std::string& file, std::string_view text, Diagnostics& diagnostics);

// How the incidents differ from the outline, in words; empty: they do not.
std::string outline_differences(const std::vector<OutlineEntry>& outline, const std::vector<const BreachEvent*>& incidents);

// The claims of a run, held against those of a file as they come. Keeps at most kMaxShown
// claims that nobody expected; the rest are counted.
class ClaimComparison {
 public:
  static constexpr std::size_t kMaxShown = 50;

  // An Error names the file and the line.
  static Result<ClaimComparison> parse(const std::string& file, std::string_view text);

  void take(std::string_view event_json);
  std::string differences() const;  // as above

 private:
  std::map<std::string, std::size_t> expected_;  // canonical claim → how often it is still to come
  std::vector<std::string> unexpected_;
  std::size_t unexpected_total_ = 0;
};

// The file of --expect, whichever form it has, and the run's events on their way past it.
class Expectation final : public EventSink {
 public:
  // The frame outlives it. What is wrong with an outline is in `diagnostics`.
  static Result<std::unique_ptr<Expectation>> load(const std::string& path, const JsonFrame& frame, Diagnostics& diagnostics);

  void take(const BreachEvent& event) override;
  std::string differences(const IncidentBook& book) const;

 private:
  explicit Expectation(const JsonFrame& frame) : frame_(frame) {}

  const JsonFrame& frame_;
  std::optional<std::vector<OutlineEntry>> outline_;
  std::optional<ClaimComparison> claims_;
};

}  // namespace scanner
