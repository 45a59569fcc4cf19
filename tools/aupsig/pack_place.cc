#include "tools/aupsig/pack_place.h"

#include "scanner/app/config.h"
#include "scanner/io/line_client.h"
#include "tools/aupsig/refusal.h"

#include <iostream>
#include <nlohmann/json.hpp>

namespace scanner {
namespace {

using SortedJson = nlohmann::json;

std::string text_of(const SortedJson& json, const char* key) { return json.is_object() && json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : std::string(); }

}  // namespace

Result<PackPlace> find_place(const PackPlaceOptions& options) {
  PackPlace place;
  if (!options.config.empty()) {
    Diagnostics diagnostics;
    const auto config = load_config(options.config, diagnostics);
    for (const Diagnostic& diagnostic : diagnostics) std::cerr << to_text(diagnostic);
    if (!config) return tl::unexpected(config.error());
    place.directory = config->packs.directory;
    place.trusted = config->packs.keys;
    place.socket = config->agent.control_socket;
  }
  if (!options.into.empty()) place.directory = options.into;
  if (!options.socket.empty()) place.socket = options.socket;
  if (options.no_agent) place.socket.clear();
  for (const std::string& named : options.trust) {
    const auto key = read_public_key(named);
    if (!key) return fail("--trust: " + key.error().message);
    place.trusted.push_back(*key);
  }
  if (place.directory.empty()) return fail(options.config.empty() ? "--into or --config must say where the agent's packs are" : options.config + ": packs.directory is not set; the agent takes no packs");
  return place;
}

AgentAnswer ask_to_reload(const std::string& socket) {
  AgentAnswer answer;
  const auto ask = [&]() -> Result<std::string> {
    auto client = LineClient::connect(socket);
    if (!client) return tl::unexpected(client.error());
    if (auto sent = client->send(R"({"command":"reload"})"); !sent) return tl::unexpected(sent.error());
    return client->receive();
  };
  const auto line = ask();
  const SortedJson json = line ? SortedJson::parse(*line, nullptr, false) : SortedJson();
  if (!json.is_object()) {
    answer.trouble = line ? socket + ": the agent's answer is not understood" : line.error().message;
    return answer;
  }
  answer.reached = true;
  answer.taken = json.contains("ok") && json["ok"] == true;
  if (json.contains("pack")) answer.pack = text_of(json["pack"], "id");
  if (json.contains("problems") && json["problems"].is_array())
    for (const SortedJson& problem : json["problems"])
      if (problem.is_string()) answer.problems.push_back(problem.get<std::string>());
  if (!answer.taken && answer.problems.empty()) answer.problems.push_back(text_of(json, "error"));
  return answer;
}

PackChange change_state(Disk& disk, const PackPlace& place, const PackState& before, const PackState& next) {
  if (auto written = write_pack_state(disk, place.directory, next); !written) {
    complain(written.error().message);
    return PackChange::Failed;
  }
  if (place.socket.empty()) {
    std::cout << "no agent was asked: whoever starts or reloads takes it\n";
    return PackChange::Done;
  }
  const AgentAnswer answer = ask_to_reload(place.socket);
  if (!answer.reached) {
    complain(answer.trouble + ": no agent answers; it takes the pack when it starts");
    return PackChange::DoneWithoutAgent;
  }
  if (answer.taken && answer.pack == next.current.id) {
    std::cout << "the agent runs it\n";
    return PackChange::Done;
  }
  for (const std::string& problem : answer.problems) complain("the agent: " + problem);
  if (answer.taken) complain("the agent that listens at " + place.socket + " takes its rules from elsewhere (its packs.directory is not " + place.directory + ")");
  if (auto back = write_pack_state(disk, place.directory, before); !back)
    complain("what was in force could not be put back: " + back.error().message);
  else
    complain("nothing was changed: " + (before.current.none() ? std::string("no pack is installed") : before.current.title() + " stays in force"));
  return PackChange::Refused;
}

}  // namespace scanner
