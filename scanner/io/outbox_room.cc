// The outbox's bounds, what goes first where they are reached, and what it finds at its start.
#include "scanner/io/outbox.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kKeptDamage = 100;    // files in quarantine/
constexpr std::size_t kToldDamage = 10'000;  // places

Json damage_json(const FoundDamage& damage) {
  Json json{{"file", damage.file}, {"offset", damage.offset}, {"bytes", damage.size}, {"why", damage.why}};
  json["first_missing"] = damage.first_missing == 0 ? Json(nullptr) : Json(damage.first_missing);
  json["last_missing"] = damage.last_missing == 0 ? Json(nullptr) : Json(damage.last_missing);
  return json;
}

}  // namespace

Result<void> Outbox::recover() {
  auto log = read_log(*world_.disk, options_.directory);
  if (!log) return fail(log.error().message);
  segments_ = log->segments;
  next_sequence_ = log->next_sequence;
  last_hash_ = log->last_hash;
  since_checkpoint_ = log->since_checkpoint;
  held_ = std::move(log->held);
  held_back_ = std::move(log->held_back);
  if (auto cut = cut_tail(*log); !cut) return cut;
  told_ = std::move(log->told);
  for (const FoundDamage& damage : log->damage) tell_damage(damage);
  if (segments_.empty()) return {};
  auto file = world_.disk->open(options_.directory + "/" + segment_name(segments_.back().first_sequence));
  if (!file) return fail(file.error().message);
  file_ = std::move(*file);
  return {};
}

// A record that was being written when the process or the machine stopped. Nobody was told
// that it is durable. Its bytes are kept, for whoever wants to look.
Result<void> Outbox::cut_tail(const RecoveredLog& log) {
  for (const FoundDamage& torn : log.torn) keep_bytes(torn);
  for (const std::string& name : log.empty) {
    const auto removed = world_.disk->remove(options_.directory + "/" + name);
    if (!removed) return fail(removed.error().message);
  }
  for (const FoundDamage& torn : log.torn) {
    queue_note("outbox.recovered", damage_json(torn));
    world_.say("the outbox ended in " + std::to_string(torn.size) + " bytes that are no record (" + torn.file + ", offset " + std::to_string(torn.offset) +
               "): they were cut off; no record that was acknowledged is lost by that");
    if (segments_.empty() || segment_name(segments_.back().first_sequence) != torn.file) continue;
    auto file = world_.disk->open(options_.directory + "/" + torn.file);
    if (!file) return fail(file.error().message);
    auto cut = (*file)->truncate(torn.offset);
    if (cut) cut = (*file)->sync();
    if (!cut) return fail(cut.error().message);
  }
  return {};
}

void Outbox::tell_damage(const FoundDamage& damage) {
  if (told_.size() >= kToldDamage || !told_.insert({damage.file, damage.offset}).second) return;
  keep_bytes(damage);
  queue_note("outbox.quarantined", damage_json(damage));
  world_.say("the outbox is damaged at " + damage.file + ", offset " + std::to_string(damage.offset) + ": " + damage.why + "; it goes on behind that");
}

void Outbox::quarantine(const FoundDamage& damage) {
  const std::lock_guard guard(mutex_);
  tell_damage(damage);
}

void Outbox::keep_bytes(const FoundDamage& damage) {
  const std::string directory = options_.directory + "/quarantine";
  if (damage.size == 0 || !world_.disk->make_directory(directory)) return;
  const auto kept = world_.disk->list(directory);
  if (!kept || kept->size() >= kKeptDamage) return;
  const auto bytes = world_.disk->read(options_.directory + "/" + damage.file, damage.offset, damage.size);
  if (!bytes) return;
  static_cast<void>(replace_file(*world_.disk, directory + "/" + damage.file + "-" + std::to_string(damage.offset), as_bytes(*bytes)));
}

