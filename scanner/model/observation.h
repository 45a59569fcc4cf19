// What was seen: facts without opinion, threshold or customer. Parsers make them, detectors
// judge them.
//
// Text is as it was on the wire, bounded in length by whoever makes the observation and not
// yet redacted: observations stay inside the engine.
#pragma once

#include "scanner/model/abuse_seen.h"
#include "scanner/model/flow_ref.h"
#include "scanner/model/host_record.h"
#include "scanner/model/list_context.h"
#include "scanner/model/shape_features.h"
#include "scanner/model/time.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace scanner {

// The part that a message plays in a mining conversation, whatever its dialect calls it.
enum class MiningRole : std::uint8_t {
  Subscribe, Authorise, GetWork, Job, Difficulty, Extranonce, Submit, Hashrate, KeepAlive, Configure, Reconnect, Other,
};

enum class MiningOutcome : std::uint8_t {
  Asked,      // the miner's request
  Accepted,   // its answer: a log-in granted, work delivered, a share taken
  Refused,    // its answer: an error, false, or an answer of another shape
  Delivered,  // no answer seen, yet the other side's acknowledgements advanced past it: a share, or pushed work
  Notified,   // pushed by the pool without a request (job, difficulty, extranonce)
};

// One message of a mining conversation, or the fate of one.
struct MiningSeen {
  MiningRole role = MiningRole::Other;
  MiningOutcome outcome = MiningOutcome::Asked;
  Direction miner = Direction::FromInitiator;  // the direction in which the miner's bytes travel
  std::string dialect;    // id of the description that matched
  bool has_login = true;  // the dialect has a log-in (else work itself is the session)
  bool solo = false;      // the dialect takes work from a node and not from a pool
  bool web = false;       // the dialect of a miner that runs in browsers
  bool over_http = false;
  std::string method;     // as on the wire, at most 64 bytes
  std::string worker;     // log-in, wallet or worker name, at most 256 bytes
  std::string agent;      // the miner's own name and version, at most 128 bytes
  std::string host;       // a pool's name told inside the conversation, at most 255 bytes
  std::string job;        // job id, at most 64 bytes
  std::string coin;       // "" where the conversation does not say
  std::string algorithm;  // "" likewise
  double difficulty = 0;  // set by this message (share difficulty in the dialect's own unit); 0: not
  double target_hashes = 0;  // expected hashes a share, where the message tells; 0: unknown
  double reported_hashrate = 0;  // what the miner claims, hashes per second
  bool worker_in_url = false;
  bool tunnelled = false;  // through a proxy (CONNECT, SOCKS): the other end of the flow only passes it on
  Timestamp asked_at;     // for an answer: when its request was made
  std::string excerpt;    // the first bytes of the message, at most 512
};

// A signature's condition became true on a field or stream.
struct SignatureHit {
  std::string signature;  // id
  std::uint32_t revision = 0;
  std::string field;      // "dns.name", "stream.client", …
  std::uint64_t offset = 0;  // first end offset of the deciding pattern
  std::string excerpt;    // bytes around it, at most 256
  std::optional<ProcessId> process;  // where the field is a process's: then there is no flow
};

// A host name or address of a data set turned up.
struct ListedHost {
  std::string name;     // as seen
  std::string field;    // where: "dns.name", "tls.sni", "http.host", "socks.host", "flow.address"
  ListContext listing;  // as listed, and how that stood at the time
  bool exact = false;
  bool strong = false;  // enough for an indicator on its own; else context
};

struct DnsSeen {
  std::string name;  // lower-case, no trailing dot, at most 253 bytes
  std::uint16_t type = 0;
  bool response = false;
  std::uint8_t rcode = 0;
  std::vector<IpAddress> addresses;  // A and AAAA answers for `name`, aliases followed, at most 32
  Direction asker = Direction::FromInitiator;
  std::uint32_t answer_bytes = 0;  // of answers that are neither addresses nor aliases: data for whoever asked
};

