#include "tests/unit/protocol/flow_fixture.h"

#include <catch2/catch.hpp>

#include <algorithm>

namespace scanner {

FlowRef test_flow(std::uint16_t port, IpProtocol protocol, bool start_seen) {
  FlowRef flow;
  flow.id = 1;
  flow.tuple.source = {*IpAddress::parse("192.0.2.1"), 50000};
  flow.tuple.destination = {*IpAddress::parse("198.51.100.1"), port};
  flow.tuple.protocol = protocol;
  flow.start_seen = start_seen;
  return flow;
}

bool FlowRun::say(Direction sender, std::string_view bytes, const std::vector<std::size_t>& cuts) {
  const Moment now = moment();
  std::uint64_t& position = offset[static_cast<std::size_t>(sender)];
  bool wanted = true;
  std::size_t from = 0;
  const auto piece = [&](std::size_t to) {
    // A copy in a block of its own, so that a sanitizer sees reads past the piece.
    const std::vector<std::uint8_t> copy(bytes.begin() + static_cast<std::ptrdiff_t>(from),
                                         bytes.begin() + static_cast<std::ptrdiff_t>(to));
    if (!copy.empty()) wanted = dispatcher.bytes(sender, copy, position, now);
    position += copy.size();
    from = to;
  };
  for (const std::size_t cut : cuts) piece(std::min(cut, bytes.size()));
  piece(bytes.size());
  return wanted;
}

bool FlowRun::lose(Direction sender, std::uint64_t missing) {
  offset[static_cast<std::size_t>(sender)] += missing;
  return dispatcher.gap(sender, missing, moment());
}

void FlowRun::datagram(Direction sender, std::string_view bytes) {
  const std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
  dispatcher.datagram(sender, copy, moment());
}

namespace {

struct Describe {
  std::string operator()(const MiningSeen& m) const {
    return "mining " + std::to_string(static_cast<int>(m.role)) + ' ' + std::to_string(static_cast<int>(m.outcome)) +
           ' ' + m.method + ' ' + m.worker + ' ' + m.job + ' ' + std::to_string(m.difficulty) + ' ' + m.excerpt;
  }
  std::string operator()(const DnsSeen& d) const {
    std::string text = "dns " + d.name + ' ' + std::to_string(d.type) + (d.response ? " response" : " query");
    for (const IpAddress& address : d.addresses) text += ' ' + address.to_string();
    return text;
  }
  std::string operator()(const TlsClientHello& t) const { return "hello " + t.sni + ' ' + t.ja4; }
  std::string operator()(const TlsCertificate& t) const {
    std::string text = "certificate " + t.issuer;
    for (const std::string& name : t.names) text += ' ' + name;
    return text;
  }
  std::string operator()(const HttpRequestSeen& h) const {
    return "http " + h.method + ' ' + h.host + ' ' + h.target + ' ' + h.user_agent;
  }
  std::string operator()(const CoinPeerSeen& c) const {
    return "peer " + c.protocol + ' ' + c.network + ' ' + c.command + ' ' + c.agent + ' ' +
           std::to_string(static_cast<int>(c.message)) + (c.verified ? " verified" : "");
  }
  std::string operator()(const SealedSeen& s) const { return "sealed " + s.shape; }
  std::string operator()(const LoginSeen& l) const {
    return "log-in " + l.protocol + ' ' + std::to_string(static_cast<int>(l.step)) + ' ' + std::to_string(l.credentials);
  }
  std::string operator()(const ParserGaveUp& p) const { return "gave up " + p.parser + ": " + p.reason; }
  std::string operator()(const BytesMissing& b) const { return "missing " + std::to_string(b.bytes); }
  template <typename T>
  std::string operator()(const T&) const {
    return "other";
  }
};

}  // namespace

std::vector<std::string> described(const std::vector<Observation>& observations) {
  std::vector<std::string> lines;
  for (const Observation& observation : observations)
    lines.push_back(std::to_string(observation.frame) + (observation.sender == kClient ? " > " : " < ") +
                    std::visit(Describe{}, observation.what));
  return lines;
}

std::vector<std::string> observed_with_cut(const FlowRef& flow, const std::vector<Segment>& segments, std::size_t at) {
  FlowRun run(flow);
  for (const Segment& segment : segments) {
    std::vector<std::size_t> cuts;
    if (at > 0 && at < segment.bytes.size()) cuts.push_back(at);
    for (std::size_t i = 1; at == static_cast<std::size_t>(-1) && i < segment.bytes.size(); ++i) cuts.push_back(i);
    run.say(segment.sender, segment.bytes, cuts);
  }
  return described(run.sink.taken);
}

void check_every_cut(const FlowRef& flow, const std::vector<Segment>& segments) {
  const auto whole = observed_with_cut(flow, segments, 0);
  std::size_t longest = 0;
  for (const Segment& segment : segments) longest = std::max(longest, segment.bytes.size());
  for (std::size_t at = 1; at < longest; ++at) {
    INFO("cut at " << at);
    const auto cut = observed_with_cut(flow, segments, at);
    if (cut != whole) CHECK(cut == whole);  // an assertion costs more than the run
  }
  CHECK(observed_with_cut(flow, segments, static_cast<std::size_t>(-1)) == whole);
}

std::string from_hex(std::string_view hex) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    while (hex[i] == ' ') ++i;
    bytes += static_cast<char>(value(hex[i]) * 16 + value(hex[i + 1]));
  }
  return bytes;
}

