// The durable record of everything that leaves: an append-only log in a directory, in
// segments, each record chained to the one in front by its hash (scanner/docs/outbox.md).
//
// The promise: what commit() acknowledged is there after any crash, in order, unchanged; or
// a record in the same log says what is missing. A disk that is full or broken is data: it is
// said, commit() gives an error and may be called again, nothing crashes and no acknowledged
// record is harmed. One process at a time (a lock file); every method is any thread's.
#pragma once

#include "scanner/io/disk.h"
#include "scanner/io/health_event.h"
#include "scanner/io/outbox_recovery.h"
#include "scanner/io/signing_key.h"
#include "scanner/model/result.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace scanner {

struct OutboxOptions {
  std::string directory;  // made where it is missing; its parent is there
  HealthFrame frame;
  std::uint64_t segment_bytes = 8 * 1024 * 1024;
  std::uint64_t max_bytes = 1024ULL * 1024 * 1024;   // of segments and of what Reclaim counts
  std::uint64_t pending_bytes = 16 * 1024 * 1024;    // in memory while the disk refuses them
  std::uint64_t checkpoint_records = 1000;
  std::chrono::nanoseconds checkpoint_interval = std::chrono::minutes(10);  // while there are new records
};

struct Removal {
  std::string file;
  std::uint64_t size = 0;
  std::string why;  // "age", "bound", "outbox", "full disk"
};

// Something that may give up room so that records need not: the evidence store.
class Reclaim {
 public:
  virtual ~Reclaim() = default;
  virtual std::uint64_t bytes() const = 0;
  // Gives up at least `wanted` bytes, or all that it has, oldest first.
  // Gives how many. Called under the outbox's lock: it must not call the outbox.
  virtual std::uint64_t reclaim(std::uint64_t wanted) = 0;
  virtual std::vector<Removal> take_removals() { return {}; }  // since the last call
};

// The world around an outbox; all of it outlives it.
struct OutboxWorld {
  Disk* disk = nullptr;
  const SigningKey* key = nullptr;                  // nullptr: the chain is not signed
  Reclaim* reclaim = nullptr;                       // nullptr: there is no evidence
  std::function<Timestamp()> now;                   // of the notes; any thread
  std::function<void(const std::string&)> say;      // one sentence for the log; any thread; not the outbox's caller
};

struct OutboxStatus {
  std::uint64_t durable = 0;   // sequence of the last record on the disk; 0: none
  std::uint64_t pending = 0, pending_bytes = 0;  // in memory
  std::uint64_t bytes = 0, segments = 0;
  std::uint64_t lost_events = 0;     // that neither disk nor memory had room for
  std::uint64_t dropped_events = 0;  // undelivered ones that the bound on the disk took
  std::string trouble;               // the last commit's error; "": none
};

class Outbox {
 public:
  // Recovers what is there: cuts a torn tail, quarantines damage, and says both. An Error:
  // another process has it, or the directory cannot be used.
  static Result<std::unique_ptr<Outbox>> open(const OutboxOptions& options, const OutboxWorld& world);
  ~Outbox();  // what is pending is lost: close() first

  // Queues an event: JSON of one object on one line, whose last member is "data" (an object).
  // An Error where it is none or is larger than kMaxRecordBody. Not durable before commit().
  Result<void> append(std::string event_json, RecordKind kind = RecordKind::Event);
  // Queues what the outbox or a sink has to say. Never refused. "outbox.capped" gets the
  // sequences of what was held back since the last one.
  void note(const std::string& what, const nlohmann::ordered_json& detail);
  // Makes durable all that was queued before the call: one write and one sync for all of it.
  // An Error: the rest stays queued (up to pending_bytes: then indicators go first, then the
  // oldest, and a note counts them) and the next call tries again.
  Result<void> commit();
  // A checkpoint of a log that ends here, durable. The outbox may still be used after it.
  Result<void> close();

  // For those who deliver. `name` is one of them; it has all records up to `sequence`.
  void acknowledged(const std::string& name, std::uint64_t sequence);
  std::uint64_t durable() const;
  // Until a record beyond `sequence` is durable, wake() was called, or the time is over.
  void wait_beyond(std::uint64_t sequence, std::chrono::milliseconds at_most) const;
  void wake();
  // In order; only the first `bytes` of each are durable, and they stay as they are.
  std::vector<SegmentInfo> segments() const;
  // What an earlier process held back and did not release; once.
  HeldBack take_held() { return std::exchange(held_back_, {}); }
  // A reader came upon it: noted once in the log and said.
  void quarantine(const FoundDamage& damage);
  const OutboxOptions& options() const { return options_; }
  const OutboxWorld& world() const { return world_; }
  OutboxStatus status() const;

 private:
  struct Pending {
    RecordKind kind = RecordKind::Event;
    bool breach = false;
    std::string body;  // of an event, or a note's detail
    std::string what;  // of a note
    Timestamp time;
  };
  // What one write and one sync make durable.
  struct Batch {
    std::vector<std::uint8_t> bytes;
    std::size_t taken = 0;  // of what is pending
    std::uint64_t next_sequence = 0, events = 0, breaches = 0, since_checkpoint = 0;
    Sha256 last_hash{};
    SequenceRanges held;  // since the last note that told of them
  };
  Outbox(OutboxOptions options, OutboxWorld world);
  Result<void> recover();
  void tell_damage(const FoundDamage& damage);
  Result<void> cut_tail(const RecoveredLog& log);
  void keep_bytes(const FoundDamage& damage);
  void queue_note(const std::string& what, const nlohmann::ordered_json& detail);
  void queue_checkpoint(bool closing);
  void bound_pending();
  Result<void> commit_locked();
  void before_commit();
  DiskResult<void> write_some();
  Batch encode(std::uint64_t room) const;
  OutboxRecord record_of(const Pending& pending, const Batch& batch) const;
  std::string note_body(const Pending& pending, const std::string& id, const Batch& batch) const;
  DiskResult<void> store(const Batch& batch, bool begins);
  bool make_room(std::uint64_t wanted, bool disk_is_full);
  void doom_first(const char* reason);
  void remove_doomed();
  std::uint64_t delivered() const;
  std::uint64_t stored_bytes() const;

  OutboxOptions options_;
  OutboxWorld world_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable std::uint64_t wakes_ = 0;
  std::unique_ptr<DiskFile> lock_;
  std::unique_ptr<DiskFile> file_;  // the last segment; nullptr: the next record begins another
  std::vector<SegmentInfo> segments_;
  std::size_t doomed_ = 0;  // of them, from the first on: a note says that they go
  std::uint64_t next_sequence_ = 1;
  Sha256 last_hash_{};
  std::deque<Pending> pending_;
  std::uint64_t pending_bytes_ = 0, lost_events_ = 0, untold_losses_ = 0, untold_breaches_ = 0, dropped_events_ = 0;
  std::uint64_t since_checkpoint_ = 0;
  SequenceRanges held_;  // sequences of events held back that no note tells of yet
  HeldBack held_back_;
  Timestamp last_checkpoint_;
  std::map<std::string, std::uint64_t> acknowledged_;
  std::set<std::pair<std::string, std::uint64_t>> told_;  // damage: file, offset
  std::string trouble_;
  Timestamp trouble_since_;
  std::uint64_t trouble_attempts_ = 0;
};

// What a checkpoint's signature covers.
std::string checkpoint_text(std::uint64_t sequence, const Sha256& hash, bool closing);

}  // namespace scanner