struct TlsClientHello {
  std::string sni;
  std::vector<std::string> alpn;  // at most 16
  std::uint16_t version = 0;      // the highest offered, 0x0304: TLS 1.3
  std::string ja4;
};

struct TlsCertificate {
  std::vector<std::string> names;  // subject CN and DNS alternative names, at most 64
  std::string issuer;
  bool self_signed = false;
};

struct HttpRequestSeen {
  std::string method, host, target, user_agent;  // each at most 1024 bytes
};

// A proxy was asked for a connection by SOCKS (by HTTP it is an HttpRequestSeen).
struct ProxyRequestSeen {
  std::string protocol;  // "socks4", "socks4a", "socks5"
  std::string host;      // a name as sent, at most 255 bytes, or an address
  std::uint16_t port = 0;
};

// One message of a coin's peer-to-peer network.
enum class CoinPeerMessage : std::uint8_t { HandshakeRequest, HandshakeResponse, Other };
struct CoinPeerSeen {
  std::string protocol;  // "bitcoin", "discv4", "levin", "rlpx", "p2pool"
  std::string network;   // "bitcoin-mainnet", …; several candidates joined by "|"
  std::string coin;      // "" where networks share the magic
  std::string command;
  std::string agent;     // the node's user agent, at most 256 bytes
  CoinPeerMessage message = CoinPeerMessage::Other;
  bool verified = false;  // checksum or hash was checked
  bool pool = false;      // of a pool whose members are peers (P2Pool), not of the coin's own network
};

// A conversation that cannot be read has the lengths and the order of a known protocol's.
struct SealedSeen {
  std::string shape;  // "stratum2-noise", "bip324"
  Direction client = Direction::FromInitiator;  // who began
};

struct ParserGaveUp {
  std::string parser;
  std::string reason;
};

struct BytesMissing {
  std::uint64_t bytes = 0;
};

// A flow is over. Made for flows on which something else was observed, and for attempts:
// TCP flows that never carried a byte of payload.
struct FlowOver {
  std::uint64_t packets[2] = {0, 0};
  std::uint64_t bytes[2] = {0, 0};
  std::uint64_t gap_bytes = 0;
  bool attempt = false;   // no payload in either direction
  bool one_sided = false;  // packets in one direction only
};

// The record lies apart, shared and immutable: few observations are of the host, and all of
// them are as large as the largest kind.
class HostSeen {
 public:
  explicit HostSeen(HostRecord record) : record_(std::make_shared<const HostRecord>(std::move(record))) {}
  const HostRecord& record() const { return *record_; }

 private:
  std::shared_ptr<const HostRecord> record_;
};

// A tick: nothing happened up to now. What is due by time alone falls due.
struct TimePassed {};

struct Observation {
  Timestamp at;
  std::uint64_t sequence = 0;  // of the packet; with `order` a total order over a run
  std::uint32_t order = 0;
  std::uint32_t frame = 0;     // 0: no packet
  std::uint16_t file = 0;
  Direction sender = Direction::FromInitiator;
  bool clock_corrected = false;  // `at` is more than a second off what the source said
  FlowRef flow;  // meaningless where is_of_host()
  std::variant<MiningSeen, SignatureHit, ListedHost, DnsSeen, TlsClientHello, TlsCertificate, HttpRequestSeen, ProxyRequestSeen, CoinPeerSeen,
               SealedSeen, ShapeSeen, LoginSeen, EchoSeen, ParserGaveUp, BytesMissing, FlowOver, HostSeen, TimePassed>
      what;
};

// Was it made on the host or by the clock, and not on a flow?
inline bool is_of_host(const Observation& observation) {
  const auto* hit = std::get_if<SignatureHit>(&observation.what);
  return (hit != nullptr && hit->process) || std::holds_alternative<HostSeen>(observation.what) ||
         std::holds_alternative<TimePassed>(observation.what);
}

class ObservationSink {
 public:
  virtual ~ObservationSink() = default;
  virtual void take(Observation&& observation) = 0;
};

}  // namespace scanner
