// A syslog message of RFC 5424, one a line (RFC 6587 §3.4.2), at most kMaxSyslog octets
// without the line end: every receiver should take 2048 (§6.1).
//
// The facility is 10 (security/authorization), which receivers keep from general eyes. The
// structured data tells where and how far; what it must leave out is in our own events, whose
// id and hash it carries.
#pragma once

#include "scanner/engine/event_json.h"

#include <cstddef>
#include <string>

namespace scanner {

inline constexpr std::size_t kMaxSyslog = 2048;

std::string to_syslog(const BreachEvent& event, const JsonFrame& frame);

}  // namespace scanner
