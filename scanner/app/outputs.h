// Everything that a replay writes, and where: opened before the run, filled during it, and
// finished after it.
#pragma once

#include "scanner/app/config.h"
#include "scanner/app/event_writer.h"
#include "scanner/app/expectation.h"
#include "scanner/app/flow_register.h"
#include "scanner/app/incident_book.h"
#include "scanner/app/options.h"
#include "scanner/app/session_log.h"
#include "scanner/app/summary.h"
#include "scanner/io/evidence.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scanner {

// What is only known once the run is over.
struct RunEnd {
  RunCoverage coverage;
  std::vector<std::string> warnings;
  std::string ruleset_id, config_id;
  std::vector<std::pair<std::string, std::string>> notes = {};  // SummaryInput::notes
};

class Outputs {
 public:
  // Opens every file, so that what cannot be written is known before the work is done. An
  // Error says which. The options, the configuration and the frame outlive it.
  static Result<std::unique_ptr<Outputs>> open(const ReplayOptions& options, const Config& config, const JsonFrame& frame);
  ~Outputs();

  EventSink& events() { return fan_; }
  ObservationTap* tap();  // nullptr where nobody wants to see observations
  // Set once events can no longer be written: there is no sense in going on.
  const std::optional<Error>& failure() const;

  // Writes what comes at the end. Gives what went wrong, one sentence each.
  std::vector<std::string> finish(const RunEnd& end);

  const IncidentBook& book() const { return book_; }
  // What --expect found, in words; empty: nothing, or it was not asked for.
  std::string differences() const { return expectation_ ? expectation_->differences(book_) : ""; }

 private:
  class Taps;
  Outputs(const ReplayOptions& options, const Config& config, const JsonFrame& frame);
  Result<void> open_files();
  Result<void> open_evidence();
  void write_slices(std::vector<std::string>& problems);
  void write_page(const std::string& text, OutputFile& file, std::vector<std::string>& problems);
  void print(const SummaryInput& input, std::vector<std::string>& problems);

  const ReplayOptions& options_;
  const Config& config_;
  const JsonFrame& frame_;
  EventFan fan_;
  IncidentBook book_;
  std::vector<std::unique_ptr<EventWriter>> writers_;
  std::unique_ptr<Expectation> expectation_;
  std::unique_ptr<FlowRegister> flows_;
  std::unique_ptr<SessionLog> sessions_;
  std::unique_ptr<NameTrail> names_;
  std::optional<OutputFile> report_;
  std::unique_ptr<Taps> taps_;
  std::vector<EvidenceSlice> slices_;
  bool stdout_taken_ = false;  // by something other than the table
  bool table_ = false;
};

}  // namespace scanner
