#include "tools/trafficgen/scenario_read.h"
#include "tools/trafficgen/words.h"

#include <array>

namespace scanner::trafficgen {
namespace {

constexpr std::array<std::string_view, 5> kReplies{"accept", "refuse", "error", "null", "ignore"};
constexpr std::array<std::string_view, 5> kProxies{"none", "socks5", "socks4", "socks4a", "connect"};
constexpr std::array<std::string_view, 4> kIds{"same", "other", "text", "null"};
constexpr std::array<std::string_view, 6> kCarriages{"lines", "http", "http-chunked", "http-bare", "http-gzip", "http-deflate"};
constexpr std::array<std::string_view, 4> kSegments{"whole", "byte", "random", "merged"};
constexpr std::array<std::string_view, 3> kVisible{"both", "client", "server"};
constexpr std::array<std::string_view, 2> kSides{"client", "server"};
constexpr std::array<std::string_view, 18> kWraps{"vlan", "qinq",   "mpls",  "pppoe",     "gre",      "ipip",
                                                  "6in4", "in-ip6", "vxlan", "vxlan-gpe", "geneve",   "nvgre",
                                                  "pptp", "l2tp",   "gtp",   "erspan-1",  "erspan-2", "erspan-3"};

std::optional<std::string> bytes_of_hex(std::string_view text) {
  std::string out;
  int half = -1;
  for (const char c : text) {
    if (c == ' ' || c == '\n') continue;
    const std::size_t value =
        std::string_view("0123456789abcdef").find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
    if (value == std::string_view::npos) return std::nullopt;
    if (half < 0) {
      half = static_cast<int>(value);
    } else {
      out += static_cast<char>(half * 16 + static_cast<int>(value));
      half = -1;
    }
  }
  return half < 0 ? std::optional(out) : std::nullopt;
}

void read_script_line(const YamlNode& node, YamlContext& context, std::vector<ScriptLine>& script) {
  Fields fields(node, "script line", context);
  ScriptLine said;
  std::optional<std::size_t> side = fields.map().choice("from", kSides);
  if (side) said.from = static_cast<Side>(*side);
  fields.duration("after", said.after);
  const auto text = fields.map().string("text", Presence::Optional);
  const auto hex = fields.map().string("hex", Presence::Optional);
  const auto json = fields.map().string("json", Presence::Optional);
  if ((text ? 1 : 0) + (hex ? 1 : 0) + (json ? 1 : 0) != 1)
    context.error(node, "T003", "a script line says exactly one of text, hex or json");
  if (text) said.bytes = *text;
  if (hex) {
    const auto bytes = bytes_of_hex(*hex);
    if (!bytes) context.error(node, "T004", "hex: pairs of hex digits, blanks allowed");
    said.bytes = bytes.value_or("");
  }
  if (json) {
    const Json value = Json::parse(*json, nullptr, false);
    if (value.is_discarded())
      context.error(node, "T005", "json: this is no JSON text", "for JSON that is wrong on purpose use text");
    else
      said.bytes = line(value);
  }
  fields.finish();
  script.push_back(std::move(said));
}

}  // namespace

void Fields::texts(std::string_view key, std::vector<std::string>& into) {
  auto values = map_.strings(key, Presence::Optional);
  if (!values.empty()) into = std::move(values);
}

void Fields::count(std::string_view key, std::uint64_t& into, std::int64_t most) {
  if (const auto value = map_.integer(key, Presence::Optional, 0, most)) into = static_cast<std::uint64_t>(*value);
}

void Fields::duration(std::string_view key, Duration& into) {
  const YamlNode* node = map_.any(key, Presence::Optional);
  if (node == nullptr) return;
  const auto value =
      parse_duration(node->kind == YamlKind::Scalar ? std::string_view(node->scalar) : std::string_view());
  if (value)
    into = *value;
  else
    context_.error(*node, "T001", std::string(key) + " is no duration",
                   "a number and ns, us, ms, s, m, h or d, at most 30d");
}

std::optional<Duration> parse_duration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 7> kUnits{
      {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}}};
  double value = 0, scale = 0;
  std::size_t at = 0;
  for (; at < text.size() && ((text[at] >= '0' && text[at] <= '9') || (text[at] == '.' && scale == 0)); ++at) {
    if (text[at] == '.')
      scale = 1;
    else if (scale == 0)
      value = value * 10 + (text[at] - '0');
    else
      value += (text[at] - '0') * (scale /= 10);
  }
  if (at == 0) return std::nullopt;
  for (const auto& [unit, factor] : kUnits)
    if (text.substr(at) == unit && value * factor <= 30 * 86400e9)
      return Duration(static_cast<std::int64_t>(value * factor + 0.5));
  return std::nullopt;
}

