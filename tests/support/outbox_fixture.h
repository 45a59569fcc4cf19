// Events and surroundings for an outbox under test.
#pragma once

#include "scanner/io/outbox.h"
#include "scanner/io/outbox_reader.h"

#include <string>
#include <vector>

namespace scanner::test {

// An event with this number in its data and its id; a breach unless told otherwise.
std::string numbered_event(std::uint64_t number, const std::string& type = "aupscan.breach.v1", std::size_t padding = 0,
                           const std::string& subject = "ip:192.0.2.1");
std::uint64_t number_of(const std::string& event_json);  // 0: none of them

// A clock that stands still until it is moved, and a log that is kept.
struct OutboxSurroundings {
  Timestamp now{1'767'355'200'000'000'000};
  std::vector<std::string> said;

  OutboxWorld world(Disk& disk, const SigningKey* key = nullptr, Reclaim* reclaim = nullptr);
  bool heard(const std::string& part) const;
};

OutboxOptions outbox_options(const std::string& directory = "box");
SigningKey test_key();

std::vector<OutboxRecord> all_records(Outbox& outbox);
std::vector<std::uint64_t> numbers(const std::vector<OutboxRecord>& records);  // of the events among them
// "what" of the notes and checkpoints, in order.
std::vector<std::string> notes(const std::vector<OutboxRecord>& records);

}  // namespace scanner::test
