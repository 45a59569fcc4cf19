// What carries a conversation between the speakers and TCP: proxies and WebSocket.
#pragma once

#include "tools/trafficgen/talk.h"

#include <vector>

namespace scanner::trafficgen {

// The same turns behind the handshake with conversation.through, later by as long as that
// takes; unchanged where there is no proxy.
std::vector<Turn> pass_through(const Conversation& conversation, std::vector<Turn> turns);

// Each turn as a WebSocket message behind an upgrade, where conversation.websocket is used.
std::vector<Turn> in_websocket(const Conversation& conversation, std::vector<Turn> turns, Random& random);

}  // namespace scanner::trafficgen