std::optional<IpAddress> documentation_address(std::string_view text) {
  constexpr std::array<std::string_view, 4> kRanges{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",
                                                    "2001:db8::/32"};
  const auto address = IpAddress::parse(text);
  if (!address) return std::nullopt;
  for (const std::string_view range : kRanges)
    if (Cidr::parse(range)->contains(*address)) return address;
  return std::nullopt;
}

void read_miner(const YamlNode& node, YamlContext& context, Miner& miner) {
  Fields fields(node, "miner", context);
  fields.text("wallet", miner.wallet);
  fields.text("worker", miner.worker);
  fields.text("password", miner.password);
  fields.text("agent", miner.agent);
  fields.texts("algorithms", miner.algorithms);
  fields.flag("subscribes", miner.subscribes);
  fields.flag("logs_in", miner.logs_in);
  fields.flag("configures", miner.configures);
  fields.flag("suggests", miner.suggests);
  fields.flag("spaced", miner.spaced);
  fields.flag("by_chance", miner.by_chance);
  if (const auto shares = fields.map().integer("shares", Presence::Optional, 0, 100000))
    miner.shares = static_cast<std::uint64_t>(*shares);
  fields.duration("share_every", miner.share_every);
  fields.duration("keep_alive", miner.keep_alive);
  fields.duration("poll_every", miner.poll_every);
  fields.finish();
}

void read_pool(const YamlNode& node, YamlContext& context, Pool& pool) {
  Fields fields(node, "pool", context);
  fields.choice("subscribe", kReplies, pool.subscribe);
  fields.choice("login", kReplies, pool.login);
  fields.choice("work", kReplies, pool.work);
  fields.choice("shares", kReplies, pool.shares);
  fields.count("batch", pool.batch, 1000);
  fields.count("refuse_every", pool.refuse_every, 1000000);
  fields.choice("ids", kIds, pool.ids);
  fields.flag("pushes_work_anyway", pool.pushes_work_anyway);
  fields.number("difficulty", pool.difficulty, 1e-9, 1e18);
  fields.duration("job_every", pool.job_every);
  fields.text("algorithm", pool.algorithm);
  fields.text("name", pool.name);
  fields.flag("long_polling", pool.long_polling);
  fields.choice("carriage", kCarriages, pool.carriage);
  fields.finish();
}

void read_peer(const YamlNode& node, YamlContext& context, Peer& peer) {
  Fields fields(node, "peer", context);
  fields.text("network", peer.network);
  fields.text("agent", peer.agent);
  fields.flag("answers", peer.answers);
  fields.count("rounds", peer.rounds, 10000);
  if (const auto bytes = fields.map().integer("client_garbage", Presence::Optional, 0, 4095))
    peer.client_garbage = static_cast<std::uint64_t>(*bytes);
  if (const auto bytes = fields.map().integer("server_garbage", Presence::Optional, 0, 4095))
    peer.server_garbage = static_cast<std::uint64_t>(*bytes);
  fields.finish();
}

void read_content(const YamlNode& node, YamlContext& context, Content& content) {
  Fields fields(node, "content", context);
  fields.text("host", content.host);
  fields.text("path", content.path);
  fields.text("type", content.type);
  fields.text("body", content.body);
  fields.texts("lines", content.lines);
  fields.count("requests", content.requests, 10000);
  fields.flag("chunked", content.chunked);
  fields.flag("answers", content.answers);
  fields.texts("addresses", content.addresses);
  fields.finish();
}

