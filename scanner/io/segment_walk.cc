#include "scanner/io/segment_walk.h"

#include <charconv>

namespace scanner {
namespace {

constexpr std::size_t kDigits = 20;
constexpr std::string_view kSegmentSuffix = ".log";

}  // namespace

std::string segment_name(std::uint64_t first_sequence) {
  const std::string digits = std::to_string(first_sequence);
  return std::string(kDigits - digits.size(), '0') + digits + std::string(kSegmentSuffix);
}

std::optional<std::uint64_t> segment_sequence(std::string_view name) {
  if (name.size() != kDigits + kSegmentSuffix.size() || name.substr(kDigits) != kSegmentSuffix) return std::nullopt;
  std::uint64_t sequence = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + kDigits, sequence);
  if (parsed.ec != std::errc{} || parsed.ptr != name.data() + kDigits || sequence == 0) return std::nullopt;
  return sequence;
}

WalkStep SegmentWalk::damage(std::string why) {
  WalkStep step;
  step.offset = base_ + at_;
  step.why = std::move(why);
  const auto next = find_record(content_, at_ + 1, expected_);
  step.state = next ? WalkState::Damage : WalkState::Torn;
  const std::size_t end = next.value_or(content_.size());
  step.size = end - at_;
  at_ = end;
  return step;
}

WalkStep SegmentWalk::next() {
  if (at_ == content_.size()) return {};
  Frame frame = parse_record(content_.subspan(at_));
  if (frame.state == FrameState::Short) return damage("the record is cut off");
  if (frame.state == FrameState::Bad) return damage("the record is damaged");
  if (frame.record.sequence < expected_)
    return damage("record " + std::to_string(frame.record.sequence) + " stands where record " + std::to_string(expected_) + " belongs");
  WalkStep step;
  step.state = WalkState::Record;
  step.offset = base_ + at_;
  step.size = frame.size;
  step.record = std::move(frame.record);
  at_ += frame.size;
  expected_ = step.record.sequence + 1;
  return step;
}

}  // namespace scanner
