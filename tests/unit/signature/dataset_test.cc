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

TEST_CASE("words are a set of texts in lower case", "[signature]") {
  const std::string head = "#! name: w\n#! kind: words\n#! date: 2026-01-02\n#! licence: facts\nword\twhy\n";
  Datasets datasets;
  Diagnostics diagnostics;
  load_dataset("w.tsv", head + "stratum+\tpool URL\nhash rate\treport\n", datasets, diagnostics);
  CHECK(diagnostics.empty());
  CHECK(datasets.words("w") == std::vector<std::string>{"stratum+", "hash rate"});
  CHECK(datasets.words("other").empty());
  for (const char* row : {"ab\tshort", "Upper\tcase", "again\tx\nagain\ty", "why\t", "one column"}) {
    diagnostics.clear();
    load_dataset("w.tsv", head + row + "\n", datasets, diagnostics);
    CHECK(diagnostics.size() == 1);
  }
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

namespace {

Timestamp day(std::int64_t days_after_listing) {
  constexpr std::int64_t kListed = 20'455;  // 2026-01-02
  return Timestamp{(kListed + days_after_listing) * 86'400'000'000'000 + 1};
}

const std::string kAgeing = "#! valid_days: 365\n#! half_life: 100\n#! floor: 25%\n";
const std::string kTemplateHead =
    "#! name: templates\n#! kind: templates\n#! date: 2026-01-02\n#! licence: facts\n#! never: www, api\ntemplate\tcoins\tpool\tflags\tsources\tadded\n";

// The templates, and the hosts of the other tests.
Datasets load_both(const std::string& hosts, const std::string& templates) {
  Datasets datasets;
  Diagnostics diagnostics;
  load_dataset("pools.tsv", kHead + hosts, datasets, diagnostics);
  load_dataset("templates.tsv", kTemplateHead + templates, datasets, diagnostics);
  for (const Diagnostic& d : diagnostics) UNSCOPED_INFO(to_text(d));
  REQUIRE(diagnostics.empty());
  return datasets;
}

}  // namespace

TEST_CASE("the confidence in an entry decays by event time and never below its floor", "[signature]") {
  Datasets d;
  Diagnostics diagnostics;
  load_dataset("pools.tsv", kAgeing + kHead + row("a.example", "A") + row("c.example", "C"), d, diagnostics);
  REQUIRE(diagnostics.empty());
  const HostMatch a = *d.find_host("a.example");
  CHECK(context_of(a, day(0)).confidence == 1.0);
  CHECK(context_of(a, day(-400)).confidence == 1.0);
  CHECK(context_of(a, day(-400)).age_days == 0);
  CHECK(context_of(a, day(100)).confidence == 0.5);
  CHECK(context_of(a, day(100)).age_days == 100);
  CHECK(context_of(a, day(5000)).confidence == 0.25);
  CHECK(context_of(*d.find_host("c.example"), day(100)).confidence == 0.25);
}

TEST_CASE("an expired entry is context", "[signature]") {
  Datasets d;
  Diagnostics diagnostics;
  load_dataset("pools.tsv", kAgeing + kHead + row("a.example", "A") + row("no.example", "A", "not-a-pool"), d, diagnostics);
  REQUIRE(diagnostics.empty());
  const HostMatch a = *d.find_host("a.example");
  CHECK(strength_at(a, day(365)) == ListStrength::Listed);
  CHECK_FALSE(context_of(a, day(365)).expired);
  CHECK(strength_at(a, day(366)) == ListStrength::Context);
  CHECK(context_of(a, day(366)).expired);
  CHECK(strength_at(*d.find_host("no.example"), day(366)) == ListStrength::None);
  // A set that names no days is good for ever.
  const Datasets timeless = load(row("a.example", "A"));
  CHECK(strength_at(*timeless.find_host("a.example"), day(36'500)) == ListStrength::Listed);
  CHECK(context_of(*timeless.find_host("a.example"), day(36'500)).confidence == 1.0);
}

TEST_CASE("an entry's own dates count from when it was last seen", "[signature]") {
  Datasets d;
  Diagnostics diagnostics;
  std::string head = kAgeing + kHead;
  head.insert(head.size() - 1, "\tfirst_seen\tlast_seen");
  const auto dated = [](const std::string& host, const std::string& first, const std::string& last) {
    std::string text = row(host, "A");
    text.insert(text.size() - 1, "\t" + first + "\t" + last);
    return text;
  };
  load_dataset("pools.tsv", head + dated("old.example", "2020-01-01", "2025-12-03") + dated("plain.example", "", ""), d, diagnostics);
  REQUIRE(diagnostics.empty());
  CHECK(context_of(*d.find_host("old.example"), day(0)).age_days == 30);
  CHECK(context_of(*d.find_host("old.example"), day(0)).last_seen == "2025-12-03");
  CHECK(context_of(*d.find_host("plain.example"), day(0)).age_days == 0);
  load_dataset("pools.tsv", head + dated("a.example", "2026-02-01", "2026-01-01") + dated("b.example", "x", "") + dated("c.example", "", "2026-02-30"), d, diagnostics);
  REQUIRE(diagnostics.size() == 3);
}

TEST_CASE("what a list knows of an entry reaches its context", "[signature]") {
  const Datasets d = load(row("b.example", "B", "popular"));
  const ListContext context = context_of(*d.find_host("eu.b.example"), day(3));
  CHECK(context.list == "pools");
  CHECK(context.entry == "b.example");
  CHECK(context.pool == "Example");
  CHECK(context.coin == "XMR");
  CHECK(context.tier == "B");
  CHECK(context.sources == "list-a");
  CHECK(context.last_seen == "2026-01-02");
  CHECK(context.popular);
  CHECK(context.confidence == 0.9);
  CHECK_FALSE(context.by_template);
}

TEST_CASE("an unknown host of a known pool is known by its template, as a name of tier B", "[signature]") {
  const Datasets d = load_both(row("pool.example", "B", "popular") + row("blog.pool.example", "B", "not-a-pool") + row("xmr-us1.pool.example", "C") + row("sure.example", "A"),
                               "{coin}-{region}{n}.pool.example\tXMR\tThe Pool\t\tlist-b\t2026-01-02\n{coin}.pool.example\t\tThe Pool\tpopular\tlist-b\t2026-01-02\n"
                               "{coin}-{region}.blog.pool.example\t\tThe Pool\t\tlist-b\t2026-01-02\n{coin}-{region}.sure.example\t\tThe Pool\t\tlist-b\t2026-01-02\n");
  const auto match = d.find_host("RVN-eu2.Pool.example.");
  REQUIRE(match);
  CHECK(match->by_template);
  CHECK(match->strength == ListStrength::Listed);
  CHECK_FALSE(match->entry->popular);
  CHECK(match->entry->tier == HostTier::Single);
  const ListContext context = context_of(*match, day(0));
  CHECK(context.by_template);
  CHECK(context.entry == "{coin}-{region}{n}.pool.example");
  CHECK(context.list == "templates");
  CHECK(context.pool == "The Pool");
  // A listed name stays what its list says, a mistake shields, a wider entry that is worth more wins.
  CHECK_FALSE(d.find_host("xmr-us1.pool.example")->by_template);
  CHECK(d.find_host("xmr-us1.pool.example")->strength == ListStrength::Context);
  CHECK(d.find_host("xmr-eu.blog.pool.example")->strength == ListStrength::None);
  CHECK_FALSE(d.find_host("xmr-eu.sure.example")->by_template);
  // Pages of the pool are what they were: popular.
  CHECK(d.find_host("www.pool.example")->entry->popular);
  CHECK(d.find_host("api-eu.pool.example")->entry->popular);
  CHECK(d.find_host("xmr.pool.example")->entry->popular);
  CHECK_FALSE(d.find_host("xmr-eu1.otherpool.example"));
  CHECK_FALSE(d.find_host("xmr-eu1.pool.example.org"));
}

TEST_CASE("a shared name is matched by itself alone, whatever a template says", "[signature]") {
  const Datasets d = load_both(row("dyn.example", "X-shared"), "{coin}.pool.example\t\tThe Pool\t\tlist-b\t2026-01-02\n");
  CHECK(d.find_host("dyn.example")->strength == ListStrength::Context);
  CHECK_FALSE(d.find_host("xmr.dyn.example"));
}

TEST_CASE("whatever is wrong with ageing or templates is told", "[signature]") {
  Datasets d;
  Diagnostics diagnostics;
  load_dataset("pools.tsv", "#! valid_days: soon\n#! half_life: 0\n#! floor: 0.5\n" + kHead + row("a.example", "A"), d, diagnostics);
  CHECK(diagnostics.size() == 3);
  diagnostics.clear();
  load_dataset("templates.tsv", kTemplateHead + "{city}.pool.example\t\tP\t\tl\t2026-01-02\n{coin}.pool.example\t\t\t\tl\t2026-01-02\n{coin}.pool.example\t\tP\todd\t\t2026-13-02\nshort\n", d, diagnostics);
  CHECK(diagnostics.size() == 6);
  CHECK(d.template_sets().empty());
}
