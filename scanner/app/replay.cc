#include "scanner/app/replay.h"

#include "scanner/app/outputs.h"
#include "scanner/app/progress.h"
#include "scanner/app/setup.h"
#include "scanner/app/shadow_text.h"
#include "scanner/app/signature_text.h"
#include "scanner/app/terminal.h"
#include "scanner/app/thread_pool.h"
#include "scanner/app/version.h"
#include "scanner/app/wording.h"
#include "scanner/io/capture_source.h"
#include "scanner/io/text_file.h"

#include <iostream>
#include <unistd.h>

namespace scanner {
namespace {

// The command line that gives the same events again.
std::string command_of(const ReplayOptions& options) {
  std::string command = "aupscan replay";
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) command += std::string(" ") + option + " " + shell_word(value);
  };
  for (const Cidr& range : options.local) add("--local", range.to_string());
  add("--filter", options.filter);
  add("--tls-keys", options.tls_keys);
  add("--config", options.rules.config);
  add("--signatures", options.rules.signatures);
  add("--declaration", options.rules.declaration);
  add("--panel", options.rules.panel);
  add("--tenants", options.rules.tenants);
  for (const std::string& capture : options.captures) command += " " + shell_word(capture);
  return command;
}

// How the reading ended.
struct Reading {
  Timestamp first;
  bool started = false, interrupted = false;
  std::optional<Error> error;  // nothing could be read
};

Reading read_all(Source& source, Engine& engine, const Outputs& outputs, bool quiet) {
  Reading reading;
  const Interrupt interrupt;
  ProgressBar progress(!quiet && is_terminal(STDERR_FILENO));
  EventBatch batch;
  std::uint64_t packets = 0;
  while (!outputs.failure()) {
    reading.interrupted = interrupt.asked();
    if (reading.interrupted) break;
    const auto status = source.next(batch);
    if (!status) {
      reading.error = status.error();
      break;
    }
    if (!reading.started && !batch.events.empty()) {
      reading.first = batch.events.front().at;
      reading.started = true;
    }
    engine.feed(batch);
    packets += batch.events.size();
    progress.update(source, packets);
    if (*status == SourceStatus::End) break;
  }
  engine.finish();
  return reading;
}

// Said at the end; DESIGN §6 has the order in which exit codes go before each other.
ExitCode conclude(const ReplayOptions& options, const Outputs& outputs, bool partial) {
  if (const std::string differences = outputs.differences(); !differences.empty()) {
    std::cerr << "aupscan: the claims differ from " << options.expect << ":\n";
    for (std::size_t begin = 0; begin < differences.size();) {
      const std::size_t end = std::min(differences.find('\n', begin), differences.size());
      std::cerr << printable(std::string_view(differences).substr(begin, end - begin)) << "\n";
      begin = end + 1;
    }
    return ExitCode::Unexpected;
  }
  if (has_found(options.fail_on, outputs.book())) return ExitCode::Found;
  return partial ? ExitCode::Partial : ExitCode::Done;
}

}  // namespace

ExitCode replay(const ReplayOptions& options) {
  auto setup = set_up(options.rules);
  if (!setup) return ExitCode::Usage;
  if (!options.local.empty()) setup->config.local = options.local;
  auto source = open_captures(options.captures, CaptureOptions{options.filter});
  if (!source) {
    tell_error(source.error().message);
    return ExitCode::Usage;
  }
  const JsonFrame frame{"urn:aupscan:replay", kVersion, command_of(options), (*source)->file_names()};
  const auto outputs = Outputs::open(options, setup->config, frame);
  if (!outputs) {
    tell_error(outputs.error().message);
    return ExitCode::Usage;
  }
  const std::string ruleset_id = setup->matcher->ruleset().content_id();
  EngineOptions settings = judging_options(*setup);
  settings.judgement.tenants = setup->tenants->claims;
  ThreadPool threads(options.threads);
  Engine engine(settings, setup->matcher, setup->declaration, threads, (*outputs)->events(), (*outputs)->tap());
  if (!options.tls_keys.empty()) {
    const auto key_log = read_text_file(options.tls_keys);
    if (!key_log) {
      tell_error(key_log.error().message);
      return ExitCode::Usage;
    }
    engine.add_key_log(as_bytes(*key_log));
  }
  const Reading reading = read_all(**source, engine, **outputs, options.quiet);
  RunEnd end{{engine.coverage(), frame.file_names.size(), reading.first, engine.now()}, (*source)->warnings(), ruleset_id, settings.judgement.frame.config_id, life_lines(engine.shadow_counts(), engine.exception_uses())};
  for (std::string& sentence : suspension_sentences(engine.signature_counts(), settings.judgement.hits_per_minute)) end.warnings.push_back(std::move(sentence));
  if (reading.interrupted) end.warnings.emplace_back("interrupted: what came until then was judged, the rest was not read");
  if (const auto unread = engine.coverage().key_log_lines_unread; unread > 0)
    end.warnings.push_back("TLS key logs: " + plural(unread, "line is", "lines are") + " not read: of another form, or of more than 65,536 sessions");
  for (const std::string& warning : end.warnings) tell_error(warning);
  if (reading.error) {
    tell_error(reading.error->message);
    return ExitCode::Usage;
  }
  const std::vector<std::string> problems = (*outputs)->finish(end);
  for (const std::string& problem : problems) tell_error(problem);
  if (!problems.empty()) return ExitCode::Usage;
  return conclude(options, **outputs, (*source)->partial() || reading.interrupted);
}

}  // namespace scanner
