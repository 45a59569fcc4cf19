#include "tools/trafficgen/scenario_read.h"

#include "tools/trafficgen/talk.h"
#include "tools/trafficgen/wallets.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace scanner::trafficgen {
namespace {

constexpr std::array<std::string_view, 4> kOpenings{"accepted", "refused", "silent", "unasked"};
constexpr std::array<std::string_view, 3> kClosings{"fin", "reset", "none"};
constexpr std::array<std::string_view, 2> kOpeners{"client", "server"};
constexpr std::array<std::string_view, 3> kTransports{"tcp", "udp", "icmp"};
constexpr std::array<std::string_view, 4> kRepeatOver{"client-port", "server-port", "servers", "clients"};
constexpr std::array<std::string_view, 14> kLinkNames{"ethernet",   "raw",      "null",      "loop",      "linux-sll",
                                                      "linux-sll2", "802.11",   "radiotap",  "prism",     "avs",
                                                      "ppp",        "ppp-hdlc", "ppp-ether", "cisco-hdlc"};
constexpr std::array<LinkType, 14> kLinks{
    LinkType::Ethernet,      LinkType::Raw,         LinkType::Null,     LinkType::Loop,
    LinkType::LinuxSll,      LinkType::LinuxSll2,   LinkType::Wireless, LinkType::WirelessRadiotap,
    LinkType::WirelessPrism, LinkType::WirelessAvs, LinkType::Ppp,      LinkType::PppHdlc,
    LinkType::PppEther,      LinkType::CiscoHdlc};
constexpr std::string_view kDefaultStart = "2026-03-02T08:00:00Z";

// "192.0.2.1", "192.0.2.1:3333", "2001:db8::1" or "[2001:db8::1]:3333".
std::optional<Endpoint> endpoint_from(std::string_view text, std::uint16_t port) {
  std::string_view address = text, number;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    address = text.substr(1, close - 1);
    number = text.substr(close + 1);
    if (!number.empty() && !number.starts_with(':')) return std::nullopt;
    if (!number.empty()) number.remove_prefix(1);
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    address = text.substr(0, text.find(':'));
    number = text.substr(text.find(':') + 1);
  }
  const auto ip = documentation_address(address);
  if (!ip) return std::nullopt;
  if (!number.empty()) {
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), port);
    if (error != std::errc() || end != number.data() + number.size()) return std::nullopt;
  }
  return Endpoint{*ip, port};
}

class Reader {
 public:
  Reader(YamlContext& context, Scenario& scenario) : context_(context), scenario_(scenario) {}

  void read(const YamlNode& root) {
    Fields fields(root, "scenario", context_);
    fields.text("title", scenario_.title);
    fields.count("seed", scenario_.seed, std::numeric_limits<std::int64_t>::max());
    scenario_.start = *parse_rfc3339(kDefaultStart);
    if (const auto text = fields.map().string("start", Presence::Optional)) {
      if (const auto at = parse_rfc3339(*text))
        scenario_.start = *at;
      else
        context_.error(root, "T006", "start is no RFC 3339 time", "as in " + std::string(kDefaultStart));
    }
    scenario_.link = link_of(fields).value_or(LinkType::Ethernet);
    std::uint64_t snaplen = 0;
    fields.count("snaplen", snaplen, 262144);
    scenario_.snaplen = static_cast<std::uint32_t>(snaplen);
    if (const YamlNode* node = fields.map().map("network", Presence::Optional)) read_network(*node, context_, network_);
    if (const YamlNode* list = fields.map().sequence("conversations"))
      for (const YamlNode& node : list->items) conversation(node);
    fields.finish();
  }

