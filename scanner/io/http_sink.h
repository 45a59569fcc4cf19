// Events to a collector by HTTPS: batches of CloudEvents in one POST
// (application/cloudevents-batch+json, CloudEvents HTTP binding 1.0, "batched mode").
#pragma once

#include "scanner/io/own_traffic.h"
#include "scanner/io/sink.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

namespace scanner {

struct HttpSinkOptions {
  std::string url;          // https://…; http:// is for the host itself
  std::string ca_file;      // "": the system's authorities
  std::string certificate_file, key_file;  // PEM; "": the agent does not identify itself by TLS
  std::string proxy;        // "": none, whatever the environment says
  std::string token;        // for "Authorization: Bearer"; "": none; a secret
  std::chrono::milliseconds connect_timeout{10'000}, timeout{60'000};
  BatchLimits batch{256, 1024 * 1024};
  std::shared_ptr<OwnTraffic> own_traffic = nullptr;  // is told of each connection before it closes
};

// 2xx: Delivered. 400, 409, 410, 413, 415, 422: Poison, since they are about what was sent. All
// else is Retry, with Retry-After where it is given: no connection, TLS that does not hold,
// redirections (never followed), 408, 429, 5xx; and 401, 403, 404 too, since a collector that
// knows nobody must not cost events. Resolves no name but the collector's or the proxy's.
class HttpSink final : public Sink {
 public:
  explicit HttpSink(HttpSinkOptions options);
  ~HttpSink() override;

  BatchLimits limits() const override { return options_.batch; }
  SinkAnswer deliver(std::span<const Outgoing> events) override;
  void interrupt() override { interrupted_ = true; }

 private:
  struct Connection;
  HttpSinkOptions options_;
  std::unique_ptr<Connection> connection_;
  std::atomic<bool> interrupted_{false};
};

// What a status means; `delivered` is not set.
SinkOutcome outcome_of_status(long status);

}  // namespace scanner
