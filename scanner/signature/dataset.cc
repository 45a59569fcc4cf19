#include "scanner/signature/dataset.h"

#include "scanner/model/letters.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace scanner {
namespace {

constexpr std::size_t kMaxName = 253;  // RFC 1035, 3.1, as text

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

namespace {

// How much a fresh listing of a tier convinces beside other evidence.
double confidence_of(HostTier tier) {
  switch (tier) {
    case HostTier::Confirmed: return 1.0;
    case HostTier::Single: return 0.9;
    case HostTier::Site: return 0.7;
    case HostTier::Shared:
    case HostTier::Address: return 0.6;
    case HostTier::Rumoured:
    case HostTier::WebMiner: return 0.5;
  }
  return 0;
}

std::int64_t age_of(const HostEntry& entry, Timestamp at) {
  constexpr std::int64_t kDay = 86'400'000'000'000;
  return std::max<std::int64_t>(0, at.ns / kDay - entry.last_day);
}

bool expired(const HostMatch& match, std::int64_t age) { return match.ageing != nullptr && match.ageing->valid_days != 0 && age > match.ageing->valid_days; }

}  // namespace

ListStrength strength_at(const HostMatch& match, Timestamp at) {
  return expired(match, age_of(*match.entry, at)) ? std::min(match.strength, ListStrength::Context) : match.strength;
}

ListContext context_of(const HostMatch& match, Timestamp at) {
  const HostEntry& entry = *match.entry;
  ListContext context;
  context.list = match.list;
  context.entry = entry.host;
  context.pool = entry.pool;
  context.coin = entry.coin();
  context.tier = to_string(entry.tier);
  context.sources = entry.sources;
  context.last_seen = entry.date();
  context.age_days = age_of(entry, at);
  context.expired = expired(match, context.age_days);
  context.popular = entry.popular;
  context.by_template = match.by_template;
  double left = 1;
  if (match.ageing != nullptr && match.ageing->half_life != 0)
    left = std::max(match.ageing->floor, std::exp2(-static_cast<double>(context.age_days) / match.ageing->half_life));
  context.confidence = std::round(1000 * left * confidence_of(entry.tier)) / 1000;
  return context;
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
    if (equals_lowered(name, entry.host)) return &entry;
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
    match = {entry, header_.name, exact, entry->strength(), &header_.ageing};
  }
  if (match.entry == nullptr) return std::nullopt;
  return match;
}

std::optional<HostMatch> HostSet::find(const IpAddress& address) const {
  const auto found = std::lower_bound(addresses_.begin(), addresses_.end(), address,
                                      [](const auto& listed, const IpAddress& wanted) { return listed.first < wanted; });
  if (found == addresses_.end() || found->first != address) return std::nullopt;
  const HostEntry& entry = entries_[found->second];
  return HostMatch{&entry, header_.name, true, entry.strength(), &header_.ageing};
}

void TemplateSet::index() {
  by_domain_.resize(templates_.size());
  for (std::uint32_t i = 0; i < by_domain_.size(); ++i) by_domain_[i] = i;
  std::sort(by_domain_.begin(), by_domain_.end(), [&](std::uint32_t a, std::uint32_t b) { return std::pair(templates_[a].domain(), a) < std::pair(templates_[b].domain(), b); });
  std::sort(not_words_.begin(), not_words_.end());
}

std::optional<HostMatch> TemplateSet::find(std::string_view name) const {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (templates_.empty() || name.empty() || name.size() > kMaxName) return std::nullopt;
  std::array<char, kMaxName> buffer;
  std::transform(name.begin(), name.end(), buffer.begin(), lower);
  const std::string_view lowered(buffer.data(), name.size());
  for (std::size_t dot = lowered.find('.'); dot != std::string_view::npos; dot = lowered.find('.', dot + 1)) {
    const std::string_view domain = lowered.substr(dot + 1);
    auto at = std::lower_bound(by_domain_.begin(), by_domain_.end(), domain, [&](std::uint32_t i, std::string_view wanted) { return templates_[i].domain() < wanted; });
    for (; at != by_domain_.end() && templates_[*at].domain() == domain; ++at)
      if (templates_[*at].fits(lowered.substr(0, dot), not_words_)) return HostMatch{&entries_[*at], header_.name, false, entries_[*at].strength(), &header_.ageing, true};
  }
  return std::nullopt;
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
  if (best && (best->exact || best->strength == ListStrength::None)) return best;
  for (const TemplateSet& set : templates_) {
    const auto match = set.find(name);
    if (match && (!best || best->strength < match->strength || (best->entry->popular && !match->entry->popular))) return match;
  }
  return best;
}

std::optional<HostMatch> Datasets::find_address(const IpAddress& address) const {
  for (const HostSet& set : hosts_)
    if (auto match = set.find(address)) return match;
  return std::nullopt;
}

std::optional<AgentMatch> AgentSet::find(std::string_view text) const {
  const AgentEntry* best = nullptr;
  for (const AgentEntry& entry : entries_)
    if (begins_with_agent(text, entry.name) && (best == nullptr || entry.name.size() > best->name.size())) best = &entry;
  if (best == nullptr) return std::nullopt;
  return AgentMatch{best, version_behind(text, best->name.size())};
}

std::optional<AgentMatch> Datasets::find_agent(std::string_view text) const {
  for (const AgentSet& set : agents_)
    if (auto match = set.find(text)) return match;
  return std::nullopt;
}

std::vector<std::string> Datasets::words(std::string_view name) const {
  for (const WordSet& set : words_)
    if (set.header.name == name) return set.words;
  return {};
}

const PortSet* Datasets::ports(std::string_view name) const {
  for (const PortSet& set : ports_)
    if (set.header().name == name) return &set;
  return nullptr;
}

}  // namespace scanner
