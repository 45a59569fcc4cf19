#include "scanner/engine/format/ecs.h"
#include "scanner/engine/format/eve.h"
#include "scanner/engine/format/event_format.h"
#include "scanner/engine/format/ocsf.h"
#include "scanner/engine/format/stix.h"
#include "scanner/engine/format/syslog.h"

#include <array>

namespace scanner {
namespace {

// A form whose events stand alone, one a line.
template <std::string (*line)(const BreachEvent&, const JsonFrame&)>
class LineFormat final : public EventFormat {
 public:
  std::string event(const BreachEvent& event, const JsonFrame& frame) override { return line(event, frame) + "\n"; }
};

template <std::string (*line)(const BreachEvent&, const JsonFrame&)>
std::unique_ptr<EventFormat> make_line() {
  return std::make_unique<LineFormat<line>>();
}

constexpr std::array kFormats{
    EventFormatEntry{"ndjson", "our own events (breach-event.schema.json)", make_line<to_json>},
    EventFormatEntry{"ocsf", "OCSF 1.8 Detection Finding", make_line<to_ocsf>},
    EventFormatEntry{"ecs", "Elastic Common Schema", make_line<to_ecs>},
    EventFormatEntry{"eve", "alerts as Suricata's EVE has them", make_line<to_eve>},
    EventFormatEntry{"rfc5424", "syslog messages with structured data", make_line<to_syslog>},
    EventFormatEntry{"stix", "a STIX 2.1 bundle, at the end", [] { return std::unique_ptr<EventFormat>(std::make_unique<StixBundle>()); }},
};

}  // namespace

std::span<const EventFormatEntry> event_formats() { return kFormats; }

std::unique_ptr<EventFormat> make_event_format(std::string_view name) {
  for (const EventFormatEntry& entry : kFormats)
    if (entry.name == name) return entry.make();
  return nullptr;
}

}  // namespace scanner
