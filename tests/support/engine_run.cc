#include "tests/support/engine_run.h"

#include "scanner/app/thread_pool.h"
#include "scanner/engine/event_json.h"
#include "scanner/io/capture_source.h"
#include "scanner/io/rule_files.h"
#include "tests/support/event_schema.h"

#include <stdexcept>

namespace scanner::test {
namespace {

constexpr std::size_t kBatch = 256;  // small, so that scenarios take several

Rules load_shipped() {
  Diagnostics diagnostics;
  const auto ruleset = load_rules(AUPSCAN_SOURCE_DIR "/signatures", diagnostics);
  const auto declaration = load_declaration_file(AUPSCAN_SOURCE_DIR "/config/declaration.yaml", diagnostics);
  std::string said;
  for (const Diagnostic& diagnostic : diagnostics) said += to_text(diagnostic) + "\n";
  if (!ruleset || !declaration) throw std::runtime_error("the shipped rules do not load:\n" + said);
  auto matcher = make_hyperscan_matcher(*ruleset);
  if (!matcher) throw std::runtime_error(matcher.error().message);
  return {std::move(*matcher), *declaration};
}

class CollectingSink final : public EventSink {
 public:
  CollectingSink(EngineRun& run, JsonFrame frame) : run_(run), frame_(std::move(frame)) {}

  void take(const BreachEvent& event) override {
    const std::string json = to_json(event, frame_);
    const std::string errors = schema_errors(json);
    if (!errors.empty()) throw std::runtime_error("an event breaks its schema:\n" + errors + json);
    run_.claims.push_back(claim_of(json));
    if (run_.claims.back().empty()) throw std::runtime_error("no claim can be read from " + json);
    run_.events.push_back(json);
  }

 private:
  EngineRun& run_;
  JsonFrame frame_;
};

// Everything that one run needs, in the order in which it must go again.
class Bench {
 public:
  Bench(const RunOptions& options, std::vector<std::string> file_names)
      : sink_(run_, JsonFrame{"urn:aupscan:test", "0.0.0", "", std::move(file_names)}),
        threads_(options.workers),
        engine_(engine_options(options), shipped_rules().matcher, shipped_rules().declaration, threads_, sink_) {}

  void feed(const EventBatch& batch) { engine_.feed(batch); }
  EngineRun finish() {
    engine_.finish();
    run_.coverage = engine_.coverage();
    return std::move(run_);
  }

 private:
  static EngineOptions engine_options(const RunOptions& options) {
    EngineOptions made;
    made.judgement.local = options.local;
    made.judgement.frame.ruleset_id = shipped_rules().matcher->ruleset().content_id();
    return made;
  }

  EngineRun run_;
  CollectingSink sink_;
  ThreadPool threads_;
  Engine engine_;
};

}  // namespace

const Rules& shipped_rules() {
  static const Rules rules = load_shipped();
  return rules;
}

EngineRun run_packets(const std::vector<Packet>& packets, const RunOptions& options) {
  Bench bench(options, {"made-up.pcapng"});
  EventBatch batch;
  for (const Packet& packet : packets) {
    Event& event = batch.events.emplace_back();
    event.at = packet.at;
    event.packet = packet;
    if (batch.events.size() < kBatch) continue;
    bench.feed(batch);
    batch.clear();
  }
  bench.feed(batch);
  return bench.finish();
}

EngineRun run_captures(const std::vector<std::string>& paths, const RunOptions& options) {
  auto source = open_captures(paths);
  if (!source) throw std::runtime_error(source.error().message);
  Bench bench(options, (*source)->file_names());
  EventBatch batch;
  while (true) {
    const auto status = (*source)->next(batch);
    if (!status) break;
    bench.feed(batch);
    if (*status == SourceStatus::End) break;
  }
  EngineRun run = bench.finish();
  run.warnings = (*source)->warnings();
  return run;
}

}  // namespace scanner::test
