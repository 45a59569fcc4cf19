#include "scanner/engine/claim_book.h"

#include "scanner/model/packet.h"
#include "scanner/model/pattern.h"

#include <algorithm>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kShortId = 12;

bool add_holding(const std::vector<Claim>& history, Timestamp at, Claims& claims) {
  bool any = false;
  for (const Claim& claim : history) {
    if (claim.holds(at)) claims.holding.push_back(claim);
    any = any || claim.holds(at);
  }
  return any;
}

bool has_label(const ContainerSeen& facts, std::string_view wanted) {
  return std::any_of(facts.labels.begin(), facts.labels.end(), [&](const auto& label) {
    return wanted.size() == label.first.size() + 1 + label.second.size() && wanted.starts_with(label.first) &&
           wanted[label.first.size()] == '=' && wanted.ends_with(label.second);
  });
}

// A group's pattern fits the group and all below it.
bool fits_group(std::string_view pattern, std::string_view cgroup) {
  for (std::size_t end = cgroup.size(); end != std::string_view::npos && end > 0; end = cgroup.rfind('/', end - 1))
    if (matches_pattern(pattern, cgroup.substr(0, end), Star::AnyButSlash)) return true;
  return pattern == "/";
}

bool fits_unit(std::string_view pattern, std::string_view cgroup) {
  while (!cgroup.empty()) {
    const std::size_t slash = cgroup.rfind('/');
    if (matches_pattern(pattern, cgroup.substr(slash + 1), Star::AnyButSlash)) return true;
    cgroup = slash == std::string_view::npos ? std::string_view() : cgroup.substr(0, slash);
  }
  return false;
}

}  // namespace

// Null where there is no room, or nothing to release.
ClaimBook::History* ClaimBook::history_of(const Attributed& attributed) {
  const bool make = !attributed.released;
  if (make && claims_ >= kMaxClaims) {
    ++refused_;
    return nullptr;
  }
  const auto entry = [make](auto& map, const auto& key) -> History* {
    if (make) return &map[key];
    const auto found = map.find(key);
    return found == map.end() ? nullptr : &found->second;
  };
  switch (attributed.by) {
    case AttributedBy::Address: return entry(by_address_[attributed.addresses.prefix_bits()], attributed.addresses.network());
    case AttributedBy::Process: return entry(by_process_, attributed.process);
    case AttributedBy::Uid:
    case AttributedBy::NetworkNamespace:
    case AttributedBy::Vlan:
    case AttributedBy::Vni: return entry(by_number_, std::tuple(attributed.by, attributed.from, std::max(attributed.from, attributed.to)));
    default: return entry(by_text_, std::pair(attributed.by, attributed.text));
  }
}

// What is open of the same method ends where the new one begins; the same holder goes on.
void ClaimBook::put(History& history, Claim claim, bool released, Timestamp at) {
  const Timestamp end = released ? at : claim.from;
  for (Claim& earlier : history) {
    if (earlier.method != claim.method && !(released && claim.method.empty())) continue;
    const bool open = !earlier.stated_end && earlier.until.ns == 0;
    if (!released && earlier.tenant == claim.tenant && earlier.instance == claim.instance && earlier.shared == claim.shared &&
        earlier.until == claim.until && earlier.from <= claim.from) {
      earlier.proof = std::move(claim.proof);
      return;
    }
    if ((released && earlier.holds(at)) || (open && earlier.from < end)) {
      earlier.until = end;
      earlier.stated_end = false;
    }
  }
  if (released) return;
  history.push_back(std::move(claim));
}

void ClaimBook::learn(const Attributed& attributed, Timestamp at) {
  History* history = history_of(attributed);
  if (history == nullptr) return;
  ++version_;
  Claim claim{attributed.tenant, attributed.instance, attributed.method, attributed.proof, attributed.valid_from, attributed.valid_until, attributed.shared,
              attributed.valid_until.ns != 0};
  // A container or a process is nobody else's before it is told whose it is.
  const bool always = attributed.by == AttributedBy::Container || attributed.by == AttributedBy::Process;
  if (claim.from.ns == 0 && !always) claim.from = at;
  const std::size_t before = history->size();
  put(*history, std::move(claim), attributed.released, at);
  if (history->size() > kMaxHistory) history->erase(history->begin());
  claims_ += history->size() - before;
}

