// Breach events as JSON: a CloudEvents 1.0 envelope round our own data
// (scanner/docs/breach-event.schema.json).
//
// One object, no line break inside; keys in a fixed order, so equal events are equal bytes.
#pragma once

#include "scanner/model/breach_event.h"

#include <string>
#include <string_view>
#include <vector>

namespace scanner {

struct JsonFrame {
  std::string source;   // "urn:aupscan:replay"; who says so
  std::string version;  // of this program
  std::string replay;   // the command that gives the event again; may be empty
  std::vector<std::string> file_names;  // behind PacketRef::file
};

std::string to_json(const BreachEvent& event, const JsonFrame& frame);

// The claim: what live and replay, any number of threads and any cutting of the traffic must
// agree on byte for byte (DESIGN §5.2). `json` is an event as written by to_json; nothing if
// it is none.
std::string claim_of(std::string_view json);

// A Wireshark display filter that shows a flow, e.g.
// "ip.addr==192.0.2.1 && ip.addr==198.51.100.2 && tcp.port==40000 && tcp.port==3333".
std::string display_filter(const FlowRef& flow);

}  // namespace scanner
