// Packets or captures through the whole engine, with the rules that the repository ships.
#pragma once

#include "scanner/app/incident_book.h"
#include "scanner/engine/engine.h"
#include "scanner/engine/source.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace scanner::test {

struct Rules {
  std::shared_ptr<const Matcher> matcher;
  std::shared_ptr<const Declaration> declaration;
};
// Loaded and compiled once; throws where they cannot be.
const Rules& shipped_rules();
// With one more dialect, described in this file.
Rules shipped_rules_and(const std::string& dialect_path);
// With one more file, at this place below signatures/.
Rules shipped_rules_and(const std::string& place, const std::string& text);

struct RunOptions {
  std::size_t workers = 1;
  std::vector<Cidr> local;
  const Rules* rules = nullptr;  // instead of the shipped ones
  // Reloaded in turn, one before each batch; and so many packets a batch.
  std::vector<const Rules*> reloads = {};
  std::size_t batch = 256;  // small, so that scenarios take several
  std::string key_log = "";      // of TLS sessions
  std::vector<Attributed> tenants = {};
  std::uint64_t hits_per_minute = JudgementOptions{}.hits_per_minute;
  std::shared_ptr<const Exceptions> exceptions = nullptr;
};

struct EngineRun {
  std::vector<std::string> events;  // JSON, one object each, in the order of emission
  std::vector<std::string> claims;  // of the same events
  std::vector<BreachEvent> records;  // the same events as values
  IncidentBook book;                // the last event of each incident
  Coverage coverage;
  std::vector<SignatureCount> signatures;
  std::vector<std::string> warnings;  // of the captures
};

// Every event is held against the schema; one that breaks it, or that claim_of() cannot
// read, is an exception. `packets` in order; batches are made of them.
EngineRun run_packets(const std::vector<Packet>& packets, const RunOptions& options = {});
// `tap` sees each batch before the engine does.
EngineRun run_source(Source& source, const RunOptions& options, const std::function<void(const EventBatch&)>& tap = {});
// Throws where the captures cannot be opened.
EngineRun run_captures(const std::vector<std::string>& paths, const RunOptions& options = {});

}  // namespace scanner::test
