// Checks a chain of records as they come, from an outbox or from events that left one.
#pragma once

#include "scanner/io/outbox_record.h"
#include "scanner/io/outbox_recovery.h"
#include "scanner/io/signing_key.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace scanner {

// Where a record lies, for a person to look.
struct OutboxPlace {
  std::string file;
  std::uint64_t offset = 0;  // of its first byte in the file
};

struct ChainProblem {
  std::uint64_t sequence = 0;  // of the first record concerned
  OutboxPlace place;
  std::string why;  // one sentence
};

struct ChainReport {
  std::uint64_t first = 0, last = 0;  // sequences; 0: no record at all
  std::uint64_t events = 0, held = 0, notes = 0, checkpoints = 0, repeated = 0;
  std::uint64_t signatures = 0;      // that hold under one of the keys
  std::uint64_t after_checkpoint = 0;  // records behind the last one
  bool closed = false;                 // the last record is a closing checkpoint
  std::vector<std::string> signers;    // public keys that checkpoints name
  std::vector<ChainProblem> problems;  // in the order of the records; the first kMaxProblems
  std::vector<std::string> remarks;    // what is missing and why that is in order; sentences
};

// Where the records come from: what may be missing there in good order differs.
enum class ChainOrigin : std::uint8_t {
  Outbox,  // its oldest segments, where a record tells that they were removed
  Events,  // what a sink was not given: held back, left out, removed before it got them
};

class ChainCheck {
 public:
  static constexpr std::size_t kMaxProblems = 100;

  // `keys`: whose signatures count; empty: signatures are not judged.
  ChainCheck(ChainOrigin origin, std::vector<PublicKey> keys) : origin_(origin), keys_(std::move(keys)) {}

  // The next record; records that came before (a second delivery) are compared and counted.
  void add(const OutboxRecord& record, const OutboxPlace& place);
  // Something that is no record, where record expected() should be. Then the gap behind it is
  // not told of once more.
  void bad(const OutboxPlace& place, const std::string& why);
  void problem(std::uint64_t sequence, const OutboxPlace& place, const std::string& why);

  const std::vector<PublicKey>& keys() const { return keys_; }
  std::uint64_t expected() const { return expected_; }  // 0: any
  // Call once, at the end. Explains gaps by what the notes tell.
  ChainReport finish();
  void count_signature() { ++report_.signatures; }
  // Evidence files that notes say were removed, and why.
  const std::map<std::string, std::string>& evidence_removed() const { return evidence_removed_; }

 private:
  struct Gap {
    std::uint64_t first = 0, last = 0;
    Sha256 last_hash{};  // that the record behind it names
    OutboxPlace place;
    std::size_t order = 0;
    bool damaged = false;  // told of already
  };
  struct Excuse {
    std::uint64_t first = 0, last = 0;
    std::optional<Sha256> last_hash;
    std::string why;
  };
  void follow(const OutboxRecord& record, const OutboxPlace& place);
  void read_note(const OutboxRecord& record);
  void read_checkpoint(const OutboxRecord& record, const OutboxPlace& place);
  std::string excuse(const Gap& gap, bool& good) const;

  struct Ordered {
    std::size_t order;
    ChainProblem problem;
  };
  ChainOrigin origin_;
  std::vector<PublicKey> keys_;
  ChainReport report_;
  std::uint64_t expected_ = 0;
  std::size_t order_ = 0;
  bool damaged_ = false;
  Sha256 last_hash_{};
  OutboxPlace last_place_;
  std::map<std::uint64_t, Sha256> seen_;  // hashes, to tell a second delivery from another record
  std::vector<Ordered> problems_;
  std::vector<Gap> gaps_;
  std::vector<Excuse> excuses_;
  std::map<std::string, std::string> evidence_removed_;
};

}  // namespace scanner
