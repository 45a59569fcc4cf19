#include "scanner/engine/attribution_book.h"
#include "scanner/model/packet.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
const std::string kFirst(64, 'a'), kSecondId(64, 'b');

Attributed given(AttributedBy by, const std::string& tenant, const std::string& text = "", const std::string& method = "config") {
  Attributed made;
  made.by = by;
  made.tenant = tenant;
  made.text = text;
  made.method = method;
  made.proof = tenant + " by " + text;
  return made;
}

Attributed address(const std::string& range, const std::string& tenant, const std::string& method = "config") {
  Attributed made = given(AttributedBy::Address, tenant, range, method);
  made.addresses = *Cidr::parse(range);
  return made;
}

Attributed shared_address(const std::string& range) {
  Attributed made = address(range, "");
  made.shared = true;
  made.proof = "NAT";
  return made;
}

class Bench {
 public:
  explicit Bench(std::vector<Cidr> local = {}) : book(std::move(local), processes) {}

  ProcessId start(std::int32_t pid, const std::string& cgroup = "", std::uint32_t uid = 0) {
    ProcessStarted started;
    started.id = {"", now.ns, pid};
    started.executable = "/x";
    started.cgroup = cgroup;
    started.uid = uid;
    record(started);
    return started.id;
  }
  void record(const decltype(HostRecord::what)& what) {
    const HostRecord record{now, what};
    processes.learn(record, now);
    book.learn(record);
  }
  void own(const ProcessId& id, std::uint16_t port = 40000, const std::string& from = "192.0.2.10") {
    record(SocketOwned{id, end(from, port), end("198.51.100.7", 3333), IpProtocol::Tcp});
  }
  void container(const std::string& id, const std::string& name, const std::vector<std::string>& addresses = {}, bool removed = false) {
    ContainerSeen seen;
    seen.id = id;
    seen.engine = "docker";
    seen.name = name;
    seen.image = "registry.example/" + name + ":1";
    seen.labels = {{"tenant", name}};
    seen.removed = removed;
    for (const std::string& text : addresses) seen.addresses.push_back(*IpAddress::parse(text));
    record(seen);
  }
  Subject miner(std::uint16_t port = 40000, const std::string& from = "192.0.2.10", std::uint16_t vlan = 0) const { return at(now, port, from, vlan); }
  Subject at(Timestamp when, std::uint16_t port = 40000, const std::string& from = "192.0.2.10", std::uint16_t vlan = 0) const {
    const auto subject = book.subject_of(flow(port, from, vlan), Direction::FromInitiator, when, std::nullopt);
    return subject.value_or(Subject{});
  }
  static FlowRef flow(std::uint16_t port, const std::string& from, std::uint16_t vlan = 0) {
    FlowRef flow;
    flow.tuple = {end(from, port), end("198.51.100.7", 3333), IpProtocol::Tcp};
    flow.outer_vlan = vlan;
    return flow;
  }
  static Endpoint end(const std::string& address, std::uint16_t port) { return {*IpAddress::parse(address), port}; }
  void later(int seconds) { now = now + std::chrono::seconds(seconds); }

  Timestamp now{1'000'000 * kSecond};
  ProcessTable processes;
  AttributionBook book;
};

std::string doubts(const Subject& subject) {
  std::string text;
  for (const AttributionDoubt& doubt : subject.doubts) text += std::to_string(doubt.factor).substr(0, 3) + " " + doubt.what + "\n";
  return text;
}

}  // namespace

TEST_CASE("without a claim the address speaks for itself, and nothing is in doubt", "[engine]") {
  const Bench bench;
  CHECK(bench.miner().id == "ip:192.0.2.10");
  CHECK(bench.miner().doubts.empty());
  CHECK_FALSE(bench.book.local_subject_of(Bench::flow(40000, "192.0.2.10"), Direction::FromInitiator, bench.now));
  CHECK(bench.miner(40000, "224.0.0.1").id.empty());
}