void ClaimBook::learn(const ContainerSeen& container, Timestamp at) {
  const std::string id = container.id.substr(0, 64);
  ++version_;
  const auto [found, fresh] = containers_.try_emplace(id);
  Container& known = found->second;
  if (fresh) {
    known.seen = at;
    container_order_.push_back(id);
  }
  move_addresses(known, container, at);
  // The last word of one that is removed may tell nothing but that.
  if (!container.removed || fresh) known.facts = container;
  known.facts.id = id;
  known.removed = container.removed ? at : Timestamp{};
  keep_container_limit();
}

void ClaimBook::move_addresses(const Container& before, const ContainerSeen& now, Timestamp at) {
  constexpr std::size_t kMaxAddresses = 64;
  const std::string id = now.id.substr(0, 64);
  const auto has = [](const std::vector<IpAddress>& all, const IpAddress& one) { return std::find(all.begin(), all.end(), one) != all.end(); };
  for (const IpAddress& address : before.facts.addresses)
    if (now.removed || !has(now.addresses, address))
      if (const auto held = container_addresses_.find(address); held != container_addresses_.end())
        for (Holding& holding : held->second)
          if (holding.container == id && holding.until.ns == 0) holding.until = at;
  if (now.removed) return;
  std::size_t taken = 0;
  for (const IpAddress& address : now.addresses) {
    if (++taken > kMaxAddresses) return;
    if (!has_room_for(address)) {
      ++refused_;
      continue;
    }
    auto& holdings = container_addresses_[address];
    if (std::any_of(holdings.begin(), holdings.end(), [&](const Holding& holding) { return holding.container == id && holding.until.ns == 0; })) continue;
    holdings.push_back({id, at, {}});
    if (holdings.size() > kMaxHistory) holdings.erase(holdings.begin());
  }
}

// Where there is none, addresses that nobody holds any more go.
bool ClaimBook::has_room_for(const IpAddress& address) {
  if (container_addresses_.size() < kMaxContainerAddresses || container_addresses_.contains(address)) return true;
  std::erase_if(container_addresses_, [](const auto& held) {
    return std::all_of(held.second.begin(), held.second.end(), [](const Holding& holding) { return holding.until.ns != 0; });
  });
  return container_addresses_.size() < kMaxContainerAddresses;
}

void ClaimBook::keep_container_limit() {
  while (container_order_.size() > kMaxContainers) {
    auto victim = std::find_if(container_order_.begin(), container_order_.end(), [this](const std::string& id) { return containers_.at(id).removed.ns != 0; });
    if (victim == container_order_.end()) victim = container_order_.begin();
    for (const IpAddress& address : containers_.at(*victim).facts.addresses) {
      const auto held = container_addresses_.find(address);
      if (held == container_addresses_.end()) continue;
      std::erase_if(held->second, [&](const Holding& holding) { return holding.container == *victim; });
      if (held->second.empty()) container_addresses_.erase(held);
    }
    containers_.erase(*victim);
    container_order_.erase(victim);
  }
}

void ClaimBook::ask(AttributedBy by, const std::function<bool(const std::string&)>& fits, Timestamp at, Claims& claims) const {
  std::size_t longest = 0;
  Claims best;
  for (auto it = by_text_.lower_bound({by, ""}); it != by_text_.end() && it->first.first == by; ++it) {
    const std::string& key = it->first.second;
    if (key.size() < longest || !fits(key)) continue;
    Claims found;
    if (!add_holding(it->second, at, found)) {
      claims.past.insert(claims.past.end(), it->second.begin(), it->second.end());
      continue;
    }
    if (key.size() > longest) best.holding.clear();
    longest = key.size();
    best.holding.insert(best.holding.end(), found.holding.begin(), found.holding.end());
  }
  claims.holding.insert(claims.holding.end(), best.holding.begin(), best.holding.end());
}

// The narrowest range answers.
void ClaimBook::ask_number(AttributedBy by, std::uint64_t number, Timestamp at, Claims& claims) const {
  std::uint64_t narrowest = UINT64_MAX;
  Claims best;
  for (auto it = by_number_.lower_bound({by, 0, 0}); it != by_number_.end() && std::get<0>(it->first) == by; ++it) {
    const auto& [kind, from, to] = it->first;
    if (number < from || number > to || to - from > narrowest) continue;
    Claims found;
    if (!add_holding(it->second, at, found)) {
      claims.past.insert(claims.past.end(), it->second.begin(), it->second.end());
      continue;
    }
    if (to - from < narrowest) best.holding.clear();
    narrowest = to - from;
    best.holding.insert(best.holding.end(), found.holding.begin(), found.holding.end());
  }
  claims.holding.insert(claims.holding.end(), best.holding.begin(), best.holding.end());
}

