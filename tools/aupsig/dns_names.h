// Names in DNS messages, read leniently and exchanged in place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// The names in the message's question and records, lower case as they stand; none where the
// datagram is no DNS message.
std::vector<std::string> dns_names(std::string_view datagram);

// Exchanges the labels of `name` for those of `made` (as long, label by label) wherever they stand
// in wire form.
void rename_dns(std::string& datagrams, std::string_view name, std::string_view made);

}  // namespace scanner
