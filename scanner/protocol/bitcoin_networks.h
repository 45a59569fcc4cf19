// The networks that speak Bitcoin's peer-to-peer protocol, and the first pools of peers that
// borrowed its framing: what each puts in front of a command.
#pragma once

#include "scanner/model/bytes.h"

#include <cstdint>
#include <string_view>

namespace scanner {

struct BitcoinNetwork {
  std::uint8_t magic[4];  // on the wire
  std::string_view name;  // those that share a magic are one entry, with "|" between
  std::string_view coin;  // "" where several coins share it
};

// Null where the magic is nobody's. A magic alone is no evidence: some are plain text.
const BitcoinNetwork* find_bitcoin_network(Bytes four);

// P2Pool of the Bitcoin family (forrestv's, 2011): a prefix of eight bytes, else the same.
struct PeerPool {
  std::uint8_t prefix[8];
  std::string_view name, coin;
};
const PeerPool* find_peer_pool(Bytes eight);

}  // namespace scanner
