#include "scanner/model/time.h"

#include <catch2/catch.hpp>

using namespace scanner;

TEST_CASE("a timestamp is printed in UTC with nine digits and reads back", "[model]") {
  for (const std::int64_t ns : {0LL, 1'484'656'480'123'456'789LL, -1LL, 951'782'400'000'000'000LL}) {
    const auto text = to_rfc3339(Timestamp{ns});
    CHECK(text.size() == 30);
    CHECK(parse_rfc3339(text)->ns == ns);
  }
  CHECK(to_rfc3339(Timestamp{951'782'400'000'000'000}) == "2000-02-29T00:00:00.000000000Z");
}

TEST_CASE("offsets and short fractions are read, nonsense is refused", "[model]") {
  CHECK(parse_rfc3339("1970-01-01T01:00:00+01:00")->ns == 0);
  CHECK(parse_rfc3339("1970-01-01T00:00:00.5Z")->ns == 500'000'000);
  for (const char* text : {"", "1970-01-01", "1970-13-01T00:00:00Z", "1970-01-01T00:00:00", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00Zx"})
    CHECK_FALSE(parse_rfc3339(text));
}
