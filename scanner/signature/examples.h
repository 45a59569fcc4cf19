// The examples that every signature carries, put to the test.
#pragma once

#include "scanner/model/diagnostic.h"
#include "scanner/signature/matcher.h"

#include <optional>

namespace scanner {

// Where the signature first holds on the example, judged as the engine would. `cuts`: on a
// stream, the places behind which a piece ends, in rising order; the text comes in one piece
// where it is empty.
std::optional<SignatureMatch> match_of(const Matcher& matcher, std::uint32_t signature, const SignatureExample& example, Scratch& scratch,
                                       const std::vector<std::size_t>& cuts = {});

// A problem at its place in the file for each `match` example on which its signature does
// not hold (E112) and each `no_match` example on which it does (E113); for those with `todo`
// the other way round (E118, E119): what it waits for has come.
Diagnostics check_examples(const Matcher& matcher);

}  // namespace scanner
