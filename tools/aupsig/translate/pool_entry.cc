#include "tools/aupsig/translate/pool_entry.h"

#include "scanner/model/address.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>

namespace scanner {
namespace {

constexpr std::array<std::string_view, 12> kOwnNames{"localhost", "localhost.localdomain", "local", "broadcasthost", "ip6-localhost", "ip6-loopback",
                                                     "ip6-localnet", "ip6-mcastprefix", "ip6-allnodes", "ip6-allrouters", "ip6-allhosts", "0.0.0.0"};
constexpr std::array<std::string_view, 5> kOwnSuffixes{".localdomain", ".local", ".internal", ".lan", ".arpa"};

std::string joined_by(const std::vector<std::string>& list, char between) {
  std::string text;
  for (const std::string& value : list) text += (text.empty() ? "" : std::string(1, between)) + value;
  return text;
}

// Addresses that only mean something inside a network.
bool is_public(const IpAddress& address) {
  static constexpr std::array<std::string_view, 20> kNot{"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
                                                         "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "::/128",
                                                         "::1/128", "fc00::/7", "fe80::/10", "ff00::/8", "2001:db8::/32", "100::/64"};
  return std::ranges::none_of(kNot, [&](std::string_view range) {
    const auto cidr = Cidr::parse(range);
    return cidr && cidr->contains(address);
  });
}

}  // namespace

bool is_listable_name(std::string_view text) {
  if (text.empty() || text.size() > 253 || text.find('.') == std::string_view::npos) return false;
  std::size_t label = 0, letters = 0;
  for (const char c : text) {
    if (c == '.') {
      if (label == 0) return false;
      label = letters = 0;
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_') {
      letters += c >= '0' && c <= '9' ? 0 : 1;
      if (++label > 63) return false;
    } else {
      return false;
    }
  }
  return label != 0 && letters != 0;
}

std::optional<int> day_number(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  int year = 0;
  unsigned month = 0, day = 0;
  const auto number = [&](std::size_t at, std::size_t size, auto& value) {
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + size, value);
    return error == std::errc() && end == text.data() + at + size && text[at] != '-';
  };
  if (!number(0, 4, year) || !number(5, 2, month) || !number(8, 2, day)) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return static_cast<int>(std::chrono::sys_days(date).time_since_epoch().count());
}

std::optional<PoolEntry> entry_of(std::string_view text, std::string& problem) {
  PoolEntry entry;
  if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
    text.remove_prefix(scheme + 3);
    const std::size_t path = text.find_first_of("/?#");
    if (path != std::string_view::npos && path + 1 < text.size()) return problem = "it names a page of a host, not the host", std::nullopt;
    text = text.substr(0, path);
  }
  if (const auto address = IpAddress::parse(text)) {
    if (!is_public(*address)) return problem = "an address that is not public", std::nullopt;
    entry.host = text;
    entry.address = true;
    entry.tier = "D-ip";
    return entry;
  }
  if (text.starts_with("*.")) text.remove_prefix(2);
  if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos && text.find(':') == colon) {
    const std::string_view digits = text.substr(colon + 1);
    unsigned port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size() || port == 0 || port > 65535) return problem = "its port is none", std::nullopt;
    entry.ports.push_back(std::to_string(port));
    text = text.substr(0, colon);
    if (IpAddress::parse(text)) {
      auto address = entry_of(text, problem);
      if (address) address->ports = entry.ports;
      return address;
    }
  }
  if (text.ends_with('.')) text.remove_suffix(1);
  for (const char c : text) {
    if (static_cast<unsigned char>(c) > 127) return problem = "a name in other letters is written in its xn-- form", std::nullopt;
    entry.host.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  }
  const bool own = std::ranges::find(kOwnNames, entry.host) != kOwnNames.end() || std::ranges::any_of(kOwnSuffixes, [&](std::string_view suffix) { return entry.host.ends_with(suffix); });
  if (own) return problem = "a name of this host or its own network", std::nullopt;
  if (entry.host.find('.') == std::string::npos) return problem = "a name of one label would match half the world", std::nullopt;
  if (!is_listable_name(entry.host)) return problem = "no host name and no address", std::nullopt;
  return entry;
}

std::string row_of(const PoolEntry& entry, bool dated) {
  std::string row = entry.host + "\t" + joined_by(entry.coins, ',') + "\t" + entry.pool + "\t" + joined_by(entry.ports, ';') + "\t" + entry.tier + "\t" + joined_by(entry.flags, ',') + "\t" +
                    joined_by(entry.sources, ',') + "\t" + entry.added;
  if (dated) row += "\t" + entry.first_seen + "\t" + entry.last_seen;
  return row;
}

void add_unique(std::vector<std::string>& list, std::string_view value) {
  if (!value.empty() && std::ranges::find(list, value) == list.end()) list.emplace_back(value);
}

}  // namespace scanner
