// The permission register (config/permissions.yaml): conduct that a tenant announced and the
// provider allowed, such as a penetration test, a mail service or a benchmark. Declarations beat
// detectors: what a permission covers is kept, counted and told as permitted, and never dropped.
//
// A permission names who (a tenant or a subject), what (an abuse activity, all of it), towards
// whom (address ranges, or `any`), why, who answers for it, and until when. It becomes an entry
// of the exceptions, and is used, counted and warned about like them.
#pragma once

#include "scanner/policy/exceptions.h"

#include <string>
#include <string_view>

namespace scanner {

// Adds what a file holds. False where `diagnostics` got an error: nobody named, an activity that
// no permission is for (virtual currency is excepted finding by finding, or not at all), no scope,
// owner, reason or end, an id twice (also across files and exceptions).
bool load_permissions(const std::string& file, std::string_view text, Exceptions& exceptions, Diagnostics& diagnostics);

}  // namespace scanner
