#include "scanner/io/chain_check.h"

#include "scanner/io/integrity.h"
#include "scanner/io/outbox.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace scanner {
namespace {

using SortedJson = nlohmann::json;

SortedJson detail_of(const OutboxRecord& record, std::string& what) {
  const SortedJson json = SortedJson::parse(record.body, nullptr, false);
  if (!json.is_object() || !json.contains("data") || !json["data"].is_object()) return {};
  const SortedJson& data = json["data"];
  if (!data.contains("what") || !data["what"].is_string() || !data.contains("detail") || !data["detail"].is_object()) return {};
  what = data["what"].get<std::string>();
  return data["detail"];
}

std::uint64_t number(const SortedJson& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

std::string text(const SortedJson& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string range(std::uint64_t first, std::uint64_t last) {
  return first == last ? "record " + std::to_string(first) : "records " + std::to_string(first) + " to " + std::to_string(last);
}

}  // namespace

void ChainCheck::problem(std::uint64_t sequence, const OutboxPlace& place, const std::string& why) {
  if (problems_.size() < kMaxProblems) problems_.push_back({order_, {sequence, place, why}});
}

void ChainCheck::bad(const OutboxPlace& place, const std::string& why) {
  ++order_;
  problem(expected_ == 0 ? 1 : expected_, place, why);
  damaged_ = true;
}

void ChainCheck::add(const OutboxRecord& record, const OutboxPlace& place) {
  ++order_;
  const Sha256 hash = record.hash();
  if (const auto seen = seen_.find(record.sequence); seen != seen_.end()) {
    ++report_.repeated;
    if (seen->second != hash) problem(record.sequence, place, "another record of that sequence came before: one of them was changed");
    return;
  }
  if (expected_ != 0 && record.sequence < expected_) {
    problem(record.sequence, place, "it stands behind record " + std::to_string(expected_ - 1) + ": the order was changed");
    return;
  }
  seen_[record.sequence] = hash;
  if (sha256(as_bytes(record.body)) != record.content) problem(record.sequence, place, "its content was changed: SHA-256 of the body is another");
  follow(record, place);
  if (report_.first == 0) report_.first = record.sequence;
  report_.last = record.sequence;
  expected_ = record.sequence + 1;
  last_hash_ = hash;
  last_place_ = place;
  damaged_ = false;
  ++report_.after_checkpoint;
  report_.closed = false;
  switch (record.kind) {
    case RecordKind::Event: ++report_.events; break;
    case RecordKind::Held: ++report_.held; break;
    case RecordKind::Note: ++report_.notes; read_note(record); break;
    case RecordKind::Checkpoint: read_checkpoint(record, place); break;
  }
}

void ChainCheck::follow(const OutboxRecord& record, const OutboxPlace& place) {
  const std::uint64_t expected = expected_ == 0 ? 1 : expected_;
  if (record.sequence > expected) {
    gaps_.push_back({expected, record.sequence - 1, record.previous, place, order_, damaged_});
    return;
  }
  if (expected_ == 0) last_place_ = place;
  if (record.previous != last_hash_)
    problem(expected_ == 0 ? record.sequence : record.sequence - 1, last_place_,
            "its hash is not the one that record " + std::to_string(record.sequence) + " has of it: one of the two was changed or exchanged");
}

void ChainCheck::read_note(const OutboxRecord& record) {
  std::string what;
  const SortedJson detail = detail_of(record, what);
  const std::string by = " (record " + std::to_string(record.sequence) + " says so)";
  const std::uint64_t first = number(detail, "first"), last = number(detail, "last"), one = number(detail, "sequence");
  if (what == "evidence.removed") evidence_removed_[text(detail, "file")] = text(detail, "why");
  if (what == "outbox.removed") {
    const std::string why = "were removed, " + text(detail, "why") + by;
    // The oldest go first, so the last such note tells of all in front of it, whose own notes
    // went with them. What was delivered is no reason for a sink not to have it.
    if (origin_ == ChainOrigin::Outbox)
      excuses_.push_back({1, last, parse_sha256(text(detail, "last_sha256")), why});
    else if (text(detail, "why") == "bound")
      excuses_.push_back({first, last, std::nullopt, why});
  }
  if (origin_ == ChainOrigin::Outbox) return;
  if (what == "sink.poison") excuses_.push_back({one, one, std::nullopt, "was left out, since a receiver refused it" + by});
  if (what == "outbox.capped" && detail.contains("sequences") && detail["sequences"].is_array())
    for (const SortedJson& held : detail["sequences"])
      if (held.is_array() && held.size() == 2 && held[0].is_number_unsigned() && held[1].is_number_unsigned())
        excuses_.push_back({held[0].get<std::uint64_t>(), held[1].get<std::uint64_t>(), std::nullopt, "were held back by the volume cap" + by});
}

void ChainCheck::read_checkpoint(const OutboxRecord& record, const OutboxPlace& place) {
  ++report_.checkpoints;
  report_.after_checkpoint = 0;
  std::string what;
  const SortedJson detail = detail_of(record, what);
  const bool closing = detail.is_object() && detail.contains("closing") && detail["closing"] == true;
  report_.closed = closing;
  const auto hash = parse_sha256(text(detail, "sha256"));
  if (what != "outbox.checkpoint" || number(detail, "sequence") != record.sequence - 1 || !hash || *hash != record.previous) {
    problem(record.sequence, place, "the checkpoint is not about the record in front of it");
    return;
  }
  const std::string signer = text(detail, "key"), signature = text(detail, "signature");
  if (!signer.empty() && std::find(report_.signers.begin(), report_.signers.end(), signer) == report_.signers.end()) report_.signers.push_back(signer);
  if (keys_.empty()) return;
  const std::string signed_text = checkpoint_text(record.sequence - 1, record.previous, closing);
  if (std::any_of(keys_.begin(), keys_.end(), [&](const PublicKey& key) { return is_signed(signed_text, signature, key); }))
    ++report_.signatures;
  else
    problem(record.sequence, place, signature.empty() ? "the checkpoint is not signed" : "the checkpoint's signature is not of the given key: the chain in front of it was made anew, or it is another agent's");
}

// The hash that the record behind the gap has of the last missing one must be the one told.
std::string ChainCheck::excuse(const Gap& gap, bool& good) const {
  std::uint64_t next = gap.first;
  std::string why;
  good = false;
  if (origin_ == ChainOrigin::Outbox && gap.first != 1) return why;  // only its beginning is ever removed
  for (bool found = true; found && next <= gap.last;) {
    found = false;
    for (const Excuse& excuse : excuses_) {
      if (excuse.first > next || excuse.last < next) continue;
      if (excuse.last_hash && excuse.last == gap.last && *excuse.last_hash != gap.last_hash) continue;
      next = excuse.last + 1;
      why = excuse.why;
      found = true;
      break;
    }
  }
  good = next > gap.last;
  return why;
}

ChainReport ChainCheck::finish() {
  for (const Gap& gap : gaps_) {
    bool good = false;
    const std::string why = excuse(gap, good);
    if (good) {
      report_.remarks.push_back(range(gap.first, gap.last) + " " + why);
      std::erase_if(problems_, [&](const Ordered& one) { return gap.damaged && one.problem.sequence == gap.first; });
    } else if (!gap.damaged) {
      problems_.push_back({gap.order, {gap.first, gap.place, range(gap.first, gap.last) + (gap.first == gap.last ? " is" : " are") + " missing, and no record says why"}});
    }
  }
  std::stable_sort(problems_.begin(), problems_.end(), [](const Ordered& a, const Ordered& b) { return a.order < b.order; });
  for (Ordered& one : problems_) report_.problems.push_back(std::move(one.problem));
  return std::move(report_);
}

}  // namespace scanner
