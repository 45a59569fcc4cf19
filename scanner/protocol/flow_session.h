// What the readers of one flow share: its identity, the way out for observations, and the
// mining conversation that may run over both directions.
#pragma once

#include "scanner/model/bytes.h"
#include "scanner/model/observation.h"
#include "scanner/signature/dialect.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace scanner {

class Conversation;
class Stratum2Conversation;
class DuinoConversation;
struct TlsKeyring;
namespace tls {
class Session;
}

// When and in which packet something was seen.
struct Moment {
  Timestamp at;
  std::uint64_t sequence = 0;
  std::uint32_t frame = 0;
  std::uint16_t file = 0;
};

// Requests and responses of HTTP/1 on one flow, paired by their number: the n-th final
// response answers the n-th request (RFC 9112 section 9.3.2).
struct HttpExchanges {
  enum class Expect : std::uint8_t { Body, NoBody /* HEAD */, Tunnel /* CONNECT */ };
  static constexpr std::uint64_t kMaxOpen = 64;  // more than that are pipelined by nobody

  std::uint64_t asked = 0, answered = 0;
  bool uncertain = false;  // bytes were lost: the next response answers the last request

  // Notes a request and returns its number.
  std::uint64_t ask(Expect expect);
  // Notes a response: the number of its request, or nothing where that was not seen.
  std::optional<std::uint64_t> answer(bool start_seen);
  Expect expected(std::uint64_t exchange) const;

 private:
  std::uint64_t no_body_ = 0, tunnel_ = 0;  // one bit for each of the last kMaxOpen requests
};

// Gets the bytes of an encrypted stream as they were said, before they are read.
class OpenedBytesSink {
 public:
  virtual ~OpenedBytesSink() = default;
  virtual void opened(Direction sender, Bytes bytes, const Moment& moment) = 0;
};

// One thread at a time; lives as long as its flow. `dialects` and `sink` outlive it.
class FlowSession {
 public:
  FlowSession(const FlowRef& flow, const DialectSet& dialects, ObservationSink& sink);
  ~FlowSession();

  const FlowRef& flow() const { return flow_; }
  const DialectSet& dialects() const { return *dialects_; }
  // Other dialects from now on. Not while there is a conversation, which keeps to its own.
  void use(const DialectSet& dialects) { dialects_ = &dialects; }

  // What is observed from here on was encrypted.
  void mark_decrypted() { flow_.decrypted = true; }

  // Nothing was said that what is still to come could refer to.
  bool has_nothing_open() const {
    return !conversation_ && !stratum2_ && !duino_ && !shared_ && !carriers_ && !tls && !socks_client && http.asked == http.answered && !http.uncertain && foreign_messages == 0;
  }

  // Something was seen in bytes that `sender` sent.
  void observe(Direction sender, const Moment& moment, decltype(Observation::what) what);
  std::uint64_t observations() const { return observations_; }

  // Made when the first message that might be mining turns up.
  Conversation& conversation();
  bool has_conversation() const { return conversation_ != nullptr; }
  // Likewise, for the first message of Stratum V2.
  Stratum2Conversation& stratum2();
  bool has_stratum2() const { return stratum2_ != nullptr; }
  // Likewise, for the first words of Duino-Coin.
  DuinoConversation& duino();
  bool has_duino() const { return duino_ != nullptr; }

  // On a flow whose start was not seen anybody may have sent the first packet. Work that is
  // pushed on it is told as Delivered, once, when the miner's side acknowledged it.
  bool awaits_acknowledgement() const { return pushed_ != nullptr; }
  void acknowledged(Direction sender, std::uint64_t offset, const Moment& moment);

  // Stream position up to which `sender` has sent, as of the bytes now being read. The
  // dispatcher keeps it current; submits note it to be matched with acknowledgements.
  std::uint64_t sent[2] = {0, 0};

  // What a carrier brings has positions of its own: see CarriedUnit in inner_stream.h.
  struct Carried {
    int depth = 0;          // carriers at work inside each other
    std::uint64_t end = 0;  // position behind the outermost one's unit
  };
  Carried& carried(Direction sender) { return carriers().carried[static_cast<std::size_t>(sender)]; }
  int carried_depth(Direction sender) const { return carriers_ ? carriers_->carried[static_cast<std::size_t>(sender)].depth : 0; }
  // Position in the flow's own stream behind the message that `sender` has just ended.
  std::uint64_t said(Direction sender) const {
    const auto side = static_cast<std::size_t>(sender);
    return carried_depth(sender) > 0 ? carriers_->carried[side].end : sent[side];
  }

  // A proxy was asked on this flow to connect to `host`, a name or an address: what is said
  // from now on is said to that. Mining observations name it where they name no host.
  void tunnel_to(std::string_view host, std::uint16_t port);
  void no_tunnel();  // it refused
  std::optional<Direction> socks_client;
  // Secrets of TLS sessions, where the run has any; outlives the session. The session of this
  // flow whose records are opened, if there is one.
  TlsKeyring* tls_keyring = nullptr;
  std::unique_ptr<tls::Session> tls;
  OpenedBytesSink* opened_bytes = nullptr;

  // The two HTTP readers' common knowledge.
  HttpExchanges http;
  // Who was asked to upgrade to WebSocket: a Host header as sent, at most 1024 bytes.
  std::string& websocket_host() { return carriers().websocket_host; }
  // Messages that no dialect could mean, before there was a conversation.
  std::uint32_t foreign_messages = 0;

  // What both readers of one protocol know together, made by the first of them. Null: the flow
  // belongs to another protocol already.
  struct Shared {
    virtual ~Shared() = default;
  };
  template <typename T>
  T* shared() {
    if (!shared_) shared_ = std::make_unique<T>();
    return dynamic_cast<T*>(shared_.get());
  }
  // The same where it was made; else null.
  template <typename T>
  T* shared_if_made() const {
    return dynamic_cast<T*>(shared_.get());
  }

  // What a datagram protocol, which has no reader, remembers of each direction.
  struct Noted {
    std::uint32_t kinds = 0;  // of message that were observed
    Timestamp last;           // when it last observed one
  };
  Noted noted[2];

 private:
  // What few flows need, so that the others stay small.
  struct Carriers {
    Carried carried[2];
    std::string websocket_host;
    std::string tunnel;  // the name, or the address and port
  };
  Carriers& carriers() {
    if (!carriers_) carriers_ = std::make_unique<Carriers>();
    return *carriers_;
  }

  void watch_push(const MiningSeen& work, Direction pool);

  FlowRef flow_;
  const DialectSet* dialects_;
  ObservationSink& sink_;
  std::unique_ptr<Conversation> conversation_;
  std::unique_ptr<Stratum2Conversation> stratum2_;
  std::unique_ptr<Shared> shared_;
  std::unique_ptr<DuinoConversation> duino_;
  std::uint64_t observations_ = 0;
  std::uint32_t order_ = 0;
  std::unique_ptr<Carriers> carriers_;
  struct PushedWork {
    MiningSeen work;
    Direction pool;
    std::uint64_t end;  // stream position behind it
  };
  std::unique_ptr<PushedWork> pushed_;
  bool push_arrived_ = false;
};

}  // namespace scanner
