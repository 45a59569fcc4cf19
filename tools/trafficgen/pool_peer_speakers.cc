// Pools whose members are peers: P2Pool for Monero, and the one of the Bitcoin family.
#include "scanner/model/bytes.h"
#include "scanner/model/digest.h"
#include "tools/trafficgen/speakers.h"

namespace scanner::trafficgen {
namespace {

using namespace std::chrono_literals;

std::string little(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += i < 8 ? static_cast<char>(value >> (8 * i) & 0xff) : '\0';
  return out;
}
std::string text_of(const Sha256& digest) { return std::string(as_text(digest)); }

std::string side_chain_id(const std::string& network, Random& random) {
  if (network == "p2pool-main" || network == "bitcoin")
    return "\x22\xaf\x7e\xe7\xb5\x0b\x68\x92\xe3\x99\xda\x6b\x2c\x6c\x44\x27\xb2\x51\x04\xd4\xa9\x04\x8e" +
           std::string(1, '\0') + "\xb1\x6e\x9d\xf0\x44\x07\xf9\x18";
  return random.bytes(32);
}

// Hash and salt that answer a challenge. `works`: with the work that an initiator owes.
std::string solution(const std::string& challenge, const std::string& chain, bool works, Random& random) {
  for (std::uint64_t salt = random.next();; ++salt) {
    const std::string hash = text_of(keccak256(as_bytes(challenge + chain + little(salt, 8))));
    Cursor high(as_bytes(hash).subspan(24));
    if (!works || high.le64() <= ~std::uint64_t{0} / 10000) return '\x01' + hash + little(salt, 8);
  }
}

std::string peer_pool_message(std::string command, const std::string& payload) {
  command.resize(12, '\0');
  return "\x24\x72\xef\x18\x1e\xfc\xd3\x7b" + command + little(payload.size(), 4) +
         text_of(sha256(sha256(as_bytes(payload)))).substr(0, 4) + payload;
}

}  // namespace

void speak_p2pool(const Conversation& conversation, Random& random, Talk& talk) {
  const Duration trip = conversation.network.round_trip;
  const std::string chain = side_chain_id(conversation.peer.network, random);
  const std::string asked = random.bytes(8), asked_back = random.bytes(8);
  talk.client('\0' + asked + random.bytes(8));
  talk.wait(trip);
  if (!conversation.peer.answers) return;
  talk.server('\0' + asked_back + random.bytes(8));
  talk.wait(1ms);
  talk.server(solution(asked, chain, false, random));
  talk.wait(8ms);
  talk.client(solution(asked_back, chain, true, random) + '\x02' + little(37889, 4) + '\x06');
  talk.wait(trip);
  talk.server('\x02' + little(37889, 4) + '\x07' + '\0');
  talk.wait(10s);
  talk.server('\x05' + little(2000, 4) + random.bytes(2000));
}

void speak_peer_pool(const Conversation& conversation, Random& random, Talk& talk) {
  const std::string version = little(3500, 4) + little(0, 8) + std::string(52, '\0') + random.bytes(8) +
                              "\x04"
                              "17.0" +
                              little(1, 4) + little(0, 32);
  talk.client(peer_pool_message("version", version));
  talk.wait(conversation.network.round_trip);
  if (!conversation.peer.answers) return;
  talk.server(peer_pool_message("version", version) + peer_pool_message("getaddrs", little(8, 4)));
  talk.wait(5s);
  talk.client(peer_pool_message("shares", random.bytes(700)));
}

}  // namespace scanner::trafficgen
