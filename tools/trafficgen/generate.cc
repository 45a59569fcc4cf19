#include "tools/trafficgen/generate.h"

#include "tools/trafficgen/carriers.h"
#include "tools/trafficgen/frames.h"
#include "tools/trafficgen/tls.h"

#include <algorithm>

namespace scanner::trafficgen {
namespace {

using namespace std::chrono_literals;

// What is said, as it travels. Sealing draws from a generator of its own, so that a
// conversation says the same with and without it.
std::vector<Turn> speech(const Conversation& conversation, Random& random, std::string& key_log) {
  constexpr std::uint64_t kSealing = 31;
  Talk talk;
  const Random sealing = random.fork(kSealing);
  conversation.speaker->speak(conversation, random, talk);
  std::vector<Turn> said = talk.take();
  if (!conversation.udp) said = in_websocket(conversation, std::move(said), random);
  return conversation.tls ? seal(conversation, std::move(said), sealing, key_log) : said;
}

// One run of a conversation: speech → segments → frames.
void run(const Scenario& scenario, const Conversation& conversation, Random random, std::vector<OwnedPacket>& packets) {
  std::string keys;
  std::vector<Turn> turns = speech(conversation, random, keys);
  std::vector<Segment> segments =
      conversation.udp ? carry_udp(turns) : carry_tcp(conversation, pass_through(conversation, std::move(turns)), random);
  impair(conversation, segments, random);
  auto number = static_cast<std::uint16_t>(random.next());
  const LinkType link = conversation.link.value_or(scenario.link);
  for (const Segment& segment : segments) {
    for (auto& bytes : frame(conversation, segment, link, number++)) {
      OwnedPacket packet;
      packet.at = scenario.start + conversation.at + segment.at;
      packet.original_length = static_cast<std::uint32_t>(bytes.size());
      packet.link = link;
      packet.data = std::move(bytes);
      if (scenario.snaplen != 0 && packet.data.size() > scenario.snaplen) packet.data.resize(scenario.snaplen);
      packets.push_back(std::move(packet));
    }
  }
}

// The address that follows.
IpAddress next(IpAddress address) {
  for (std::size_t i = address.octets.size(); i-- > 0 && ++address.octets[i] == 0;) continue;
  return address;
}

void change(Conversation& conversation) {
  ++conversation.repetition;
  ++conversation.client.port;
  switch (conversation.repeat_over) {
    case RepeatOver::ClientPort: break;
    case RepeatOver::ServerPort: ++conversation.server.port; break;
    case RepeatOver::Servers: conversation.server.address = next(conversation.server.address); break;
    case RepeatOver::Clients: conversation.client.address = next(conversation.client.address); break;
  }
}

// The question that precedes a connection by name.
Conversation lookup_of(const Conversation& conversation) {
  Conversation lookup;
  lookup.speaker = find_speaker("dns");
  lookup.udp = true;
  lookup.client = {conversation.client.address, static_cast<std::uint16_t>(conversation.client.port + 9000)};
  lookup.server = {conversation.resolver, 53};
  lookup.at = conversation.at;
  lookup.content.host = conversation.lookup;
  lookup.content.addresses = {conversation.server.address.to_string()};
  lookup.link = conversation.link;
  lookup.network.wraps = conversation.network.wraps;
  return lookup;
}

}  // namespace

std::vector<OwnedPacket> generate(const Scenario& scenario) {
  const Random random(scenario.seed);
  std::vector<OwnedPacket> packets;
  std::uint64_t part = 0;
  for (Conversation conversation : scenario.conversations) {
    if (!conversation.lookup.empty()) {
      run(scenario, lookup_of(conversation), random.fork(part + 500), packets);
      conversation.at += 2 * conversation.network.round_trip;
    }
    for (std::uint64_t i = 0; i < conversation.repeat; ++i) {
      run(scenario, conversation, random.fork(part + i), packets);
      conversation.at += conversation.repeat_every;
      change(conversation);
    }
    part += 1000;
  }
  std::stable_sort(packets.begin(), packets.end(),
                   [](const OwnedPacket& a, const OwnedPacket& b) { return a.at < b.at; });
  return packets;
}

std::string key_log(const Scenario& scenario) {
  const Random random(scenario.seed);
  std::string text;
  std::uint64_t part = 0;
  for (const Conversation& conversation : scenario.conversations) {
    for (std::uint64_t i = 0; conversation.tls && i < conversation.repeat; ++i) {
      Random own = random.fork(part + i);
      speech(conversation, own, text);
    }
    part += 1000;
  }
  return text;
}

std::vector<Packet> views(const std::vector<OwnedPacket>& packets) {
  std::vector<Packet> out;
  for (const OwnedPacket& packet : packets) {
    Packet view;
    view.at = packet.at;
    view.data = packet.data;
    view.original_length = packet.original_length;
    view.frame = static_cast<std::uint32_t>(out.size() + 1);
    view.link = packet.link;
    out.push_back(view);
  }
  return out;
}

}  // namespace scanner::trafficgen
