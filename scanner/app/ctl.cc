#include "scanner/app/ctl.h"

#include "scanner/app/agent_control.h"
#include "scanner/app/config.h"
#include "scanner/app/terminal.h"
#include "scanner/app/wording.h"
#include "scanner/io/line_client.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

ExitCode refuse(const std::string& what) {
  tell_error(what);
  return ExitCode::Usage;
}

Result<std::string> socket_of(const CtlOptions& options) {
  if (!options.socket.empty()) return options.socket;
  Diagnostics diagnostics;
  const auto config = load_config(options.config, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) std::cerr << to_text(diagnostic);
  if (!config) return tl::unexpected(config.error());
  return config->agent.control_socket;
}

std::uint64_t number(const Json& json, const char* key) { return json.value(key, std::uint64_t{0}); }

std::string text(const Json& json, const char* key) {
  return json.contains(key) && json[key].is_string() ? printable(json[key].get<std::string>()) : std::string();
}

void line(const std::string& name, const std::string& value) { std::cout << "  " << fitted(name, 14) << value << "\n"; }

void print_list(const std::string& name, const Json& list) {
  for (const Json& item : list)
    if (item.is_string()) line(name, printable(item.get<std::string>()));
}

void print_input(const Json& input) {
  for (const Json& capture : input.at("captures"))
    line("capture", text(capture, "interface") + ": " + count_text(number(capture, "packets")) + " packets, " +
                        count_text(number(capture, "dropped") + number(capture, "interface_dropped")) + " dropped" +
                        (number(capture, "sampled_out") > 0 ? ", " + count_text(number(capture, "sampled_out")) + " left out under pressure" : "") +
                        (text(capture, "trouble").empty() ? "" : "; " + text(capture, "trouble")));
  const Json& processes = input.at("processes");
  line("processes", (text(processes, "source").empty() ? "not watched" : "by " + text(processes, "source")) + ": " + count_text(number(processes, "seen")) + " seen, " +
                        count_text(number(processes, "lost")) + " lost, " + count_text(number(processes, "incomplete")) + " gone too soon");
  print_list("note", input.at("notes"));
}

void print_delivery(const Json& status) {
  const Json& events = status.at("events");
  line("events", count_text(number(events, "breach")) + " of breaches, " + count_text(number(events, "indicator")) + " of indicators, " + count_text(number(events, "permitted")) + " permitted");
  const Json& outbox = status.at("outbox");
  line("outbox", count_text(number(outbox, "durable")) + " records, " + bytes_text(number(outbox, "bytes")) + ", " + count_text(number(outbox, "pending")) + " wait for the disk" +
                     (text(outbox, "trouble").empty() ? "" : "; " + text(outbox, "trouble")));
  if (number(outbox, "lost") + number(outbox, "dropped") > 0) line("lost", count_text(number(outbox, "lost") + number(outbox, "dropped")) + " events had no room");
  for (const Json& sink : status.at("sinks"))
    line("sink " + text(sink, "name"), count_text(number(sink, "delivered")) + " delivered, " + count_text(number(sink, "behind")) + " records behind" +
                                           (text(sink, "trouble").empty() ? "" : "; " + text(sink, "trouble")));
  line("evidence", bytes_text(number(status.at("evidence"), "bytes")));
}

void print_pack(const Json& status) {
  if (const Json& pack = status.at("pack"); pack.is_object())
    line("pack", text(pack, "name") + " " + std::to_string(number(pack, "version")) + " of " + text(pack, "date") + ", signed by " + text(pack, "signed_by") +
                     (text(pack, "confirm_until").empty() ? "" : "; to be confirmed until " + text(pack, "confirm_until")));
  if (!text(status, "pack_trouble").empty()) line("refused", text(status, "pack_trouble"));
}

// Signatures that hit or are suspended, the most hits first.
void print_signatures(const Json& status) {
  std::vector<const Json*> told;
  for (const Json& one : status.at("signatures"))
    if (number(one, "hits") > 0) told.push_back(&one);
  std::ranges::stable_sort(told, [](const Json* a, const Json* b) { return number(*a, "hits") > number(*b, "hits"); });
  constexpr std::size_t kMostTold = 20;
  for (std::size_t i = 0; i < told.size(); ++i) {
    const Json& one = *told[i];
    const bool suspended = !text(one, "suspended").empty();
    if (i >= kMostTold && !suspended) continue;
    line(suspended ? "suspended" : "signature", text(one, "id") + ": " + count_text(number(one, "hits")) + " hits, " + count_text(number(one, "findings")) + " findings" +
                                                   (number(one, "permitted") > 0 ? ", " + count_text(number(one, "permitted")) + " permitted" : "") +
                                                   (number(one, "silenced") > 0 ? ", " + count_text(number(one, "silenced")) + " while it was switched off" : "") +
                                                   (suspended ? ", " + count_text(number(one, "held_back")) + " held back since " + text(one, "suspended") : ""));
  }
  if (told.size() > kMostTold) line("signature", "more of them hit: --json lists all");
}