std::uint64_t Outbox::stored_bytes() const {
  std::uint64_t bytes = world_.reclaim != nullptr ? world_.reclaim->bytes() : 0;
  for (std::size_t i = doomed_; i < segments_.size(); ++i) bytes += segments_[i].bytes;
  return bytes;
}

// The last record that everybody has who wants them; 0 where nobody wants any.
std::uint64_t Outbox::delivered() const {
  std::uint64_t least = acknowledged_.empty() ? 0 : UINT64_MAX;
  for (const auto& [name, sequence] : acknowledged_) least = std::min(least, sequence);
  return least;
}

// What was delivered goes first, then evidence, and only then records that nobody has yet:
// never those for a disk that others filled, which would take all of them one by one.
bool Outbox::make_room(std::uint64_t wanted, bool disk_is_full) {
  std::uint64_t made = 0;
  const auto may_go = [&] { return made < wanted && doomed_ + 1 < segments_.size(); };
  const auto doom = [&](const char* reason) {
    made += segments_[doomed_].bytes;
    doom_first(reason);
  };
  while (may_go() && segments_[doomed_ + 1].first_sequence <= delivered() + 1) doom("delivered");
  if (made < wanted && world_.reclaim != nullptr) made += world_.reclaim->reclaim(wanted - made);
  while (!disk_is_full && may_go()) doom("bound");
  if (disk_is_full) remove_doomed();
  return made > 0;
}

void Outbox::doom_first(const char* reason) {
  const SegmentInfo& segment = segments_[doomed_];
  const SegmentInfo& next = segments_[doomed_ + 1];
  const bool undelivered = std::string(reason) == "bound";
  queue_note("outbox.removed", {{"file", segment_name(segment.first_sequence)},
                                {"first", segment.first_sequence},
                                {"last", next.first_sequence - 1},
                                {"last_sha256", to_hex(next.previous)},
                                {"why", reason},
                                {"events", segment.events},
                                {"breaches", segment.breaches}});
  if (undelivered) {
    dropped_events_ += segment.events;
    world_.say("the outbox is at its bound: records " + std::to_string(segment.first_sequence) + " to " + std::to_string(next.first_sequence - 1) + " go undelivered (" +
               std::to_string(segment.events) + " events, " + std::to_string(segment.breaches) + " breaches)");
  }
  ++doomed_;
}

void Outbox::remove_doomed() {
  if (doomed_ == 0) return;
  for (; doomed_ > 0; --doomed_) {
    static_cast<void>(world_.disk->remove(options_.directory + "/" + segment_name(segments_.front().first_sequence)));
    segments_.erase(segments_.begin());
  }
  static_cast<void>(world_.disk->sync_directory(options_.directory));
}

void Outbox::acknowledged(const std::string& name, std::uint64_t sequence) {
  const std::lock_guard guard(mutex_);
  acknowledged_[name] = sequence;
}

std::uint64_t Outbox::durable() const {
  const std::lock_guard guard(mutex_);
  return next_sequence_ - 1;
}

void Outbox::wait_beyond(std::uint64_t sequence, std::chrono::milliseconds at_most) const {
  std::unique_lock guard(mutex_);
  const std::uint64_t wakes = wakes_;
  changed_.wait_for(guard, at_most, [&] { return next_sequence_ - 1 > sequence || wakes_ != wakes; });
}

void Outbox::wake() {
  const std::lock_guard guard(mutex_);
  ++wakes_;
  changed_.notify_all();
}

std::vector<SegmentInfo> Outbox::segments() const {
  const std::lock_guard guard(mutex_);
  return segments_;
}

OutboxStatus Outbox::status() const {
  const std::lock_guard guard(mutex_);
  OutboxStatus status;
  status.durable = next_sequence_ - 1;
  status.pending = pending_.size();
  status.pending_bytes = pending_bytes_;
  for (const SegmentInfo& segment : segments_) status.bytes += segment.bytes;
  status.segments = segments_.size();
  status.lost_events = lost_events_;
  status.dropped_events = dropped_events_;
  status.trouble = trouble_;
  return status;
}

}  // namespace scanner
