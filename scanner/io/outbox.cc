#include "scanner/io/outbox.h"

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kEnvelope = 4096;  // of a note, at most: it always fits

bool is_event(RecordKind kind) { return kind == RecordKind::Event || kind == RecordKind::Held; }

std::string note_id(std::uint64_t sequence, const Sha256& previous) {
  const std::string text = "aupscan note\n" + std::to_string(sequence) + "\n" + to_hex(previous);
  const Sha256 hash = sha256(as_bytes(text));
  return to_hex(std::span(hash).first(16));
}

}  // namespace

std::string checkpoint_text(std::uint64_t sequence, const Sha256& hash, bool closing) {
  return "aupscan checkpoint 1\n" + std::to_string(sequence) + "\n" + to_hex(hash) + "\n" + (closing ? "closing" : "open") + "\n";
}

Outbox::Outbox(OutboxOptions options, OutboxWorld world) : options_(std::move(options)), world_(std::move(world)) {}

Outbox::~Outbox() = default;

Result<std::unique_ptr<Outbox>> Outbox::open(const OutboxOptions& options, const OutboxWorld& world) {
  std::unique_ptr<Outbox> outbox(new Outbox(options, world));
  const auto made = world.disk->make_directory(options.directory);
  if (!made) return fail(made.error().message);
  auto lock = world.disk->lock(options.directory + "/lock");
  if (!lock) return fail(lock.error().code == EWOULDBLOCK ? options.directory + ": another process writes this outbox" : lock.error().message);
  outbox->lock_ = std::move(*lock);
  outbox->last_checkpoint_ = world.now();
  const auto recovered = outbox->recover();
  if (!recovered) return tl::unexpected(recovered.error());
  return outbox;
}

Result<void> Outbox::append(std::string json, RecordKind kind) {
  if (json.size() < 2 || json.front() != '{' || json.substr(json.size() - 2) != "}}" || json.find('\n') != std::string::npos)
    return fail("the outbox takes events that are one JSON object on one line, with \"data\" at its end");
  if (json.size() > kMaxRecordBody - kEnvelope) return fail("an event of " + std::to_string(json.size()) + " bytes is too large for the outbox");
  const std::lock_guard guard(mutex_);
  pending_bytes_ += json.size();
  const bool breach = is_breach(json);
  pending_.push_back({kind, breach, std::move(json), "", {}});
  bound_pending();
  return {};
}

void Outbox::note(const std::string& what, const Json& detail) {
  const std::lock_guard guard(mutex_);
  queue_note(what, detail);
  bound_pending();
}

void Outbox::queue_note(const std::string& what, const Json& detail) {
  pending_.push_back({RecordKind::Note, false, detail.dump(-1, ' ', false, Json::error_handler_t::replace), what, world_.now()});
  pending_bytes_ += pending_.back().body.size();
}

void Outbox::queue_checkpoint(bool closing) {
  pending_.push_back({RecordKind::Checkpoint, closing, "", "", world_.now()});
  since_checkpoint_ = 0;
  last_checkpoint_ = world_.now();
}

// A disk that refuses everything for hours must not take the memory as well. What says less
// about somebody goes first; what was lost is counted and told as soon as the disk takes it.
void Outbox::bound_pending() {
  while (pending_bytes_ > options_.pending_bytes) {
    auto victim = std::find_if(pending_.begin(), pending_.end(), [](const Pending& one) { return is_event(one.kind) && !one.breach; });
    if (victim == pending_.end()) victim = std::find_if(pending_.begin(), pending_.end(), [](const Pending& one) { return is_event(one.kind); });
    if (victim == pending_.end()) victim = std::find_if(pending_.begin(), pending_.end(), [](const Pending& one) { return one.what != "outbox.lost"; });
    if (victim == pending_.end()) return;
    if (is_event(victim->kind)) {
      ++lost_events_;
      ++untold_losses_;
      untold_breaches_ += victim->breach ? 1 : 0;
    }
    pending_bytes_ -= victim->body.size();
    pending_.erase(victim);
  }
}

Result<void> Outbox::commit() {
  const std::lock_guard guard(mutex_);
  return commit_locked();
}

Result<void> Outbox::close() {
  const std::lock_guard guard(mutex_);
  if (auto done = commit_locked(); !done) return done;
  queue_checkpoint(true);
  return commit_locked();
}

void Outbox::before_commit() {
  const std::uint64_t unsigned_records = since_checkpoint_ + pending_.size();
  const bool due = unsigned_records >= options_.checkpoint_records || world_.now() - last_checkpoint_ >= options_.checkpoint_interval;
  if (world_.key != nullptr && unsigned_records > 0 && due && trouble_.empty()) queue_checkpoint(false);
}

Result<void> Outbox::commit_locked() {
  before_commit();
  while (!pending_.empty()) {
    auto written = write_some();
    while (!written && written.error().full() && make_room(options_.segment_bytes, true)) written = write_some();
    if (!written) {
      if (trouble_.empty()) {
        trouble_since_ = world_.now();
        world_.say("the outbox cannot be written, events wait in memory: " + written.error().message);
      }
      trouble_ = written.error().message;
      ++trouble_attempts_;
      return fail(trouble_);
    }
    if (untold_losses_ > 0) {
      queue_note("outbox.lost", {{"events", untold_losses_}, {"breaches", untold_breaches_}, {"why", trouble_}});
      untold_losses_ = untold_breaches_ = 0;
    }
    if (!trouble_.empty()) {
      queue_note("outbox.trouble", {{"why", trouble_}, {"since", to_rfc3339(trouble_since_)}, {"until", to_rfc3339(world_.now())}, {"attempts", trouble_attempts_}});
      world_.say("the outbox can be written again");
      trouble_.clear();
      trouble_attempts_ = 0;
    }
  }
  remove_doomed();
  return {};
}

