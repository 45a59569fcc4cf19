#include "scanner/policy/tenants.h"

#include "scanner/io/text_file.h"
#include "places.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

std::vector<std::pair<std::string, int>> mistakes(const std::string& text) {
  Diagnostics diagnostics;
  CHECK_FALSE(load_tenants("tenants.yaml", text, diagnostics));
  std::vector<std::pair<std::string, int>> out;
  for (const Diagnostic& diagnostic : diagnostics) out.emplace_back(diagnostic.code, diagnostic.at.line);
  return out;
}

using Expected = std::vector<std::pair<std::string, int>>;

}  // namespace

TEST_CASE("the shipped tenants file names nobody, and what its comments show can be read", "[policy]") {
  const std::string text = read_text_file(AUPSCAN_SOURCE_DIR "/config/tenants.yaml").value();
  Diagnostics diagnostics;
  const auto shipped = load_tenants("tenants.yaml", text, diagnostics);
  REQUIRE(shipped);
  CHECK(shipped->claims.empty());
  CHECK(shipped->sha256.size() == 64);
  std::string example;
  for (std::size_t at = text.find("#   "); at != std::string::npos; at = text.find("\n#   ", at)) {
    at += text[at] == '\n' ? 1 : 0;
    const std::size_t end = text.find('\n', at);
    example += text.substr(at + 4, end - at - 3);
    at = end;
  }
  const auto read = load_tenants("example", example, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) UNSCOPED_INFO(to_text(diagnostic));
  REQUIRE(read);
  CHECK(read->names == 1);
  CHECK(read->claims.size() == 17);
  CHECK(read->claims[0].tenant == "acme");
  CHECK(read->claims[0].instance == "web-1");
  CHECK(read->claims[0].method == "config");
  CHECK(read->claims[0].proof == "the tenants file, line 6, says of address 198.51.100.7: acme/web-1");
  CHECK(read->claims[0].valid_until.ns > read->claims[0].valid_from.ns);
  CHECK(read->claims.back().shared);
  CHECK(read->claims.back().proof == "the tenants file, line 19, says of address 203.0.113.1: NAT of all containers");
}

TEST_CASE("every mistake in a tenants file is told in its place, all at once", "[policy]") {
  CHECK(mistakes("tenant: []\n").size() == 1);
  CHECK(mistakes("tenants:\n  - {tenant: a, adresses: [192.0.2.1]}\n").size() == 2);
  CHECK(mistakes("tenants:\n  - {tenant: a b, addresses: [192.0.2.1]}\n  - tenant: a\n    addresses: [192.0.2.1/33, 224.0.0.1]\n    vlans: [4095, x, 9-3]\n") ==
        Expected{{"T101", 2}, {"T105", 4}, {"T105", 4}, {"T106", 5}, {"T106", 5}, {"T106", 5}});
  CHECK(mistakes("tenants:\n  - {tenant: a}\n") == Expected{{"T104", 2}});
  CHECK(mistakes("tenants:\n  - {tenant: a, valid_from: yesterday, uids: [1]}\n") == Expected{{"T102", 2}});
  CHECK(mistakes("tenants:\n  - tenant: a\n    valid_from: 2026-01-02T00:00:00Z\n    valid_until: 2026-01-02T00:00:00Z\n    uids: [1]\n") == Expected{{"T103", 4}});
  CHECK(mistakes("tenants:\n  - {tenant: a, containers: [web], container_names: ['*'], cgroups: [docker/x], units: ['*'], interfaces: ['tap*']}\n") ==
        Expected{{"T105", 2}, {"T105", 2}, {"T105", 2}, {"T105", 2}, {"T105", 2}});
  CHECK(mistakes("shared:\n  - {addresses: [192.0.2.1]}\n").size() == 1);
}

TEST_CASE("one thing has one holder at a time", "[policy]") {
  CHECK(mistakes("tenants:\n  - {tenant: a, addresses: [192.0.2.1]}\n  - {tenant: b, addresses: [192.0.2.1/32]}\n") == Expected{{"T107", 3}});
  CHECK(mistakes("tenants:\n  - {tenant: a, addresses: [192.0.2.1]}\nshared:\n  - {addresses: [192.0.2.1], reason: NAT}\n") == Expected{{"T107", 4}});
  CHECK(mistakes("tenants:\n  - {tenant: a, instance: x, units: [u]}\n  - {tenant: a, instance: y, units: [u]}\n") == Expected{{"T107", 3}});
  Diagnostics diagnostics;
  const auto in_turn = load_tenants("f",
                                    "tenants:\n  - {tenant: a, addresses: [192.0.2.1], valid_until: '2026-01-01T00:00:00Z'}\n"
                                    "  - {tenant: b, addresses: [192.0.2.1], valid_from: '2026-01-01T00:00:00Z'}\n  - {tenant: b, addresses: [192.0.2.0/24]}\n",
                                    diagnostics);
  REQUIRE(in_turn);
  CHECK(in_turn->claims.size() == 3);
  CHECK(in_turn->names == 2);
}
