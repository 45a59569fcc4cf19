#include "scanner/app/outputs.h"

#include "scanner/app/report.h"
#include "scanner/app/terminal.h"
#include "scanner/app/wording.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <unistd.h>

namespace scanner {
namespace {

// Writing over a capture would destroy what is to be judged.
Result<void> check_target(const std::string& target, const ReplayOptions& options) {
  if (target.empty() || target == "-") return {};
  std::error_code error;
  for (const std::string& capture : options.captures)
    if (capture != "-" && std::filesystem::equivalent(target, capture, error)) return fail(target + ": is one of the captures, and would be overwritten");
  return {};
}

// Two that write to one place would break each other's lines.
Result<void> check_apart(const std::vector<Export>& streams, const ReplayOptions& options) {
  std::vector<std::string> paths{options.flows, options.report};
  for (const Export& stream : streams) paths.push_back(stream.path);
  std::sort(paths.begin(), paths.end());
  const auto twice = std::adjacent_find(paths.begin(), paths.end(), [](const std::string& a, const std::string& b) { return !a.empty() && a == b; });
  if (twice == paths.end()) return {};
  if (*twice == "-") return fail("standard output can take one of --events, --format, --export, --flows and --report");
  return fail(*twice + ": only one output can go there");
}

}  // namespace

// The same observation for several.
class Outputs::Taps final : public ObservationTap {
 public:
  void add(ObservationTap* tap) {
    if (tap != nullptr) taps_.push_back(tap);
  }
  bool empty() const { return taps_.empty(); }

  void see(const Observation& observation) override {
    for (ObservationTap* tap : taps_) tap->see(observation);
  }
  void concluded(const Finding& finding) override {
    for (ObservationTap* tap : taps_) tap->concluded(finding);
  }
  void withdrawn(const std::string& activity, const std::string& key) override {
    for (ObservationTap* tap : taps_) tap->withdrawn(activity, key);
  }

