#include "scanner/detect/listed.h"

#include "scanner/detect/coins.h"

namespace scanner {
namespace {

std::optional<Listed> describe(const std::optional<HostMatch>& match, std::uint16_t port, Timestamp at) {
  if (!match || match->strength == ListStrength::None) return std::nullopt;
  const HostEntry& entry = *match->entry;
  Listed listed;
  listed.entry = std::string(match->list) + ":" + std::string(entry.host);
  listed.listing = context_of(*match, at);
  listed.pool = entry.pool.empty() ? std::string(entry.host) : std::string(entry.pool);
  const bool one_coin = entry.coins.find(',') == std::string_view::npos;
  if (one_coin || (match->exact && entry.has_port(port))) listed.coin = ticker_of(entry.coin());
  return listed;
}

}  // namespace

std::optional<Listed> find_listed(const Ruleset& ruleset, std::string_view host, std::uint16_t port, Timestamp at) {
  if (host.empty()) return std::nullopt;
  // What a proxy was asked for may be "198.51.100.7:3333".
  if (const auto address = IpAddress::parse(host.substr(0, host.rfind(':')))) return find_listed(ruleset, *address, port, at);
  return describe(ruleset.datasets().find_host(host), port, at);
}

std::optional<Listed> find_listed(const Ruleset& ruleset, const IpAddress& address, std::uint16_t port, Timestamp at) {
  return describe(ruleset.datasets().find_address(address), port, at);
}

}  // namespace scanner