TEST_CASE("the longest prefix names the tenant", "[engine]") {
  Bench bench;
  bench.book.learn(address("192.0.2.0/24", "wide"));
  bench.book.learn(address("192.0.2.8/29", "narrow"));
  CHECK(bench.miner().id == "tenant:narrow");
  CHECK(bench.miner().attribution_method == "config");
  CHECK(bench.miner().attribution_proof == "narrow by 192.0.2.8/29");
  CHECK(bench.miner(1, "192.0.2.200").id == "tenant:wide");
  CHECK(bench.miner(1, "192.0.3.1").id == "ip:192.0.3.1");
  CHECK(bench.book.local_subject_of(Bench::flow(1, "192.0.2.200"), Direction::FromInitiator, bench.now));
}

TEST_CASE("two tenants' processes behind one shared address are told apart by their sockets", "[engine]") {
  Bench bench;
  bench.book.learn(shared_address("192.0.2.10"));
  bench.book.learn(given(AttributedBy::Cgroup, "acme", "/docker/" + kFirst));
  bench.book.learn(given(AttributedBy::Container, "beta", kSecondId.substr(0, 12)));
  bench.own(bench.start(7, "/docker/" + kFirst), 40000);
  bench.own(bench.start(8, "/docker/" + kSecondId + "/x"), 40001);
  CHECK(bench.miner(40000).id == "tenant:acme");
  CHECK(bench.miner(40001).id == "tenant:beta");
  CHECK(bench.miner(40000).doubts.empty());
  // A third one's socket is nobody's that is known: the address is, and it is shared.
  const Subject third = bench.miner(40002);
  CHECK(third.id == "ip:192.0.2.10");
  CHECK(doubts(third) == "0.7 the address is shared: NAT\n");
}

TEST_CASE("where group and address name different tenants, neither is accused", "[engine]") {
  Bench bench;
  bench.book.learn(given(AttributedBy::Cgroup, "acme", "/machine.slice/acme-*"));
  bench.book.learn(address("192.0.2.10", "beta"));
  CHECK(bench.miner().id == "tenant:beta");
  const ProcessId id = bench.start(7, "/machine.slice/acme-1/x.service");
  bench.own(id);
  const Subject subject = bench.miner();
  CHECK(subject.id == "ip:192.0.2.10");
  CHECK(subject.tenant.empty());
  REQUIRE(subject.rivals.size() == 2);
  CHECK(subject.rivals[0].tenant == "acme");
  CHECK(subject.rivals[1].tenant == "beta");
  CHECK(doubts(subject).starts_with("0.5 sources disagree whose it is"));
  CHECK(bench.book.subject_of(*bench.processes.find(id), bench.now).id == "ip:192.0.2.10");
  // Without a socket the process has no address, and its group decides.
  CHECK(bench.book.subject_of(*bench.processes.find(bench.start(8, "/machine.slice/acme-2")), bench.now).id == "tenant:acme");
}

TEST_CASE("where only the instance is in doubt, the tenant is the subject", "[engine]") {
  Bench bench;
  Attributed one = address("192.0.2.10", "acme"), other = given(AttributedBy::Vlan, "acme");
  one.instance = "web-1";
  other.instance = "web-2";
  other.from = other.to = 100;
  bench.book.learn(one);
  bench.book.learn(other);
  CHECK(bench.miner().id == "tenant:acme/web-1");
  const Subject both = bench.miner(40000, "192.0.2.10", 100);
  CHECK(both.id == "tenant:acme");
  CHECK(both.doubts.size() == 1);
  CHECK(both.doubts[0].factor == AttributionBook::kInstance);
}

TEST_CASE("an address that moves is whoever's it was at the time that is asked for", "[engine]") {
  Bench bench;
  const Timestamp before = bench.now;
  bench.later(10);
  bench.record(address("192.0.2.10", "acme", "docker"));
  const Timestamp first = bench.now;
  bench.later(10);
  bench.record(address("192.0.2.10", "beta", "docker"));
  bench.later(10);
  CHECK(bench.miner().id == "tenant:beta");
  CHECK(bench.at(first).id == "tenant:acme");
  CHECK(bench.at(first).attributed_from == first);
  CHECK(bench.at(first).attributed_until == first + std::chrono::seconds(10));
  CHECK(bench.at(before).id == "ip:192.0.2.10");
  CHECK(doubts(bench.at(before)).starts_with("0.8 it is acme's from "));
  Attributed released = address("192.0.2.10", "", "docker");
  released.released = true;
  bench.record(released);
  bench.later(1);
  CHECK(bench.miner().id == "ip:192.0.2.10");
  CHECK(doubts(bench.miner()).starts_with("0.8 it was beta's until "));
}

