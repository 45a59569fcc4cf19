// The labelled corpus, where it stands beside the checkout, and what the engine says of it.
#pragma once

#include "places.h"
#include "tests/support/engine_run.h"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <filesystem>
#include <map>
#include <string>

namespace scanner::test {

// Says 'skipped' where it is missing.
inline bool corpus_is_there() {
  if (std::filesystem::exists(std::string(AUPSCAN_CORPUS_DIR) + "/manifest.tsv")) return true;
  std::puts("skipped: no labelled corpus beside the checkout");
  return false;
}

inline std::string in_corpus(const std::string& file) { return std::string(AUPSCAN_CORPUS_DIR) + "/" + file; }

// The last revision of every incident.
inline std::map<std::string, nlohmann::json> last_revisions(const EngineRun& run) {
  std::map<std::string, nlohmann::json> last;
  for (const std::string& line : run.events) {
    nlohmann::json event = nlohmann::json::parse(line);
    const std::string incident = event["data"]["incident"];
    last[incident] = std::move(event);
  }
  return last;
}

}  // namespace scanner::test
