// Stored observations: the texts that signatures are searched in, a line each, so that a pack can
// be held against the past when the captures are gone.
//
// NDJSON. The first line is a header:
//   {"aupscan_observations":1,"version":"0.1.0","content":false,"redaction":"…","captures":["a.pcap"]}
// and then a line a text:
//   {"field":"dns.name","text":"pool.example","at":"2026-01-02T03:04:05Z","src":"192.0.2.1:4000","dst":"198.51.100.2:53","proto":"udp"}
//   {"field":"process.name","text":"xmrig","at":"…","pid":4242}
// A text that is no UTF-8 is {"hex":"…"}.
#pragma once

#include "scanner/app/options.h"
#include "scanner/model/result.h"
#include "tools/aupsig/field_texts.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// Names, and what a person or a program said by them alone: no stream, path, header, command line
// or environment. What is kept by default.
bool is_name(Field field);

struct ObservationsHeader {
  bool content = false;  // fields that are no names are there
  std::vector<std::string> captures;
};

std::string to_line(const ObservationsHeader& header);  // without line end
std::string to_line(const FieldText& text);

// One line of each kind. An Error continues a sentence: "is no …".
Result<ObservationsHeader> parse_observations_header(std::string_view line);
Result<FieldText> parse_observation(std::string_view line);

// What came of reading a file of them. Lines that cannot be understood are left out and told.
struct ObservationsRead {
  std::string error;  // it cannot be read, or is no such file
  bool content = false;
  std::uint64_t texts = 0, damaged = 0;
  std::string first_damage;  // "FILE:LINE: why"
};
// Lines of more than 1 MiB are damaged. Memory: one line.
ObservationsRead read_observations(const std::string& path, const std::function<void(const FieldText&)>& take);

struct ObservationsOptions {
  std::vector<std::string> corpus;  // captures, recordings, directories of them
  std::string output;               // a file (mode 0600); "-": standard output
  bool content = false;             // not names alone
};

ExitCode observations(const ObservationsOptions& options);

}  // namespace scanner
