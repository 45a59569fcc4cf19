// Secrets of TLS sessions, from key logs (the NSS format that SSLKEYLOGFILE gives; the same
// lines stand in pcapng's decryption secrets blocks), found by the client's random.
//
// They never leave the process: no event, log line or evidence may tell one.
//
// Filled by one thread while nobody reads; then read by any number of threads. Bounded:
// kMaxSessions sessions, the first ones; lines beyond them, and lines that are none, are
// counted. Of the same secret of one session the first counts.
#pragma once

#include "scanner/model/bytes.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <unordered_map>

namespace scanner {

enum class TlsSecretKind : std::uint8_t { Master, ClientHandshake, ServerHandshake, ClientTraffic, ServerTraffic };
inline constexpr std::size_t kTlsSecretKinds = 5;

using TlsRandom = std::array<std::uint8_t, 32>;

struct TlsSecret {
  std::array<std::uint8_t, 48> octets{};  // 32, or 48 where the suite's hash is SHA-384
  std::uint8_t size = 0;                  // 0: not known
  std::uint64_t known_from = 0;           // position in the run (PacketContext::sequence)

  Bytes bytes() const { return Bytes(octets).first(size); }
};

struct TlsSessionSecrets {
  std::array<TlsSecret, kTlsSecretKinds> of_kind;

  const TlsSecret& get(TlsSecretKind kind) const { return of_kind[static_cast<std::size_t>(kind)]; }
};

// What became of the sessions whose secrets are known.
struct TlsCounts {
  std::uint64_t with_keys = 0;  // their client's hello was seen
  std::uint64_t opened = 0;     // a record of them was opened
};

class TlsSecrets {
 public:
  static constexpr std::size_t kMaxSessions = 65536;  // about 20 MiB

  TlsSecrets() = default;
  ~TlsSecrets();  // wipes them
  TlsSecrets(const TlsSecrets&) = delete;
  TlsSecrets& operator=(const TlsSecrets&) = delete;

  // The lines of a key log, which count from `position` of the run on. Empty lines, comments
  // and labels that serve for nothing here (exporter and early secrets) are passed over.
  void read_key_log(Bytes text, std::uint64_t position);

  // What is known of the session at `position`; false: nothing.
  bool find(Bytes client_random, std::uint64_t position, TlsSessionSecrets& found) const;

  bool empty() const { return sessions_.empty(); }
  std::size_t sessions() const { return sessions_.size(); }
  std::uint64_t unreadable_lines() const { return unreadable_; }
  std::uint64_t refused_lines() const { return refused_; }  // beyond kMaxSessions

 private:
  // Made by chance on the client, so any part of it serves as its hash.
  struct FirstOctets {
    std::size_t operator()(const TlsRandom& random) const {
      std::size_t first = 0;
      std::memcpy(&first, random.data(), sizeof first);
      return first;
    }
  };
  void read_line(std::string_view line, std::uint64_t position);

  std::unordered_map<TlsRandom, TlsSessionSecrets, FirstOctets> sessions_;
  std::uint64_t unreadable_ = 0;
  std::uint64_t refused_ = 0;
};

// What the flows of one shard know of secrets, and what they count.
struct TlsKeyring {
  const TlsSecrets* secrets = nullptr;
  TlsCounts counts;
};

}  // namespace scanner
