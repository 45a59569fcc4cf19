// The groups of keys of a conversation, each read by its own function. Private to the reader.
#pragma once

#include "scanner/model/yaml.h"
#include "tools/trafficgen/scenario.h"

namespace scanner::trafficgen {

// Reads typed values of one map with this tool's own forms: durations, probabilities, addresses.
class Fields {
 public:
  Fields(const YamlNode& node, std::string_view what, YamlContext& context)
      : map_(node, what, context), context_(context) {}

  void text(std::string_view key, std::string& into) { set(map_.string(key, Presence::Optional), into); }
  void texts(std::string_view key, std::vector<std::string>& into);
  void flag(std::string_view key, bool& into) { set(map_.boolean(key, Presence::Optional), into); }
  void count(std::string_view key, std::uint64_t& into, std::int64_t most);
  void number(std::string_view key, double& into, double least, double most) {
    set(map_.number(key, Presence::Optional, least, most), into);
  }
  void duration(std::string_view key, Duration& into);
  template <typename Enum>
  void choice(std::string_view key, std::span<const std::string_view> names, Enum& into) {
    if (const auto index = map_.choice(key, names, Presence::Optional)) into = static_cast<Enum>(*index);
  }

  YamlMap& map() { return map_; }
  YamlContext& context() { return context_; }
  void finish() { map_.finish(); }

 private:
  template <typename T>
  static void set(std::optional<T> value, T& into) {
    if (value) into = std::move(*value);
  }
  YamlMap map_;
  YamlContext& context_;
};

void read_miner(const YamlNode& node, YamlContext& context, Miner& miner);
void read_pool(const YamlNode& node, YamlContext& context, Pool& pool);
void read_peer(const YamlNode& node, YamlContext& context, Peer& peer);
void read_content(const YamlNode& node, YamlContext& context, Content& content);
void read_log_in(const YamlNode& node, YamlContext& context, LogIn& log_in);
void read_script(const YamlNode& node, YamlContext& context, std::vector<ScriptLine>& script);
void read_through(const YamlNode& node, YamlContext& context, Through& through);
void read_websocket(const YamlNode& node, YamlContext& context, WebSocketCarriage& websocket);
void read_tls(const YamlNode& node, YamlContext& context, std::optional<TlsWrap>& tls);
void read_network(const YamlNode& node, YamlContext& context, Network& network);

// An address of a documentation range (RFC 5737, RFC 3849); anything else is an error: made-up
// traffic must name nobody.
std::optional<IpAddress> documentation_address(std::string_view text);

}  // namespace scanner::trafficgen