void read_log_in(const YamlNode& node, YamlContext& context, LogIn& log_in) {
  constexpr std::array<std::string_view, 6> kMethods{"plain", "token", "challenge", "negotiate", "form", "json"};
  Fields fields(node, "log_in", context);
  fields.choice("method", kMethods, log_in.method);
  fields.texts("names", log_in.names);
  fields.texts("passwords", log_in.passwords);
  fields.count("tries", log_in.tries, 10000);
  fields.duration("every", log_in.every);
  fields.count("accept_every", log_in.accept_every, 10000);
  if (const auto status = fields.map().integer("status", Presence::Optional, 200, 599)) log_in.status = static_cast<int>(*status);
  fields.text("passed_on_for", log_in.passed_on_for);
  fields.finish();
}

void read_through(const YamlNode& node, YamlContext& context, Through& through) {
  Fields fields(node, "through", context);
  fields.choice("proxy", kProxies, through.proxy);
  fields.text("to", through.to);
  fields.text("user", through.user);
  fields.text("password", through.password);
  fields.choice("answers", kReplies, through.answers);
  fields.finish();
}

void read_websocket(const YamlNode& node, YamlContext& context, WebSocketCarriage& websocket) {
  Fields fields(node, "websocket", context);
  websocket.used = true;
  fields.flag("binary", websocket.binary);
  fields.flag("deflate", websocket.deflate);
  fields.flag("take_over", websocket.take_over);
  fields.count("window_bits", websocket.window_bits, 15);
  websocket.window_bits = std::max<std::uint64_t>(websocket.window_bits, 9);
  fields.count("fragments", websocket.fragments, 100);
  fields.text("host", websocket.host);
  fields.text("path", websocket.path);
  fields.finish();
}

void read_script(const YamlNode& node, YamlContext& context, std::vector<ScriptLine>& script) {
  for (const YamlNode& item : node.items) read_script_line(item, context, script);
}

void read_tls(const YamlNode& node, YamlContext& context, std::optional<TlsWrap>& tls) {
  constexpr std::string_view kVersions[] = {"1.2", "1.3"};
  constexpr std::string_view kSuites[] = {"aes-128-gcm", "aes-256-gcm", "chacha20-poly1305"};
  constexpr std::string_view kKeys[] = {"right", "none", "wrong"};
  Fields fields(node, "tls", context);
  TlsWrap& wrap = tls.emplace();
  fields.choice("version", kVersions, wrap.version);
  fields.choice("suite", kSuites, wrap.suite);
  fields.choice("keys", kKeys, wrap.keys);
  fields.text("name", wrap.name);
  fields.finish();
}

void read_network(const YamlNode& node, YamlContext& context, Network& network) {
  Fields fields(node, "network", context);
  fields.choice("segments", kSegments, network.segments);
  fields.count("segment_size", network.segment_size, 60000);
  if (network.segment_size == 0) network.segment_size = 1;
  fields.number("capture_loss", network.capture_loss, 0, 1);
  fields.number("reorder", network.reorder, 0, 1);
  fields.number("duplicate", network.duplicate, 0, 1);
  fields.number("retransmit", network.retransmit, 0, 1);
  fields.flag("retransmit_other_bytes", network.retransmit_other_bytes);
  fields.choice("visible", kVisible, network.visible);
  fields.duration("starts_late", network.starts_late);
  fields.duration("round_trip", network.round_trip);
  fields.count("fragment_size", network.fragment_size, 65000);
  network.fragment_size -= network.fragment_size % 8;  // RFC 791: offsets count eight bytes
  std::vector<std::string> wraps;
  fields.texts("wraps", wraps);
  if (!wraps.empty()) network.wraps.clear();
  for (const std::string& name : wraps) {
    const auto found = std::find(kWraps.begin(), kWraps.end(), name);
    if (found == kWraps.end())
      context.error(node, "T002", "\"" + name + "\" is no encapsulation",
                    "tools/trafficgen/README.md has the list, as in wraps: [vlan, gre]");
    else
      network.wraps.push_back(static_cast<Wrap>(found - kWraps.begin()));
  }
  fields.finish();
}

}  // namespace scanner::trafficgen
