#include "scanner/app/agent_loop.h"

#include <catch2/catch.hpp>

using namespace scanner;

TEST_CASE("what a reload takes over needs no restart, and everything else is named", "[app][agent]") {
  const Config running;
  CHECK(keys_that_need_a_restart(running, running).empty());
  Config wanted = running;
  wanted.tenants_sha256 = "other";
  wanted.agent.mode = "enforce";
  wanted.agent.signatures = "elsewhere";
  wanted.agent.health_every = std::chrono::seconds(7);
  wanted.agent.pressure.cpu_percent = 77;
  CHECK(keys_that_need_a_restart(running, wanted).empty());
  CHECK(reloaded_config(running, wanted).agent.mode == "enforce");
  wanted.agent.snaplen = 1000;
  wanted.panel_sha256 = "other";
  wanted.local = {*Cidr::parse("192.0.2.0/24")};
  wanted.hash_key = "another secret of many bytes";
  CHECK(keys_that_need_a_restart(running, wanted) == std::vector<std::string>{"capture.snaplen", "local", "panel.sha256", "privacy.hash_key_file"});
  CHECK(reloaded_config(running, wanted).agent.snaplen == running.agent.snaplen);
}
