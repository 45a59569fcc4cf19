// Any text as a file of Suricata rules: each rule is translated into a signature that loads and
// whose examples hold, or refused with a reason.
#include "tools/aupsig/translate/suricata_import.h"

#include "scanner/signature/load.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  if (size > 4096) return 0;  // a compiler of regexes takes its time
  ImportSettings settings;
  settings.activity = "mining.pool";
  settings.disabled = true;
  TranslationReport report;
  std::vector<ImportedFile> files;
  import_suricata("fuzz.rules", {reinterpret_cast<const char*>(data), size}, settings, report, files);
  for (const Translation& rule : report.rules)
    if (rule.outcome == TranslationOutcome::Refused && !rule.refused()) std::abort();
  for (const ImportedFile& file : files) {
    Diagnostics diagnostics;
    std::vector<Signature> signatures;
    load_signature(file.path, file.text, signatures, diagnostics);
    if (signatures.empty()) std::abort();
  }
  report_text(report);
  report_json(report);
  return 0;
}
