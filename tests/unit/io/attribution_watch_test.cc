#include "scanner/io/attribution_watch.h"

#include "scanner/io/text_file.h"
#include "tests/support/temp_directory.h"

#include <catch2/catch.hpp>
#include <filesystem>

using namespace scanner;

namespace {

namespace fs = std::filesystem;
const std::string kId(64, 'a'), kOther(64, 'b');

class Scripted final : public HostWatch {
 public:
  std::string_view name() const override { return "scripted"; }
  int descriptor() const override { return -1; }
  Duration period() const override { return std::chrono::seconds(1); }
  Result<bool> collect(Timestamp, std::vector<HostRecord>& records, std::size_t) override {
    std::move(next.begin(), next.end(), std::back_inserter(records));
    next.clear();
    return false;
  }
  WatchCounters counters() const override { return {}; }
  std::vector<HostRecord> next;
};

void describe(const test::TempDirectory& directory, const std::string& id, const std::string& name, const std::string& address) {
  fs::create_directories(directory.file("docker/" + id));
  REQUIRE(write_text_file(directory.file("docker/" + id + "/config.v2.json"),
                          R"({"ID":")" + id + R"(","Name":"/)" + name + R"(","State":{"Running":true,"Pid":77},"Config":{"Image":"registry.example/web:1","Env":["SECRET=1"],)"
                          R"("Labels":{"com.example.tenant":"acme","n":5}},"NetworkSettings":{"Networks":{"bridge":{"IPAddress":")" +
                              address + R"(","GlobalIPv6Address":"","IPAMConfig":null}}}})"));
}

HostRecord started(const std::string& cgroup, std::int32_t pid) {
  ProcessStarted process;
  process.id = {"", 5, pid};
  process.cgroup = cgroup;
  return {{100}, process};
}

