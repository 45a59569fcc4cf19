// The aupscan program: reads the command line and hands over to the command.
#include "scanner/app/agent.h"
#include "scanner/app/check.h"
#include "scanner/app/ctl.h"
#include "scanner/app/options.h"
#include "scanner/app/record.h"
#include "scanner/app/replay.h"
#include "scanner/app/scan.h"
#include "scanner/app/terminal.h"
#include "scanner/app/verify.h"

int main(int argc, char** argv) {
  using namespace scanner;
  ignore_broken_pipes();
  const CommandLine line = parse_command_line(argc, argv);
  ExitCode code = line.exit.value_or(ExitCode::Done);
  if (line.replay) code = replay(*line.replay);
  if (line.record) code = record(*line.record);
  if (line.check) code = check(*line.check);
  if (line.verify) code = verify(*line.verify);
  if (line.agent) code = agent(*line.agent);
  if (line.ctl) code = ctl(*line.ctl);
  if (line.scan) code = scan(*line.scan);
  return static_cast<int>(code);
}
