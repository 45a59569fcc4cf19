// --flows: every flow on which something was observed, as a table for people's own tests.
#pragma once

#include "scanner/app/output_file.h"
#include "scanner/engine/judgement.h"

#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace scanner {

// One row a flow, tab-separated, with a header; the columns are in scanner/docs/events.md.
// The stage is the highest that a detector gave the flow, and the activity that stage's.
//
// A row is written when its flow is over, so rows are in the order of endings. Bounded:
// beyond kMaxOpen open flows the oldest row is written as it stands, its packet and byte
// counts empty.
class FlowRegister final : public ObservationTap {
 public:
  static constexpr std::size_t kMaxOpen = 200'000;

  explicit FlowRegister(OutputFile out);

  void see(const Observation& observation) override;
  void concluded(const Finding& finding) override;
  void withdrawn(const std::string& activity, const std::string& key) override;

  // Writes what is left. Call once, at the end of the run.
  void finish();
  const std::optional<Error>& failure() const { return failure_; }

 private:
  struct Claim {
    std::string activity, key;
    Stage stage = Stage::None;
  };
  struct Row {
    FlowRef flow;
    Timestamp first_seen;
    std::vector<std::string> hosts;
    std::string dialect;
    std::vector<Claim> claims;
    std::optional<FlowOver> over;
  };
  using Rows = std::list<Row>;

  Row& row_of(const Observation& observation);
  void write(const Row& row);
  void write_ended();

  OutputFile out_;
  Rows rows_;  // oldest first
  std::unordered_map<std::uint64_t, Rows::iterator> by_flow_;
  std::optional<std::uint64_t> current_;  // the flow whose observation is being judged
  std::optional<Rows::iterator> ended_;   // its last findings may follow
  std::optional<Error> failure_;
};

}  // namespace scanner