TEST_CASE("the tenants file's times end what they say they end", "[engine]") {
  Bench bench;
  Attributed first = address("192.0.2.10", "acme"), second = address("192.0.2.10", "beta");
  first.valid_until = second.valid_from = bench.now;
  bench.book.learn(first);
  bench.book.learn(second);
  CHECK(bench.miner().id == "tenant:beta");
  CHECK(bench.at({bench.now.ns - 1}).id == "tenant:acme");
}

TEST_CASE("a container is known by id, name, label and image, and so is its address", "[engine]") {
  for (const Attributed& claim : {given(AttributedBy::Container, "acme", kFirst.substr(0, 12)), given(AttributedBy::ContainerName, "acme", "we*"),
                                  given(AttributedBy::ContainerLabel, "acme", "tenant=web"), given(AttributedBy::ContainerImage, "acme", "registry.example/web:*")}) {
    Bench bench;
    bench.book.learn(claim);
    bench.container(kFirst, "web", {"172.17.0.2"});
    bench.container(kSecondId, "db", {"172.17.0.3"});
    INFO(to_string(claim.by));
    CHECK(bench.miner(1, "172.17.0.2").id == "tenant:acme");
    CHECK(bench.miner(1, "172.17.0.3").id == "ip:172.17.0.3");
    CHECK(bench.book.subject_of(*bench.processes.find(bench.start(7, "/system.slice/docker-" + kFirst + ".scope")), bench.now).id == "tenant:acme");
    CHECK(bench.book.subject_of(*bench.processes.find(bench.start(8, "/kubepods/pod1/" + kSecondId)), bench.now).id == "host:local");
    bench.later(5);
    bench.container(kFirst, "", {}, true);
    CHECK(bench.miner(1, "172.17.0.2").id == "ip:172.17.0.2");
    CHECK(doubts(bench.miner(1, "172.17.0.2")).starts_with("0.8 it was acme's until "));
    // The next one gets its address: the old one's tenant has nothing to do with it.
    bench.later(5);
    bench.container(kSecondId, "db", {"172.17.0.2"});
    CHECK(bench.miner(1, "172.17.0.2").id == "ip:172.17.0.2");
  }
}

TEST_CASE("a reused pid is another process, whose group counts", "[engine]") {
  Bench bench;
  bench.book.learn(shared_address("192.0.2.10"));
  bench.book.learn(given(AttributedBy::Cgroup, "acme", "/acme"));
  bench.book.learn(given(AttributedBy::Cgroup, "beta", "/beta"));
  const ProcessId first = bench.start(7, "/acme");
  bench.own(first);
  CHECK(bench.miner().id == "tenant:acme");
  bench.record(ProcessExited{first});
  bench.now = {bench.now.ns + kSecond / 2};
  CHECK(bench.miner().id == "ip:192.0.2.10");
  bench.own(bench.start(7, "/beta"));
  CHECK(bench.miner().id == "tenant:beta");
  // Who asks about the first one's conversation by its process still gets the first one.
  CHECK(bench.book.subject_of(Bench::flow(40000, "192.0.2.10"), Direction::FromInitiator, bench.now, first)->id == "tenant:acme");
}

TEST_CASE("units, users and networks are claims too; users do not count inside containers", "[engine]") {
  Bench bench;
  bench.book.learn(given(AttributedBy::Unit, "acme", "acme-*.service"));
  Attributed users = given(AttributedBy::Uid, "beta"), network = given(AttributedBy::Vlan, "gamma");
  users.from = 1000;
  users.to = 1999;
  network.from = 100;
  network.to = 200;
  bench.book.learn(users);
  bench.book.learn(network);
  const auto of = [&](const ProcessId& id) { return bench.book.subject_of(*bench.processes.find(id), bench.now).id; };
  CHECK(of(bench.start(7, "/system.slice/acme-web.service/sub")) == "tenant:acme");
  CHECK(of(bench.start(8, "/user.slice", 1500)) == "tenant:beta");
  CHECK(of(bench.start(9, "/docker/" + kFirst, 1500)) == "host:local");
  CHECK(of(bench.start(10, "/user.slice", 2000)) == "host:local");
  CHECK(bench.book.subject_of(*bench.processes.find(bench.start(11, "/system.slice/acme-web.service", 1500)), bench.now).rivals.size() == 2);
}