std::string be16(std::size_t value) { return {static_cast<char>(value >> 8), static_cast<char>(value)}; }
std::string be24(std::size_t value) { return static_cast<char>(value >> 16) + be16(value & 0xffff); }
std::string le32(std::size_t value) {
  std::string bytes;
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}
std::string le64(std::uint64_t value) { return le32(value & 0xffffffff) + le32(value >> 32); }

namespace sample {
namespace {

std::string dns_name(std::string_view name) {
  std::string wire;
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    wire += static_cast<char>(label.size());
    wire += label;
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  return wire + '\0';
}

std::string text_of(const Sha256& hash) { return std::string(as_text(hash)); }

}  // namespace

std::string dns_query(std::string_view name, std::uint16_t type) {
  return from_hex("1234 0100 0001 0000 0000 0000") + dns_name(name) + be16(type) + be16(1);
}

std::string dns_response(std::string_view name, std::string_view alias, std::string_view four_octets) {
  const std::string target = dns_name(alias);
  std::string message = from_hex("1234 8180 0001 0002 0000 0000") + dns_name(name) + be16(1) + be16(1);
  message += from_hex("c00c 0005 0001 0000003c") + be16(target.size());
  const std::size_t alias_at = message.size();
  message += target;
  message += be16(0xc000 | alias_at) + from_hex("0001 0001 0000003c 0004") + std::string(four_octets);
  return message;
}

std::string tls_record(std::uint8_t type, std::string_view body) {
  return static_cast<char>(type) + from_hex("0301") + be16(body.size()) + std::string(body);
}

std::string tls_handshake(std::uint8_t type, std::string_view body) {
  return tls_record(22, static_cast<char>(type) + be24(body.size()) + std::string(body));
}

std::string client_hello_body(std::uint16_t version, const std::vector<std::uint16_t>& ciphers,
                              const std::vector<TlsExtension>& extensions) {
  std::string body = be16(version) + std::string(32, 'r') + '\0' + be16(ciphers.size() * 2);
  for (const std::uint16_t cipher : ciphers) body += be16(cipher);
  body += from_hex("0100");
  std::string all;
  for (const TlsExtension& extension : extensions)
    all += be16(extension.type) + be16(extension.data.size()) + extension.data;
  return body + be16(all.size()) + all;
}

std::string server_name(std::string_view name) {
  return be16(name.size() + 3) + '\0' + be16(name.size()) + std::string(name);
}

std::string client_hello(std::string_view name) {
  return tls_handshake(1, client_hello_body(0x0303, {0x1301, 0xc02f, 0x00ff},
                                            {{0x0000, server_name(name)},
                                             {0x000d, be16(4) + from_hex("04030804")},
                                             {0x0010, be16(3) + from_hex("026832")},
                                             {0x002b, from_hex("0403040303")}}));
}

std::string server_hello(bool tls13) {
  std::string body = from_hex("0303") + std::string(32, 's') + '\0' + from_hex("c02f00");
  if (tls13) body += be16(6) + from_hex("002b00020304");
  return tls_handshake(2, body);
}

std::string certificate_der() {
  return from_hex(
      "308201e73082018da0030201020214034d588f2ab1d6030a473c5f2488f26042666d16300a06082a8648ce3d040302302e31153013060355"
      "040a0c0c4578616d706c6520506f6f6c3115301306035504030c0c746573742e6578616d706c65301e170d3236313132303037333434385a"
      "170d3336313132303037333434385a302e31153013060355040a0c0c4578616d706c6520506f6f6c3115301306035504030c0c746573742e"
      "6578616d706c653059301306072a8648ce3d020106082a8648ce3d03010703420004bb4a5a57599dc36114c4b22e4b6b846822132fe873d9"
      "ed452d7db999234c82d4dd142cd200c09cc0175fe44db0db726ffde6a654e11d65745130f818312e8aeaa38188308185301d0603551d0e04"
      "160414bb4d473324052e2870777e85b6cd4808cb2f3fac301f0603551d23041830168014bb4d473324052e2870777e85b6cd4808cb2f3fac"
      "300f0603551d130101ff040530030101ff30320603551d11042b30298211706f6f6c2e746573742e6578616d706c65820e2a2e746573742e"
      "6578616d706c658704c0000209300a06082a8648ce3d0403020348003045022100cdf98de9c32a3a943ad66e8211f832b0fdbb0002698119"
      "49effc4ac8c99a5df902204596f0025797aecf30ea4243c670db86a55d5cb488fcf479ec41177c2f29b6b5");
}

std::string certificate_message() {
  const std::string der = certificate_der();
  const std::string member = be24(der.size()) + der;
  return tls_handshake(11, be24(member.size() * 2) + member + member);
}

std::string bitcoin_message(std::string_view magic, std::string_view command, std::string_view payload) {
  std::string message(magic);
  message += command;
  message.append(12 - command.size(), '\0');
  const Sha256 once = sha256(as_bytes(payload));
  return message + le32(payload.size()) + text_of(sha256(once)).substr(0, 4) + std::string(payload);
}

std::string bitcoin_version(std::string_view agent) {
  std::string payload = le32(70016) + le64(9) + le64(1'700'000'000);
  payload += std::string(26 + 26, '\0') + le64(0x1122334455667788);
  payload += static_cast<char>(agent.size());
  return payload + std::string(agent) + le32(800'000) + '\x01';
}

std::string levin_message(std::uint32_t command, std::uint32_t flags, std::string_view body) {
  return from_hex("0121010101010101") + le64(body.size()) + static_cast<char>(flags & 1) + le32(command) + le32(0) +
         le32(flags) + le32(1) + std::string(body);
}

std::string levin_handshake_body() {
  return from_hex("01110101010102010108") + "\x09node_data" + from_hex("0c08") + "\x0anetwork_id" + from_hex("0a40") +
         from_hex("1230f171610441611731008216a1a110") + "\x07peer_id" + from_hex("05") + le64(42);
}

std::string discv4_packet(std::uint8_t type, std::string_view list) {
  const std::string rest = std::string(64, 'g') + '\x01' + static_cast<char>(type) + std::string(list);
  return text_of(keccak256(as_bytes(rest))) + rest;
}

}  // namespace sample

}  // namespace scanner
