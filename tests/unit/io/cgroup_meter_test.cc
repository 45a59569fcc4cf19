#include "scanner/io/cgroup_meter.h"

#include "tests/support/temp_directory.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using namespace scanner;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

class Bench {
 public:
  void put(const std::string& name, const std::string& text) {
    const std::filesystem::path path = directory.file(name);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  std::string mount(const std::string& name, const std::string& type, const std::string& options) {
    return "30 31 0:30 / " + directory.file(name) + " rw - " + type + " x " + options + "\n";
  }

  test::TempDirectory directory;
};

std::vector<CgroupUsage> sample(CgroupMeter& meter, std::int64_t second) {
  std::vector<HostRecord> records;
  CHECK_FALSE(meter.sample({second * kSecond}, records, 1000));
  std::vector<CgroupUsage> usage;
  for (const HostRecord& record : records) usage.push_back(std::get<CgroupUsage>(record.what));
  return usage;
}

}  // namespace

TEST_CASE("a group's CPU and memory are told from the unified hierarchy", "[watch]") {
  Bench bench;
  CgroupMeter meter(bench.mount("v2", "cgroup2", "rw"));
  bench.put("v2/a/cpu.stat", "usage_usec 1000000\nuser_usec 1\n");
  bench.put("v2/a/memory.stat", "anon 4096\nfile 7\n");
  const auto group = meter.join({{"", "/a"}}, "/a");
  REQUIRE(group != CgroupMeter::kNone);
  CHECK(meter.join({{"", "/a"}}, "/a") == group);
  CHECK(sample(meter, 10).empty());
  bench.put("v2/a/cpu.stat", "usage_usec 21000000\n");
  auto usage = sample(meter, 20);
  REQUIRE(usage.size() == 1);
  CHECK(usage[0].cgroup == "/a");
  CHECK(usage[0].window == std::chrono::seconds(10));
  CHECK(usage[0].cpu_cores == Approx(2.0));
  CHECK(usage[0].resident_bytes == 4096);
  // The window behind a busy one is told too, then no more; a counter that fell is a new group's.
  CHECK(sample(meter, 30).size() == 1);
  CHECK(sample(meter, 40).empty());
  bench.put("v2/a/cpu.stat", "usage_usec 5\n");
  CHECK(sample(meter, 50).empty());
  meter.leave(group);
  bench.put("v2/a/cpu.stat", "usage_usec 90000000\n");
  CHECK(sample(meter, 60).size() == 1);
  meter.leave(group);
  CHECK(sample(meter, 70).empty());
}

TEST_CASE("a group's CPU and memory are told from the older hierarchies", "[watch]") {
  Bench bench;
  CgroupMeter meter(bench.mount("cpu", "cgroup", "rw,cpu,cpuacct") + bench.mount("memory", "cgroup", "rw,memory"));
  bench.put("cpu/docker/c/cpuacct.usage", "1000000000\n");
  bench.put("memory/docker/c/memory.stat", "rss 1\ntotal_rss 8192\n");
  meter.join({{"memory", "/docker/c"}, {"cpu,cpuacct", "/docker/c"}, {"name=systemd", "/docker/c"}}, "/docker/c");
  CHECK(sample(meter, 10).empty());
  bench.put("cpu/docker/c/cpuacct.usage", "6000000000\n");
  const auto usage = sample(meter, 20);
  REQUIRE(usage.size() == 1);
  CHECK(usage[0].cpu_cores == Approx(0.5));
  CHECK(usage[0].resident_bytes == 8192);
}

TEST_CASE("groups that are the whole host, nowhere mounted or too many are not metered", "[watch]") {
  Bench bench;
  CgroupMeter meter(bench.mount("v2", "cgroup2", "rw"));
  CHECK(meter.join({{"", "/"}}, "/") == CgroupMeter::kNone);
  CHECK(meter.join({}, "") == CgroupMeter::kNone);
  CHECK(meter.join({{"cpuacct", "/a"}}, "/a") == CgroupMeter::kNone);
  CHECK(meter.join({{"", "/../outside"}}, "/../outside") == CgroupMeter::kNone);
  for (std::size_t i = 0; i < CgroupMeter::kMaxGroups; ++i) {
    const std::string path = "/g" + std::to_string(i);
    REQUIRE(meter.join({{"", path}}, path) != CgroupMeter::kNone);
  }
  CHECK(meter.join({{"", "/one-more"}}, "/one-more") == CgroupMeter::kNone);
}
