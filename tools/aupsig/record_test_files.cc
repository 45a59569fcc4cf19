// record-test's way to the disk and back.
#include "tools/aupsig/record_test.h"

#include "scanner/app/expectation.h"
#include "scanner/app/wording.h"
#include "scanner/io/text_file.h"
#include "tools/aupsig/refusal.h"

#include <filesystem>
#include <iostream>

namespace scanner {
namespace {

namespace fs = std::filesystem;

Result<void> write(const RecordedTest& test, const std::string& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return fail(directory + " cannot be made: " + error.message());
  const std::string capture(test.capture.begin(), test.capture.end());
  if (auto written = write_text_file(directory + "/capture.pcapng", capture); !written) return written;
  if (auto written = write_text_file(directory + "/expect.yaml", test.outline); !written) return written;
  return write_text_file(directory + "/note.md", test.note);
}

// Does what lies there show what its outline says? The sentence that says how not, or "".
std::string reread(const Setup& setup, const std::string& directory) {
  const auto loaded = load_capture({directory + "/capture.pcapng"});
  if (!loaded) return loaded.error().message;
  const auto text = read_text_file(directory + "/expect.yaml");
  if (!text) return text.error().message;
  Diagnostics diagnostics;
  const auto outline = parse_outline("expect.yaml", *text, diagnostics);
  if (!outline) return diagnostics.empty() ? "expect.yaml cannot be read" : to_text(diagnostics.front());
  IncidentBook book;
  run_engine(setup, loaded->batches, book);
  return outline_differences(*outline, book.incidents());
}

}  // namespace

ExitCode run_record_test(const RecordTestOptions& options) {
  std::error_code error;
  if (fs::exists(options.output + "/expect.yaml", error)) {
    complain(options.output + " holds a test already; name another directory, or remove it first");
    return ExitCode::Usage;
  }
  const auto setup = set_up(options.rules);
  if (!setup) return ExitCode::Usage;
  std::uint64_t bytes = 0;
  for (const std::string& path : options.captures) {
    if (path.ends_with(".sealed")) {
      complain(path + " is sealed; open it first (scanner/docs/evidence.md shows how) and record from the slice inside");
      return ExitCode::Usage;
    }
    const auto size = fs::file_size(path, error);
    if (!error) bytes += size;
  }
  const auto loaded = load_capture(options.captures);
  if (!loaded) {
    complain(loaded.error().message);
    return ExitCode::Usage;
  }
  for (const std::string& warning : loaded->warnings) complain(warning);
  const auto test = record_test(*setup, *loaded, bytes, options);
  if (!test) {
    complain(test.error().message);
    return ExitCode::Unexpected;
  }
  if (const auto written = write(*test, options.output); !written) {
    complain(written.error().message);
    return ExitCode::Usage;
  }
  if (const std::string differences = reread(*setup, options.output); !differences.empty()) {
    complain("what was written to " + options.output + " does not show what it should: " + differences);
    return ExitCode::Unexpected;
  }
  std::cout << options.output << ": " << plural(test->original_packets, "packet", "packets") << " (" << bytes_text(bytes) << ") became " << plural(test->packets, "packet", "packets") << " (" << bytes_text(test->capture.size()) << "), with the same claim:\n";
  for (const std::string& line : test->claim) std::cout << "  " << printable(line) << "\n";
  std::cout << "  compared: " << compared_fields(test->level) << "\n";
  if (!test->left_out.empty()) std::cout << "  left out: " << printable(test->left_out) << "\n";
  return loaded->partial ? ExitCode::Partial : ExitCode::Done;
}

}  // namespace scanner
