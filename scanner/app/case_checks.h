// checks.yaml beside an expectation: what the expectation cannot say. Of the cases in
// tests/scenario and of those beside a pack (`aupsig test`).
#pragma once

#include "scanner/app/incident_book.h"
#include "scanner/engine/flow_stage.h"
#include "scanner/model/address.h"
#include "scanner/model/diagnostic.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// What is absent is no matter.
struct CaseChecks {
  std::vector<Cidr> local;                           // run with --local
  std::optional<std::uint64_t> undecoded;            // packets
  std::optional<double> hashrate_from, hashrate_to;  // hashes per second, of all incidents together
  std::vector<std::string> text;                     // each stands in some event's JSON
  std::string todo;                                  // why it is known to fail; "": it is not
};

CaseChecks read_case_checks(const std::string& file, std::string_view text, Diagnostics& diagnostics);

// One sentence a line; "": all holds. `missing`: of the texts, those that no event held.
std::string check_differences(const CaseChecks& checks, const std::vector<std::string>& missing, const IncidentBook& book, const Coverage& coverage);

}  // namespace scanner
