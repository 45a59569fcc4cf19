// --report: one page that explains a run to whoever has to decide.
//
// Self-contained HTML: no script, no external resource, prints well, light and dark as the
// reader's system is. All text is escaped; text from the network is made printable first.
// The same run gives the same bytes.
#pragma once

#include "scanner/app/incident_book.h"
#include "scanner/app/session_log.h"
#include "scanner/app/summary.h"
#include "scanner/engine/event_json.h"
#include "scanner/io/evidence.h"

#include <string>
#include <vector>

namespace scanner {

struct ReportInput {
  SummaryInput summary;  // its `slices` are not used
  const SessionLog& sessions;
  const IncidentBook* rungs = nullptr;  // when each rung was reached; may be nullptr
  const JsonFrame& frame;
  std::vector<EvidenceSlice> slices;  // beside the incidents, or none
  std::string evidence_directory;
  std::vector<std::string> warnings;
  std::string ruleset_id, config_id;
};

std::string report_page(const ReportInput& input);

}  // namespace scanner
