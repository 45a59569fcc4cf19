// The live agent's evidence: files named by the SHA-256 of what is in them, in one directory,
// sealed where there are recipients (evidence_seal.h), kept for so long and so many bytes.
//
// Nothing is removed in silence: what went is asked for by take_removals() and becomes a record.
#pragma once

#include "scanner/io/disk.h"
#include "scanner/io/evidence_seal.h"
#include "scanner/io/outbox.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace scanner {

struct EvidenceStoreOptions {
  std::string directory;  // made where it is missing; its parent is there
  std::uint64_t max_bytes = 512ULL * 1024 * 1024;
  std::chrono::seconds keep = std::chrono::hours(24 * 90);
  std::vector<RecipientKey> recipients = {};  // none: files are plain, mode 0600
};

struct StoredEvidence {
  std::string file;    // "SHA256.KIND", within the directory
  std::string kind;    // "pcapng", "process.json"; with ".sealed" where it is
  std::string sha256;  // of the file as it lies there; hexadecimal
  std::uint64_t size = 0;
  std::string plain_sha256;  // of what is in it
  std::uint64_t plain_size = 0;
};

// Any thread.
class EvidenceStore final : public Reclaim {
 public:
  // `disk` and `now` outlive it. An Error: the directory cannot be used.
  static Result<std::unique_ptr<EvidenceStore>> open(const EvidenceStoreOptions& options, Disk& disk, std::function<Timestamp()> now);

  // Durable when it returns; the same content again, while this process runs, gives the same
  // file. Older files go where there would be too much. An Error: the disk refuses, or the
  // content alone is more than max_bytes.
  Result<StoredEvidence> put(Bytes content, const std::string& kind);

  // Removes what is too old. Now and then.
  void expire();

  std::uint64_t bytes() const override;
  std::uint64_t reclaim(std::uint64_t wanted) override;
  std::vector<Removal> take_removals() override;

 private:
  struct File {
    std::string name;
    std::uint64_t size = 0;
    std::int64_t modified = 0;  // seconds since 1970
  };
  EvidenceStore(const EvidenceStoreOptions& options, Disk& disk, std::function<Timestamp()> now) : options_(options), disk_(disk), now_(std::move(now)) {}
  std::uint64_t remove_oldest(std::uint64_t wanted, const std::string& why);
  void remove_first(const std::string& why);

  EvidenceStoreOptions options_;
  Disk& disk_;
  std::function<Timestamp()> now_;
  mutable std::mutex mutex_;
  std::deque<File> files_;  // the oldest first
  std::uint64_t bytes_ = 0;
  std::map<std::string, StoredEvidence> by_plain_;  // of files that are there
  std::vector<Removal> removals_;
};

}  // namespace scanner
