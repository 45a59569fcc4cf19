#include "scanner/signature/dataset.h"

#include <algorithm>
#include <charconv>

namespace scanner {
namespace {

constexpr std::size_t kMaxName = 253;  // RFC 1035, 3.1, as text

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// FNV-1a from the last byte to the first, so that one walk from the right has the hash of
// every suffix at hand.
constexpr std::uint64_t kHashStart = 0xcbf29ce484222325;
std::uint64_t hash_next(std::uint64_t hash, char c) { return (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3; }
std::size_t slot_of(std::uint64_t hash) { return static_cast<std::size_t>(hash ^ hash >> 32); }

std::uint64_t hash_of_host(std::string_view host) {
  std::uint64_t hash = kHashStart;
  for (std::size_t i = host.size(); i-- > 0;) hash = hash_next(hash, host[i]);
  return hash;
}

bool equals_lowered(std::string_view lowered, std::string_view any_case) {
  return std::equal(lowered.begin(), lowered.end(), any_case.begin(), any_case.end(),
                    [](char a, char b) { return a == lower(b); });
}

}  // namespace

std::string_view to_string(HostTier tier) {
  switch (tier) {
    case HostTier::Confirmed: return "A";
    case HostTier::Single: return "B";
    case HostTier::Site: return "B-site";
    case HostTier::Rumoured: return "C";
    case HostTier::WebMiner: return "W-web";
    case HostTier::Address: return "D-ip";
    case HostTier::Shared: return "X-shared";
  }
  return "";
}

ListStrength HostEntry::strength() const {
  if (not_a_pool) return ListStrength::None;
  return tier == HostTier::Confirmed || tier == HostTier::Single ? ListStrength::Listed : ListStrength::Context;
}

bool HostEntry::has_port(std::uint16_t port) const {
  std::string_view rest = ports;
  while (!rest.empty()) {
    unsigned number = 0;
    std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (number == port) return true;
    const std::size_t next = rest.find(';');
    rest = next == std::string_view::npos ? std::string_view() : rest.substr(next + 1);
  }
  return false;
}

void HostSet::index() {
  std::size_t size = 16;
  while (size < entries_.size() * 2) size *= 2;
  slots_.assign(size, 0);
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    if (const auto address = IpAddress::parse(entries_[i].host)) {
      addresses_.emplace_back(*address, i);
      continue;
    }
    std::size_t slot = slot_of(hash_of_host(entries_[i].host)) & (size - 1);
    while (slots_[slot] != 0) slot = (slot + 1) & (size - 1);
    slots_[slot] = i + 1;
  }
  std::sort(addresses_.begin(), addresses_.end());
}

const HostEntry* HostSet::at(std::uint64_t hash, std::string_view name) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = slot_of(hash) & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const HostEntry& entry = entries_[slots_[slot] - 1];
    if (equals_lowered(entry.host, name)) return &entry;
  }
  return nullptr;
}

std::optional<HostMatch> HostSet::find(std::string_view name) const {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > kMaxName || slots_.empty()) return std::nullopt;
  HostMatch match;
  std::uint64_t hash = kHashStart;
  for (std::size_t i = name.size(); i-- > 0;) {
    hash = hash_next(hash, lower(name[i]));
    const bool exact = i == 0;
    if (!exact && name[i - 1] != '.') continue;
    const HostEntry* entry = at(hash, name.substr(i));
    if (entry == nullptr || (entry->tier == HostTier::Shared && !exact)) continue;
    match = {entry, header_.name, exact, entry->strength()};
  }
  if (match.entry == nullptr) return std::nullopt;
  return match;
}

std::optional<HostMatch> HostSet::find(const IpAddress& address) const {
  const auto found = std::lower_bound(addresses_.begin(), addresses_.end(), address,
                                      [](const auto& listed, const IpAddress& wanted) { return listed.first < wanted; });
  if (found == addresses_.end() || found->first != address) return std::nullopt;
  const HostEntry& entry = entries_[found->second];
  return HostMatch{&entry, header_.name, true, entry.strength()};
}

std::optional<HostMatch> Datasets::find_host(std::string_view name) const {
  std::optional<HostMatch> best;
  for (const HostSet& set : hosts_) {
    const auto match = set.find(name);
    if (!match) continue;
    const std::size_t length = match->entry->host.size();
    const std::size_t best_length = best ? best->entry->host.size() : 0;
    if (!best || length > best_length || (length == best_length && match->strength > best->strength)) best = match;
  }
  return best;
}

std::optional<HostMatch> Datasets::find_address(const IpAddress& address) const {
  for (const HostSet& set : hosts_)
    if (auto match = set.find(address)) return match;
  return std::nullopt;
}

const PortSet* Datasets::ports(std::string_view name) const {
  for (const PortSet& set : ports_)
    if (set.header().name == name) return &set;
  return nullptr;
}

}  // namespace scanner
