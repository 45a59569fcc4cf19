// JSON-RPC over HTTP as miners and wallets use it: one request, one answer, kept alive.
#pragma once

#include "tools/trafficgen/talk.h"
#include "tools/trafficgen/words.h"

namespace scanner::trafficgen {

class HttpRpc {
 public:
  // How answers travel is the conversation's pool.carriage; plain HTTP for Lines.
  HttpRpc(const Conversation& conversation, Talk& talk, std::string target, std::string agent)
      : conversation_(conversation), talk_(talk), target_(std::move(target)), agent_(std::move(agent)) {}

  // Sent with every later request and answer. The views must outlive the calls.
  void send_with(std::vector<HttpHeader> headers) { request_headers_ = std::move(headers); }
  void answer_with(std::vector<HttpHeader> headers) { answer_headers_ = std::move(headers); }

  // `after`: how long the answer takes; at least a round trip passes.
  void ask(std::string_view method, const Json& params, Reply reply, const Json& result, Duration after = {});
  // A GET that is answered like a call.
  void get(std::string_view target, Reply reply, const Json& result, Duration after);

 private:
  // As pool.carriage has it, with its header.
  std::string encoded(std::string body, std::vector<HttpHeader>& headers) const;
  void answer(std::uint64_t id, Reply reply, const Json& result, Duration after);

  const Conversation& conversation_;
  Talk& talk_;
  std::string target_, agent_;
  std::vector<HttpHeader> request_headers_, answer_headers_;
  std::uint64_t next_id_ = 1;
};

}  // namespace scanner::trafficgen
