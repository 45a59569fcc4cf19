#include "tools/aupsig/commands.h"
#include "tools/aupsig/test.h"

#include <CLI/CLI.hpp>

#include <iostream>
#include <map>
#include <memory>

namespace scanner {

Run define_test(CLI::App& command) {
  const auto options = std::make_shared<TestOptions>();
  const std::map<std::string, TestFormat> formats{{"text", TestFormat::Text}, {"tap", TestFormat::Tap}, {"junit", TestFormat::Junit}, {"json", TestFormat::Json}};
  command.add_option("PACK", options->pack, "Directory of signatures, dialects and data sets, or a bundle; else what comes with the program");
  command.add_option("--only", options->only, "Signatures by id and cases as tests/NAME; * stands for anything; may be given again")->type_name("NAME")->allow_extra_args(false);
  command.add_option("--format", options->format, "text, tap (version 14), junit or json")->transform(CLI::CheckedTransformer(formats))->type_name("FORMAT");
  command.add_flag("--all,-a", options->all, "In text, a line for each test that passes too");
  command.add_flag("!--no-cases", options->cases, "Examples alone");
  command.add_flag("!--no-examples", options->examples, "Cases alone");
  command.add_option("--declaration", options->declaration, "Declaration that cases are judged by")->type_name("FILE");
  command.add_option("--config", options->config, "Configuration that cases are judged with")->type_name("FILE");
  command.footer(R"(
Runs the match and no_match examples of every signature through the engine's own matcher, on
streams also in two pieces cut anywhere and byte by byte, and the cases in PACK/tests: each a
directory with a capture or recording and expect.yaml as `aupscan replay --expect` has it.
An example or a case with `todo:` is known to fail; when it passes, that is a failure until
the todo is gone.

Examples:
  aupsig test signatures
      everything
  aupsig test --only 'mining.pool.*' --all signatures
      the signatures of one activity, test by test
  aupsig test --format junit signatures > signatures.xml
      for a pipeline

Exit status: 0 as expected, 1 usage error or nothing could be read, 3 the pack has errors,
4 a test fails, or passes though its todo says that it does not.
)");
  return [options] { return test_pack(*options, std::cout); };
}

}  // namespace scanner
