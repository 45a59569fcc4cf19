#include "tools/aupsig/lint.h"

#include "places.h"

#include <catch2/catch.hpp>

using namespace scanner;

TEST_CASE("the pack that comes with the program has no problems", "[aupsig][lint]") {
  CHECK(lint({.pack = AUPSCAN_SOURCE_DIR "/signatures", .deny_warnings = false}) == ExitCode::Done);
  CHECK(lint({.pack = "no/such/directory", .deny_warnings = false}) == ExitCode::Usage);
}
