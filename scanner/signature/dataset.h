// Data sets: names, addresses and ports that others have listed, with what is known of each
// entry and how far it may be trusted. The form of the files is in signatures/README.md.
//
// A list entry never proves conduct: it says that a name is worth a look. Lookups allocate
// nothing and are safe from many threads; loading is single-threaded.
#pragma once

#include "scanner/model/address.h"
#include "scanner/model/diagnostic.h"
#include "scanner/model/list_context.h"
#include "scanner/model/time.h"
#include "scanner/signature/agents.h"
#include "scanner/signature/dataset_header.h"
#include "scanner/signature/host_template.h"

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// How an entry came to be listed, best first.
enum class HostTier : std::uint8_t {
  Confirmed,   // "A": a mining end point by the pool's own word or by two independent sources
  Single,      // "B": a mining end point by one source, or a pool's domain in several lists
  Site,        // "B-site": a pool's web site
  Rumoured,    // "C": in one list only
  WebMiner,    // "W-web": serves scripts that mine in browsers, most of them gone
  Address,     // "D-ip": a bare address, soon stale
  Shared,      // "X-shared": a name below dynamic DNS or shared hosting
};
std::string_view to_string(HostTier tier);  // "A", "B", …

// What a match is worth on its own. None: listed by mistake or history; never report it.
// Context: only beside other evidence. Listed: an indicator, unless `popular`.
enum class ListStrength : std::uint8_t { None, Context, Listed };

// One entry. Views point into the data set and live as long as it.
struct HostEntry {
  std::string_view host;   // lower-case, no trailing dot; or an address
  std::string_view coins;  // comma-separated, as the sources name them; the first is the likeliest
  std::string_view pool;
  std::string_view ports;  // "3333/tcp;443/tls", as listed
  std::string_view sources;
  std::string_view added;  // ISO date of the snapshot that it came from
  std::string_view first_seen, last_seen;  // ISO dates; "" where the list does not say
  std::int32_t last_day = 0;  // last_seen, else added, in days since 1970
  HostTier tier = HostTier::Rumoured;
  bool popular = false;     // people browse it: wants a second signal
  bool not_a_pool = false;  // listed by mistake
  bool dual_use = false;    // other legitimate uses are known

  std::string_view date() const { return last_seen.empty() ? added : last_seen; }
  std::string_view coin() const { return coins.substr(0, coins.find(',')); }
  ListStrength strength() const;
  // Whether `port` is among the entry's ports. False where it lists none.
  bool has_port(std::uint16_t port) const;
};

// A match as of the day of the set; aged() is what it is worth at an event's time.
struct HostMatch {
  const HostEntry* entry = nullptr;
  std::string_view list;  // the data set's name
  bool exact = false;     // else a name below the entry, or like its template
  ListStrength strength = ListStrength::None;
  const Ageing* ageing = nullptr;
  bool by_template = false;
};

// What the list knew of it at that time, with tier and age weighed.
ListContext context_of(const HostMatch& match, Timestamp at);
// The match's strength at that time: expired entries are context.
ListStrength strength_at(const HostMatch& match, Timestamp at);

// Host names and addresses of one file.
class HostSet {
 public:
  const DatasetHeader& header() const { return header_; }
  std::span<const HostEntry> entries() const { return entries_; }

  // The longest entry that `name` is or lies below, at dot boundaries. Case and a trailing
  // dot do not matter; names of more than 253 bytes match nothing. Shared entries match
  // exactly or not at all. One pass over the name, whatever the size of the set.
  std::optional<HostMatch> find(std::string_view name) const;
  std::optional<HostMatch> find(const IpAddress& address) const;

 private:
  friend class DatasetReader;
  void index();
  const HostEntry* at(std::uint64_t hash, std::string_view name) const;

  DatasetHeader header_;
  std::unique_ptr<const std::string> text_;  // what the entries' views point into
  std::vector<HostEntry> entries_;           // in file order
  std::vector<std::uint32_t> slots_;         // open addressing: index + 1, 0: free
  std::vector<std::pair<IpAddress, std::uint32_t>> addresses_;  // sorted
};

// Ports with the number of listed hosts that use them. A port alone is weak evidence.
class PortSet {
 public:
  const DatasetHeader& header() const { return header_; }
  bool contains(std::uint16_t port) const { return count(port) != 0; }
  std::uint32_t count(std::uint16_t port) const { return counts_.empty() ? 0 : counts_[port]; }

 private:
  friend class DatasetReader;
  DatasetHeader header_;
  std::vector<std::uint32_t> counts_;  // by port; empty while there is none
};

// How a pool names its hosts: an entry a template, of tier B. Only names that no list has, or
// that lie below a wider entry, are asked of it.
class TemplateSet {
 public:
  const DatasetHeader& header() const { return header_; }
  std::span<const HostEntry> entries() const { return entries_; }  // `host` is the template's text
  const std::vector<std::string>& not_words() const { return not_words_; }

  // The first template of the longest domain that `name` fits. One pass over the name for
  // each template of its domain.
  std::optional<HostMatch> find(std::string_view name) const;

 private:
  friend class DatasetReader;
  void index();

  DatasetHeader header_;
  std::unique_ptr<const std::string> text_;
  std::vector<HostEntry> entries_;  // in file order
  std::vector<HostTemplate> templates_;  // likewise
  std::vector<std::string> not_words_;   // sorted: no placeholder stands for one
  std::vector<std::uint32_t> by_domain_;  // sorted by domain, then file order
};

// What mining programs call themselves.
class AgentSet {
 public:
  const DatasetHeader& header() const { return header_; }
  const std::vector<AgentEntry>& entries() const { return entries_; }  // sorted by name
  // The longest entry with which `text` begins.
  std::optional<AgentMatch> find(std::string_view text) const;

 private:
  friend class DatasetReader;
  DatasetHeader header_;
  std::vector<AgentEntry> entries_;
};

// All data sets of a ruleset. Movable, not copyable.
class Datasets {
 public:
  // Every set is asked; the longest entry wins, then the stronger, then the earlier set. So a
  // "not-a-pool" entry shields what lies below it from a wider one. Where the name itself is
  // not listed, templates are asked, and win over a wider entry that is worth less.
  std::optional<HostMatch> find_host(std::string_view name) const;
  std::optional<HostMatch> find_address(const IpAddress& address) const;
  const PortSet* ports(std::string_view name) const;  // null where there is no such set
  std::vector<std::string> words(std::string_view name) const;  // empty where there is no such set

  const std::deque<HostSet>& host_sets() const { return hosts_; }
  std::optional<AgentMatch> find_agent(std::string_view text) const;  // of the first set that knows it

  const std::deque<PortSet>& port_sets() const { return ports_; }
  const std::deque<TemplateSet>& template_sets() const { return templates_; }
  const std::deque<AgentSet>& agent_sets() const { return agents_; }
  const std::deque<WordSet>& word_sets() const { return words_; }

 private:
  friend class DatasetReader;
  std::deque<HostSet> hosts_;
  std::deque<PortSet> ports_;
  std::deque<TemplateSet> templates_;
  std::deque<AgentSet> agents_;
  std::deque<WordSet> words_;
};

// One file. Problems are added to `diagnostics`, all of them; a set with errors is not
// added to `datasets`. Bounds: 64 MiB, one million entries.
void load_dataset(const std::string& file, std::string_view text, Datasets& datasets, Diagnostics& diagnostics);

}  // namespace scanner
