#include "scanner/signature/host_template.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

const std::vector<std::string> kNever{"api", "www"};

bool fits(const std::string& text, const std::string& prefix) {
  const auto made = HostTemplate::parse(text);
  REQUIRE(made);
  return made->fits(prefix, kNever);
}

}  // namespace

TEST_CASE("a host template stands for whole names of its form and for nothing else", "[signature]") {
  const std::string text = "{coin}-{region}{n}.pool.example";
  CHECK(HostTemplate::parse(text)->domain() == "pool.example");
  CHECK(fits(text, "xmr-eu1"));
  CHECK(fits(text, "xmr-eu"));
  CHECK(fits(text, "x16r-us-east12"));
  CHECK_FALSE(fits(text, "xmr"));
  CHECK_FALSE(fits(text, "xmr-eu1.more"));
  CHECK_FALSE(fits(text, "more.xmr-eu1"));
  CHECK_FALSE(fits(text, "xmr-eu1234"));
  CHECK_FALSE(fits(text, "1xmr-eu1"));
  CHECK_FALSE(fits(text, "x-eu1"));
  CHECK_FALSE(fits(text, "xmr_eu1"));
  CHECK_FALSE(fits(text, ""));
}

TEST_CASE("a placeholder stands for no word of the pool's other services", "[signature]") {
  CHECK_FALSE(fits("{coin}.pool.example", "www"));
  CHECK_FALSE(fits("{coin}-{region}.pool.example", "api-eu"));
  CHECK_FALSE(fits("{region}.{coin}.pool.example", "eu.www"));
  CHECK(fits("{region}.{coin}.pool.example", "us-east.alph"));
  CHECK(fits("solo-{coin}.pool.example", "solo-kas"));
  CHECK_FALSE(fits("solo-{coin}.pool.example", "duet-kas"));
}

TEST_CASE("placeholders side by side share a label in every way that fits", "[signature]") {
  CHECK(fits("{coin}{region}{n}.pool.example", "etceu1"));
  CHECK(fits("{coin}{region}{n}.pool.example", "etcasia"));
  CHECK_FALSE(fits("{coin}{region}{n}.pool.example", "etc"));
  // Long names end soon, however many ways there are.
  CHECK_FALSE(fits("{coin}{coin}{coin}{coin}{coin}{coin}.pool.example", std::string(253, 'a')));
  CHECK_FALSE(fits("{coin}.pool.example", std::string(300, 'a')));
}

TEST_CASE("what is no host template is refused", "[signature]") {
  for (const char* text : {"", "pool.example", "{coin}.example", "{coin}pool.example", "{coin}..example.org", "{coin}.pool.example.", "{city}.pool.example", "{coin.pool.example",
                           "{coin}.POOL.example", "{coin}.pool.{region}", "{coin}}.pool.example", "Solo-{coin}.pool.example", "{coin}.po ol.example"}) {
    INFO(text);
    CHECK_FALSE(HostTemplate::parse(text));
  }
  std::string many;
  for (int i = 0; i < 17; ++i) many += "{n}";
  CHECK_FALSE(HostTemplate::parse(many + ".pool.example"));
}
