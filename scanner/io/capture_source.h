// The captures and recordings of a command line as one source.
#pragma once

#include "scanner/engine/source.h"

#include <memory>
#include <string>
#include <vector>

namespace scanner {

struct CaptureOptions {
  std::string filter;  // pcap-filter(7); empty: every packet
};

// Opens `paths` ("-" is standard input, at most once; at most 65,536) and merges them by
// time as mergecap does. Packet::file is the index in `paths`, which is what file_names()
// gives back.
//
// A path that ends in .ndjson (or that with .gz or .zst) is a recording (docs/recording.md).
// The recording that lies beside a capture is read with it, once, whether or not it is named
// too. A file of that name that is no recording is left alone, with a sentence in warnings().
//
// A file that cannot be opened, is no capture, or is damaged ends alone: the source goes
// on, warnings() has the sentence and partial() is true in the end. An Error here (or, for
// a live stream, from the first next()): none of the paths could be read, or the filter is
// wrong.
Result<std::unique_ptr<Source>> open_captures(const std::vector<std::string>& paths,
                                              const CaptureOptions& options = {});

}  // namespace scanner
