#include "scanner/protocol/tls.h"
#include "tests/unit/protocol/flow_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

using sample::TlsExtension;

std::string list16(const std::vector<std::uint16_t>& values) {
  std::string text = be16(values.size() * 2);
  for (const std::uint16_t value : values) text += be16(value);
  return text;
}

TlsClientHello read_hello(std::uint16_t version, const std::vector<std::uint16_t>& ciphers,
                          const std::vector<TlsExtension>& extensions) {
  const auto hello = tls::parse_client_hello(as_bytes(sample::client_hello_body(version, ciphers, extensions)));
  REQUIRE(hello);
  return *hello;
}

// The worked example of FoxIO's description, GREASE put back in.
const std::vector<std::uint16_t> kExampleCiphers = {0x1a1a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030,
                                                    0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035};
const std::vector<std::uint16_t> kExampleSignatures = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601};

std::vector<TlsExtension> example_extensions(const std::vector<std::uint16_t>& signatures) {
  std::vector<TlsExtension> extensions;
  for (const int type : {0x3a3a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005,
                                   0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015}) {
    std::string data;
    if (type == 0x0000) data = sample::server_name("www.test.example");
    if (type == 0x0010) data = be16(12) + "\x02h2\x08http/1.1";
    if (type == 0x000d) data = list16(signatures);
    if (type == 0x002b) data = from_hex("067a7a03040303");
    extensions.push_back({static_cast<std::uint16_t>(type), data});
  }
  return extensions;
}

}  // namespace

TEST_CASE("JA4 of the published example comes out as published", "[protocol]") {
  const auto hello = read_hello(0x0303, kExampleCiphers, example_extensions(kExampleSignatures));
  CHECK(hello.ja4 == "t13d1516h2_8daaf6152771_e5627efa2ab1");
  CHECK(hello.sni == "www.test.example");
  CHECK(hello.alpn == std::vector<std::string>{"h2", "http/1.1"});
  CHECK(hello.version == 0x0304);
}

TEST_CASE("JA4 leaves GREASE out of signature algorithms and orders extensions, not algorithms", "[protocol]") {
  auto greased = kExampleSignatures;
  greased.insert(greased.begin(), 0x5a5a);
  auto reversed = example_extensions(greased);
  std::reverse(reversed.begin(), reversed.end());
  CHECK(read_hello(0x0303, kExampleCiphers, reversed).ja4 == "t13d1516h2_8daaf6152771_e5627efa2ab1");
  auto other_order = kExampleSignatures;
  std::swap(other_order[0], other_order[1]);
  CHECK(read_hello(0x0303, kExampleCiphers, example_extensions(other_order)).ja4 !=
        "t13d1516h2_8daaf6152771_e5627efa2ab1");
}

TEST_CASE("JA4 without signature algorithms ends without an underscore, as published", "[protocol]") {
  auto extensions = example_extensions({});
  CHECK(read_hello(0x0303, kExampleCiphers, extensions).ja4 == "t13d1516h2_8daaf6152771_6d807ffa2a79");
}

TEST_CASE("JA4 of a hello without ciphers or extensions has zeros for their hashes", "[protocol]") {
  CHECK(read_hello(0x0301, {}, {}).ja4 == "t10i000000_000000000000_000000000000");
  CHECK(read_hello(0x0300, {}, {}).ja4 == "ts3i000000_000000000000_000000000000");
  CHECK(read_hello(0x0302, {}, {{0x0000, ""}}).ja4 == "t11d000100_000000000000_000000000000");
  CHECK(read_hello(0x7f1c, {}, {}).ja4.substr(0, 4) == "t00i");
}

TEST_CASE("JA4 writes an ALPN that is not alphanumeric in hexadecimal, as published", "[protocol]") {
  const auto code = [](const std::string& protocol) {
    const std::string list = static_cast<char>(protocol.size()) + protocol;
    return read_hello(0x0303, {}, {{0x0010, be16(list.size()) + list}}).ja4.substr(8, 2);
  };
  CHECK(code("h2") == "h2");
  CHECK(code("http/1.1") == "h1");
  CHECK(code("h") == "hh");
  CHECK(code("") == "00");
  CHECK(code(from_hex("ab")) == "ab");
  CHECK(code(from_hex("abcd")) == "ad");
  CHECK(code(from_hex("30ab")) == "3b");
  CHECK(code(from_hex("3031abcd")) == "3d");
  CHECK(code(from_hex("30abcd31")) == "01");
}

TEST_CASE("JA4 counts at most 99 ciphers", "[protocol]") {
  CHECK(read_hello(0x0303, std::vector<std::uint16_t>(150, 0xc02f), {}).ja4.substr(4, 4) == "9900");
}

TEST_CASE("a hello whose lengths contradict each other is refused", "[protocol]") {
  const std::string body = sample::client_hello_body(0x0303, {0x1301}, {{0x0000, sample::server_name("a.example")}});
  CHECK(tls::parse_client_hello(as_bytes(body)));
  for (std::size_t size = 0; size < body.size(); ++size) {
    const bool before_extensions = size == 2 + 32 + 1 + 2 + 2 + 2;
    CHECK(tls::parse_client_hello(as_bytes(body).first(size)).has_value() == before_extensions);
  }
  CHECK_FALSE(
      tls::parse_client_hello(as_bytes(sample::client_hello_body(0x0303, {}, {}) + from_hex("00000005aa")).first(0)));
}

