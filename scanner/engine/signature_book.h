// What each signature did, counted, and the guard against one that matches too much.
//
// A signature that holds on everything costs an observation each time and says nothing. Beyond
// `hits_per_minute` hits within a minute of engine time it is suspended: from that hit on it makes
// no observation, until a person resumes it or other rules come. What it concluded before stays.
// Hits are counted in the observations' total order and by their own time, so live and replay, with
// any number of threads, suspend at the same hit. Signatures on processes are not suspended: each
// of their hits costs the host an execution anyway, and a breach may rest on one; those on traffic
// reach `contact` at most (DESIGN §2), so that no breach is lost by it.
//
// One entry a signature of the ruleset; nothing is allocated for a hit.
#pragma once

#include "scanner/model/time.h"
#include "scanner/signature/ruleset.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

struct SignatureCount {
  std::string signature;
  std::uint32_t revision = 0;
  SignatureStatus status = SignatureStatus::Active;
  std::uint64_t hits = 0;       // fields, and directions of streams, on which it held
  std::uint64_t findings = 0;   // that its hits opened and that count
  std::uint64_t permitted = 0;  // that an exception covered
  std::uint64_t silenced = 0;   // of the hits, while it was switched off
  std::uint64_t held_back = 0;  // of the hits, while it was suspended
  Timestamp last;               // of the hits that were not held back; event time
  std::optional<Timestamp> suspended;  // since then, by event time; nothing: it is not
};

class SignatureBook {
 public:
  // `hits_per_minute` 0: no guard.
  SignatureBook(const Ruleset& ruleset, std::uint64_t hits_per_minute);

  // Other rules: counts of signatures with the same id and revision go on, suspensions end.
  void use(const Ruleset& ruleset);
  // One hit; false where the signature is suspended, by this hit or before.
  bool count_hit(std::size_t signature, Timestamp at, bool silenced);
  // `source`: Finding::source; what is no signature's is passed over. Whether it is one.
  bool is_signature(std::string_view source) const { return ruleset_->find(source) != nullptr; }
  void count_finding(std::string_view source);
  void count_permitted(std::string_view source);
  // Hits that the flow stage left out, by index.
  void add_held_back(const std::vector<std::uint64_t>& hits);
  // False where no such signature is suspended.
  bool resume(std::string_view signature);

  // By index in the ruleset: not 0 where it is suspended. Stays where it is for life; its size
  // and content change in the calls above alone.
  const std::vector<std::uint8_t>& suspended() const { return suspended_; }
  std::uint64_t suspensions() const { return suspensions_; }  // since the start
  std::uint64_t hits_per_minute() const { return hits_per_minute_; }
  // Of every signature, by id.
  std::vector<SignatureCount> counts() const;

 private:
  struct Entry {
    SignatureCount count;
    bool guarded = false;
    Timestamp minute;  // began then
    std::uint64_t in_minute = 0;
  };
  Entry* find(std::string_view source);

  const Ruleset* ruleset_;
  std::uint64_t hits_per_minute_;
  std::uint64_t suspensions_ = 0;
  std::vector<Entry> entries_;  // by index in the ruleset
  std::vector<std::uint8_t> suspended_;
};

}  // namespace scanner