struct Bench {
  Bench() {
    auto made = std::make_unique<Scripted>();
    inner = made.get();
    watch = std::make_unique<AttributionWatch>(std::move(made), AttributionWatchOptions{directory.file("docker"), directory.file("containerd"), std::chrono::seconds(5)});
  }
  std::vector<HostRecord> collect(std::int64_t seconds) {
    std::vector<HostRecord> records;
    const auto more = watch->collect({seconds * 1'000'000'000}, records, 100);
    REQUIRE(more);
    CHECK_FALSE(*more);
    return records;
  }
  test::TempDirectory directory;
  Scripted* inner = nullptr;
  std::unique_ptr<AttributionWatch> watch;
};

std::shared_ptr<const Tenants> tenants(const std::string& text) {
  Diagnostics diagnostics;
  return std::make_shared<const Tenants>(load_tenants("t", text, diagnostics).value());
}

}  // namespace

TEST_CASE("a container is told before its first process, with what Docker knows of it", "[io]") {
  Bench bench;
  describe(bench.directory, kId, "web", "172.17.0.2");
  bench.inner->next = {started("/docker/" + kId, 7), started("/docker/" + kId, 8), started("/user.slice", 9)};
  const auto records = bench.collect(1000);
  REQUIRE(records.size() == 4);
  const auto& container = std::get<ContainerSeen>(records[0].what);
  CHECK(records[0].at == records[1].at);
  CHECK(container.id == kId);
  CHECK(container.engine == "docker");
  CHECK(container.name == "web");
  CHECK(container.image == "registry.example/web:1");
  CHECK(container.labels == std::vector<std::pair<std::string, std::string>>{{"com.example.tenant", "acme"}});
  REQUIRE(container.addresses.size() == 1);
  CHECK(container.addresses[0].to_string() == "172.17.0.2");
  CHECK(std::get<ProcessStarted>(records[1].what).id.pid == 7);
}

TEST_CASE("what changes of a container is told, and that it is removed", "[io]") {
  Bench bench;
  describe(bench.directory, kId, "web", "172.17.0.2");
  bench.inner->next = {started("/docker/" + kId, 7)};
  CHECK(bench.collect(1000).size() == 2);
  CHECK(bench.collect(1010).empty());
  describe(bench.directory, kId, "web", "172.17.0.9");
  fs::last_write_time(bench.directory.file("docker/" + kId + "/config.v2.json"), fs::file_time_type::clock::now() + std::chrono::seconds(9));
  CHECK(bench.collect(1012).empty());  // not looked at yet
  const auto moved = bench.collect(1020);
  REQUIRE(moved.size() == 1);
  CHECK(std::get<ContainerSeen>(moved[0].what).addresses[0].to_string() == "172.17.0.9");
  fs::remove_all(bench.directory.file("docker/" + kId));
  const auto removed = bench.collect(1030);
  REQUIRE(removed.size() == 1);
  CHECK(std::get<ContainerSeen>(removed[0].what).removed);
  CHECK(bench.collect(1040).empty());
}

TEST_CASE("a container that nothing describes is known by its id, and tried again", "[io]") {
  Bench bench;
  bench.inner->next = {started("/docker/" + kId, 7)};
  const auto records = bench.collect(1000);
  REQUIRE(records.size() == 2);
  CHECK(std::get<ContainerSeen>(records[0].what).name.empty());
  bench.inner->next = {started("/docker/" + kId, 8)};
  CHECK(bench.collect(1001).size() == 1);
  describe(bench.directory, kId, "web", "");
  bench.inner->next = {started("/docker/" + kId, 9)};
  CHECK(bench.collect(1002).size() == 2);
  // Names that would lead elsewhere, and descriptions that are none.
  CHECK_FALSE(read_docker_container(bench.directory.file("docker"), "../" + kId));
  fs::create_directories(bench.directory.file("docker/" + kOther));
  for (const std::string text : {"", "[]", "{\"Name\":5,\"Config\":[],\"NetworkSettings\":{\"Networks\":{\"a\":7}}}", "{\"Name\":"}) {
    REQUIRE(write_text_file(bench.directory.file("docker/" + kOther + "/config.v2.json"), text));
    const auto read = read_docker_container(bench.directory.file("docker"), kOther);
    CHECK((!read || (read->name.empty() && read->addresses.empty())));
  }
}

TEST_CASE("containerd's bundle tells name, image and annotations", "[io]") {
  Bench bench;
  fs::create_directories(bench.directory.file("containerd/k8s.io/" + kId));
  REQUIRE(write_text_file(bench.directory.file("containerd/k8s.io/" + kId + "/config.json"),
                          R"({"ociVersion":"1.0.2","annotations":{"io.kubernetes.cri.container-name":"web","io.kubernetes.cri.image-name":"i:1","io.kubernetes.cri.sandbox-namespace":"acme"}})"));
  const auto container = read_containerd_container(bench.directory.file("containerd"), kId);
  REQUIRE(container);
  CHECK(container->name == "web");
  CHECK(container->image == "i:1");
  CHECK(container->labels.size() == 3);
}

TEST_CASE("the tenants file is told once, and another one by what differs", "[io]") {
  Bench bench;
  bench.watch->use(tenants("tenants:\n  - {tenant: acme, addresses: [192.0.2.1, 192.0.2.2], vlans: [7]}\n"));
  CHECK(bench.collect(1000).size() == 3);
  CHECK(bench.collect(1001).empty());
  bench.watch->use(tenants("tenants:\n  - {tenant: acme, addresses: [192.0.2.1]}\n  - {tenant: beta, addresses: [192.0.2.2]}\n"));
  const auto records = bench.collect(1002);
  REQUIRE(records.size() == 2);
  const auto& released = std::get<Attributed>(records[0].what);
  CHECK(released.released);
  CHECK(released.by == AttributedBy::Vlan);
  const auto& given = std::get<Attributed>(records[1].what);
  CHECK(given.tenant == "beta");
  CHECK(given.addresses.to_string() == "192.0.2.2/32");
}
