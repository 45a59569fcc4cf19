#include "tools/trafficgen/http_rpc.h"

#include "tests/support/websocket_frames.h"

namespace scanner::trafficgen {

using namespace std::chrono_literals;

void HttpRpc::ask(std::string_view method, const Json& params, Reply reply, const Json& result, Duration after) {
  const Json request = {{"id", next_id_}, {"jsonrpc", "2.0"}, {"method", method}, {"params", params}};
  std::vector<HttpHeader> headers{{"User-Agent", agent_}, {"Content-Type", "application/json"}};
  headers.insert(headers.end(), request_headers_.begin(), request_headers_.end());
  const std::string host = conversation_.pool.name.empty() ? conversation_.server.to_string() : conversation_.pool.name;
  const std::string body = encoded(request.dump(), headers);
  talk_.client(http_request("POST", target_, host, headers, body));
  answer(next_id_++, reply, result, after);
}

void HttpRpc::get(std::string_view target, Reply reply, const Json& result, Duration after) {
  std::vector<HttpHeader> headers{{"User-Agent", agent_}, {"Accept", "*/*"}};
  headers.insert(headers.end(), request_headers_.begin(), request_headers_.end());
  const std::string host = conversation_.pool.name.empty() ? conversation_.server.to_string() : conversation_.pool.name;
  talk_.client(http_request("GET", target, host, headers, ""));
  answer(1, reply, result, after);
}

void HttpRpc::answer(std::uint64_t id, Reply reply, const Json& result, Duration after) {
  talk_.wait(conversation_.network.round_trip + after);
  if (reply != Reply::Ignore) {
    Json json = {{"id", id}, {"jsonrpc", "2.0"}};
    if (reply == Reply::Error)
      json["error"] = {{"code", -32601}, {"message", "Method not found"}};
    else
      json["result"] = reply == Reply::Accept ? result : reply == Reply::Refuse ? Json(false) : Json(nullptr);
    const Carriage carriage = conversation_.pool.carriage;
    if (carriage == Carriage::HttpBare) {
      talk_.server(line(json));
    } else {
      std::vector<HttpHeader> headers{{"Server", "node/1.0"}, {"Content-Type", "application/json"}};
      headers.insert(headers.end(), answer_headers_.begin(), answer_headers_.end());
      const std::string body = encoded(json.dump(), headers);
      const bool chunked = carriage == Carriage::HttpChunked || carriage == Carriage::HttpGzip;
      talk_.server(http_response(reply == Reply::Error ? 400 : 200, headers, body, chunked));
    }
  }
  talk_.wait(5ms);
}

std::string HttpRpc::encoded(std::string body, std::vector<HttpHeader>& headers) const {
  const Carriage carriage = conversation_.pool.carriage;
  if (carriage != Carriage::HttpGzip && carriage != Carriage::HttpDeflate) return body;
  headers.push_back({"Content-Encoding", carriage == Carriage::HttpGzip ? "gzip" : "deflate"});
  return deflated(body, carriage == Carriage::HttpGzip ? DeflateForm::Gzip : DeflateForm::Zlib);
}

}  // namespace scanner::trafficgen
