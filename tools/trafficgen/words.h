// How text is put on the wire: JSON lines as different miners write them, and HTTP/1.1.
#pragma once

#include "tools/trafficgen/scenario.h"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace scanner::trafficgen {

using Json = nlohmann::ordered_json;

// One line with its line feed. `spaced`: blanks after ':' and ',', as cpuminer writes.
std::string line(const Json& json, bool spaced = false);

struct HttpHeader {
  std::string_view name, value;
};
std::string http_request(std::string_view method, std::string_view target, std::string_view host,
                         const std::vector<HttpHeader>& headers, std::string_view body);
// `chunked`: in two chunks, without Content-Length.
std::string http_response(int status, const std::vector<HttpHeader>& headers, std::string_view body, bool chunked);

}  // namespace scanner::trafficgen
