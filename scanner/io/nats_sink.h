// Events to a NATS JetStream stream. The id is the message's Nats-Msg-Id, by which the stream
// leaves out what it has already (within its duplicate window).
#pragma once

#include "scanner/io/sink.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace scanner {

struct NatsSinkOptions {
  std::vector<std::string> servers;  // nats://HOST:PORT or tls://HOST:PORT, at least one
  std::string subject = "aupscan.events";  // of a stream that is there: the agent makes none
  std::string credentials_file;            // of the account (JWT and key); "": none
  std::string ca_file, certificate_file, key_file;  // PEM; "": as for HttpSink
  std::chrono::milliseconds timeout{5'000};         // for a connection, and for an acknowledgement
};

// An event is Delivered when the stream acknowledged it (how durable that is, is the stream's
// replicas' and the servers' sync_interval's business). One that the servers find too large
// is Poison; everything else is Retry. Finds the other servers of a cluster by itself and
// connects again when one goes.
class NatsSink final : public Sink {
 public:
  explicit NatsSink(NatsSinkOptions options);
  ~NatsSink() override;

  BatchLimits limits() const override { return {64, 1024 * 1024}; }
  SinkAnswer deliver(std::span<const Outgoing> events) override;
  void interrupt() override { interrupted_ = true; }

 private:
  struct Connection;
  std::string connect();

  NatsSinkOptions options_;
  std::unique_ptr<Connection> connection_;  // nullptr: none yet
  std::atomic<bool> interrupted_{false};
};

}  // namespace scanner
