#include "scanner/io/http_sink.h"

#include <catch2/catch.hpp>

namespace scanner {
namespace {

TEST_CASE("only what concerns the event itself is poison", "[outbox]") {
  for (const long status : {200L, 202L, 204L}) CHECK(outcome_of_status(status) == SinkOutcome::Delivered);
  for (const long status : {400L, 409L, 413L, 415L, 422L}) CHECK(outcome_of_status(status) == SinkOutcome::Poison);
  for (const long status : {0L, 100L, 301L, 302L, 401L, 403L, 404L, 407L, 408L, 425L, 429L, 500L, 502L, 503L, 504L, 599L})
    CHECK(outcome_of_status(status) == SinkOutcome::Retry);
}

}  // namespace
}  // namespace scanner
