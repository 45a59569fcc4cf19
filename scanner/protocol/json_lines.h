// JSON texts on a stream, for carriers that bring them in messages.
#pragma once

#include "scanner/protocol/parser.h"

#include <memory>

namespace scanner::json_lines {

// Reads the JSON texts of WebSocket messages: gap() at the start of each message.
std::unique_ptr<StreamReader> make_in_messages(FlowSession& session, Direction sender);

}  // namespace scanner::json_lines
