// Is the other end on a list, and what does the list say of it?
#pragma once

#include "scanner/model/address.h"
#include "scanner/signature/ruleset.h"

#include <optional>
#include <string>
#include <string_view>

namespace scanner {

struct Listed {
  std::string entry;  // "pools:eu.example.net", as it reaches the event
  std::string pool;   // its name, or the listed host
  std::string coin;   // ticker where known; "" where the list names none or several
  ListContext listing;
};

// Corroboration for a conversation that is mining by itself, so context entries and names
// that people browse count too; entries listed by mistake never do. `port` is the pool's:
// an entry with ports names its coin only on one of them.
std::optional<Listed> find_listed(const Ruleset& ruleset, std::string_view host, std::uint16_t port, Timestamp at);
std::optional<Listed> find_listed(const Ruleset& ruleset, const IpAddress& address, std::uint16_t port, Timestamp at);

}  // namespace scanner