TEST_CASE("a network names its tenant's own addresses, and never the stranger at the other end", "[engine]") {
  Attributed network = given(AttributedBy::Vlan, "gamma");
  network.from = 100;
  network.to = 200;
  Bench bench({*Cidr::parse("192.0.2.0/24")});
  bench.book.learn(network);
  CHECK(bench.miner(1, "192.0.2.77", 150).id == "tenant:gamma");
  CHECK(bench.miner(1, "192.0.2.77", 99).id == "ip:192.0.2.77");
  Bench tap({*Cidr::parse("192.0.2.0/24")});
  tap.book.learn(given(AttributedBy::Interface, "delta", "tap7"));
  FlowRef flow = Bench::flow(1, "192.0.2.77");
  flow.interface = interface_key("tap7");
  CHECK(tap.book.subject_of(flow, Direction::FromInitiator, tap.now, std::nullopt)->id == "tenant:delta");
  flow.interface = interface_key("tap70");
  CHECK(tap.book.subject_of(flow, Direction::FromInitiator, tap.now, std::nullopt)->id == "ip:192.0.2.77");
  // Without --local nobody knows which end is in the network's own house.
  Bench open;
  open.book.learn(network);
  CHECK(open.miner(1, "203.0.113.9", 150).id == "ip:203.0.113.9");
  open.own(open.start(7), 40000);
  CHECK(open.miner(40000, "192.0.2.10", 150).id == "tenant:gamma");
}

TEST_CASE("only local addresses are subjects where they are named, whatever is claimed", "[engine]") {
  Bench bench({*Cidr::parse("192.0.2.0/24")});
  bench.book.learn(address("198.51.100.0/24", "acme"));
  CHECK(bench.miner(1, "198.51.100.9").id.empty());
  CHECK(bench.miner().id == "ip:192.0.2.10");
}

TEST_CASE("addresses that a container gave up make room for others, and the present one is known", "[engine]") {
  ClaimBook book;
  Attributed claim;
  claim.by = AttributedBy::Container;
  claim.text = kFirst;
  claim.tenant = "acme";
  book.learn(claim, {1});
  ContainerSeen seen;
  seen.id = kFirst;
  const auto nth = [](std::size_t i) { return IpAddress::v4(0x0b000000 + static_cast<std::uint32_t>(i)); };
  constexpr std::size_t kMoves = ClaimBook::kMaxContainerAddresses + 10;
  for (std::size_t i = 0; i < kMoves; ++i) {
    seen.addresses = {nth(i)};
    book.learn(seen, {static_cast<std::int64_t>(i + 1)});
  }
  CHECK(book.refused() == 0);
  const auto holders = [&](std::size_t i) {
    Claims claims;
    book.of_address(nth(i), {static_cast<std::int64_t>(i + 1)}, claims);
    return claims.holding.size();
  };
  CHECK(holders(kMoves - 1) == 1);
  CHECK(holders(0) == 0);  // it had to go
}

TEST_CASE("claims and containers beyond their bounds are refused or forgotten, the last container stays", "[engine]") {
  ClaimBook book;
  for (std::uint32_t i = 0; i < ClaimBook::kMaxClaims + 10; ++i) {
    Attributed claim = address("192.0.2.1", "acme");
    claim.addresses = Cidr(IpAddress::v4(0x0a000000 + i));
    book.learn(claim, {1});
  }
  CHECK(book.refused() == 10);
  for (std::size_t i = 0; i < ClaimBook::kMaxContainers + 10; ++i) {
    ContainerSeen seen;
    seen.id = std::to_string(i);
    seen.addresses = {IpAddress::v4(0x0b000000 + static_cast<std::uint32_t>(i))};
    book.learn(seen, {1});
  }
  Attributed nobody = address("203.0.113.1", "");
  nobody.released = true;
  book.learn(nobody, {2});
}