 private:
  std::vector<ObservationTap*> taps_;
};

Outputs::Outputs(const ReplayOptions& options, const Config& config, const JsonFrame& frame)
    : options_(options), config_(config), frame_(frame), taps_(std::make_unique<Taps>()) {}

Outputs::~Outputs() = default;

Result<std::unique_ptr<Outputs>> Outputs::open(const ReplayOptions& options, const Config& config, const JsonFrame& frame) {
  std::unique_ptr<Outputs> outputs(new Outputs(options, config, frame));
  std::vector<std::string> targets{options.events, options.flows, options.report};
  for (const Export& stream : options.exports) targets.push_back(stream.path);
  for (const std::string& target : targets)
    if (const auto checked = check_target(target, options); !checked) return tl::unexpected(checked.error());
  if (!options.expect.empty()) {
    Diagnostics diagnostics;
    auto expectation = Expectation::load(options.expect, frame, diagnostics);
    for (const Diagnostic& diagnostic : diagnostics) std::cerr << to_text(diagnostic);
    if (!expectation) return tl::unexpected(expectation.error());
    outputs->expectation_ = std::move(*expectation);
    outputs->fan_.add(*outputs->expectation_);
  }
  if (const auto opened = outputs->open_evidence(); !opened) return tl::unexpected(opened.error());
  if (const auto opened = outputs->open_files(); !opened) return tl::unexpected(opened.error());
  outputs->fan_.add(outputs->book_);
  for (ObservationTap* tap : std::initializer_list<ObservationTap*>{outputs->flows_.get(), outputs->sessions_.get(), outputs->names_.get()}) outputs->taps_->add(tap);
  return outputs;
}

Result<void> Outputs::open_files() {
  std::vector<Export> streams = options_.exports;
  if (!options_.events.empty()) streams.push_back({"ndjson", options_.events});
  const bool printed = !options_.format.empty() && options_.format != "table";
  if (printed && !(options_.format == "ndjson" && options_.events == "-")) streams.push_back({options_.format, "-"});
  if (auto apart = check_apart(streams, options_); !apart) return apart;
  stdout_taken_ = options_.flows == "-" || options_.report == "-" || std::any_of(streams.begin(), streams.end(), [](const Export& stream) { return stream.path == "-"; });
  table_ = options_.format.empty() ? !stdout_taken_ : options_.format == "table";
  for (const Export& stream : streams) {
    auto file = OutputFile::open(stream.path);
    if (!file) return tl::unexpected(file.error());
    writers_.push_back(std::make_unique<EventWriter>(std::move(*file), make_event_format(stream.format), frame_));
    fan_.add(*writers_.back());
  }
  if (!options_.flows.empty()) {
    auto file = OutputFile::open(options_.flows);
    if (!file) return tl::unexpected(file.error());
    flows_ = std::make_unique<FlowRegister>(std::move(*file));
  }
  if (!options_.report.empty()) {
    auto file = OutputFile::open(options_.report);
    if (!file) return tl::unexpected(file.error());
    report_ = std::move(*file);
    sessions_ = std::make_unique<SessionLog>();
  }
  return {};
}

Result<void> Outputs::open_evidence() {
  if (options_.evidence.empty()) return {};
  if (auto again = can_be_read_again(options_.captures); !again) return again;
  if (auto ready = prepare_evidence(options_.evidence); !ready) return ready;
  names_ = std::make_unique<NameTrail>();
  return {};
}

ObservationTap* Outputs::tap() { return taps_->empty() ? nullptr : taps_.get(); }

const std::optional<Error>& Outputs::failure() const {
  static const std::optional<Error> kNone;
  for (const auto& writer : writers_)
    if (writer->failure()) return writer->failure();
  return flows_ ? flows_->failure() : kNone;
}

void Outputs::write_slices(std::vector<std::string>& problems) {
  if (!names_) return;
  EvidenceRequest request{options_.captures, options_.filter, options_.evidence, {}, config_.recipients};
  request.budget.bytes_per_incident = config_.evidence_bytes;
  auto slices = write_evidence(book_.incidents(), *names_, request);
  if (!slices) {
    problems.push_back(slices.error().message);
    return;
  }
  slices_ = std::move(*slices);
  const auto written = static_cast<std::uint64_t>(std::count_if(slices_.begin(), slices_.end(), [](const EvidenceSlice& slice) { return !slice.file.empty(); }));
  std::cerr << "aupscan: " << plural(written, "evidence slice", "evidence slices") << " in " << options_.evidence << ", "
            << (config_.recipients.empty() ? "unredacted and not encrypted (no evidence.recipients are configured); only their owner can read them"
                                           : "sealed for " + plural(config_.recipients.size(), "recipient", "recipients"))
            << "\n";
}

void Outputs::write_page(const std::string& text, OutputFile& file, std::vector<std::string>& problems) {
  auto written = file.write(text);
  if (written) written = file.close();
  if (!written) problems.push_back(written.error().message);
}

void Outputs::print(const SummaryInput& input, std::vector<std::string>& problems) {
  const int fd = stdout_taken_ ? STDERR_FILENO : STDOUT_FILENO;
  const SummaryStyle style{wants_colour(fd), terminal_width(fd).value_or(100)};
  if (table_ && !stdout_taken_) {
    OutputFile out = OutputFile::standard_output();
    write_page(summary(input, style), out, problems);
  } else if (table_) {
    std::cerr << summary(input, style);
  } else if (!options_.quiet) {
    std::cerr << closing(input, style);
  }
}

std::vector<std::string> Outputs::finish(const RunEnd& end) {
  std::vector<std::string> problems;
  for (const auto& writer : writers_) {
    writer->close();
    if (writer->failure()) problems.push_back(writer->failure()->message);
  }
  if (flows_) {
    flows_->finish();
    if (flows_->failure()) problems.push_back(flows_->failure()->message);
  }
  write_slices(problems);
  SummaryInput input{book_.incidents(), book_.dropped(), frame_.file_names, {}, end.coverage, end.notes};
  for (const EvidenceSlice& slice : slices_)
    input.slices.push_back(slice.file.empty() ? "" : (std::filesystem::path(options_.evidence) / slice.file).string());
  if (report_) write_page(report_page({input, *sessions_, &book_, frame_, slices_, options_.evidence, end.warnings, end.ruleset_id, end.config_id}), *report_, problems);
  print(input, problems);
  return problems;
}

}  // namespace scanner
