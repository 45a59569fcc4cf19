// A network of a test's own: a new network namespace for the calling thread, gone with this
// object. Needs root, or user namespaces.
#pragma once

#include "scanner/model/bytes.h"

#include <memory>
#include <string>

namespace scanner::test {

class NetworkNamespace {
 public:
  // Null where it is not permitted, with a sentence on standard output. Loopback is up.
  static std::unique_ptr<NetworkNamespace> make();
  ~NetworkNamespace();
  NetworkNamespace(const NetworkNamespace&) = delete;
  NetworkNamespace& operator=(const NetworkNamespace&) = delete;

  // ip(8) with these arguments; throws where it fails.
  void ip(const std::string& arguments) const;
  // Two interfaces that are up and joined: what one sends the other receives.
  void veth(const std::string& one, const std::string& other) const;

 private:
  explicit NetworkNamespace(int outside) : outside_(outside) {}

  int outside_;
};

// Sends frames on an interface of the present namespace.
class FrameSender {
 public:
  explicit FrameSender(const std::string& interface);  // throws
  ~FrameSender();
  FrameSender(const FrameSender&) = delete;
  FrameSender& operator=(const FrameSender&) = delete;

  void send(Bytes frame) const;  // throws

 private:
  int fd_;
};

}  // namespace scanner::test
