// A capture filter in front of a source, in the language of tcpdump (pcap-filter(7)).
#pragma once

#include "scanner/engine/source.h"

#include <memory>
#include <string>

namespace scanner {

// Lets through the packets that `expression` matches, and every event that is no packet.
// Frame numbers stay those of the file. An expression that cannot be compiled is an Error
// with libpcap's reason. One that only some link type cannot express (host names of an
// Ethernet address on raw IP) drops the packets of that type, with a warning, and makes
// the source partial.
Result<std::unique_ptr<Source>> filter_packets(std::unique_ptr<Source> source, const std::string& expression);

// The same expression in front of any link type, before it is handed to libpcap: it compiles for
// one of them, and holds no name that libpcap would look up. Empty: every packet.
Result<void> check_filter(const std::string& expression);

}  // namespace scanner
