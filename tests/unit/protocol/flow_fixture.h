// One flow for tests of parsers: what is said on it, in what pieces, and what was observed.
#pragma once

#include "scanner/model/digest.h"
#include "scanner/protocol/dispatcher.h"

#include <string>
#include <string_view>
#include <vector>

namespace scanner {

inline constexpr Direction kClient = Direction::FromInitiator, kServer = Direction::FromResponder;

struct RecordingSink : ObservationSink {
  std::vector<Observation> taken;
  void take(Observation&& observation) override { taken.push_back(std::move(observation)); }

  template <typename T>
  std::vector<T> all() const {
    std::vector<T> found;
    for (const Observation& observation : taken)
      if (const T* what = std::get_if<T>(&observation.what)) found.push_back(*what);
    return found;
  }
};

// 192.0.2.1 and an ephemeral port speaks to 198.51.100.1 and `port`.
FlowRef test_flow(std::uint16_t port, IpProtocol protocol = IpProtocol::Tcp, bool start_seen = true);

// Bytes that arrived in one segment.
struct Segment {
  Direction sender;
  std::string bytes;
};

// What a dispatcher makes of a flow, segment by segment, each in its own packet.
struct FlowRun {
  explicit FlowRun(const FlowRef& flow, std::span<const StreamProtocol> streams = stream_protocols())
      : session(flow, dialects, sink), dispatcher(session, streams) {}

  // Returns what the dispatcher said last.
  bool say(Direction sender, std::string_view bytes, const std::vector<std::size_t>& cuts = {});
  bool lose(Direction sender, std::uint64_t missing);
  void datagram(Direction sender, std::string_view bytes);

  Moment moment() {
    return Moment{Timestamp{1'000'000'000LL * ++packets}, static_cast<std::uint64_t>(packets),
                  static_cast<std::uint32_t>(packets), 0};
  }

  DialectSet dialects;
  RecordingSink sink;
  FlowSession session;
  Dispatcher dispatcher;
  std::uint64_t offset[2] = {0, 0};
  int packets = 0;
};

// Every observation as a line of text, for comparison.
std::vector<std::string> described(const std::vector<Observation>& observations);

// What is observed of these segments when each is cut in two at `at`; 0: left whole, -1: cut
// into single bytes.
std::vector<std::string> observed_with_cut(const FlowRef& flow, const std::vector<Segment>& segments, std::size_t at);

// Fails the test if it matters how the segments are cut.
void check_every_cut(const FlowRef& flow, const std::vector<Segment>& segments);

std::string from_hex(std::string_view hex);  // blanks allowed
std::string be16(std::size_t value);
std::string be24(std::size_t value);
std::string le32(std::size_t value);
std::string le64(std::uint64_t value);

// Samples of each protocol, in documentation addresses and names.
namespace sample {

std::string dns_query(std::string_view name, std::uint16_t type = 1);
// An alias of the name and one address for the alias.
std::string dns_response(std::string_view name, std::string_view alias, std::string_view four_octets);

struct TlsExtension {
  std::uint16_t type;
  std::string data;
};
std::string tls_record(std::uint8_t type, std::string_view body);
std::string tls_handshake(std::uint8_t type, std::string_view body);  // in one record
std::string client_hello_body(std::uint16_t version, const std::vector<std::uint16_t>& ciphers,
                              const std::vector<TlsExtension>& extensions);
std::string server_name(std::string_view name);  // an extension's data
std::string client_hello(std::string_view name);
std::string server_hello(bool tls13);
// Self-signed, for test.example with pool.test.example and *.test.example as other names.
std::string certificate_der();
std::string certificate_message();

std::string bitcoin_message(std::string_view magic, std::string_view command, std::string_view payload);
std::string bitcoin_version(std::string_view agent);  // payload

std::string levin_message(std::uint32_t command, std::uint32_t flags, std::string_view body);
std::string levin_handshake_body();  // Monero's main network

std::string discv4_packet(std::uint8_t type, std::string_view list);

}  // namespace sample

}  // namespace scanner
