// A TLS session between two ends of the OpenSSL library in memory: what travels, and the key
// log. Certificates are made when they are needed; nothing is the same twice.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

struct RealTlsOptions {
  int version = 13;             // 12
  std::string suite = "";       // by its OpenSSL name; "": the library's choice
  std::string client_groups = "X25519:P-256";
  std::string server_groups = "X25519:P-256";
  std::size_t padding = 0;      // TLS 1.3: records are filled up to multiples of so many octets
};

class RealTls {
 public:
  // Bytes of one end, as it gave them to the network.
  struct Flight {
    bool from_client = true;
    std::string bytes;
  };

  explicit RealTls(const RealTlsOptions& options);
  ~RealTls();

  // Each gives the flights that travel because of it, in order.
  std::vector<Flight> handshake();
  std::vector<Flight> client_says(std::string_view text);
  std::vector<Flight> server_says(std::string_view text);
  std::vector<Flight> update_keys();  // both directions

  const std::string& key_log() const;

 private:
  struct Ends;
  std::unique_ptr<Ends> ends_;
};

}  // namespace scanner
