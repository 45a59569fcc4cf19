// What a process shows of mining, and the findings that it makes: the process column's rungs
// (DESIGN §2) without the bookkeeping, which is process_ladder.cc's.
#pragma once

#include "scanner/detect/detector.h"

#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// What signatures of one activity found on a process.
struct ProcessSign {
  std::string activity;
  Stage stage = Stage::None;  // Interest or Contact
  double weight = 0;
  std::string source, title;  // of the signature that reached the stage, the weightiest of them
  std::uint32_t revision = 0;
  std::vector<std::string> matches;
  Timestamp first_seen;
};

// "mining.software", "mining.pool" …: where a sustained load means something.
bool is_mining(std::string_view activity);

// Adds a hit to the sign of its activity, or makes one (at most 8 activities).
void add_sign(std::vector<ProcessSign>& signs, const Signature& signature, const SignatureHit& hit, Timestamp at);
// The mining sign of the highest stage and weight; null: none.
const ProcessSign* best_mining_sign(const std::vector<ProcessSign>& signs);

// `kind`: "process" or "usage". Another image of the process is another key.
std::string finding_key(std::string_view kind, const Process& process);
std::vector<std::string> finding_keys(const Process& process);  // both

// By itself: the sign's stage, or session with a sustained load. `activity` is the sign's.
Finding sign_finding(const ProcessSign& sign, bool sustained_load, const Process& process);
// In a conversation's incident: `owner` is the rung that owning its socket gives (None: none
// yet); `sign` may be null. `by_shape`: nothing of the conversation could be read. Subject,
// activity and flow are left to the caller.
Finding owner_finding(const ProcessSign* sign, bool sustained_load, Stage owner, bool by_shape, const Process& process);
// The load, beside the finding of the process: corroborates, and never convicts alone.
Finding usage_finding(const Finding& of_process, const Process& process, const LoadLimits& limits);
// The same by its control group, where its own load is not even: it says less, since others
// are in the group too.
Finding group_usage_finding(const Finding& of_process, const Process& process, const LoadWindow& load, const LoadLimits& limits);

}  // namespace scanner
