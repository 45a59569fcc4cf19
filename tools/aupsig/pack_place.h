// Where an agent's packs are, whose signatures it trusts, and how it is asked to take another one.
#pragma once

#include "scanner/io/disk.h"
#include "scanner/io/minisign.h"
#include "scanner/io/pack_state.h"
#include "scanner/model/result.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace scanner {

// As the command line says it.
struct PackPlaceOptions {
  std::string into;                // directory of packs; "": the configuration's
  std::vector<std::string> trust;  // keys or files of keys, besides the configuration's
  std::string config;              // file; "": none
  std::string socket;              // of the agent; "": the configuration's
  bool no_agent = false;           // nobody is asked
};

struct PackPlace {
  std::string directory;
  std::vector<MinisignPublicKey> trusted;
  std::string socket;  // "": nobody is asked
};

// An Error says what is missing.
Result<PackPlace> find_place(const PackPlaceOptions& options);

// What an agent said to a reload.
struct AgentAnswer {
  bool reached = false;  // somebody listened and answered
  bool taken = false;
  std::string pack;      // id of what is in force; "": none
  std::vector<std::string> problems;  // why it was not taken
  std::string trouble;   // why nobody was reached
};
AgentAnswer ask_to_reload(const std::string& socket);

// How a change of what is installed ended.
enum class PackChange { Done, DoneWithoutAgent, Refused, Failed };
// Writes `next` and asks the agent to take it; what the agent refuses is taken back. The lock is
// held by the caller. Says on standard output and error what came of it.
PackChange change_state(Disk& disk, const PackPlace& place, const PackState& before, const PackState& next);

}  // namespace scanner
