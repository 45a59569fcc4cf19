// Every format: by its published rules, whatever an event says, and always the same bytes.
#include "scanner/engine/format/event_format.h"
#include "scanner/io/text_file.h"
#include "tests/support/format_check.h"
#include "tests/unit/engine/format/format_events.h"
#include "places.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>

using namespace scanner;
using namespace scanner::test;

TEST_CASE("a breach, an indicator and a merged incident are written as they always were", "[format]") {
  for (const EventFormatEntry& entry : event_formats()) {
    const std::string name(entry.name);
    if (name == "ndjson") continue;
    INFO(name);
    const std::string text = written(name, sample_stream(), format_frame());
    CHECK(format_errors(name, text) == "");
    const std::string golden = AUPSCAN_SOURCE_DIR "/tests/golden/formats/" + name + ".txt";
    if (std::getenv("AUPSCAN_UPDATE_GOLDEN") != nullptr) std::ofstream(golden, std::ios::binary) << text;
    CHECK(text == read_text_file(golden).value_or("(missing)"));
  }
}

TEST_CASE("no text from traffic or processes breaks a line or a field of any format", "[format]") {
  SeededRandom random(7);
  std::vector<BreachEvent> events;
  for (int i = 0; i < 400; ++i) events.push_back(hostile_event(random));
  for (const EventFormatEntry& entry : event_formats()) {
    INFO(entry.name);
    // Their schema is stricter than what hostile text gives; the lines must stand all the same.
    const std::string errors = entry.name == "ndjson" ? "" : format_errors(entry.name, written(entry.name, events, format_frame()));
    CHECK(errors.substr(0, 2000) == "");
  }
}

TEST_CASE("a shadow or test event calls nobody in any format", "[format]") {
  const std::vector<std::pair<std::string, std::string>> kCalls{{"ocsf", "\"is_alert\":true"}, {"ecs", "\"kind\":\"alert\""}, {"eve", "\"severity\":1,"}, {"rfc5424", "<82>1 "}, {"stix", "\"type\":\"indicator\""}};
  for (const auto& [format, call] : kCalls) {
    INFO(format);
    BreachEvent event = sample_event();
    CHECK(written(format, {event}, format_frame()).find(call) != std::string::npos);
    for (const char* mode : {"shadow", "test"}) {
      event.mode = mode;
      CHECK(written(format, {event}, format_frame()).find(call) == std::string::npos);
    }
  }
}

TEST_CASE("every format is found by its name and nothing else is", "[format]") {
  for (const EventFormatEntry& entry : event_formats()) CHECK(make_event_format(entry.name) != nullptr);
  CHECK(make_event_format("table") == nullptr);
  CHECK(make_event_format("") == nullptr);
}
