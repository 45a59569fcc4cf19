#include "scanner/io/merged_source.h"

#include <algorithm>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kMaxMergedEvents = 1024;

}  // namespace

void MergedSource::add(std::unique_ptr<Source> source) {
  for (std::string& name : source->file_names()) names_.push_back(std::move(name));
  hungry_.push_back(inputs_.size());
  Input& input = inputs_.emplace_back();
  input.source = std::move(source);
  ++running_;
}

void MergedSource::add_missing(std::string name, std::string reason) {
  names_.push_back(std::move(name));
  missing_.push_back(std::move(reason));
}

Result<SourceStatus> MergedSource::next(EventBatch& batch) {
  batch.clear();
  if (running_ == 1 && heads_.empty() && hungry_.size() == 1) return pass_through(batch);
  const SourceStatus fed = feed_hungry();
  if (fed == SourceStatus::Idle) return fed;
  if (running_ == 0) return end();
  ++batch_number_;
  // Stops where an input runs dry: what is there is not held back by the wait for more.
  while (hungry_.empty() && batch.events.size() < kMaxMergedEvents) {
    std::pop_heap(heads_.begin(), heads_.end(), later);
    const Head head = heads_.back();
    heads_.pop_back();
    take_from(head, batch);
  }
  return SourceStatus::More;
}

// The last of several, or the only one, needs no merging and no copying of events.
Result<SourceStatus> MergedSource::pass_through(EventBatch& batch) {
  Input& input = inputs_[hungry_.front()];
  auto status = input.source->next(batch);
  if (status && *status != SourceStatus::End) {
    if (*status == SourceStatus::More) delivered_ = true;
    return status;
  }
  if (status)
    ended();
  else
    failed(status.error());
  hungry_.clear();
  return end();
}

// After it, every running source has an event ready; or one is idle.
SourceStatus MergedSource::feed_hungry() {
  while (!hungry_.empty()) {
    Input& input = inputs_[hungry_.back()];
    const auto status = input.source->next(input.batch);
    if (status && *status == SourceStatus::Idle) return SourceStatus::Idle;
    if (status && *status == SourceStatus::More) {
      delivered_ = true;
      if (input.batch.events.empty()) continue;
      input.position = 0;
      heads_.push_back(head_of(hungry_.back()));
      std::push_heap(heads_.begin(), heads_.end(), later);
    } else if (status) {
      ended();
    } else {
      failed(status.error());
    }
    hungry_.pop_back();
  }
  return SourceStatus::More;
}

// Takes from one input for as long as it is the earliest.
void MergedSource::take_from(const Head& head, EventBatch& batch) {
  Input& input = inputs_[head.input];
  if (input.shared_with != batch_number_) {
    batch.blocks.insert(batch.blocks.end(), input.batch.blocks.begin(), input.batch.blocks.end());
    input.shared_with = batch_number_;
  }
  while (true) {
    move_event(input.batch, input.position++, batch);
    if (input.position == input.batch.events.size()) {
      // Its blocks would otherwise stay until the next batch replaces them.
      input.batch.clear();
      hungry_.push_back(head.input);
      return;
    }
    const Head next = head_of(head.input);
    const bool goes_on = heads_.empty() || later(heads_.front(), next);
    if (goes_on && batch.events.size() < kMaxMergedEvents) continue;
    heads_.push_back(next);
    std::push_heap(heads_.begin(), heads_.end(), later);
    return;
  }
}

bool MergedSource::later(const Head& a, const Head& b) {
  if (a.at_once != b.at_once) return b.at_once;
  if (!a.at_once && a.at != b.at) return a.at > b.at;
  if (a.host != b.host) return b.host;
  return a.input < b.input;
}

MergedSource::Head MergedSource::head_of(std::size_t input) const {
  const Event& event = inputs_[input].batch.events[inputs_[input].position];
  return {event.at, event.kind == EventKind::Loss || event.kind == EventKind::Secrets, event.kind == EventKind::Host, input};
}

void MergedSource::ended() {
  delivered_ = true;
  --running_;
}

void MergedSource::failed(const Error& error) {
  errors_.push_back(error.message);
  --running_;
}

Result<SourceStatus> MergedSource::end() {
  if (delivered_ || errors_.empty()) return SourceStatus::End;
  refused_ = true;
  return fail(errors_.back());
}

std::vector<std::string> MergedSource::warnings() const {
  std::vector<std::string> all = missing_;
  all.insert(all.end(), notes_.begin(), notes_.end());
  for (const Input& input : inputs_)
    for (std::string& sentence : input.source->warnings()) all.push_back(std::move(sentence));
  all.insert(all.end(), errors_.begin(), refused_ ? errors_.end() - 1 : errors_.end());
  return all;
}

bool MergedSource::partial() const {
  return !missing_.empty() || !errors_.empty() ||
         std::any_of(inputs_.begin(), inputs_.end(), [](const Input& input) { return input.source->partial(); });
}

Source::Progress MergedSource::progress() const {
  Progress sum;
  for (const Input& input : inputs_) {
    const Progress one = input.source->progress();
    sum.done_bytes += one.done_bytes;
    sum.total_bytes += one.total_bytes;
  }
  return sum;
}

}  // namespace scanner
