// Which protocols are read. Each is one .cc (or a few of one name) that defines the functions
// declared here; a new one adds its declarations and its line.
//
// The order is that of the probes: the first Yes wins, and a protocol waits for the answers
// of those above it.
#include "scanner/protocol/parser.h"

namespace scanner {

namespace json_lines {
Probe probe(Bytes start);
std::optional<std::size_t> resync(Bytes bytes);
std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender);
}  // namespace json_lines

namespace http1 {
Probe probe(Bytes start);
std::optional<std::size_t> resync(Bytes bytes);
std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender);
}  // namespace http1

namespace tls {
Probe probe(Bytes start);
std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender);
}  // namespace tls

namespace bitcoin_p2p {
Probe probe(Bytes start);
std::optional<std::size_t> resync(Bytes bytes);
std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender);
}  // namespace bitcoin_p2p

namespace levin {
Probe probe(Bytes start);
std::optional<std::size_t> resync(Bytes bytes);
std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender);
}  // namespace levin

namespace dns {
Probe probe(Bytes start);
std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender);
bool parse(FlowSession& session, Direction sender, Bytes datagram, const Moment& moment);
}  // namespace dns

namespace icmp_echo {
bool parse(FlowSession& session, Direction sender, Bytes datagram, const Moment& moment);
}  // namespace icmp_echo

namespace discv4 {
bool parse(FlowSession& session, Direction sender, Bytes datagram, const Moment& moment);
}  // namespace discv4

namespace stratum2 {
Probe probe(Bytes start);
std::optional<std::size_t> resync(Bytes bytes);
std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender);
}  // namespace stratum2

namespace peer_pool {
Probe probe(Bytes start);
std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender);
}  // namespace peer_pool

namespace p2pool {
Probe probe(Bytes start);
std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender);
}  // namespace p2pool

namespace sealed_shapes {
Probe probe(Bytes start);
std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender);
}  // namespace sealed_shapes

namespace duino {
Probe probe(Bytes start);
std::optional<std::size_t> resync(Bytes bytes);
std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender);
}  // namespace duino

namespace socks {
Probe probe(Bytes start);
Probe probe_answer(Bytes start);
std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender);
std::unique_ptr<StreamReader> make_answer(FlowSession& session, Direction sender);
}  // namespace socks

namespace mysql_login {
Probe probe(Bytes start);
std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender);
}  // namespace mysql_login

namespace postgresql_login {
Probe probe(Bytes start);
Probe probe_answer(Bytes start);
std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender);
std::unique_ptr<StreamReader> make_answer(FlowSession& session, Direction sender);
}  // namespace postgresql_login

namespace tds_login {
Probe probe(Bytes start);
Probe probe_answer(Bytes start);
std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender);
std::unique_ptr<StreamReader> make_answer(FlowSession& session, Direction sender);
}  // namespace tds_login

namespace redis_login {
Probe probe(Bytes start);
Probe probe_line(Bytes start);
Probe probe_answer(Bytes start);
std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender);
std::unique_ptr<StreamReader> make_line(FlowSession& session, Direction sender);
std::unique_ptr<StreamReader> make_answer(FlowSession& session, Direction sender);
}  // namespace redis_login

namespace line_upgrade {
Probe probe(Bytes start);
std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender);
}  // namespace line_upgrade

namespace {

constexpr StreamProtocol kStreams[] = {
    {"json_lines", json_lines::probe, json_lines::resync, json_lines::make},
    {"http1", http1::probe, http1::resync, http1::make},
    {"tls", tls::probe, nullptr, tls::make},
    {"duino", duino::probe, duino::resync, duino::make},
    {"bitcoin", bitcoin_p2p::probe, bitcoin_p2p::resync, bitcoin_p2p::make},
    {"levin", levin::probe, levin::resync, levin::make},
    {"postgresql_login", postgresql_login::probe, nullptr, postgresql_login::make, true},
    {"postgresql_login_answer", postgresql_login::probe_answer, nullptr, postgresql_login::make_answer, true},
    {"tds_login", tds_login::probe, nullptr, tds_login::make, true},
    {"tds_login_answer", tds_login::probe_answer, nullptr, tds_login::make_answer, true},
    {"stratum2", stratum2::probe, stratum2::resync, stratum2::make},
    {"socks", socks::probe, nullptr, socks::make},
    {"socks4_answer", socks::probe_answer, nullptr, socks::make_answer},
    {"dns", dns::probe, nullptr, dns::make},
    {"mysql_login", mysql_login::probe, nullptr, mysql_login::make, true},
    {"redis_login", redis_login::probe, nullptr, redis_login::make, true},
    {"redis_login_line", redis_login::probe_line, nullptr, redis_login::make_line, true},
    {"redis_login_answer", redis_login::probe_answer, nullptr, redis_login::make_answer, true},
    {"p2pool", peer_pool::probe, nullptr, peer_pool::make},
    {"p2pool-monero", p2pool::probe, nullptr, p2pool::make},
    {"sealed_shapes", sealed_shapes::probe, nullptr, sealed_shapes::make},
    {"line_upgrade", line_upgrade::probe, nullptr, line_upgrade::make, true},
};

constexpr DatagramProtocol kDatagrams[] = {
    {"dns", dns::parse},
    {"discv4", discv4::parse},
    {"icmp_echo", icmp_echo::parse},
};

}  // namespace

std::span<const StreamProtocol> stream_protocols() { return kStreams; }
std::span<const DatagramProtocol> datagram_protocols() { return kDatagrams; }

}  // namespace scanner