// What the disk said is kept for the caller; nothing of the batch counts unless all of it is
// durable. After a failed sync the system may have forgotten the pages, so the same bytes are
// written again elsewhere and never believed to be there.
DiskResult<void> Outbox::write_some() {
  const bool begins = !file_ || segments_.empty() || segments_.back().bytes >= options_.segment_bytes;
  const Batch batch = encode(begins ? options_.segment_bytes : options_.segment_bytes - segments_.back().bytes);
  if (stored_bytes() + batch.bytes.size() > options_.max_bytes) make_room(stored_bytes() + batch.bytes.size() - options_.max_bytes, false);
  if (auto stored = store(batch, begins); !stored) return stored;
  next_sequence_ = batch.next_sequence;
  last_hash_ = batch.last_hash;
  since_checkpoint_ = batch.since_checkpoint;
  held_ = batch.held;
  segments_.back().events += batch.events;
  segments_.back().breaches += batch.breaches;
  for (std::size_t i = 0; i < batch.taken; ++i) {
    pending_bytes_ -= pending_.front().body.size();
    pending_.pop_front();
  }
  changed_.notify_all();
  return {};
}

Outbox::Batch Outbox::encode(std::uint64_t room) const {
  Batch batch;
  batch.next_sequence = next_sequence_;
  batch.last_hash = last_hash_;
  batch.since_checkpoint = since_checkpoint_;
  batch.held = held_;
  while (batch.taken < pending_.size() && (batch.taken == 0 || batch.bytes.size() < room)) {
    const Pending& pending = pending_[batch.taken++];
    const OutboxRecord record = record_of(pending, batch);
    append_record(batch.bytes, record);
    batch.last_hash = record.hash();
    if (pending.kind == RecordKind::Held) add_sequence(batch.held, batch.next_sequence);
    if (pending.what == "outbox.capped") batch.held.clear();
    ++batch.next_sequence;
    batch.since_checkpoint = pending.kind == RecordKind::Checkpoint ? 0 : batch.since_checkpoint + 1;
    if (!is_event(pending.kind)) continue;
    ++batch.events;
    batch.breaches += pending.breach ? 1 : 0;
  }
  return batch;
}

std::string Outbox::note_body(const Pending& pending, const std::string& id, const Batch& batch) const {
  Json detail = Json::parse(pending.body);
  if (pending.what == "outbox.capped") detail["sequences"] = batch.held;
  return health_json(options_.frame, id, pending.time, pending.what, detail);
}

OutboxRecord Outbox::record_of(const Pending& pending, const Batch& batch) const {
  OutboxRecord record;
  record.sequence = batch.next_sequence;
  record.kind = pending.kind;
  record.previous = batch.last_hash;
  const std::string id = note_id(record.sequence, record.previous);
  if (pending.kind == RecordKind::Note) {
    record.body = note_body(pending, id, batch);
  } else if (pending.kind == RecordKind::Checkpoint) {
    const bool closing = pending.breach;
    const std::uint64_t covered = record.sequence - 1;
    Json detail{{"sequence", covered}, {"sha256", to_hex(record.previous)}, {"closing", closing}, {"key", nullptr}, {"signature", nullptr}};
    if (world_.key != nullptr) {
      detail["key"] = world_.key->public_text();
      detail["signature"] = world_.key->sign(checkpoint_text(covered, record.previous, closing));
    }
    record.body = health_json(options_.frame, id, pending.time, "outbox.checkpoint", detail);
  } else {
    record.body = pending.body;
  }
  record.content = sha256(as_bytes(record.body));
  return record;
}

DiskResult<void> Outbox::store(const Batch& batch, bool begins) {
  const std::uint64_t durable = begins ? 0 : segments_.back().bytes;
  std::vector<std::uint8_t> header;
  auto stored = [&]() -> DiskResult<void> {
    if (begins) {
      file_.reset();
      auto file = world_.disk->create(options_.directory + "/" + segment_name(next_sequence_));
      if (!file) return tl::unexpected(file.error());
      file_ = std::move(*file);
      append_header(header, {next_sequence_, last_hash_});
      if (auto done = file_->append(header); !done) return done;
    }
    if (auto done = file_->append(batch.bytes); !done) return done;
    if (auto done = file_->sync(); !done) return done;
    return begins ? world_.disk->sync_directory(options_.directory) : DiskResult<void>{};
  }();
  if (!stored) {
    // What cannot be cut off stays behind as leftovers of a segment that is over: the next one
    // begins at the sequence at which they would have.
    if (file_ && !begins) static_cast<void>(file_->truncate(durable));
    file_.reset();
    if (begins) static_cast<void>(world_.disk->remove(options_.directory + "/" + segment_name(next_sequence_)));
    return stored;
  }
  if (begins) segments_.push_back({next_sequence_, last_hash_, 0, 0, 0});
  segments_.back().bytes += header.size() + batch.bytes.size();
  return {};
}

}  // namespace scanner
