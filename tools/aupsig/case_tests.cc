// Cases beside a pack: captures through the whole engine, held against what must come of them.
#include "tools/aupsig/pack_tests.h"

#include "scanner/app/case_checks.h"
#include "scanner/app/expectation.h"
#include "scanner/app/version.h"
#include "scanner/app/wording.h"
#include "scanner/io/capture_source.h"
#include "scanner/io/text_file.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <optional>

namespace scanner {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSource = "urn:aupscan:replay";

// The files of a case by what they are for.
struct CaseFiles {
  std::string name;  // below tests/
  std::vector<std::string> captures, recordings;
  std::string expect, checks, tenants;
  bool has_scenario = false;
  bool is_case() const { return !captures.empty() || !recordings.empty() || !expect.empty() || !checks.empty() || has_scenario; }
};

std::string_view without_compression(std::string_view name) {
  for (const std::string_view ending : {".gz", ".zst"})
    if (name.ends_with(ending)) name.remove_suffix(ending.size());
  return name;
}

CaseFiles files_of(const fs::path& directory, std::string name) {
  CaseFiles files;
  files.name = std::move(name);
  std::error_code error;
  std::vector<fs::path> paths;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
    if (it->is_regular_file(error)) paths.push_back(it->path());
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) {
    const std::string file = path.filename().string();
    const std::string_view plain = without_compression(file);
    if (file.starts_with('.')) continue;
    if (file == "expect.yaml" || file == "expect.json" || file == "expect.ndjson") files.expect = path.string();
    else if (file == "checks.yaml") files.checks = path.string();
    else if (file == "tenants.yaml") files.tenants = path.string();
    else if (file == "scenario.yaml") files.has_scenario = true;
    else if (plain.ends_with(".pcap") || plain.ends_with(".pcapng") || plain.ends_with(".cap")) files.captures.push_back(path.string());
    else if (plain.ends_with(".ndjson")) files.recordings.push_back(path.string());
  }
  return files;
}

std::vector<CaseFiles> cases_below(const std::string& root) {
  std::vector<CaseFiles> cases;
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    if (!it->is_directory(error)) continue;
    if (it->path().filename().string().starts_with('.')) {
      it.disable_recursion_pending();
      continue;
    }
    CaseFiles files = files_of(it->path(), it->path().lexically_relative(root).generic_string());
    if (files.is_case()) cases.push_back(std::move(files));
  }
  std::sort(cases.begin(), cases.end(), [](const CaseFiles& a, const CaseFiles& b) { return a.name < b.name; });
  return cases;
}

// The events of a run, on their way to whoever compares them.
class CaseSink final : public EventSink {
 public:
  CaseSink(Expectation& expectation, const JsonFrame& frame, const std::vector<std::string>& wanted) : expectation_(expectation), frame_(frame), missing_(wanted) {}

  void take(const BreachEvent& event) override {
    expectation_.take(event);
    book_.take(event);
    if (missing_.empty()) return;
    const std::string json = to_json(event, frame_);
    std::erase_if(missing_, [&](const std::string& text) { return json.find(text) != std::string::npos; });
  }

  const IncidentBook& book() const { return book_; }
  const std::vector<std::string>& missing() const { return missing_; }  // texts that no event held

 private:
  Expectation& expectation_;
  const JsonFrame& frame_;
  IncidentBook book_;
  std::vector<std::string> missing_;
};

// One case, from its files to what is wrong with it.
class CaseRun {
 public:
  CaseRun(const CaseFiles& files, const Setup& setup) : files_(files), setup_(setup) {}

  // Sentences with line ends; "": as expected. `todo` is told where checks.yaml has one.
  std::string run(std::string& todo) {
    if (const std::string why = unusable(); !why.empty()) return why;
    if (!files_.checks.empty()) {
      const auto text = read_text_file(files_.checks);
      if (!text) return text.error().message + "\n";
      checks_ = read_case_checks(files_.checks, *text, diagnostics_);
      todo = checks_.todo;
    }
    EngineOptions options = judging_options(setup_);
    options.judgement.local = checks_.local;
    if (!files_.tenants.empty()) {
      const auto text = read_text_file(files_.tenants);
      if (!text) return text.error().message + "\n";
      if (const auto tenants = load_tenants(files_.tenants, *text, diagnostics_)) options.judgement.tenants = tenants->claims;
    }
    if (has_errors(diagnostics_)) return told();
    return replay(options);
  }

 private:
  std::string unusable() const {
    if (files_.captures.empty() && files_.recordings.empty())
      return files_.has_scenario ? "there is no capture: make one with trafficgen scenario.yaml -o capture.pcapng\n" : "there is no capture and no recording\n";
    if (files_.expect.empty()) return "there is no expect.yaml, .json or .ndjson: say what must come of it, a comment alone for silence\n";
    return "";
  }

  std::string told() const {
    std::string text;
    for (const Diagnostic& d : diagnostics_) text += to_text(d);
    return text;
  }

  std::string replay(const EngineOptions& options) {
    auto source = open_captures(files_.captures.empty() ? files_.recordings : files_.captures);
    if (!source) return source.error().message + "\n";
    const JsonFrame frame{std::string(kSource), kVersion, "", (*source)->file_names()};
    auto expectation = Expectation::load(files_.expect, frame, diagnostics_);
    if (!expectation) return diagnostics_.empty() ? expectation.error().message + "\n" : told();
    CaseSink sink(**expectation, frame, checks_.text);
    SerialExecutor executor;
    Engine engine(options, setup_.matcher, setup_.declaration, executor, sink);
    EventBatch batch;
    while (true) {
      const auto status = (*source)->next(batch);
      if (!status) return status.error().message + "\n";
      engine.feed(batch);
      if (*status == SourceStatus::End) break;
    }
    engine.finish();
    std::string said;
    if ((*source)->partial())
      for (const std::string& warning : (*source)->warnings()) said += warning + "\n";
    said += (*expectation)->differences(sink.book());
    said += check_differences(checks_, sink.missing(), sink.book(), engine.coverage());
    return said;
  }

  const CaseFiles& files_;
  const Setup& setup_;
  Diagnostics diagnostics_;
  CaseChecks checks_;
};

TestResult run_case(const CaseFiles& files, const std::string& root, const Setup& setup) {
  TestResult result;
  result.group = "tests/" + files.name;
  result.name = "case";
  result.file = files.expect.empty() ? root + "/" + files.name : files.expect;
  const auto begin = std::chrono::steady_clock::now();
  result.detail = CaseRun(files, setup).run(result.todo);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (result.detail.empty())
    result.state = result.todo.empty() ? TestState::Passed : TestState::PassesAlready;
  else
    result.state = result.todo.empty() ? TestState::Failed : TestState::Known;
  if (result.state == TestState::PassesAlready) result.detail = "the case comes out as expected now: take its todo away\n";
  return result;
}

}  // namespace

std::vector<TestResult> run_cases(const std::string& directory, const Setup& setup, const Wanted& wanted) {
  std::vector<TestResult> results;
  for (const CaseFiles& files : cases_below(directory))
    if (wanted("tests/" + files.name)) results.push_back(run_case(files, directory, setup));
  return results;
}

}  // namespace scanner
