#include "scanner/io/outbox_verify.h"

#include "scanner/io/integrity.h"
#include "scanner/io/segment_walk.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

namespace scanner {
namespace {

using SortedJson = nlohmann::json;

constexpr std::uint64_t kMaxEvents = 1024ULL * 1024 * 1024;

std::string text(const SortedJson& object, const char* key) {
  if (!object.is_object()) return "";
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

const SortedJson& member(const SortedJson& object, const char* key) {
  static const SortedJson kNone;
  if (!object.is_object()) return kNone;
  const auto found = object.find(key);
  return found != object.end() ? *found : kNone;
}

// The evidence of each incident's last revision.
class EvidenceList {
 public:
  void add(const std::string& event) {
    if (event.find("\"evidence\":[{") == std::string::npos) return;
    const SortedJson json = SortedJson::parse(event, nullptr, false);
    const SortedJson& data = member(json, "data");
    const std::string incident = text(data, "incident");
    if (incident.empty() || !member(data, "evidence").is_array()) return;
    std::vector<EvidenceClaim>& claims = by_incident_[incident];
    claims.clear();
    for (const SortedJson& one : member(data, "evidence"))
      claims.push_back({incident, text(member(data, "subject"), "address"), text(data, "activity"), text(member(data, "stages"), "traffic"), text(one, "file"), text(one, "kind"),
                        text(one, "sha256"), ""});
  }

  std::vector<EvidenceClaim> take(const std::map<std::string, std::string>& removed) {
    std::vector<EvidenceClaim> out;
    for (auto& [incident, claims] : by_incident_)
      for (EvidenceClaim& claim : claims) {
        if (const auto why = removed.find(claim.file); why != removed.end()) claim.removed = why->second;
        out.push_back(std::move(claim));
      }
    return out;
  }

 private:
  std::map<std::string, std::vector<EvidenceClaim>> by_incident_;
};

void check_segment(const std::string& name, const std::string& content, std::uint64_t limit, ChainCheck& check, EvidenceList& evidence) {
  const Bytes bytes = as_bytes(content);
  const std::uint64_t first = *segment_sequence(name);
  const auto header = parse_header(bytes);
  if (!header || header->first_sequence != first) check.bad({name, 0}, header ? "the segment's header names another first record than the file's name" : "the segment's header is damaged");
  if (bytes.size() < kSegmentHeader) return;
  SegmentWalk walk(bytes.subspan(kSegmentHeader), kSegmentHeader, first);
  for (WalkStep step = walk.next(); step.state != WalkState::End; step = walk.next()) {
    const OutboxPlace place{name, step.offset};
    // Leftovers of a write that failed: the next segment has what counts.
    if (step.state == WalkState::Record ? step.record.sequence >= limit : check.expected() >= limit) return;
    if (step.state != WalkState::Record) {
      check.bad(place, step.why + " (" + std::to_string(step.size) + " bytes)");
      continue;
    }
    check.add(step.record, place);
    if (step.record.kind == RecordKind::Event || step.record.kind == RecordKind::Held) evidence.add(step.record.body);
  }
}

// A log that was cut at its end is shorter than what somebody got from it.
void check_cursors(Disk& disk, const std::string& directory, const std::vector<DiskEntry>& entries, ChainCheck& check) {
  for (const DiskEntry& entry : entries) {
    if (!entry.name.starts_with("cursor-") || !entry.name.ends_with(".json")) continue;
    const auto content = disk.read(directory + "/" + entry.name, 0, 4096);
    const SortedJson json = content ? SortedJson::parse(*content, nullptr, false) : SortedJson();
    const SortedJson& sequence = member(json, "sequence");
    if (!sequence.is_number_unsigned() || check.expected() == 0 || sequence.get<std::uint64_t>() < check.expected()) continue;
    check.problem(check.expected(), {entry.name, 0}, "the log ends at record " + std::to_string(check.expected() - 1) + ", and a sink got record " + sequence.dump() + ": its end was cut off");
    return;
  }
}

void check_line(const std::string& line, const OutboxPlace& place, ChainCheck& check, EvidenceList& evidence) {
  const auto claim = read_integrity(line);
  if (!claim) {
    check.bad(place, "the line is no event with data.integrity, or was written anew");
    return;
  }
  const Sha256 hash = claim->record.hash();
  if (hash != claim->claimed) {
    check.problem(claim->record.sequence, place, "the event was changed: its hash is another than it says");
    OutboxRecord as_claimed = claim->record;
    check.add(as_claimed, place);
    return;
  }
  check.add(claim->record, place);
  if (claim->record.kind == RecordKind::Event) evidence.add(claim->record.body);
  if (check.keys().empty()) return;
  const std::string signed_text = event_text(hash);
  if (std::any_of(check.keys().begin(), check.keys().end(), [&](const PublicKey& key) { return is_signed(signed_text, claim->signature, key); }))
    check.count_signature();
  else
    check.problem(claim->record.sequence, place, claim->signature.empty() ? "the event is not signed" : "the event's signature is not of the given key");
}

Verification finish(ChainCheck& check, EvidenceList& evidence) {
  Verification out;
  out.evidence = evidence.take(check.evidence_removed());
  out.chain = check.finish();
  return out;
}

}  // namespace

Result<Verification> verify_outbox(Disk& disk, const std::string& directory, std::vector<PublicKey> keys) {
  const auto entries = disk.list(directory);
  if (!entries) return fail(entries.error().message);
  std::vector<std::string> names;
  for (const DiskEntry& entry : *entries)
    if (segment_sequence(entry.name)) names.push_back(entry.name);
  if (names.empty()) return fail(directory + ": no outbox is here, there is no segment");
  ChainCheck check(ChainOrigin::Outbox, std::move(keys));
  EvidenceList evidence;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto content = disk.read(directory + "/" + names[i], 0, UINT64_MAX);
    if (!content) return fail(content.error().message);
    check_segment(names[i], *content, i + 1 < names.size() ? *segment_sequence(names[i + 1]) : UINT64_MAX, check, evidence);
  }
  check_cursors(disk, directory, *entries, check);
  return finish(check, evidence);
}

Result<Verification> verify_events(Disk& disk, const std::string& file, std::vector<PublicKey> keys) {
  const auto size = disk.size(file);
  if (!size) return fail(size.error().message);
  if (*size > kMaxEvents) return fail(file + ": larger than " + std::to_string(kMaxEvents) + " bytes");
  const auto content = disk.read(file, 0, kMaxEvents);
  if (!content) return fail(content.error().message);
  ChainCheck check(ChainOrigin::Events, std::move(keys));
  EvidenceList evidence;
  for (std::size_t begin = 0; begin < content->size();) {
    const std::size_t end = std::min(content->find('\n', begin), content->size());
    if (end > begin) check_line(content->substr(begin, end - begin), {file, begin}, check, evidence);
    begin = end + 1;
  }
  if (check.expected() == 0) return fail(file + ": no event of an outbox is in it (events that replay writes have no chain)");
  return finish(check, evidence);
}

Result<std::vector<EvidenceClaim>> read_manifest(Disk& disk, const std::string& directory) {
  const std::string path = directory + "/manifest.ndjson";
  const auto content = disk.read(path, 0, kMaxEvents);
  if (!content) return fail(content.error().message);
  std::vector<EvidenceClaim> claims;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < content->size();) {
    const std::size_t end = std::min(content->find('\n', begin), content->size());
    const SortedJson json = SortedJson::parse(content->substr(begin, end - begin), nullptr, false);
    ++number;
    begin = end + 1;
    if (!json.is_object() || text(json, "incident").empty()) return fail(path + ":" + std::to_string(number) + ": is no line of a manifest");
    const std::string subject = text(json, "subject");
    if (text(json, "file").empty()) continue;
    claims.push_back({text(json, "incident"), subject.starts_with("ip:") ? subject.substr(3) : subject, text(json, "activity"), text(json, "stage"), text(json, "file"), text(json, "kind"),
                      text(json, "sha256"), ""});
  }
  return claims;
}

}  // namespace scanner
