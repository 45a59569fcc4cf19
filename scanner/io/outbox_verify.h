// Offline checks of what an outbox holds, or of the events that left one.
#pragma once

#include "scanner/io/chain_check.h"
#include "scanner/io/disk.h"
#include "scanner/model/result.h"

#include <string>
#include <vector>

namespace scanner {

// A piece of evidence that an event names, and what the event claims.
struct EvidenceClaim {
  std::string incident, address, activity, stage;  // stage: of the traffic
  std::string file, kind, sha256;                  // of the file as it lies there
  std::string removed;                             // why it went, as a record says; "": it should be there
};

struct Verification {
  ChainReport chain;
  std::vector<EvidenceClaim> evidence;  // of the last revision of each incident that names any
};

// A directory with segments. An Error: it cannot be read, or no segment is in it.
Result<Verification> verify_outbox(Disk& disk, const std::string& directory, std::vector<PublicKey> keys);

// A file of events with data.integrity, a line each, as the file sink writes it. An Error: it
// cannot be read, is larger than 1 GiB, or no line of it is such an event.
Result<Verification> verify_events(Disk& disk, const std::string& file, std::vector<PublicKey> keys);

// DIR/manifest.ndjson of `replay --evidence`: no chain, the evidence alone. An Error: it
// cannot be read or a line is none of its lines.
Result<std::vector<EvidenceClaim>> read_manifest(Disk& disk, const std::string& directory);

}  // namespace scanner
