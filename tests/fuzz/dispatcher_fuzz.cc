// Any bytes on a flow of any protocol of the catalog; see flow_fuzz.h.
#include "tests/fuzz/flow_fuzz.h"

namespace {

// Enough of a dialect that conversations come to pass.
constexpr std::string_view kDialect = R"(form: 1
id: fuzz
title: A small dialect
revision: 1
log_in: true
carriers: [lines, http]
target: compact-le
references:
  - https://example.org/
miner:
  - method: login
    role: authorise
    worker: params.login
    answer_job: result.job.job_id
    when:
      - {at: params.login, is: text, min: 1}
  - method: submit
    role: submit
    job: params.job_id
    when:
      - {at: params.job_id, is: text, min: 1}
pool:
  - method: job
    role: job
    job: params.job_id
    when:
      - {at: params.job_id, is: text, min: 1}
)";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  static const DialectSet kDialects = [] {
    std::vector<Dialect> dialects;
    Diagnostics diagnostics;
    load_dialect("fuzz.yaml", kDialect, dialects, diagnostics);
    if (dialects.empty()) std::abort();
    return DialectSet(std::move(dialects));
  }();
  fuzz::read_in_two_cuts({data, size}, 53, stream_protocols(), kDialects);
  return 0;
}
