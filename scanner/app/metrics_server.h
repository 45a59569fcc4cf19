// GET /metrics, /healthz and /readyz over HTTP on a loopback address (cpp-httplib serves).
#pragma once

#include "scanner/model/result.h"

#include <functional>
#include <memory>
#include <string>

namespace scanner {

class MetricsServer {
 public:
  struct Answer {
    bool good = true;  // else 503
    std::string text;
  };
  // Asked on the server's thread, one request at a time.
  struct Answers {
    std::function<Answer()> metrics, healthz, readyz;
  };
  // `listen`: "127.0.0.1:9477" or "[::1]:9477". An Error: it cannot be bound.
  static Result<std::unique_ptr<MetricsServer>> open(const std::string& listen, Answers answers);
  ~MetricsServer();

 private:
  class Impl;
  explicit MetricsServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace scanner
