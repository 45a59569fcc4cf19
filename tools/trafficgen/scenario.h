// A scenario as its author wrote it: who talks to whom, in which protocol, over which
// network. Plain values; scenario_read.cc makes them from YAML, generate.h traffic from them.
// The form of the file is described in README.md beside this header.
#pragma once

#include "scanner/model/address.h"
#include "scanner/model/diagnostic.h"
#include "scanner/model/packet.h"
#include "scanner/model/time.h"
#include "tools/trafficgen/log_in.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner::trafficgen {

enum class Side : std::uint8_t { Client, Server };
inline Side other(Side side) { return side == Side::Client ? Side::Server : Side::Client; }

// How a pool, or another server, meets a request.
enum class Reply : std::uint8_t {
  Accept,  // grants it
  Refuse,  // says no in the dialect's own way
  Error,   // answers with an error object, and over HTTP with status 400
  Null,    // result null and no error
  Ignore,  // never answers
};

enum class AnswerIds : std::uint8_t { Same, Other, Text, Null };
enum class Carriage : std::uint8_t { Lines, Http, HttpChunked, HttpBare, HttpGzip, HttpDeflate };

struct Miner {
  std::string wallet;  // as written, or made up for a coin: "made-up monero"
  std::string worker, password = "x", agent;
  std::vector<std::string> algorithms;
  bool subscribes = true, logs_in = true, configures = false, suggests = false, spaced = false, by_chance = false;
  std::optional<std::uint64_t> shares;  // nothing: as many as the duration holds
  Duration share_every = std::chrono::seconds(20);
  Duration keep_alive{};                          // 0: none
  Duration poll_every = std::chrono::seconds(5);  // dialects that ask for work
};

struct Pool {
  Reply subscribe = Reply::Accept, login = Reply::Accept, work = Reply::Accept, shares = Reply::Accept;
  std::uint64_t refuse_every = 0;  // every n-th share, where shares are accepted; 0: none
  std::uint64_t batch = 1;         // Stratum V2: shares that one answer accepts
  AnswerIds ids = AnswerIds::Same;
  bool pushes_work_anyway = false;  // also where the log-in was not accepted
  double difficulty = 1024;
  Duration job_every = std::chrono::seconds(60);
  std::string algorithm;  // told in jobs, where the dialect can
  std::string name;       // of its host, as the miner calls it
  bool long_polling = false;
  Carriage carriage = Carriage::Lines;
};

// A node of a coin's network.
struct Peer {
  std::string network = "bitcoin", agent;
  bool answers = true;
  std::uint64_t rounds = 3;  // pings or sync requests after the handshake
  std::optional<std::uint64_t> client_garbage, server_garbage;  // BIP 324: bytes behind the key; nothing: by chance
};

// What everyday services serve, say and quote.
struct Content {
  std::string host, path = "/", type = "text/html; charset=utf-8", body;
  std::vector<std::string> lines;
  std::uint64_t requests = 1;
  bool chunked = false, answers = true;
  std::vector<std::string> addresses;  // DNS answers
};

// A proxy that the server's address belongs to, and what it is asked for.
struct Through {
  enum class Proxy : std::uint8_t { None, Socks5, Socks4, Socks4a, Connect };
  Proxy proxy = Proxy::None;
  std::string to = "pool.example.net:3333";  // a name or an IPv4 address, and a port
  std::string user, password;
  Reply answers = Reply::Accept;  // anything else but Ignore: it refuses, and nothing more is said
};

// Every turn becomes a WebSocket message.
struct WebSocketCarriage {
  bool used = false, binary = false, deflate = false, take_over = true;
  std::uint64_t window_bits = 15, fragments = 1;  // with a ping between fragments
  std::string host = "ws.example.net", path = "/";
};

struct ScriptLine {
  Side from = Side::Client;
  Duration after{};
  std::string bytes;
};

enum class Segments : std::uint8_t { Whole, Byte, Random, Merged };
enum class Visible : std::uint8_t { Both, Client, Server };
enum class Wrap : std::uint8_t {
  Vlan,
  QinQ,
  Mpls,
  Pppoe,
  Gre,
  Ipip,
  SixInFour,
  InIp6,
  Vxlan,
  VxlanGpe,
  Geneve,
  Nvgre,
  Pptp,
  L2tp,
  Gtp,
  Erspan1,
  Erspan2,
  Erspan3,
};

struct Network {
  Segments segments = Segments::Whole;
  std::uint64_t segment_size = 1448;                                    // at most, in bytes
  double capture_loss = 0, reorder = 0, duplicate = 0, retransmit = 0;  // probabilities per packet
  bool retransmit_other_bytes = false;
  Visible visible = Visible::Both;
  Duration starts_late{};  // the capture begins this long after the conversation
  Duration round_trip = std::chrono::milliseconds(20);
  std::vector<Wrap> wraps;          // outermost first
  std::uint64_t fragment_size = 0;  // IP payload bytes per fragment; 0: whole
};

enum class TlsVersion : std::uint8_t { V12, V13 };
enum class TlsSuite : std::uint8_t { Aes128Gcm, Aes256Gcm, ChaCha20Poly1305 };
enum class TlsKeysGiven : std::uint8_t { Right, None, Wrong };

// Round the whole of a TCP conversation.
struct TlsWrap {
  TlsVersion version = TlsVersion::V13;
  TlsSuite suite = TlsSuite::Aes128Gcm;
  TlsKeysGiven keys = TlsKeysGiven::Right;  // what the key log tells
  std::string name;                         // that the client asks for; empty: none
};

// What changes from one repetition of a conversation to the next: a port or an address, by one.
enum class RepeatOver : std::uint8_t { ClientPort, ServerPort, Servers, Clients };

enum class Opening : std::uint8_t { Accepted, Refused, Silent, Unasked };
enum class Closing : std::uint8_t { Fin, Reset, None };

struct Speaker;

struct Conversation {
  const Speaker* speaker = nullptr;
  Endpoint client, server;
  std::optional<LinkType> link;  // where it was captured; nothing: as the scenario says
  Duration at{}, duration = std::chrono::minutes(2);
  bool server_opens = false;  // the TCP connection, as behind a NAT or a reverse tunnel
  Opening opening = Opening::Accepted;
  Closing closing = Closing::Fin;
  std::uint64_t repeat = 1;
  Duration repeat_every = std::chrono::seconds(30);
  RepeatOver repeat_over = RepeatOver::ClientPort;  // the client's port changes in any case
  std::uint64_t repetition = 0;                     // said so often before
  bool udp = false;   // datagrams
  bool icmp = false;  // with udp: they are echo requests and replies
  std::string lookup;  // the name that the client asks DNS for first; empty: none
  IpAddress resolver;

  Miner miner;
  Pool pool;
  Peer peer;
  Content content;
  LogIn log_in;
  std::vector<ScriptLine> script;
  Network network;
  Through through;
  WebSocketCarriage websocket;
  std::optional<TlsWrap> tls;
};

struct Scenario {
  std::string title;
  std::uint64_t seed = 1;
  Timestamp start;
  LinkType link = LinkType::Ethernet;
  std::uint32_t snaplen = 0;  // 0: packets are captured whole
  std::vector<Conversation> conversations;
};

// Nothing where `diagnostics` got an error.
std::optional<Scenario> read_scenario(const std::string& file, std::string_view text, Diagnostics& diagnostics);

// "90s", "1.5h", "250ms": a number and one of ns, us, ms, s, m, h, d. Never negative, at most 30 days.
std::optional<Duration> parse_duration(std::string_view text);

}  // namespace scanner::trafficgen
