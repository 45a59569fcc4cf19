// The texts that signatures are searched in, as the engine hands them over: every field of
// every flow and process of a capture, whatever any pack looks for.
//
// Made with the engine's own way from packets to fields: a matcher that matches every text
// and keeps it. So what a signature would have been asked is known without running it.
#pragma once

#include "scanner/model/flow_ref.h"
#include "scanner/model/host_record.h"
#include "scanner/model/time.h"
#include "scanner/signature/signature.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace scanner {

struct FieldText {
  Field field = Field::StreamClient;
  std::string text;  // of a stream: its searched prefix
  Timestamp at;      // of a stream: of its first byte
  std::uint16_t port = 0;            // the responder's; 0: a process's text
  std::optional<FlowRef> flow;       // one of them
  std::optional<ProcessId> process;
};

struct CollectedTexts {
  std::string error;  // nothing could be read
  bool partial = false;
  std::vector<std::string> warnings;
};

// Hands every text of the capture or recording to `take`, streams when they are over or their
// prefix is full. Memory: that of the open streams' prefixes.
CollectedTexts collect_texts(const std::string& path, const std::function<void(FieldText&&)>& take);

}  // namespace scanner
