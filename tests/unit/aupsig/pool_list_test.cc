#include "tools/aupsig/translate/pool_list.h"

#include "places.h"
#include "scanner/io/text_file.h"
#include "scanner/signature/dataset.h"
#include "tests/support/temp_directory.h"
#include "tools/aupsig/import_pools.h"

#include <catch2/catch.hpp>

#include <iostream>
#include <sstream>

using namespace scanner;

namespace {

PoolList read(PoolFormat format, std::string_view text) {
  auto list = read_pool_list(format, text);
  REQUIRE(list);
  return std::move(*list);
}

std::string hosts_of(const PoolList& list) {
  std::string text;
  for (const PoolEntry& entry : list.entries) text += (text.empty() ? "" : " ") + entry.host;
  return text;
}

std::string why(std::string_view host) {
  std::string problem;
  CHECK_FALSE(entry_of(host, problem));
  return problem;
}

}  // namespace

TEST_CASE("what cannot be a host in a list is refused with the reason", "[aupsig][pools]") {
  CHECK(why("localhost") == "a name of this host or its own network");
  CHECK(why("router.lan") == "a name of this host or its own network");
  CHECK(why("pool") == "a name of one label would match half the world");
  CHECK(why("192.168.1.4") == "an address that is not public");
  CHECK(why("::1") == "an address that is not public");
  CHECK(why("1.2.3.400") == "no host name and no address");
  CHECK(why("pool..example") == "no host name and no address");
  CHECK(why("pool.example/worker") == "no host name and no address");
  CHECK(why("https://pool.example/start") == "it names a page of a host, not the host");
  CHECK(why("pool.example:99999") == "its port is none");
  CHECK(why("pöol.example").find("xn--") != std::string::npos);
  CHECK(why("") == "a name of one label would match half the world");
  std::string problem;
  const auto entry = entry_of("stratum+tcp://*.Pool.Example.:3333", problem);
  REQUIRE(entry);
  CHECK(entry->host == "pool.example");
  const auto url = entry_of("stratum+tcp://Pool.Example:3333/", problem);
  REQUIRE(url);
  CHECK(url->host == "pool.example");
  CHECK(url->ports == std::vector<std::string>{"3333"});
  CHECK(entry_of("9.9.9.9:4444", problem)->tier == "D-ip");
  CHECK(entry_of("*.pool.example.", problem)->host == "pool.example");
}

TEST_CASE("a hosts file gives its names, each once", "[aupsig][pools]") {
  const PoolList list = read(PoolFormat::Hosts, "# a list\n127.0.0.1 localhost\n0.0.0.0 A.pool.example b.pool.example # both\n0.0.0.0\ta.pool.example\r\nc.pool.example\nof two words\n9.9.9.9\n");
  CHECK(hosts_of(list) == "a.pool.example b.pool.example c.pool.example 9.9.9.9");
  CHECK(list.repeated == 1);
  REQUIRE(list.refused.size() == 2);
  CHECK(list.refused[0].line == 2);
  CHECK(list.refused[1].why == "several words, and the first is no address");
}

TEST_CASE("a CSV gives what its columns are called", "[aupsig][pools]") {
  const PoolList list = read(PoolFormat::Csv, "\xef\xbb\xbf" "Coin,Domain,Pool,Port,First_Seen,Last_Seen\nXMR,a.pool.example,\"A, the pool\",3333;443,2025-01-02T10:00:00Z,2026-03-04\n\"XMR ZEPH\",a.pool.example,,4444,,\n,\"line\nbreak\",,,,\n");
  REQUIRE(list.entries.size() == 1);
  const PoolEntry& entry = list.entries[0];
  CHECK(entry.pool == "A, the pool");
  CHECK(entry.coins == std::vector<std::string>{"XMR", "ZEPH"});
  CHECK(entry.ports == std::vector<std::string>{"3333", "443", "4444"});
  CHECK(entry.first_seen == "2025-01-02");
  CHECK(entry.last_seen == "2026-03-04");
  CHECK(list.refused.size() == 1);
  CHECK(read_pool_list(PoolFormat::Csv, "a,b\n1,2\n").error().message.find("names no column") != std::string::npos);
}