void ClaimBook::of_container(std::string_view id, Timestamp at, Claims& claims) const {
  ask(AttributedBy::Container, [&](const std::string& key) { return key.size() >= kShortId && id.starts_with(key); }, at, claims);
  const auto known = containers_.find(std::string(id));
  if (known == containers_.end()) return;
  const ContainerSeen& facts = known->second.facts;
  Claims described;
  ask(AttributedBy::ContainerName, [&](const std::string& key) { return matches_pattern(key, facts.name, Star::AnyButSlash); }, at, described);
  ask(AttributedBy::ContainerLabel, [&](const std::string& key) { return has_label(facts, key); }, at, described);
  ask(AttributedBy::ContainerImage, [&](const std::string& key) { return matches_pattern(key, facts.image, Star::AnyButSlash); }, at, described);
  for (Claim& claim : described.holding) {
    claim.proof = "container " + (facts.name.empty() ? std::string(id.substr(0, kShortId)) : facts.name + " (" + std::string(id.substr(0, kShortId)) + ")") +
                  (facts.engine.empty() ? "" : " of " + facts.engine) + "; " + claim.proof;
    claims.holding.push_back(std::move(claim));
  }
  claims.past.insert(claims.past.end(), described.past.begin(), described.past.end());
}

void ClaimBook::of_address(const IpAddress& address, Timestamp at, Claims& claims) const {
  // A container's own address is as specific as a single one in the file.
  const auto held = container_addresses_.find(address);
  Claims by_container;
  if (held != container_addresses_.end())
    for (const Holding& holding : held->second) {
      Claims found;
      of_container(holding.container, std::max(at, holding.from), found);
      const bool holds = holding.from <= at && (holding.until.ns == 0 || at < holding.until);
      for (Claim& claim : found.holding) {
        claim.proof = address.to_string() + " is that of " + claim.proof;
        claim.from = std::max(claim.from, holding.from);
        if (holding.until.ns != 0 && (claim.until.ns == 0 || holding.until < claim.until)) claim.until = holding.until;
        (holds ? by_container.holding : claims.past).push_back(std::move(claim));
      }
    }
  claims.holding.insert(claims.holding.end(), by_container.holding.begin(), by_container.holding.end());
  for (const auto& [bits, networks] : by_address_) {
    if (bits != 128 && !by_container.holding.empty()) return;
    const auto found = networks.find(Cidr(address, bits).network());
    if (found == networks.end()) continue;
    if (add_holding(found->second, at, claims)) return;
    claims.past.insert(claims.past.end(), found->second.begin(), found->second.end());
  }
}

void ClaimBook::of_networks(const FlowRef& flow, Timestamp at, Claims& claims) const {
  if (flow.outer_vlan != 0) ask_number(AttributedBy::Vlan, flow.outer_vlan, at, claims);
  if (flow.vni != 0) ask_number(AttributedBy::Vni, flow.vni, at, claims);
  if (flow.interface != 0) ask(AttributedBy::Interface, [&](const std::string& name) { return interface_key(name) == flow.interface; }, at, claims);
}

void ClaimBook::of_process(const ProcessStarted& image, Timestamp at, Claims& claims) const {
  const auto itself = by_process_.find(image.id);
  if (itself != by_process_.end()) add_holding(itself->second, at, claims);
  const std::string container = image.container.empty() ? container_of_cgroup(image.cgroup) : image.container;
  if (!container.empty()) of_container(container, at, claims);
  if (!image.cgroup.empty()) {
    ask(AttributedBy::Cgroup, [&](const std::string& key) { return fits_group(key, image.cgroup); }, at, claims);
    ask(AttributedBy::Unit, [&](const std::string& key) { return fits_unit(key, image.cgroup); }, at, claims);
  }
  if (image.network_namespace != 0) ask_number(AttributedBy::NetworkNamespace, image.network_namespace, at, claims);
  // Numbers of users mean something else in a container, though the host counts them alike.
  if (container.empty()) ask_number(AttributedBy::Uid, image.uid, at, claims);
}

}  // namespace scanner
