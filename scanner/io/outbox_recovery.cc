#include "scanner/io/outbox_recovery.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

namespace scanner {
namespace {


class LogReader {
 public:
  LogReader(Disk& disk, std::string directory) : disk_(disk), directory_(std::move(directory)) {}

  DiskResult<RecoveredLog> read() {
    const auto entries = disk_.list(directory_);
    if (!entries) return tl::unexpected(entries.error());
    std::vector<std::uint64_t> sequences;
    for (const DiskEntry& entry : *entries)
      if (const auto sequence = segment_sequence(entry.name)) sequences.push_back(*sequence);
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      const std::uint64_t limit = i + 1 < sequences.size() ? sequences[i + 1] : UINT64_MAX;
      if (auto done = read_segment(sequences[i], limit); !done) return tl::unexpected(done.error());
    }
    for (auto& [incident, body] : newest_) log_.held_back.newest.push_back(std::move(body));
    if (!newest_.empty()) log_.held_back.events = std::max<std::uint64_t>(log_.held_back.events, newest_.size());
    return std::move(log_);
  }

 private:
  DiskResult<void> read_segment(std::uint64_t first, std::uint64_t limit) {
    const std::string name = segment_name(first);
    const auto content = disk_.read(directory_ + "/" + name, 0, UINT64_MAX);
    if (!content) return tl::unexpected(content.error());
    const Bytes bytes = as_bytes(*content);
    const auto header = parse_header(bytes);
    SegmentInfo segment{first, header ? header->previous : log_.last_hash, 0, 0, 0};
    if (!header && bytes.size() >= kSegmentHeader) log_.damage.push_back({name, 0, kSegmentHeader, 0, 0, "the segment's header is damaged"});
    if (log_.segments.empty()) log_.next_sequence = first;  // what was in front was removed
    bool any = false;
    if (bytes.size() >= kSegmentHeader) any = walk(bytes, name, limit, segment);
    if (!any)
      log_.empty.push_back(name);
    else
      log_.segments.push_back(segment);
    return {};
  }

  // A damaged place in the last segment may be its torn tail; in others it cannot be: what a
  // broken write left there was written again in the next one.
  bool walk(Bytes bytes, const std::string& name, std::uint64_t limit, SegmentInfo& segment) {
    bool any = false;
    SegmentWalk walk(bytes.subspan(kSegmentHeader), kSegmentHeader, segment.first_sequence);
    log_.torn.clear();
    for (WalkStep step = walk.next(); step.state != WalkState::End; step = walk.next()) {
      if (step.state == WalkState::Torn) {
        if (limit == UINT64_MAX) log_.torn.push_back({name, step.offset, step.size, 0, 0, step.why});
        else if (log_.next_sequence < limit) log_.damage.push_back({name, step.offset, step.size, log_.next_sequence, limit - 1, step.why});
        break;
      }
      if (step.state == WalkState::Damage) {
        log_.damage.push_back({name, step.offset, step.size, 0, 0, step.why});
        continue;
      }
      if (step.record.sequence >= limit) break;
      any = true;
      take(step, name, segment);
    }
    return any;
  }

  void take(const WalkStep& step, const std::string& name, SegmentInfo& segment) {
    const OutboxRecord& record = step.record;
    if (record.sequence > log_.next_sequence) {
      // The damage in front, if there was any, is why they are missing.
      if (!log_.damage.empty() && log_.damage.back().file == name && log_.damage.back().first_missing == 0 && log_.damage.back().offset + log_.damage.back().size == step.offset) {
        log_.damage.back().first_missing = log_.next_sequence;
        log_.damage.back().last_missing = record.sequence - 1;
      } else {
        log_.damage.push_back({name, step.offset, 0, log_.next_sequence, record.sequence - 1, "records are missing"});
      }
    }
    log_.next_sequence = record.sequence + 1;
    log_.last_hash = record.hash();
    segment.bytes = step.offset + step.size;
    if (record.kind == RecordKind::Event || record.kind == RecordKind::Held) {
      ++segment.events;
      segment.breaches += is_breach(record.body) ? 1 : 0;
    }
    if (record.kind == RecordKind::Held) hold(record);
    if (record.kind == RecordKind::Event && !newest_.empty()) newest_.erase(incident_of(record.body));
    if (record.kind == RecordKind::Note) note(record.body);
    log_.since_checkpoint = record.kind == RecordKind::Checkpoint ? 0 : log_.since_checkpoint + 1;
  }

  void hold(const OutboxRecord& record) {
    add_sequence(log_.held, record.sequence);
    ++log_.held_back.events;
    newest_[incident_of(record.body)] = record.body;
  }

  static std::string incident_of(const std::string& body) {
    const auto json = nlohmann::json::parse(body, nullptr, false);
    const nlohmann::json::json_pointer place("/data/incident");
    return !json.is_discarded() && json.contains(place) && json[place].is_string() ? json[place].get<std::string>() : to_hex(sha256(as_bytes(body)));
  }

  // The note comes in front of the events that it releases, so these stay until they come.
  void note(const std::string& body) {
    if (body.find("\"what\":\"outbox.capped\"") != std::string::npos) {
      log_.held.clear();
      log_.held_back.events = 0;
    }
    if (body.find("\"outbox.quarantined\"") == std::string::npos) return;
    const auto json = nlohmann::json::parse(body, nullptr, false);
    const nlohmann::json::json_pointer place("/data/detail");
    if (json.is_discarded() || !json.contains(place)) return;
    const nlohmann::json& detail = json[place];
    if (!detail.is_object() || !detail.contains("file") || !detail.contains("offset")) return;
    if (detail["file"].is_string() && detail["offset"].is_number_unsigned()) log_.told.insert({detail["file"].get<std::string>(), detail["offset"].get<std::uint64_t>()});
  }

  Disk& disk_;
  std::string directory_;
  RecoveredLog log_;
  std::map<std::string, std::string> newest_;  // held back, by incident
};

}  // namespace

DiskResult<RecoveredLog> read_log(Disk& disk, const std::string& directory) { return LogReader(disk, directory).read(); }

void add_sequence(SequenceRanges& ranges, std::uint64_t sequence) {
  if (!ranges.empty() && ranges.back().second + 1 == sequence)
    ranges.back().second = sequence;
  else
    ranges.emplace_back(sequence, sequence);
}

bool is_breach(std::string_view event_json) {
  // The envelope comes first and holds no text from outside in front of its type.
  return event_json.substr(0, 512).find("\"type\":\"aupscan.breach.v1\"") != std::string_view::npos;
}

}  // namespace scanner
