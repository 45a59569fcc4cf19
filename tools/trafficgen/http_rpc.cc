#include "tools/trafficgen/http_rpc.h"

namespace scanner::trafficgen {

using namespace std::chrono_literals;

void HttpRpc::ask(std::string_view method, const Json& params, Reply reply, const Json& result, Duration after) {
  const Json request = {{"id", next_id_}, {"jsonrpc", "2.0"}, {"method", method}, {"params", params}};
  std::vector<HttpHeader> headers{{"User-Agent", agent_}, {"Content-Type", "application/json"}};
  headers.insert(headers.end(), request_headers_.begin(), request_headers_.end());
  const std::string host = conversation_.pool.name.empty() ? conversation_.server.to_string() : conversation_.pool.name;
  talk_.client(http_request("POST", target_, host, headers, request.dump()));
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
      talk_.server(
          http_response(reply == Reply::Error ? 400 : 200, headers, json.dump(), carriage == Carriage::HttpChunked));
    }
  }
  talk_.wait(5ms);
}

}  // namespace scanner::trafficgen
