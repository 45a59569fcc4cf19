#include "tests/support/engine_run.h"

#include "scanner/app/thread_pool.h"
#include "scanner/engine/event_json.h"
#include "scanner/io/capture_source.h"
#include "scanner/io/rule_files.h"
#include "scanner/io/text_file.h"
#include "tests/support/event_schema.h"
#include "tests/support/temp_directory.h"
#include "places.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace scanner::test {
namespace {

[[noreturn]] void refuse(const std::string& what, const Diagnostics& diagnostics) {
  std::string said = what + "\n";
  for (const Diagnostic& diagnostic : diagnostics) said += to_text(diagnostic) + "\n";
  throw std::runtime_error(said);
}

Rules load(const std::string& directory) {
  Diagnostics diagnostics;
  const auto ruleset = load_rules(directory, diagnostics);
  const auto declaration = load_declaration_file(AUPSCAN_SOURCE_DIR "/config/declaration.yaml", diagnostics);
  if (!ruleset || !declaration) refuse("the rules of " + directory + " do not load", diagnostics);
  auto matcher = make_hyperscan_matcher(*ruleset);
  if (!matcher) throw std::runtime_error(matcher.error().message);
  return {std::move(*matcher), *declaration};
}

const std::shared_ptr<const Panel>& shipped_panel() {
  static const std::shared_ptr<const Panel> panel = [] {
    Diagnostics diagnostics;
    const auto read = load_panel_file(AUPSCAN_SOURCE_DIR "/config/panel.yaml", diagnostics);
    if (!read) refuse("the panel does not load", diagnostics);
    return *read;
  }();
  return panel;
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
    run_.records.push_back(event);
    run_.book.take(event);
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
        reloads_(options.reloads),
        engine_(engine_options(options), rules_of(options).matcher, rules_of(options).declaration, threads_, sink_) {
    engine_.add_key_log(as_bytes(options.key_log));
  }

  void feed(const EventBatch& batch) {
    if (!reloads_.empty()) {
      const Rules& rules = *reloads_[batches_++ % reloads_.size()];
      engine_.use(rules.matcher, rules.declaration, {rules.matcher->ruleset().content_id(), "", "observe"});
    }
    engine_.feed(batch);
  }
  EngineRun finish() {
    engine_.finish();
    run_.coverage = engine_.coverage();
    run_.signatures = engine_.signature_counts();
    return std::move(run_);
  }

 private:
  static const Rules& rules_of(const RunOptions& options) {
    return options.rules != nullptr ? *options.rules : shipped_rules();
  }
  static EngineOptions engine_options(const RunOptions& options) {
    EngineOptions made;
    made.judgement.local = options.local;
    made.judgement.tenants = options.tenants;
    made.judgement.hits_per_minute = options.hits_per_minute;
    made.judgement.exceptions = options.exceptions;
    made.judgement.panel = shipped_panel();
    made.judgement.frame.ruleset_id = rules_of(options).matcher->ruleset().content_id();
    return made;
  }

  EngineRun run_;
  CollectingSink sink_;
  ThreadPool threads_;
  std::vector<const Rules*> reloads_;
  std::size_t batches_ = 0;
  Engine engine_;
};

}  // namespace

const Rules& shipped_rules() {
  static const Rules rules = load(AUPSCAN_SOURCE_DIR "/signatures");
  return rules;
}

Rules shipped_rules_and(const std::string& dialect_path) {
  namespace fs = std::filesystem;
  const auto text = read_text_file(dialect_path);
  if (!text) throw std::runtime_error(text.error().message);
  return shipped_rules_and("dialects/" + fs::path(dialect_path).filename().string(), *text);
}

Rules shipped_rules_and(const std::string& place, const std::string& text) {
  namespace fs = std::filesystem;
  const TempDirectory directory;
  fs::copy(AUPSCAN_SOURCE_DIR "/signatures", directory.file("rules"), fs::copy_options::recursive);
  std::ofstream(directory.file("rules/") + place) << text;
  return load(directory.file("rules"));
}

EngineRun run_packets(const std::vector<Packet>& packets, const RunOptions& options) {
  Bench bench(options, {"made-up.pcapng"});
  EventBatch batch;
  for (const Packet& packet : packets) {
    Event& event = batch.events.emplace_back();
    event.at = packet.at;
    event.packet = packet;
    if (batch.events.size() < options.batch) continue;
    bench.feed(batch);
    batch.clear();
  }
  bench.feed(batch);
  return bench.finish();
}

EngineRun run_source(Source& source, const RunOptions& options, const std::function<void(const EventBatch&)>& tap) {
  Bench bench(options, source.file_names());
  EventBatch batch;
  while (true) {
    const auto status = source.next(batch);
    if (!status) break;
    if (tap) tap(batch);
    bench.feed(batch);
    if (*status == SourceStatus::End) break;
  }
  EngineRun run = bench.finish();
  run.warnings = source.warnings();
  return run;
}

EngineRun run_captures(const std::vector<std::string>& paths, const RunOptions& options) {
  auto source = open_captures(paths);
  if (!source) throw std::runtime_error(source.error().message);
  return run_source(**source, options);
}

}  // namespace scanner::test
