#include "tools/aupsig/translate/suricata_buffer.h"

#include <algorithm>
#include <array>

namespace scanner {
namespace {

#define REQUEST "^[A-Z]+ [^\\r\\n]+\\r\\n"
#define ANSWER "^HTTP/1\\.[01] [^\\r\\n]*\\r\\n"
#define LINES "(?:[^\\r\\n]+\\r\\n)*"
#define HEADER(name) "(?i:" name "):[ \\t]*"
constexpr std::string_view kRequest = REQUEST, kAnswer = ANSWER;
constexpr std::string_view kLine = "[^\\r\\n]";
constexpr std::string_view kLineEnd = "\\r\\n";
// Never over the empty line that ends the headers.
constexpr std::string_view kHeaderGap = "[^\\r\\n]*(?:\\r\\n[^\\r\\n]+)*(?:\\r\\n)?";
constexpr std::string_view kPlainBody = "bodies that are compressed or sent in chunks are searched as sent";

constexpr std::array kBuffers{
    SuricataBuffer{"dns.query", "", "dns_query", Field::DnsName, "", "", "", "", false, ""},
    SuricataBuffer{"tls.sni", "", "tls_sni", Field::TlsSni, "", "", "", "", false, ""},
    SuricataBuffer{"ja4.hash", "", "", Field::TlsJa4, "", "", "", "", false, ""},
    SuricataBuffer{"http.host", "http_host", "", Field::HttpHost, REQUEST LINES HEADER("Host"), "[^\\r\\n:]", "", "(?::[0-9]+)?[ \\t]*\\r\\n", false, ""},
    SuricataBuffer{"http.host.raw", "http_raw_host", "", std::nullopt, REQUEST LINES HEADER("Host"), kLine, "", kLineEnd, false, ""},
    SuricataBuffer{"http.uri", "http_uri", "", Field::HttpPath, "^[A-Z]+ ", "[^ \\r\\n]", "", " HTTP/1", false, "the target is searched as sent, with its percent escapes"},
    SuricataBuffer{"http.uri.raw", "http_raw_uri", "", Field::HttpPath, "^[A-Z]+ ", "[^ \\r\\n]", "", " HTTP/1", false, ""},
    SuricataBuffer{"http.user_agent", "http_user_agent", "", Field::HttpUserAgent, REQUEST LINES HEADER("User-Agent"), kLine, "", kLineEnd, false, ""},
    SuricataBuffer{"http.method", "http_method", "", std::nullopt, "^", "[A-Z]", "", " ", false, ""},
    SuricataBuffer{"http.request_line", "", "http_request_line", std::nullopt, "^", kLine, "", kLineEnd, false, ""},
    SuricataBuffer{"http.header", "http_header", "", std::nullopt, REQUEST, kLine, kHeaderGap, "", false, ""},
    SuricataBuffer{"http.header.raw", "http_raw_header", "", std::nullopt, REQUEST, kLine, kHeaderGap, "", false, ""},
    SuricataBuffer{"http.cookie", "http_cookie", "", std::nullopt, REQUEST LINES HEADER("Cookie"), kLine, "", kLineEnd, false, ""},
    SuricataBuffer{"http.referer", "", "http_referer", std::nullopt, REQUEST LINES HEADER("Referer"), kLine, "", kLineEnd, false, ""},
    SuricataBuffer{"http.accept", "", "http_accept", std::nullopt, REQUEST LINES HEADER("Accept"), kLine, "", kLineEnd, false, ""},
    SuricataBuffer{"http.content_type", "", "http_content_type", std::nullopt, REQUEST LINES HEADER("Content-Type"), kLine, "", kLineEnd, false, ""},
    SuricataBuffer{"http.request_body", "http_client_body", "", std::nullopt, REQUEST LINES "\\r\\n", "[\\x00-\\xff]", "", "", false, kPlainBody},
    SuricataBuffer{"http.response_line", "", "http_response_line", std::nullopt, "^", kLine, "", kLineEnd, true, ""},
    SuricataBuffer{"http.stat_code", "http_stat_code", "", std::nullopt, "^HTTP/1\\.[01] ", "[0-9]", "", "[ \\r]", true, ""},
    SuricataBuffer{"http.stat_msg", "http_stat_msg", "", std::nullopt, "^HTTP/1\\.[01] [0-9]+ ", kLine, "", kLineEnd, true, ""},
    SuricataBuffer{"http.server", "", "http_server", std::nullopt, ANSWER LINES HEADER("Server"), kLine, "", kLineEnd, true, ""},
    SuricataBuffer{"http.location", "", "http_location", std::nullopt, ANSWER LINES HEADER("Location"), kLine, "", kLineEnd, true, ""},
    SuricataBuffer{"http.response_body", "http_server_body", "", std::nullopt, ANSWER LINES "\\r\\n", "[\\x00-\\xff]", "", "", true, kPlainBody},
    SuricataBuffer{"file.data", "", "file_data", std::nullopt, ANSWER LINES "\\r\\n", "[\\x00-\\xff]", "", "", true, kPlainBody},
};
#undef REQUEST
#undef ANSWER
#undef LINES
#undef HEADER

}  // namespace

const SuricataBuffer* suricata_buffer(std::string_view name) {
  if (name.empty()) return nullptr;
  const auto found = std::ranges::find_if(kBuffers, [name](const SuricataBuffer& b) { return b.name == name || b.modifier == name || b.sticky == name; });
  return found == kBuffers.end() ? nullptr : &*found;
}

bool is_modifier(std::string_view name) {
  return !name.empty() && std::ranges::any_of(kBuffers, [name](const SuricataBuffer& b) { return b.modifier == name; });
}

std::optional<TextPlace> place_in_stream(const SuricataBuffer& buffer, bool answer) {
  if (buffer.begin.empty()) return std::nullopt;
  TextPlace place;
  place.field = buffer.from_server || answer ? Field::StreamServer : Field::StreamClient;
  place.name = buffer.name;
  place.begin = buffer.begin;
  if (answer && !buffer.from_server) {
    // Only headers are in both; a request's other parts are in no answer.
    const bool header = buffer.name == "http.header" || buffer.name == "http.header.raw" || buffer.name == "http.content_type";
    if (!header) return std::nullopt;
    place.begin = std::string(kAnswer) + place.begin.substr(kRequest.size());
  }
  place.any = buffer.any;
  place.gap = buffer.gap;
  place.end = buffer.end;
  place.whole = false;
  return place;
}

}  // namespace scanner
