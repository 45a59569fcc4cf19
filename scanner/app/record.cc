#include "scanner/app/record.h"

#include "scanner/app/setup.h"
#include "scanner/app/terminal.h"
#include "scanner/app/version.h"
#include "scanner/app/wording.h"
#include "scanner/io/attribution_watch.h"
#include "scanner/io/live_source.h"
#include "scanner/io/recorder.h"
#include "scanner/io/rule_files.h"
#include "scanner/io/text_file.h"

#include <chrono>
#include <iostream>

namespace scanner {
namespace {

void say(const std::string& what) { std::cerr << "aupscan: " << printable(what) << "\n"; }

void say_all(const std::vector<std::string>& sentences) {
  for (const std::string& sentence : sentences) say(sentence);
}

std::string boot_id() {
  std::string text = read_text_file("/proc/sys/kernel/random/boot_id").value_or("");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

LiveOptions live_options(const RecordOptions& options) {
  LiveOptions live;
  if (!options.interfaces.empty()) live.captures.interfaces = options.interfaces;
  live.captures.capture.snaplen = static_cast<int>(options.snaplen);
  live.captures.capture.filter = options.filter;
  return live;
}

// The words that tell which texts of an executable are worth keeping.
std::vector<std::string> image_words(const std::string& directory) {
  Diagnostics diagnostics;
  const auto ruleset = load_rules(directory.empty() ? shipped("signatures") : directory, diagnostics);
  if (ruleset) return (*ruleset)->datasets().words("image-words");
  say(ruleset.error().message + "; texts in executables are not recorded");
  return {};
}

// Null, and said, where there is no news of processes.
std::unique_ptr<HostWatch> open_processes(const RecordOptions& options) {
  HostWatchOptions watch;
  watch.image_words = image_words(options.signatures);
  auto choice = open_host_watch(watch);
  if (!choice) {
    say(choice.error().message + "; processes are not recorded");
    return nullptr;
  }
  say_all(choice->notes);
  return std::move(choice->watch);
}

// Processes with the containers that they run in, and the tenants file. Null, and said, where
// that cannot be read.
std::unique_ptr<HostWatch> open_watch(const RecordOptions& options) {
  Diagnostics diagnostics;
  const auto tenants = load_tenants_file(options.tenants, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) std::cerr << to_text(diagnostic);
  if (!tenants) {
    say(tenants.error().message);
    return nullptr;
  }
  auto watch = std::make_unique<AttributionWatch>(open_processes(options), AttributionWatchOptions{});
  watch->use(*tenants);
  return watch;
}

// Until somebody presses Control-C, the time is over or the bound is reached. False: the disk
// took no more.
bool copy(LiveSource& source, Recorder& recorder, const RecordOptions& options) {
  const Interrupt interrupt;
  if (options.duration_seconds > 0) source.stop_after(std::chrono::seconds(options.duration_seconds));
  EventBatch batch;
  bool stopped = false, written = true;
  while (true) {
    const auto status = source.next(batch);
    say_all(source.take_news());
    if (!status || *status == SourceStatus::End) return written;
    if (const auto taken = recorder.take(batch, source.file_names()); !taken) {
      say(taken.error().message);
      written = false;
    }
    if (stopped || (written && !recorder.full() && !interrupt.asked())) continue;
    if (recorder.full()) say("the recording has reached its bound");
    source.stop();
    stopped = true;
  }
}

void summarise(const LiveSource& source, const Recorder& recorder) {
  const RecorderCounters counters = recorder.counters();
  const LiveCounters live = source.counters();
  say("recorded " + plural(counters.packets, "packet", "packets") + " and " + plural(counters.records, "record", "records") + " (" + bytes_text(counters.bytes) +
      ") in " + recorder.capture_path() + " and " + recorder.records_path());
  if (live.lost > 0) say(plural(live.lost, "packet or event", "packets or events") + " did not reach the recorder; the recording says where");
  if (counters.unwritable > 0) say(plural(counters.unwritable, "record is", "records are") + " too long to be written and left out");
}

}  // namespace

ExitCode record(const RecordOptions& options) {
  RecorderOptions to;
  to.name = options.output;
  to.header.boot = boot_id();
  to.header.made_by = std::string("aupscan ") + kVersion;
  to.max_bytes = options.max_bytes;
  auto watch = open_watch(options);
  if (watch == nullptr) return ExitCode::Usage;
  auto source = LiveSource::open(live_options(options), std::move(watch));
  if (!source) {
    say(source.error().message);
    return ExitCode::Usage;
  }
  if ((*source)->interfaces().empty() && !options.interfaces.empty()) {
    say_all((*source)->take_news());
    say("none of the interfaces can be captured");
    return ExitCode::Usage;
  }
  auto recorder = Recorder::create(std::move(to));
  if (!recorder) {
    say(recorder.error().message);
    return ExitCode::Usage;
  }
  const bool written = copy(**source, **recorder, options);
  if (const auto finished = (*recorder)->finish(); !finished) {
    say(finished.error().message);
    return ExitCode::Usage;
  }
  summarise(**source, **recorder);
  return written && (*recorder)->counters().unwritable == 0 ? ExitCode::Done : ExitCode::Partial;
}

}  // namespace scanner
