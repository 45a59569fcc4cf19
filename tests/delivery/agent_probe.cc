// The whole agent on a made-up source that never ends, made to be killed: miners one after the
// other, each with an incident of its own.
//
// usage: agent_probe CONFIG DECLARATION FIRST [COUNT]
//   FIRST: number of the first miner; COUNT of them, then it ends in good order
#include "scanner/app/agent.h"
#include "scanner/app/terminal.h"
#include "tests/support/miner_source.h"

#include <chrono>
#include <string>
#include <thread>

int main(int argc, char** argv) {
  using namespace scanner;
  if (argc < 4) return 1;
  ignore_broken_pipes();
  AgentOptions options;
  options.rules.config = argv[1];
  options.rules.declaration = argv[2];
  test::MinerSource::Options miners;
  miners.first = static_cast<std::uint32_t>(std::stoul(argv[3]));
  miners.count = argc > 4 ? static_cast<std::uint32_t>(std::stoul(argv[4])) : 0;
  miners.before = [] { std::this_thread::sleep_for(std::chrono::milliseconds(1)); };
  return static_cast<int>(run_agent(options, [&](const Setup&, const std::shared_ptr<OwnTraffic>&) -> Result<AgentInput> {
    AgentInput input;
    input.source = std::make_unique<test::MinerSource>(miners);
    return input;
  }));
}
