// Peers that nobody can listen to: Bitcoin's v2 transport (BIP 324) and Ethereum's RLPx (EIP-8).
// Noise of the right lengths at the right times stands for what would be sealed.
#include "tools/trafficgen/speakers.h"

namespace scanner::trafficgen {
namespace {

using namespace std::chrono_literals;

// A packet: length 3, header 1, contents, tag 16.
std::string packet(Random& random, std::size_t contents) { return random.bytes(20 + contents); }

// An ECIES message behind its size: a point, an IV, so many bytes, a tag.
std::string ecies(Random& random, std::size_t body) {
  const std::size_t size = 65 + 16 + body + 32;
  return std::string{static_cast<char>(size >> 8), static_cast<char>(size), '\x04'} + random.bytes(size - 1);
}

// A frame: header and its tag, a body padded to 16 and its tag.
std::string frame(Random& random, std::size_t body) { return random.bytes(32 + (body + 15) / 16 * 16 + 16); }

}  // namespace

void speak_bitcoin_v2(const Conversation& conversation, Random& random, Talk& talk) {
  const Peer& peer = conversation.peer;
  const Duration trip = conversation.network.round_trip;
  const auto garbage = [&](std::optional<std::uint64_t> wanted) {
    return random.bytes(wanted ? *wanted : random.below(4096));
  };
  talk.client(random.bytes(64) + garbage(peer.client_garbage));
  talk.wait(trip);
  if (!peer.answers) return;
  talk.server(random.bytes(64) + garbage(peer.server_garbage) + random.bytes(16) + packet(random, 0));
  talk.wait(2ms);
  talk.client(random.bytes(16) + packet(random, 0) + packet(random, 1 + 102));  // terminator, version packet, `version`
  talk.wait(trip);
  talk.server(packet(random, 1 + 102) + packet(random, 1) + packet(random, 1));
  for (std::uint64_t i = 0; i < peer.rounds; ++i) {
    talk.wait(20s);
    talk.server(packet(random, 9));
    talk.wait(trip);
    talk.client(packet(random, 9));
  }
}

void speak_rlpx(const Conversation& conversation, Random& random, Talk& talk) {
  const Duration trip = conversation.network.round_trip;
  talk.client(ecies(random, 169 + 100 + random.below(200)));
  talk.wait(trip);
  if (!conversation.peer.answers) return;
  talk.server(ecies(random, 100 + 100 + random.below(200)) + frame(random, 130));
  talk.wait(2ms);
  talk.client(frame(random, 130) + frame(random, 90));
  for (std::uint64_t i = 0; i < conversation.peer.rounds; ++i) {
    talk.wait(15s);
    talk.server(frame(random, 4));
    talk.wait(trip);
    talk.client(frame(random, 4));
  }
}

}  // namespace scanner::trafficgen
