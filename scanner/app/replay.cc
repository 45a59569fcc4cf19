#include "scanner/app/replay.h"

#include "scanner/app/setup.h"
#include "scanner/app/thread_pool.h"
#include "scanner/app/version.h"
#include "scanner/engine/event_json.h"
#include "scanner/io/capture_source.h"

#include <fstream>
#include <iostream>

namespace scanner {
namespace {

// Events as NDJSON, to a file or standard output, flushed as they arise.
class NdjsonSink final : public EventSink {
 public:
  NdjsonSink(std::ostream& out, const JsonFrame& frame) : out_(out), frame_(frame) {}
  void take(const BreachEvent& event) override {
    out_ << to_json(event, frame_) << '\n';
    out_.flush();
  }

 private:
  std::ostream& out_;
  const JsonFrame& frame_;
};

}  // namespace

ExitCode replay(const ReplayOptions& options) {
  const auto setup = set_up(options.rules);
  if (!setup) return ExitCode::Usage;
  auto source = open_captures(options.captures, CaptureOptions{options.filter});
  if (!source) {
    std::cerr << "aupscan: " << source.error().message << "\n";
    return ExitCode::Usage;
  }
  JsonFrame frame{"urn:aupscan:replay", kVersion, "", (*source)->file_names()};
  NdjsonSink sink(std::cout, frame);
  EngineOptions engine_options;
  engine_options.judgement.local = options.local;
  engine_options.judgement.frame.ruleset_id = setup->matcher->ruleset().content_id();
  ThreadPool threads(options.threads);
  Engine engine(engine_options, setup->matcher, setup->declaration, threads, sink);
  EventBatch batch;
  for (;;) {
    const auto status = (*source)->next(batch);
    if (!status) {
      std::cerr << "aupscan: " << status.error().message << "\n";
      break;
    }
    engine.feed(batch);
    if (*status == SourceStatus::End) break;
  }
  engine.finish();
  for (const std::string& warning : (*source)->warnings()) std::cerr << "aupscan: " << warning << "\n";
  return (*source)->partial() ? ExitCode::Partial : ExitCode::Done;
}

}  // namespace scanner
