// The larger parts of a report page, each a piece of HTML. Private to report.cc.
#pragma once

#include "scanner/app/incident_book.h"
#include "scanner/app/session_log.h"

#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// The page's style sheet: light and dark, screen and paper.
std::string_view report_style();

// The rungs of an activity's ladder, those that were reached marked, with the time.
std::string ladder_html(const BreachEvent& event, const std::vector<IncidentBook::Rung>& rungs);

// One conversation over time as inline SVG: work, log-in, shares and their answers, and the
// accepted shares added up. Frame numbers are in the marks' tool-tips.
std::string timeline_svg(const Session& session);

}  // namespace scanner