TEST_CASE("a certificate gives its names and its issuer", "[protocol]") {
  const auto certificate = tls::parse_certificate(as_bytes(sample::certificate_der()));
  REQUIRE(certificate);
  CHECK(certificate->names == std::vector<std::string>{"test.example", "pool.test.example", "*.test.example"});
  CHECK(certificate->issuer == "test.example");
  CHECK(certificate->self_signed);
}

TEST_CASE("another issuer than the subject is not self-signed", "[protocol]") {
  std::string der = sample::certificate_der();
  der[der.find("test.example")] = 'b';  // the first is the issuer's
  const auto certificate = tls::parse_certificate(as_bytes(der));
  REQUIRE(certificate);
  CHECK(certificate->issuer == "best.example");
  CHECK_FALSE(certificate->self_signed);
}

TEST_CASE("a certificate cut anywhere is refused or keeps what is whole, and never reads on", "[protocol]") {
  const std::string der = sample::certificate_der();
  for (std::size_t size = 0; size < der.size(); ++size) {
    const std::vector<std::uint8_t> cut(der.begin(), der.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK_FALSE(tls::parse_certificate(cut));
  }
  for (std::size_t at = 0; at < der.size(); ++at) {
    for (const char byte : {'\x00', '\x7f', '\x80', '\x84', '\xff'}) {
      std::string broken = der;
      broken[at] = byte;
      const std::vector<std::uint8_t> copy(broken.begin(), broken.end());
      (void)tls::parse_certificate(copy);
    }
  }
}

TEST_CASE("a TLS 1.2 handshake gives hello and certificate, whatever the cut", "[protocol]") {
  const std::string key_exchange = sample::tls_handshake(12, std::string(80, 'k'));
  const std::string done = sample::tls_handshake(14, "");
  const std::vector<Segment> talk = {
      {kClient, sample::client_hello("pool.test.example")},
      {kServer, sample::server_hello(false) + sample::certificate_message() + key_exchange + done},
      {kClient, sample::tls_record(20, "\x01") + sample::tls_record(23, std::string(40, 'x'))},
  };
  const auto seen = observed_with_cut(test_flow(443), talk, 0);
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].substr(0, 39) == "1 > hello pool.test.example t13d0304h2_");
  CHECK(seen[1] == "2 < certificate test.example test.example pool.test.example *.test.example");
  check_every_cut(test_flow(443), talk);
}

TEST_CASE("messages that records cut and join are put together", "[protocol]") {
  const std::string hello = sample::client_hello("pool.test.example").substr(5);
  std::string small_records;
  for (std::size_t at = 0; at < hello.size(); at += 7) small_records += sample::tls_record(22, hello.substr(at, 7));
  const std::string joined = sample::tls_record(
      22, sample::server_hello(false).substr(5) + sample::certificate_message().substr(5) + from_hex("0e000000"));
  const std::vector<Segment> talk = {{kClient, small_records}, {kServer, joined}};
  CHECK(observed_with_cut(test_flow(8443), talk, 0).size() == 2);
  check_every_cut(test_flow(8443), talk);
}

TEST_CASE("after the hellos of TLS 1.3 nothing more is wanted", "[protocol]") {
  FlowRun run(test_flow(443));
  CHECK_FALSE(run.say(kClient, sample::client_hello("a.example")));
  CHECK(run.say(kServer, sample::server_hello(true).substr(0, 30)));
  CHECK_FALSE(run.say(kServer, sample::server_hello(true).substr(30)));
  CHECK(run.sink.taken.size() == 1);
}

TEST_CASE("a resumed TLS 1.2 session ends reading at the change of cipher", "[protocol]") {
  FlowRun run(test_flow(443));
  CHECK(run.say(kServer, sample::server_hello(false)));
  CHECK_FALSE(run.say(kServer, sample::tls_record(20, "\x01")));
}

TEST_CASE("a certificate message without certificates is no observation", "[protocol]") {
  FlowRun run(test_flow(443));
  run.say(kServer, sample::server_hello(false) + sample::tls_handshake(11, from_hex("000000")));
  CHECK(run.sink.taken.empty());
}

TEST_CASE("a TLS message of an implausible size is given up and not waited for", "[protocol]") {
  FlowRun run(test_flow(443));
  CHECK_FALSE(run.say(kServer, sample::server_hello(false) + sample::tls_record(22, from_hex("0b 020000 01fffd"))));
  CHECK(run.sink.taken.empty());
}

TEST_CASE("other bytes that begin like TLS are not", "[protocol]") {
  for (const char* hex : {"16030100040100", "160304", "150301000202", "1703010004010000", "16040100040100",
                          "1603010003010000", "1603017fff0100", "16030100040b00", "160301000401 0100"}) {
    FlowRun run(test_flow(443));
    run.say(kClient, from_hex(hex) + std::string(60, '\0'));
    CHECK(run.sink.taken.empty());
  }
}
