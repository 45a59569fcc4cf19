// --evidence: the packets behind each event, as one capture file an incident, so that the
// claim can be looked at in Wireshark and replayed.
//
// A second reading of the captures, since which packets matter is known at the end. Slices
// are unredacted: files of mode 0600 in a directory of mode 0700, sealed where there are
// recipients (evidence_seal.h). DIRECTORY/manifest.ndjson says what is what. The forms are
// in scanner/docs/evidence.md.
#pragma once

#include "scanner/io/evidence_plan.h"
#include "scanner/io/evidence_seal.h"
#include "scanner/model/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace scanner {

struct EvidenceRequest {
  std::vector<std::string> captures;  // as the run read them
  std::string filter;
  std::string directory;  // made where it is missing
  EvidenceBudget budget;
  std::vector<RecipientKey> recipients;  // none: slices are plain
};

struct EvidenceSlice {
  std::string incident;
  std::string file;  // within the directory; "": the incident has no packets
  std::string kind;  // "pcapng", "pcapng.sealed"
  std::string sha256, plain_sha256;  // of the file, and of the pcapng in it; hexadecimal
  std::uint64_t size = 0, plain_size = 0;
  PlannedSlice plan;
};

// An Error where one of the captures cannot be read a second time (standard input, a pipe):
// it should be said before the run begins.
Result<void> can_be_read_again(const std::vector<std::string>& captures);

// Makes the directory, or finds out that it cannot be written. Before the run, too.
Result<void> prepare_evidence(const std::string& directory);

// One slice an incident, in the order of `incidents`. Memory: 64 MiB of slices at a time,
// the captures are read again for each such lot. An Error: something could not be written or
// read; slices written before that stay.
Result<std::vector<EvidenceSlice>> write_evidence(const std::vector<const BreachEvent*>& incidents, const NameTrail& names,
                                                  const EvidenceRequest& request);

}  // namespace scanner