TEST_CASE("an adblock list gives the hosts that it blocks as a whole", "[aupsig][pools]") {
  const PoolList list = read(PoolFormat::Adblock, "[Adblock Plus 2.0]\n! list\n||a.pool.example^\n||b.pool.example^$third-party,script\n||c.pool.example/miner.js\n@@||d.pool.example^\n##.miner\n/coinhive.js\n||e.pool.example^$domain=f.example\n");
  CHECK(hosts_of(list) == "a.pool.example b.pool.example");
  CHECK(list.refused.size() == 5);
}

TEST_CASE("a MISP event gives its hosts, and no warning list does", "[aupsig][pools]") {
  const PoolList list = read(PoolFormat::Misp, R"({"Event":{"Attribute":[{"type":"domain","value":"a.pool.example","to_ids":true,"first_seen":"2026-01-02T00:00:00"},
    {"type":"hostname|port","value":"b.pool.example|3333"},{"type":"md5","value":"00"},{"type":"domain","value":"c.pool.example","to_ids":false}],
    "Object":[{"Attribute":[{"type":"ip-dst","value":"9.9.9.9"}]}]}})");
  CHECK(hosts_of(list) == "a.pool.example b.pool.example 9.9.9.9");
  CHECK(list.entries[0].first_seen == "2026-01-02");
  CHECK(list.entries[1].ports == std::vector<std::string>{"3333"});
  CHECK(list.refused.size() == 2);
  CHECK_FALSE(read_pool_list(PoolFormat::Misp, R"({"name":"top","list":["google.com"]})"));
  CHECK_FALSE(read_pool_list(PoolFormat::Misp, "[1,2"));
  CHECK_FALSE(read_pool_list(PoolFormat::Misp, "{}"));
}

TEST_CASE("an imported list is a data set that loads, with its provenance, and never a platform unmarked", "[aupsig][pools]") {
  const test::TempDirectory directory;
  PoolImportOptions options;
  options.file = directory.file("list.txt");
  options.output = directory.file("partner.tsv");
  options.format = "hosts";
  options.licence = "by agreement";
  options.source = "partner";
  options.date = "2026-11-30";
  options.popular = AUPSCAN_SOURCE_DIR "/config/popular-hosts.tsv";
  REQUIRE(write_text_file(options.file, "pool.example\nraw.github.com\nrig7.duckdns.org\nduckdns.org\nazure.com\n9.9.9.9\n"));
  std::ostringstream said;
  std::streambuf* const before = std::cout.rdbuf(said.rdbuf());
  CHECK(import_pools(options) == ExitCode::Partial);
  CHECK(import_pools(options) == ExitCode::Usage);  // it is there now
  std::cout.rdbuf(before);
  CHECK(said.str().find("popular: raw.github.com") != std::string::npos);
  CHECK(said.str().find("refused: \"duckdns.org\": strangers share") != std::string::npos);
  CHECK(said.str().find("refused: \"azure.com\": it would match cloudapp.azure.com below it") != std::string::npos);
  const auto text = read_text_file(options.output);
  REQUIRE(text);
  Datasets datasets;
  Diagnostics diagnostics;
  load_dataset("partner.tsv", *text, datasets, diagnostics);
  REQUIRE(diagnostics.empty());
  const HostSet& set = datasets.host_sets().front();
  CHECK(set.header().name == "partner");
  CHECK(set.header().licence == "by agreement");
  CHECK(set.entries().size() == 4);
  CHECK(set.find("eu.pool.example")->entry->tier == HostTier::Rumoured);
  CHECK(set.find("eu.pool.example")->entry->sources == "partner");
  CHECK(set.find("raw.github.com")->entry->popular);
  CHECK(set.find("rig7.duckdns.org")->entry->tier == HostTier::Shared);
  CHECK_FALSE(set.find("rig8.duckdns.org"));
}
