#include "scanner/io/paired_source.h"

#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kMaxBatchEvents = 1024;

}  // namespace

PairedSource::PairedSource(std::unique_ptr<Source> capture, std::unique_ptr<RecordingFile> recording)
    : capture_owner_(std::move(capture)), recording_owner_(std::move(recording)) {
  capture_.source = capture_owner_.get();
  recording_.source = recording_owner_.get();
}

Result<SourceStatus> PairedSource::next(EventBatch& batch) {
  batch.clear();
  ++batch_number_;
  SourceStatus idle = SourceStatus::More;
  while (batch.events.size() < kMaxBatchEvents) {
    const bool packets = fill(capture_, idle), records = idle == SourceStatus::More && fill(recording_, idle);
    // What the idle half will say may belong before the other's.
    if (idle == SourceStatus::Idle) break;
    if (!packets && !records) {
      if (!batch.events.empty()) break;
      if (capture_.failure.empty() || delivered_) return SourceStatus::End;
      return fail(capture_.failure);
    }
    // A capture that is damaged says so itself.
    if (records && !packets && capture_.failure.empty() && taken_ < recording_owner_->places()[recording_.position].events) by_time_ = true;
    take(records && (!packets || record_is_next()) ? recording_ : capture_, batch);
  }
  if (batch.events.empty()) return idle;
  delivered_ = true;
  return SourceStatus::More;
}

// Has it an event ready?
bool PairedSource::fill(Half& half, SourceStatus& idle) {
  while (half.position == half.batch.events.size()) {
    if (half.ended) return false;
    const auto status = half.source->next(half.batch);
    half.position = 0;
    half.shared_with = 0;
    if (!status) {
      half.batch.clear();
      half.failure = status.error().message;
    }
    half.ended = !status || *status == SourceStatus::End;
    if (!half.ended && *status == SourceStatus::Idle) {
      idle = SourceStatus::Idle;
      return false;
    }
  }
  return true;
}

// Between the next of both.
bool PairedSource::record_is_next() {
  const Event& packet = capture_.batch.events[capture_.position];
  const Event& record = recording_.batch.events[recording_.position];
  if (!by_time_) {
    const RecordPlace& place = recording_owner_->places()[recording_.position];
    // Looked at before it goes, so that at most what lies between two records is misplaced.
    const bool last = taken_ + 1 == place.events && packet.kind == EventKind::Packet;
    if (taken_ < place.events && (!last || packet.at == place.last_packet)) return false;
    if (taken_ >= place.events) return true;
    by_time_ = true;
  }
  return record.kind == EventKind::Loss || record.at <= packet.at;
}

void PairedSource::take(Half& half, EventBatch& batch) {
  if (half.shared_with != batch_number_) {
    batch.blocks.insert(batch.blocks.end(), half.batch.blocks.begin(), half.batch.blocks.end());
    half.shared_with = batch_number_;
  }
  const Event& event = move_event(half.batch, half.position++, batch);
  if (&half != &capture_) return;
  if (event.kind == EventKind::Packet || event.kind == EventKind::Secrets) ++taken_;
}

std::vector<std::string> PairedSource::warnings() const {
  std::vector<std::string> all = capture_owner_->warnings();
  for (std::string& sentence : recording_owner_->warnings()) all.push_back(std::move(sentence));
  if (by_time_)
    all.push_back(recording_owner_->path() + ": the capture beside it is not as it was recorded; from where they differ, records are put among packets by their times");
  for (const Half* half : {&capture_, &recording_})
    if (!half->failure.empty() && (half != &capture_ || delivered_)) all.push_back(half->failure);
  return all;
}

bool PairedSource::partial() const {
  return capture_owner_->partial() || recording_owner_->partial() || !capture_.failure.empty() || !recording_.failure.empty();
}

Source::Progress PairedSource::progress() const {
  const Progress a = capture_owner_->progress(), b = recording_owner_->progress();
  return {a.done_bytes + b.done_bytes, a.total_bytes + b.total_bytes};
}

}  // namespace scanner
