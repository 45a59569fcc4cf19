#include "scanner/signature/dataset.h"

#include <catch2/catch.hpp>


using namespace scanner;

namespace {

const std::string kHead =
    "# comment\n#! name: pools\n#! kind: hosts\n#! date: 2026-01-02\n#! licence: facts\nhost\tcoins\tpool\tports\ttier\tflags\tsources\tadded\n";

std::string row(const std::string& host, const std::string& tier, const std::string& flags = "", const std::string& ports = "") {
  return host + "\tXMR,monero\tExample\t" + ports + "\t" + tier + "\t" + flags + "\tlist-a\t2026-01-02\n";
}

Datasets load(const std::string& rows) {
  Datasets datasets;
  Diagnostics diagnostics;
  load_dataset("pools.tsv", kHead + rows, datasets, diagnostics);
  for (const Diagnostic& d : diagnostics) UNSCOPED_INFO(to_text(d));
  REQUIRE(diagnostics.empty());
  return datasets;
}

}  // namespace

TEST_CASE("a name is found exactly and below an entry, at dot boundaries only", "[signature]") {
  const Datasets d = load(row("pool.example", "A", "", "3333/tcp;443/tls") + row("deep.pool.example", "B"));
  const auto exact = d.find_host("pool.example");
  REQUIRE(exact);
  REQUIRE(exact->exact);
  REQUIRE(exact->list == "pools");
  REQUIRE(exact->strength == ListStrength::Listed);
  REQUIRE(exact->entry->coin() == "XMR");
  REQUIRE(exact->entry->has_port(443));
  REQUIRE_FALSE(exact->entry->has_port(33));
  const auto below = d.find_host("Eu1.POOL.example.");
  REQUIRE(below);
  REQUIRE_FALSE(below->exact);
  REQUIRE(below->entry->host == "pool.example");
  REQUIRE(d.find_host("x.deep.pool.example")->entry->host == "deep.pool.example");
  REQUIRE_FALSE(d.find_host("mypool.example"));
  REQUIRE_FALSE(d.find_host("pool.example.evil.test"));
  REQUIRE_FALSE(d.find_host("example"));
  REQUIRE_FALSE(d.find_host(""));
  REQUIRE_FALSE(d.find_host("."));
  REQUIRE_FALSE(d.find_host(std::string(300, 'a') + ".pool.example"));
}

TEST_CASE("tiers and flags decide what a match is worth", "[signature]") {
  const Datasets d = load(row("a.example", "A") + row("b.example", "B", "popular") + row("site.example", "B-site") + row("c.example", "C") +
                          row("web.example", "W-web") + row("dyn.example", "X-shared") + row("no.example", "B", "popular,not-a-pool") +
                          row("192.0.2.7", "D-ip"));
  REQUIRE(d.find_host("x.a.example")->strength == ListStrength::Listed);
  REQUIRE(d.find_host("b.example")->strength == ListStrength::Listed);
  REQUIRE(d.find_host("b.example")->entry->popular);
  REQUIRE(d.find_host("site.example")->strength == ListStrength::Context);
  REQUIRE(d.find_host("c.example")->strength == ListStrength::Context);
  REQUIRE(d.find_host("web.example")->strength == ListStrength::Context);
  REQUIRE(d.find_host("dyn.example")->strength == ListStrength::Context);
  REQUIRE_FALSE(d.find_host("someone.dyn.example"));
  REQUIRE(d.find_host("no.example")->strength == ListStrength::None);
  const auto address = d.find_address(*IpAddress::parse("192.0.2.7"));
  REQUIRE(address);
  REQUIRE(address->strength == ListStrength::Context);
  REQUIRE_FALSE(d.find_address(*IpAddress::parse("192.0.2.8")));
  REQUIRE_FALSE(d.find_host("192.0.2.7"));
}

TEST_CASE("an entry that is no pool shields what lies below it from a wider one", "[signature]") {
  const Datasets d = load(row("pool.example", "A") + row("blog.pool.example", "B", "not-a-pool"));
  REQUIRE(d.find_host("old.blog.pool.example")->strength == ListStrength::None);
  REQUIRE(d.find_host("eu.pool.example")->strength == ListStrength::Listed);
}

TEST_CASE("ports are a set with counts", "[signature]") {
  Datasets datasets;
  Diagnostics diagnostics;
  load_dataset("ports.tsv", "#! name: pool-ports\n#! kind: ports\n#! date: 2026-01-02\n#! licence: facts\nport\thosts\n3333\t12\n65535\t1\n",
               datasets, diagnostics);
  REQUIRE(diagnostics.empty());
  const PortSet* ports = datasets.ports("pool-ports");
  REQUIRE(ports);
  REQUIRE(ports->contains(3333));
  REQUIRE(ports->count(3333) == 12);
  REQUIRE_FALSE(ports->contains(80));
  REQUIRE_FALSE(datasets.ports("other"));
}

TEST_CASE("whatever is wrong in a data set is told with its place", "[signature]") {
  Datasets datasets;
  Diagnostics diagnostics;
  load_dataset("pools.tsv",
               kHead + row("Upper.example", "A") + row("tld", "A") + row("a.example", "Z") + row("a.example", "A", "popular,odd") +
                   row("192.0.2.1", "A") + row("b.example", "A", "", "99999/tcp") + "short\trow\n",
               datasets, diagnostics);
  std::string places;
  for (const Diagnostic& d : diagnostics) places += d.code + ":" + std::to_string(d.at.line) + ":" + std::to_string(d.at.column) + " ";
  REQUIRE(places == "E124:7:1 E124:8:1 E124:9:31 E124:10:41 E124:11:31 E124:12:30 E123:13:1 E125:10:1 ");
  REQUIRE(datasets.host_sets().empty());

  diagnostics.clear();
  load_dataset("pools.tsv", "#! nam: x\nhost\n", datasets, diagnostics);
  REQUIRE(diagnostics.size() >= 5);
  diagnostics.clear();
  load_dataset("pools.tsv", "", datasets, diagnostics);
  REQUIRE(diagnostics.size() == 4);
}

TEST_CASE("a hundred thousand entries load and are all found", "[signature]") {
  std::string rows;
  const auto name = [](int i) { return "host" + std::to_string(i * 7919 % 1000003) + ".pool" + std::to_string(i % 977) + ".example"; };
  for (int i = 0; i < 100'000; ++i) rows += row(name(i), i % 3 == 0 ? "A" : "C");
  Diagnostics diagnostics;
  Datasets datasets;
  load_dataset("pools.tsv", kHead + rows, datasets, diagnostics);
  REQUIRE(diagnostics.empty());
  REQUIRE(datasets.host_sets()[0].entries().size() == 100'000);
  for (int i = 0; i < 100'000; i += 17) REQUIRE(datasets.find_host("eu." + name(i))->entry->host == name(i));
  REQUIRE_FALSE(datasets.find_host("host0.pool.example"));
}