 private:
  void conversation(const YamlNode& node) {
    Fields fields(node, "conversation", context_);
    Conversation talk;
    talk.network = network_;
    const auto name = fields.map().string("speaks");
    talk.speaker = name ? find_speaker(*name) : nullptr;
    if (name && talk.speaker == nullptr) unknown_speaker(node, *name);
    talk.udp = talk.speaker != nullptr && talk.speaker->udp;
    const auto number = static_cast<std::uint16_t>(scenario_.conversations.size());
    endpoint(fields, "client", static_cast<std::uint16_t>(40000 + 20 * number), talk.client);
    endpoint(fields, "server", talk.speaker != nullptr ? talk.speaker->port : std::uint16_t{0}, talk.server);
    if (talk.client.address.is_v4() != talk.server.address.is_v4())
      context_.error(node, "T008", "client and server are of different IP versions");
    talk.link = link_of(fields);
    fields.duration("at", talk.at);
    fields.duration("duration", talk.duration);
    std::size_t opener = 0, transport = talk.udp ? 1 : 0;
    fields.choice("opened_by", kOpeners, opener);
    talk.server_opens = opener == 1;
    fields.choice("opening", kOpenings, talk.opening);
    fields.choice("closing", kClosings, talk.closing);
    fields.count("repeat", talk.repeat, 20000);
    fields.duration("repeat_every", talk.repeat_every);
    fields.choice("repeat_over", kRepeatOver, talk.repeat_over);
    fields.text("lookup", talk.lookup);
    Endpoint resolver{*IpAddress::parse("192.0.2.53"), 53};
    if (fields.map().any("resolver", Presence::Optional) != nullptr) endpoint(fields, "resolver", 53, resolver);
    talk.resolver = resolver.address;
    const unsigned groups = talk.speaker != nullptr ? talk.speaker->groups : ~0U;
    if ((groups & kScript) != 0) {
      fields.choice("transport", kTransports, transport);
      talk.icmp = transport == 2;
      talk.udp = transport == 1 || talk.icmp;
    }
    read_groups(fields, groups, talk);
    fields.finish();
    make_up(node, talk);
    scenario_.conversations.push_back(std::move(talk));
  }

  static std::optional<LinkType> link_of(Fields& fields) {
    std::size_t link = kLinks.size();
    fields.choice("link", kLinkNames, link);
    return link < kLinks.size() ? std::optional(kLinks[link]) : std::nullopt;
  }

  // A key of a group that the speaker has no use for is unknown, and finish() says so.
  void read_groups(Fields& fields, unsigned groups, Conversation& talk) {
    const auto group = [&](unsigned bit, std::string_view key, auto reader, auto& into) {
      if ((groups & bit) == 0) return;
      if (const YamlNode* node = fields.map().map(key, Presence::Optional)) reader(*node, context_, into);
    };
    group(kMiner, "miner", read_miner, talk.miner);
    group(kPool, "pool", read_pool, talk.pool);
    group(kPeer, "peer", read_peer, talk.peer);
    group(kContent, "content", read_content, talk.content);
    group(kLogIn, "log_in", read_log_in, talk.log_in);
    group(~0U, "network", read_network, talk.network);
    group(~0U, "through", read_through, talk.through);
    talk.websocket.used = (groups & kWebSocket) != 0;
    group(~0U, "websocket", read_websocket, talk.websocket);
    if (!talk.udp) group(~0U, "tls", read_tls, talk.tls);
    if ((groups & kScript) != 0)
      if (const YamlNode* list = fields.map().sequence("script", Presence::Optional))
        read_script(*list, context_, talk.script);
  }

  void endpoint(Fields& fields, std::string_view key, std::uint16_t port, Endpoint& into) {
    const auto text = fields.map().string(key);
    if (!text) return;
    if (const auto found = endpoint_from(*text, port))
      into = *found;
    else
      context_.error(*fields.map().any(key), "T007",
                     "\"" + *text + "\" is no documentation address, with a port or without",
                     "192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24 or 2001:db8::/32; [..] round IPv6 before a port");
  }

  void unknown_speaker(const YamlNode& node, const std::string& name) {
    std::vector<std::string> names;
    for (const Speaker& speaker : speakers()) names.emplace_back(speaker.name);
    const std::string_view near = nearest_name(name, names);
    context_.error(node, "T009", "nobody speaks \"" + name + "\"",
                   near.empty() ? "see trafficgen --help" : "did you mean " + std::string(near) + "?");
  }

  void make_up(const YamlNode& node, Conversation& talk) {
    Random random = Random(scenario_.seed).fork(77 + scenario_.conversations.size());
    if (auto wallet = wallet_from(talk.miner.wallet, random))
      talk.miner.wallet = std::move(*wallet);
    else
      context_.error(node, "T010", "no wallet can be made up for \"" + talk.miner.wallet + "\"",
                     "made-up bitcoin, bitcoin-legacy, ethereum, litecoin, monero or zcash");
  }

  YamlContext& context_;
  Scenario& scenario_;
  Network network_;
};

}  // namespace

std::optional<Scenario> read_scenario(const std::string& file, std::string_view text, Diagnostics& diagnostics) {
  YamlContext context(file, text, diagnostics);
  Scenario scenario;
  const auto root = parse_yaml(context);
  if (root) Reader(context, scenario).read(*root);
  if (!root || !context.ok()) return std::nullopt;
  return scenario;
}

}  // namespace scanner::trafficgen
