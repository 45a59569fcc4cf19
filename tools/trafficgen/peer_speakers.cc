// Nodes of coin networks: Bitcoin's messages, Ethereum's discovery v4, Monero's levin.
#include "scanner/model/bytes.h"
#include "scanner/model/digest.h"
#include "tools/trafficgen/speakers.h"

#include <array>

namespace scanner::trafficgen {
namespace {

using namespace std::chrono_literals;

std::string little(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}
std::string text_of(const Sha256& digest) { return std::string(as_text(digest)); }

struct NetworkMagic {
  std::string_view name, magic;
};
constexpr std::array<NetworkMagic, 20> kMagics{{{"bitcoin", "\xf9\xbe\xb4\xd9"},
                                                {"testnet3", "\x0b\x11\x09\x07"},
                                                {"litecoin", "\xfb\xc0\xb6\xdb"},
                                                {"dogecoin", "\xc0\xc0\xc0\xc0"},
                                                {"dash", "\xbf\x0c\x6b\xbd"},
                                                {"zcash", "\x24\xe9\x27\x64"},
                                                {"bitcoin-cash", "\xe3\xe1\xf3\xe8"},
                                                {"ravencoin", "RAVN"},
                                                {"bitcoin-gold", "\xe1\x47\x6d\x44"},
                                                {"digibyte", "\xfa\xc3\xb6\xda"},
                                                {"vertcoin", "\xfb\xbf\xb5\xda"},
                                                {"groestlcoin", "\xf9\xbe\xb4\xd4"},
                                                {"namecoin", "\xf9\xbe\xb4\xfe"},
                                                {"firo", "\xf1\xfe\xd9\xe3"},
                                                {"qtum", "\xf1\xcf\xa6\xd3"},
                                                {"pivx", "\x90\xc4\xfd\xe9"},
                                                {"koto", "Koto"},
                                                {"snowgem", "\x24\xc8\x27\x64"},
                                                {"monacoin", "\xfb\xc0\xb6\xdb"},
                                                {"nobody", "\x01\x02\x03\x04"}}};

std::string bitcoin_message(std::string_view network, std::string command, const std::string& payload) {
  std::string_view magic = kMagics.front().magic;
  for (const NetworkMagic& known : kMagics)
    if (known.name == network) magic = known.magic;
  command.resize(12, '\0');
  const std::string checksum = text_of(sha256(sha256(as_bytes(payload)))).substr(0, 4);
  return std::string(magic) + command + little(payload.size(), 4) + checksum + payload;
}

std::string version_payload(const Peer& peer, Random& random) {
  const std::string agent = peer.agent.empty() ? "/Satoshi:27.0.0/" : peer.agent;
  const std::string nobody(26, '\0');
  return little(70016, 4) + little(0x409, 8) + little(1772438400, 8) + nobody + nobody + random.bytes(8) +
         static_cast<char>(agent.size()) + agent + little(880000, 4) + '\x01';
}

// RLP (Ethereum yellow paper, appendix B), as far as discovery needs it.
std::string rlp_text(const std::string& bytes) {
  if (bytes.size() == 1 && static_cast<std::uint8_t>(bytes[0]) < 0x80) return bytes;
  return static_cast<char>(0x80 + bytes.size()) + bytes;
}
std::string rlp_number(std::uint64_t value) {
  std::string bytes;
  for (; value != 0; value >>= 8) bytes.insert(bytes.begin(), static_cast<char>(value & 0xff));
  return rlp_text(bytes);
}
std::string rlp_list(const std::string& items) {
  if (items.size() < 56) return static_cast<char>(0xc0 + items.size()) + items;
  return std::string("\xf8") + static_cast<char>(items.size()) + items;
}
std::string rlp_endpoint(const Endpoint& endpoint) {
  const std::string_view octets(reinterpret_cast<const char*>(endpoint.address.octets.data()), 16);
  return rlp_list(rlp_text(std::string(endpoint.address.is_v4() ? octets.substr(12) : octets)) +
                  rlp_number(endpoint.port) + rlp_number(30303));
}

std::string discovery_packet(char type, const std::string& data, Random& random) {
  const std::string signed_part = random.bytes(64) + '\x01' + type + data;
  return text_of(keccak256(as_bytes(signed_part))) + signed_part;
}

std::string levin(std::uint32_t command, bool request, const std::string& body) {
  return little(0x0101010101012101, 8) + little(body.size(), 8) + static_cast<char>(request ? 1 : 0) +
         little(command, 4) + little(request ? 0 : 1, 4) + little(request ? 1 : 2, 4) + little(1, 4) + body;
}

// Portable storage: node data with Monero's network id and a peer id.
std::string levin_body(Random& random) {
  const std::string network("\x12\x30\xf1\x71\x61\x04\x41\x61\x17\x31\x00\x82\x16\xa1\xa1\x10", 16);
  return std::string("\x01\x11\x01\x01\x01\x01\x02\x01\x01\x04", 10) + "\x09node_data\x0c\x08" +
         "\x0anetwork_id\x0a\x40" + network + "\x07peer_id\x05" + random.bytes(8);
}

}  // namespace

void speak_bitcoin_peer(const Conversation& conversation, Random& random, Talk& talk) {
  const Peer& peer = conversation.peer;
  const auto message = [&](std::string command, const std::string& payload) {
    return bitcoin_message(peer.network, std::move(command), payload);
  };
  const Duration trip = conversation.network.round_trip;
  talk.client(message("version", version_payload(peer, random)));
  talk.wait(trip);
  if (!peer.answers) return;
  talk.server(message("version", version_payload(peer, random)) + message("verack", ""));
  talk.wait(2ms);
  talk.client(message("verack", "") + message("sendheaders", "") + message("getaddr", ""));
  for (std::uint64_t i = 0; i < peer.rounds; ++i) {
    talk.wait(20s);
    const std::string nonce = random.bytes(8);
    talk.server(message("ping", nonce));
    talk.wait(trip);
    talk.client(message("pong", nonce));
  }
}

void speak_discv4(const Conversation& conversation, Random& random, Talk& talk) {
  const Peer& peer = conversation.peer;
  const std::string expiry = rlp_number(1893456000);
  for (std::uint64_t i = 0; i < std::max<std::uint64_t>(peer.rounds, 1); ++i) {
    const std::string ping = discovery_packet(
        '\x01',
        rlp_list(rlp_number(4) + rlp_endpoint(conversation.client) + rlp_endpoint(conversation.server) + expiry),
        random);
    talk.client(ping);
    talk.wait(conversation.network.round_trip);
    if (peer.answers)
      talk.server(discovery_packet(
          '\x02', rlp_list(rlp_endpoint(conversation.client) + rlp_text(ping.substr(0, 32)) + expiry), random));
    talk.wait(20s);
  }
}

void speak_levin(const Conversation& conversation, Random& random, Talk& talk) {
  const Peer& peer = conversation.peer;
  std::uint32_t command = 1001;  // handshake, then timed sync
  for (std::uint64_t i = 0; i <= peer.rounds; ++i) {
    talk.client(levin(command, true, levin_body(random)));
    talk.wait(conversation.network.round_trip);
    if (!peer.answers) return;
    talk.server(levin(command, false, levin_body(random)));
    talk.wait(30s);
    command = 1002;
  }
}

}  // namespace scanner::trafficgen
