// A conversation inside TLS: turns in the clear → the turns of a session that carries them,
// and the lines of its key log.
//
// The session is a resumed one, so that no certificate is needed; its secrets and randoms are
// drawn and its records sealed with the keys that follow from them. The handshake's proofs of
// knowledge (binder, Finished) are noise that only the two ends could tell from right ones.
#pragma once

#include "tools/trafficgen/talk.h"

#include <string>
#include <vector>

namespace scanner::trafficgen {

// So long after the handshake's first octet the conversation itself begins.
inline constexpr Duration kTlsLead = std::chrono::seconds(1);

// Sizes are those of TLS; `key_log` gets what conversation.tls->keys says. conversation.tls is set.
std::vector<Turn> seal(const Conversation& conversation, const std::vector<Turn>& turns, Random random, std::string& key_log);

}  // namespace scanner::trafficgen
