// What is said in a conversation, before any network carries it.
#pragma once

#include "tools/trafficgen/random.h"
#include "tools/trafficgen/scenario.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scanner::trafficgen {

// One message: a stretch of a TCP stream, or one datagram.
struct Turn {
  Duration at{};  // since the conversation began
  Side from = Side::Client;
  std::string bytes;
};

// Collects turns along a cursor of time.
class Talk {
 public:
  void say(Side from, std::string bytes) { turns_.push_back({now_, from, std::move(bytes)}); }
  void client(std::string bytes) { say(Side::Client, std::move(bytes)); }
  void server(std::string bytes) { say(Side::Server, std::move(bytes)); }

  void wait(Duration time) { now_ += time; }
  void wait_until(Duration time) { now_ = time > now_ ? time : now_; }
  Duration now() const { return now_; }

  std::vector<Turn> take() { return std::move(turns_); }

 private:
  Duration now_{};
  std::vector<Turn> turns_;
};

// The groups of keys that a speaker's conversation may have.
inline constexpr unsigned kMiner = 1, kPool = 2, kPeer = 4, kContent = 8, kScript = 16;
inline constexpr unsigned kWebSocket = 32;  // speaks in WebSocket messages
inline constexpr unsigned kLogIn = 64;

struct Speaker {
  std::string_view name;
  std::string_view about;  // one line for --help
  unsigned groups;
  std::uint16_t port;  // the server's, where the scenario names none
  bool udp;
  void (*speak)(const Conversation& conversation, Random& random, Talk& talk);
};

std::span<const Speaker> speakers();
const Speaker* find_speaker(std::string_view name);

}  // namespace scanner::trafficgen
