// What is in an outbox's directory, found out by reading it. Changes nothing.
#pragma once

#include "scanner/io/disk.h"
#include "scanner/io/segment_walk.h"

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace scanner {

struct SegmentInfo {
  std::uint64_t first_sequence = 1;
  Sha256 previous{};        // the hash of the record in front of its first one
  std::uint64_t bytes = 0;  // durable ones, header included
  std::uint64_t events = 0, breaches = 0;
};

// Bytes that are no record although records follow them, or that end the last segment.
struct FoundDamage {
  std::string file;
  std::uint64_t offset = 0, size = 0;
  std::uint64_t first_missing = 0, last_missing = 0;  // sequences; 0: not known to miss any
  std::string why;
};

// Events of the kind Held that no later note of a release tells of.
struct HeldBack {
  std::uint64_t events = 0;
  std::vector<std::string> newest;  // of each incident
};

using SequenceRanges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;  // first, last; ascending
void add_sequence(SequenceRanges& ranges, std::uint64_t sequence);            // greater than all in it

struct RecoveredLog {
  std::vector<SegmentInfo> segments;  // in order
  std::vector<FoundDamage> damage;    // told of or not
  std::set<std::pair<std::string, std::uint64_t>> told;  // file and offset, by notes of the log
  std::vector<FoundDamage> torn;      // of the last segment: at most one
  std::vector<std::string> empty;     // segments in which no record is: names
  std::uint64_t next_sequence = 1;
  Sha256 last_hash{};
  std::uint64_t since_checkpoint = 0;  // records
  SequenceRanges held;                 // of those in held_back
  HeldBack held_back;
};

// Reads every segment once, one at a time in memory.
DiskResult<RecoveredLog> read_log(Disk& disk, const std::string& directory);

bool is_breach(std::string_view event_json);  // by its envelope's type

}  // namespace scanner
