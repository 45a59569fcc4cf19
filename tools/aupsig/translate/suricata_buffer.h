// Suricata's buffers in terms of our fields.
#pragma once

#include "tools/aupsig/translate/text_place.h"

#include <optional>
#include <span>
#include <string_view>

namespace scanner {

struct SuricataBuffer {
  std::string_view name;      // as written today: "http.uri"
  std::string_view modifier;  // its old name, which stands behind a content: "http_uri"; ""
  std::string_view sticky;    // its old name as a sticky buffer: "dns_query"; ""
  std::optional<Field> field; // that holds just this text
  // Inside the stream of that side, as a part of an HTTP/1 message; "": not there.
  std::string_view begin, any, gap, end;
  bool from_server = false;
  std::string_view narrower;  // what that loses; ""
};

// By any of its names; null where it has no place with us.
const SuricataBuffer* suricata_buffer(std::string_view name);
bool is_modifier(std::string_view name);  // an old name that stands behind its content

// The buffer as a stretch of the stream: for rules that ask about several of them. Nothing where
// it has no such place. `answer`: headers are those of the response.
std::optional<TextPlace> place_in_stream(const SuricataBuffer& buffer, bool answer);

}  // namespace scanner