// Signatures that do not count yet, and what is permitted.
void print_life(const Json& status) {
  for (const Json& one : status.at("shadow"))
    line(text(one, "status"), text(one, "signature") + ": " + count_text(number(one, "hits")) + " hits of " + count_text(number(one, "subjects")) + " subjects, " + count_text(number(one, "alone")) +
                                  " with no other sign of " + text(one, "activity"));
  for (const Json& one : status.at("exceptions")) line("exception", text(one, "id") + ": " + count_text(number(one, "hits")) + " findings permitted");
  print_list("warning", status.at("exception_warnings"));
}

void print_status(const Json& status) {
  std::cout << "aupscan " << text(status, "version") << " on " << text(status, "host") << ": " << (status.value("ready", false) ? "ready" : "not ready") << ", mode "
            << text(status, "mode") << ", effort " << text(status, "effort") << (status.value("paused", false) ? ", paused" : "") << "\n";
  print_list("not ready", status.at("not_ready"));
  line("since", text(status, "started"));
  print_input(status.at("input"));
  print_delivery(status);
  const Json& off = status.at("kill_switch");
  if (off.value("all", false)) line("switched off", "everything");
  print_list("switched off", off.at("names"));
  line("ruleset", text(status, "ruleset"));
  print_pack(status);
  print_signatures(status);
  print_life(status);
  const Json& reloads = status.at("reloads");
  line("reloads", count_text(number(reloads, "done")) + " done, " + count_text(number(reloads, "refused")) + " refused" + (text(reloads, "last").empty() ? "" : "; the last one was " + text(reloads, "last")));
  const Json& self = status.at("self");
  line("cost", quantity_text(self.value("cpu_percent", 0.0), "% of a core") + ", " + bytes_text(number(self, "resident_bytes")) + " of memory");
}

void print_kill_switch(const Json& answer) {
  const Json& state = answer.at("kill_switch");
  if (state.value("all", false)) std::cout << "everything is switched off\n";
  for (const Json& name : state.at("names")) std::cout << printable(name.get<std::string>()) << " is switched off\n";
  if (!state.value("all", false) && state.at("names").empty()) std::cout << "nothing is switched off\n";
  if (answer.contains("warning")) std::cerr << "aupscan: " << text(answer, "warning") << "\n";
}

ExitCode print_answer(const Json& answer, ControlVerb verb) {
  if (!answer.value("ok", false)) {
    if (answer.contains("problems"))
      for (const Json& problem : answer["problems"]) std::cerr << problem.get<std::string>() << "\n";
    return refuse(text(answer, "error"));
  }
  switch (verb) {
    case ControlVerb::Status: print_status(answer.at("status")); break;
    case ControlVerb::KillSwitch: print_kill_switch(answer); break;
    case ControlVerb::Pause:
    case ControlVerb::Resume:
      if (answer.contains("signature")) {
        std::cout << text(answer, "signature") << " counts again\n";
        break;
      }
      std::cout << (answer.value("paused", false) ? "paused" : "resumed") << "\n"; break;
    case ControlVerb::Reload:
      std::cout << "reloaded: ruleset " << text(answer, "ruleset") << "\n";
      if (answer.contains("pack") && answer["pack"].is_object()) std::cout << "pack " << text(answer["pack"], "name") << " " << number(answer["pack"], "version") << "\n";
      for (const Json& key : answer.at("needs_restart")) std::cout << printable(key.get<std::string>()) << " changed and takes a restart\n";
      break;
    case ControlVerb::Tap:
    case ControlVerb::Profile: break;
  }
  return ExitCode::Done;
}

// Until the agent ends or the reader has enough.
ExitCode tap(LineClient& client) {
  for (;;) {
    const auto next = client.receive();
    if (!next) return ExitCode::Done;
    std::cout << printable(*next) << "\n" << std::flush;
    if (!std::cout) return ExitCode::Done;
  }
}

}  // namespace

ExitCode ctl(const CtlOptions& options) {
  Json asked{{"command", options.command}};
  if (!options.name.empty()) asked["name"] = options.name;
  if (!options.state.empty()) asked["on"] = options.state == "on";
  const auto request = parse_control_request(asked.dump());
  if (!request) return refuse(request.error().message);
  if (!options.name.empty() && request->verb != ControlVerb::KillSwitch && request->verb != ControlVerb::Resume) return refuse(options.command + " takes no name");
  const auto socket = socket_of(options);
  if (!socket) return refuse(socket.error().message);
  auto client = LineClient::connect(*socket);
  if (!client) return refuse(client.error().message + " (does the agent run, and may you talk to it?)");
  if (auto sent = client->send(to_line(*request)); !sent) return refuse(sent.error().message);
  const auto line = client->receive();
  if (!line) return refuse(line.error().message);
  const Json answer = Json::parse(*line, nullptr, false);
  if (!answer.is_object()) return refuse("the agent's answer is none");
  if (options.json) std::cout << *line << "\n";
  const bool good = answer.value("ok", false);
  if (options.json && !good) return ExitCode::Usage;
  if (request->verb == ControlVerb::Tap && good) return tap(*client);
  if (options.json) return ExitCode::Done;
  try {
    return print_answer(answer, request->verb);
  } catch (const Json::exception&) {
    return refuse("the agent's answer is not understood: agent and aupscan ctl are of different versions; --json shows it as it came");
  }
}

}  // namespace scanner
