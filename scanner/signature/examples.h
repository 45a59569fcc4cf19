// The examples that every signature carries, put to the test.
#pragma once

#include "scanner/model/diagnostic.h"
#include "scanner/signature/matcher.h"

namespace scanner {

// A problem for each `match` example on which its signature does not hold (E112) and each
// `no_match` example on which it does (E113), at its place in the file.
Diagnostics check_examples(const Matcher& matcher);

}  // namespace scanner
