#include "tools/trafficgen/words.h"

namespace scanner::trafficgen {
namespace {

// The same JSON with a blank behind each ':' and ',' that stands outside of strings.
std::string with_blanks(const std::string& compact) {
  std::string out;
  bool text = false;
  for (std::size_t i = 0; i < compact.size(); ++i) {
    const char c = compact[i];
    out += c;
    if (text && c == '\\')
      out += compact[++i];
    else if (c == '"')
      text = !text;
    else if (!text && (c == ':' || c == ','))
      out += ' ';
  }
  return out;
}

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 500:
      return "Internal Server Error";
    default:
      return "Status";
  }
}

std::string chunk(std::string_view piece) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string size;
  for (std::size_t rest = piece.size(); rest != 0; rest /= 16) size.insert(size.begin(), kDigits[rest % 16]);
  return (size.empty() ? "0" : size) + "\r\n" + std::string(piece) + "\r\n";
}

std::string head(std::string start, const std::vector<HttpHeader>& headers) {
  for (const HttpHeader& header : headers) start.append(header.name).append(": ").append(header.value).append("\r\n");
  return start;
}

}  // namespace

std::string line(const Json& json, bool spaced) {
  const std::string compact = json.dump();
  return (spaced ? with_blanks(compact) : compact) + "\n";
}

std::string http_request(std::string_view method, std::string_view target, std::string_view host,
                         const std::vector<HttpHeader>& headers, std::string_view body) {
  std::string start(method);
  start.append(" ").append(target).append(" HTTP/1.1\r\nHost: ").append(host).append("\r\n");
  start = head(std::move(start), headers);
  if (!body.empty() || method == "POST") start += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return start.append("\r\n").append(body);
}

std::string http_response(int status, const std::vector<HttpHeader>& headers, std::string_view body, bool chunked) {
  std::string start = "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason_of(status)) + "\r\n";
  start = head(std::move(start), headers);
  if (!chunked) return start + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  const std::size_t half = body.size() / 2;
  start += "Transfer-Encoding: chunked\r\n\r\n" + chunk(body.substr(0, half));
  return start + chunk(body.substr(half)) + "0\r\n\r\n";
}

}  // namespace scanner::trafficgen
