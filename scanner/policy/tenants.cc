#include "scanner/policy/tenants.h"

#include "scanner/model/bytes.h"
#include "scanner/model/digest.h"
#include "scanner/model/yaml.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

namespace scanner {
namespace {

constexpr std::size_t kMaxClaims = 65536, kMaxName = 128, kShortId = 12, kLongId = 64;
constexpr std::uint64_t kMaxVlan = 4094, kMaxVni = 0xffffff, kMaxUid = 0xfffffffe;

struct Entry {
  std::string tenant, instance, reason;
  Timestamp from, until;
  bool shared = false;
};

// Words by which things are listed, and what they stand for.
struct Listing {
  std::string_view key;
  AttributedBy by;
};
constexpr std::array kPatterns{Listing{"container_names", AttributedBy::ContainerName}, Listing{"images", AttributedBy::ContainerImage},
                               Listing{"cgroups", AttributedBy::Cgroup}, Listing{"units", AttributedBy::Unit}, Listing{"interfaces", AttributedBy::Interface}};
struct NumberListing {
  std::string_view key;
  AttributedBy by;
  std::uint64_t max;
};
constexpr std::array kNumbers{NumberListing{"uids", AttributedBy::Uid, kMaxUid}, NumberListing{"vlans", AttributedBy::Vlan, kMaxVlan},
                              NumberListing{"vnis", AttributedBy::Vni, kMaxVni}, NumberListing{"network_namespaces", AttributedBy::NetworkNamespace, UINT32_MAX}};

std::string holder(const Attributed& claim) { return claim.instance.empty() ? claim.tenant : claim.tenant + "/" + claim.instance; }

std::optional<std::pair<std::uint64_t, std::uint64_t>> parse_range(std::string_view text, std::uint64_t max) {
  const auto number = [&](std::string_view digits) -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size() || value > max) return std::nullopt;
    return value;
  };
  const std::size_t dash = text.find('-');
  const auto from = number(text.substr(0, dash));
  const auto to = dash == std::string_view::npos ? from : number(text.substr(dash + 1));
  if (!from || !to || *to < *from) return std::nullopt;
  return std::pair(*from, *to);
}

class TenantReader {
 public:
  explicit TenantReader(YamlContext& context) : context_(context) {}

  void read_tenants(const YamlNode& sequence) {
    for (const YamlNode& item : sequence.items) {
      YamlMap map(item, "tenant", context_);
      Entry entry;
      entry.tenant = name(map, "tenant", Presence::Required);
      entry.instance = name(map, "instance", Presence::Optional);
      read_times(map, entry);
      read_things(map, entry);
      map.finish();
      if (!entry.tenant.empty()) names_.insert(entry.tenant);
    }
  }

  void read_shared(const YamlNode& sequence) {
    for (const YamlNode& item : sequence.items) {
      YamlMap map(item, "shared", context_);
      Entry entry;
      entry.shared = true;
      entry.reason = map.string("reason").value_or("");
      read_times(map, entry);
      if (const YamlNode* addresses = map.sequence("addresses")) read_addresses(*addresses, entry);
      map.finish();
    }
  }

  // One thing at one time has one holder.
  void refuse_doubles() {
    std::map<std::tuple<AttributedBy, std::string, std::uint64_t, std::uint64_t>, std::vector<std::size_t>> by_thing;
    for (std::size_t i = 0; i < claims_.size(); ++i) {
      const Attributed& claim = claims_[i];
      const std::string text = claim.by == AttributedBy::Address ? claim.addresses.to_string() : claim.text;
      auto& others = by_thing[{claim.by, text, claim.from, claim.to}];
      for (const std::size_t other : others)
        if (overlap(claims_[other], claim) && (holder(claims_[other]) != holder(claim) || claims_[other].shared != claim.shared)) {
          context_.error(nodes_[i], "T107", "'" + shown(claim) + "' is given to " + who(claim) + " and, in line " + std::to_string(nodes_[other].line) + ", to " + who(claims_[other]) + " at the same time",
                         "end the one before the other begins: valid_from, valid_until");
          break;
        }
      others.push_back(i);
    }
  }

  Tenants take(std::string sha256) { return {std::move(claims_), std::move(sha256), names_.size()}; }

