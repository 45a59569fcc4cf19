// A TLS session whose secrets are known: both directions' records are opened, and what is in
// them goes to the readers of the catalog as if it had been sent in the clear.
//
// Both readers of the flow (tls.cc) bring whole records. What the client sends before the
// server's choice was seen waits, kMaxWaiting bytes of it; then the client is given up. After
// a gap the number of the next record is not known: as many as can have been lost are tried,
// kMaxLostRecords at most. Where the handshake secret of TLS 1.3 is not in the key log, or
// records of the handshake were lost, the application secret is tried instead.
//
// Not opened: early data (0-RTT), what follows a renegotiation, a session whose key log lines
// come after its client hello, a TLS session inside another.
#pragma once

#include "scanner/protocol/inner_stream.h"
#include "scanner/protocol/parser.h"
#include "scanner/protocol/tls.h"
#include "scanner/protocol/tls_keys.h"
#include "scanner/protocol/tls_secrets.h"

#include <array>
#include <deque>
#include <optional>
#include <vector>

namespace scanner::tls {

class Session {
 public:
  static constexpr std::size_t kMaxWaiting = 32 * 1024;
  static constexpr std::uint64_t kMaxLostRecords = 64;
  static constexpr int kMaxSkippedRecords = 32;  // of the handshake, where its secret is missing

  // `client` sent the hello. The catalog is a parameter for tests. `session` and `counts`
  // outlive it.
  Session(FlowSession& session, Direction client, Bytes client_random, const TlsSessionSecrets& secrets, TlsCounts& counts,
          std::span<const StreamProtocol> streams = stream_protocols());

  // The server's hello was read.
  void chosen(const ServerHello& hello, const Moment& moment);

  enum class Taken : std::uint8_t {
    Plain,     // a record in the clear: the reader's own
    Done,      // read, or waits; go on
    Finished,  // nothing more of this direction matters
    Failed,    // this direction is given up: see trouble()
  };
  // A record of `sender`: its five octets of header and what they announce. It ends at
  // position `end` of the stream that carries it.
  Taken record(Direction sender, Bytes header, Bytes body, std::uint64_t end, const Moment& moment);
  // The record that was to come is damaged, or (`several`) nobody knows how many are lost, at
  // most so many, and the next one brought is application data.
  void lost(Direction sender, std::uint64_t at_most, bool several, const Moment& moment);
  // May bytes be missing here without the session being lost?
  bool survives_gap(Direction sender) const;

  Direction client() const { return client_; }
  bool chosen() const { return choice_known_; }
  const char* trouble() const { return trouble_; }

 private:
  enum class Epoch : std::uint8_t { Handshake, Application };
  struct Waiting {
    std::array<std::uint8_t, 5> header;
    std::vector<std::uint8_t> body;
    std::uint64_t end;
    std::uint32_t frame;
    std::uint16_t file;
  };
  struct Side {
    Side(FlowSession& session, Direction direction, std::span<const StreamProtocol> streams) : inner(session, direction, streams) {}

    InnerStream inner;
    Epoch epoch = Epoch::Application;
    std::optional<RecordKeys> keys;       // of the epoch
    std::optional<RecordKeys> next_keys;  // TLS 1.3, in the handshake: of the application
    TlsSecret secret;                     // TLS 1.3: behind the application's keys
    std::uint64_t number = 0;             // of the next record
    std::uint64_t uncertain = 0;          // so many records more may have gone by
    bool sealed = false;                  // records are encrypted from here on
    bool wanted = true, failed = false;
    int skipped = 0;
    std::array<std::uint8_t, 4> message{};  // header of the handshake message now being read
    std::size_t message_size = 0;           // octets of it that are here
    std::size_t message_left = 0;           // octets of its body that are to come
  };

  Side& side(Direction sender) { return sides_[static_cast<std::size_t>(sender)]; }
  void derive(const ServerHello& hello);
  Taken wait(Bytes header, Bytes body, std::uint64_t end, const Moment& moment);
  Taken read(Direction sender, Bytes header, Bytes body, std::uint64_t end, const Moment& moment);
  bool open(Side& side, Bytes header, Bytes body);
  bool open_with(Side& side, const RecordKeys& keys, std::uint64_t first, Bytes header, Bytes body);
  void begin_application(Side& side);
  Taken handshake(Side& side, Bytes content);
  bool message_over(Side& side);
  Taken content(Direction sender, std::uint8_t type, Bytes bytes, std::uint64_t end, const Moment& moment);
  Taken fail(Side& side, const char* trouble);

  FlowSession& session_;
  Direction client_;
  std::array<std::uint8_t, 32> client_random_{};
  TlsSessionSecrets secrets_;
  TlsCounts& counts_;
  const Suite* suite_ = nullptr;  // null: not chosen yet, or impossible
  bool choice_known_ = false;
  bool opened_ = false;  // any record was
  std::size_t waiting_bytes_ = 0;
  std::deque<Waiting> waiting_;
  std::vector<std::uint8_t> opened_bytes_;
  std::array<Side, 2> sides_;
  const char* trouble_ = "";
};

}  // namespace scanner::tls
