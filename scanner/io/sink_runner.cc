#include "scanner/io/sink_runner.h"

#include "scanner/io/integrity.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr milliseconds kIdle{60'000}, kMostAsked{3'600'000};

std::uint64_t start_of(Outbox& outbox, const std::string& path, const std::string& name) {
  const auto cursor = read_cursor(*outbox.world().disk, path);
  if (cursor) return cursor->sequence;
  outbox.world().say("sink " + name + ": " + cursor.error().message + "; it begins at the oldest event again");
  return 0;
}

Outgoing outgoing(const OutboxRecord& record, const SigningKey* key) {
  Outgoing out;
  out.sequence = record.sequence;
  out.json = with_integrity(record, key);
  const auto json = nlohmann::json::parse(record.body, nullptr, false);
  const auto text = [&](const char* name) {
    return json.is_object() && json.contains(name) && json[name].is_string() ? json[name].get<std::string>() : std::string();
  };
  out.id = text("id");
  out.type = text("type");
  out.subject = text("subject");
  return out;
}

}  // namespace

SinkRunner::SinkRunner(Outbox& outbox, std::unique_ptr<Sink> sink, const RunnerOptions& options)
    : outbox_(outbox),
      options_(options),
      sink_(std::move(sink)),
      cursor_path_(cursor_path(outbox.options().directory, options.name)),
      reader_(outbox, start_of(outbox, cursor_path_, options.name) + 1),
      backoff_(options.backoff, options.seed) {
  status_.name = options.name;
  status_.acknowledged = reader_.next() - 1;
  outbox_.acknowledged(options_.name, status_.acknowledged);
}

SinkRunner::~SinkRunner() { stop(); }

void SinkRunner::start() {
  stopping_ = false;
  thread_ = std::thread([this] { run(); });
}

void SinkRunner::interrupt() {
  stopping_ = true;
  sink_->interrupt();
  outbox_.wake();
}

void SinkRunner::stop() {
  interrupt();
  if (thread_.joinable()) thread_.join();
}

void SinkRunner::reopen() {
  reopen_ = true;
  outbox_.wake();
}

SinkStatus SinkRunner::status() const {
  const std::lock_guard guard(mutex_);
  return status_;
}

void SinkRunner::run() {
  while (!stopping_) {
    const auto wait = step();
    if (stopping_) return;
    if (!wait)
      outbox_.wait_beyond(reader_.next() - 1, kIdle);
    else if (wait->count() > 0)
      outbox_.wait_beyond(UINT64_MAX, *wait);
  }
}

// False where there is nothing to deliver. Records that are not for sinks count as delivered.
bool SinkRunner::fill() {
  while (batch_.empty()) {
    const BatchLimits limits = sink_->limits();
    const auto records = reader_.read(limits.events, limits.bytes);
    if (!records) {
      const std::lock_guard guard(mutex_);
      status_.trouble = records.error().message;
      return false;
    }
    for (const OutboxRecord& record : *records)
      if (record.kind != RecordKind::Held) batch_.push_back(outgoing(record, outbox_.world().key));
    if (!batch_.empty()) return true;
    const std::uint64_t passed = reader_.next() - 1;
    if (passed == status().acknowledged) return false;
    move_cursor(passed);
    if (records->empty()) return false;
  }
  return true;
}

std::optional<milliseconds> SinkRunner::step() {
  if (reopen_.exchange(false)) sink_->reopen();
  if (!fill()) return std::nullopt;
  const std::size_t count = alone_ > 0 ? 1 : batch_.size();
  const std::vector<Outgoing> events(batch_.begin(), batch_.begin() + static_cast<std::ptrdiff_t>(count));
  const SinkAnswer answer = sink_->deliver(events);
  const std::size_t delivered = answer.outcome == SinkOutcome::Delivered ? count : std::min(answer.delivered, count);
  if (delivered > 0) advance(delivered);
  if (answer.outcome != SinkOutcome::Delivered) return refused(answer, count - delivered);
  const std::lock_guard guard(mutex_);
  status_.trouble.clear();
  return milliseconds(0);
}

milliseconds SinkRunner::refused(const SinkAnswer& answer, std::size_t tried) {
  {
    const std::lock_guard guard(mutex_);
    if (status_.trouble != answer.why && !stopping_) outbox_.world().say("sink " + options_.name + ": " + answer.why + "; events wait in the outbox");
    status_.trouble = answer.why;
    ++status_.retries;
  }
  if (answer.outcome == SinkOutcome::Poison && tried > 1) {
    alone_ = tried;
    return milliseconds(0);
  }
  if (answer.outcome == SinkOutcome::Poison && ++attempts_ >= options_.poison_attempts) {
    leave_out(answer);
    return milliseconds(0);
  }
  return std::max(backoff_.next(), std::min(answer.retry_after, kMostAsked));
}

// The event stays in the outbox, where people find it by the note's sequence. A note that is
// refused makes no note: there would be no end to it.
void SinkRunner::leave_out(const SinkAnswer& answer) {
  const Outgoing& event = batch_.front();
  outbox_.world().say("sink " + options_.name + ": event " + event.id + " (record " + std::to_string(event.sequence) + ") is left out: " + answer.why);
  if (event.type != "aupscan.health.v1")
    outbox_.note("sink.poison", Json{{"sink", options_.name}, {"sequence", event.sequence}, {"id", event.id}, {"attempts", attempts_}, {"why", answer.why}});
  {
    const std::lock_guard guard(mutex_);
    ++status_.poisoned;
    --status_.delivered;  // advance() counts it
  }
  advance(1);
}

void SinkRunner::advance(std::size_t events) {
  const std::uint64_t last = batch_[events - 1].sequence;
  batch_.erase(batch_.begin(), batch_.begin() + static_cast<std::ptrdiff_t>(events));
  alone_ -= std::min(alone_, events);
  attempts_ = 0;
  backoff_.reset();
  {
    const std::lock_guard guard(mutex_);
    status_.delivered += events;
  }
  move_cursor(batch_.empty() ? reader_.next() - 1 : last);
}

// Delivered is delivered, also where the disk takes no cursor: after a crash some come again.
void SinkRunner::move_cursor(std::uint64_t sequence) {
  const auto written = write_cursor(*outbox_.world().disk, cursor_path_, {sequence});
  if (!written && !cursor_told_) outbox_.world().say("sink " + options_.name + ": its cursor cannot be written, after a restart events come twice: " + written.error().message);
  cursor_told_ = !written;
  outbox_.acknowledged(options_.name, sequence);
  const std::lock_guard guard(mutex_);
  status_.acknowledged = sequence;
}

}  // namespace scanner