 private:
  static bool overlap(const Attributed& a, const Attributed& b) {
    const auto before = [](const Attributed& first, const Attributed& second) { return first.valid_until.ns != 0 && first.valid_until <= second.valid_from; };
    return !before(a, b) && !before(b, a);
  }
  static std::string who(const Attributed& claim) { return claim.shared ? "nobody (shared)" : holder(claim); }
  static std::string shown(const Attributed& claim) {
    if (claim.by == AttributedBy::Address) return claim.addresses.is_single() ? claim.addresses.network().to_string() : claim.addresses.to_string();
    if (!claim.text.empty()) return claim.text;
    return std::to_string(claim.from) + (claim.to > claim.from ? "-" + std::to_string(claim.to) : "");
  }

  std::string name(YamlMap& map, std::string_view key, Presence presence) {
    std::string text = map.string(key, presence).value_or("");
    const YamlNode* node = text.empty() ? nullptr : map.any(key, presence);
    const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c != 0x7f && c != '/'; });
    if (node != nullptr && (!plain || text.size() > kMaxName))
      context_.error(*node, "T101", "'" + text + "' is no name", "1 to 128 characters without spaces and without '/'");
    return text;
  }

  void read_times(YamlMap& map, Entry& entry) {
    for (const auto& [key, slot] : {std::pair("valid_from", &entry.from), std::pair("valid_until", &entry.until)}) {
      const auto text = map.string(key, Presence::Optional);
      if (!text) continue;
      const auto at = parse_rfc3339(*text);
      if (!at || at->ns <= 0)
        context_.error(*map.any(key), "T102", "'" + *text + "' is no time", "RFC 3339, as in 2026-01-01T00:00:00Z");
      else
        *slot = *at;
    }
    if (entry.until.ns != 0 && entry.until <= entry.from) context_.error(*map.any("valid_until"), "T103", "it ends before it begins");
  }

  void read_things(YamlMap& map, const Entry& entry) {
    const std::size_t before = claims_.size();
    bool any = false;
    const auto each = [&](std::string_view key, auto&& read) {
      const YamlNode* node = map.sequence(key, Presence::Optional);
      any = any || node != nullptr;
      if (node != nullptr) read(*node);
    };
    each("addresses", [&](const YamlNode& node) { read_addresses(node, entry); });
    each("containers", [&](const YamlNode& node) { read_containers(node, entry); });
    for (const Listing& listing : kPatterns) each(listing.key, [&](const YamlNode& node) { read_patterns(node, listing, entry); });
    if (const YamlNode* labels = map.map("container_labels", Presence::Optional)) {
      any = true;
      read_labels(*labels, entry);
    }
    for (const NumberListing& listing : kNumbers) each(listing.key, [&](const YamlNode& node) { read_numbers(node, listing, entry); });
    if (!any && claims_.size() == before && map.node().kind == YamlKind::Map)
      context_.error(map.node(), "T104", "nothing is said to be this tenant's", "name addresses, container_labels, cgroups, units, uids, vlans …");
  }

  void read_addresses(const YamlNode& sequence, const Entry& entry) {
    for (const YamlNode& item : sequence.items) {
      const auto text = yaml_string(item, "address", context_);
      if (!text) continue;
      const auto range = Cidr::parse(*text);
      const bool usable = range && (!range->is_single() || range->network().can_be_subject());
      if (!usable) {
        context_.error(item, "T105", "'" + *text + "' is no address that somebody can hold", "as in 198.51.100.7, 198.51.100.0/24 or 2001:db8::/64");
        continue;
      }
      if (Attributed* claim = add(item, entry, AttributedBy::Address, *text)) claim->addresses = *range;
    }
  }

  void read_containers(const YamlNode& sequence, const Entry& entry) {
    for (const YamlNode& item : sequence.items) {
      const auto text = yaml_string(item, "container id", context_);
      if (!text) continue;
      const bool hex = std::all_of(text->begin(), text->end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
      if (!hex || text->size() < kShortId || text->size() > kLongId)
        context_.error(item, "T105", "'" + *text + "' is no container id", "12 to 64 hexadecimal digits; a name belongs under container_names");
      else if (Attributed* claim = add(item, entry, AttributedBy::Container, *text))
        claim->text = *text;
    }
  }

  void read_patterns(const YamlNode& sequence, const Listing& listing, const Entry& entry) {
    for (const YamlNode& item : sequence.items) {
      const auto text = yaml_string(item, "pattern", context_);
      if (!text) continue;
      const bool path = listing.by == AttributedBy::Cgroup;
      if (listing.by == AttributedBy::Interface && text->find('*') != std::string::npos) {
        context_.error(item, "T105", "'" + *text + "' is no interface", "its whole name, as in tap0");
        continue;
      }
      if (text->find_first_not_of("*/") == std::string::npos || (path && !text->starts_with('/'))) {
        context_.error(item, "T105", "'" + *text + "' would fit " + (path && !text->starts_with('/') ? "no path" : "everything"),
                       path ? "a path below the cgroup mount, as in /machine.slice/acme-*" : "'*' stands for any characters but '/'");
        continue;
      }
      std::string pattern = *text;
      if (path && pattern.size() > 1 && pattern.ends_with('/')) pattern.pop_back();
      if (Attributed* claim = add(item, entry, listing.by, *text)) claim->text = pattern;
    }
  }

  void read_labels(const YamlNode& node, const Entry& entry) {
    YamlMap labels(node, "container_labels", context_);
    for (const auto& [key, value] : labels.entries()) {
      const auto text = yaml_string(*value, "label", context_);
      if (!text) continue;
      if (Attributed* claim = add(*value, entry, AttributedBy::ContainerLabel, key->text + "=" + *text)) claim->text = key->text + "=" + *text;
    }
  }

  void read_numbers(const YamlNode& sequence, const NumberListing& listing, const Entry& entry) {
    for (const YamlNode& item : sequence.items) {
      const auto range = item.kind == YamlKind::Scalar ? parse_range(item.scalar, listing.max) : std::nullopt;
      if (!range) {
        context_.error(item, "T106", "'" + item.scalar + "' is no number or range for " + std::string(listing.key), "as in 100 or 100-199, up to " + std::to_string(listing.max));
        continue;
      }
      if (Attributed* claim = add(item, entry, listing.by, item.scalar)) {
        claim->from = range->first;
        claim->to = range->second;
      }
    }
  }

  Attributed* add(const YamlNode& at, const Entry& entry, AttributedBy by, const std::string& shown) {
    if (claims_.size() == kMaxClaims) {
      if (!full_) context_.error(at, "T108", "more than 65536 claims");
      full_ = true;
      return nullptr;
    }
    Attributed& claim = claims_.emplace_back();
    claim.by = by;
    claim.tenant = entry.tenant;
    claim.instance = entry.instance;
    claim.method = "config";
    std::string kind(to_string(by));
    std::replace(kind.begin(), kind.end(), '_', ' ');
    claim.proof = "the tenants file, line " + std::to_string(at.line) + ", says of " + kind + " " + shown + ": " +
                  (entry.shared ? entry.reason : entry.tenant + (entry.instance.empty() ? "" : "/" + entry.instance));
    claim.valid_from = entry.from;
    claim.valid_until = entry.until;
    claim.shared = entry.shared;
    YamlNode place;
    place.line = at.line;
    place.column = at.column;
    nodes_.push_back(place);
    return &claim;
  }

  YamlContext& context_;
  std::vector<Attributed> claims_;
  std::vector<YamlNode> nodes_;  // where each claim stands: line and column alone
  std::set<std::string> names_;
  bool full_ = false;
};

}  // namespace

std::optional<Tenants> load_tenants(const std::string& file, std::string_view text, Diagnostics& diagnostics) {
  YamlContext context(file, text, diagnostics);
  const auto root = parse_yaml(context);
  if (!root) return std::nullopt;
  TenantReader reader(context);
  if (root->kind != YamlKind::Null) {
    YamlMap map(*root, "tenants file", context);
    if (const YamlNode* tenants = map.sequence("tenants", Presence::Optional)) reader.read_tenants(*tenants);
    if (const YamlNode* shared = map.sequence("shared", Presence::Optional)) reader.read_shared(*shared);
    map.finish();
  }
  reader.refuse_doubles();
  if (!context.ok()) return std::nullopt;
  return reader.take(to_hex(sha256(as_bytes(text))));
}

}  // namespace scanner
