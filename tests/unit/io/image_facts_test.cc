#include "scanner/io/image_facts.h"

#include "scanner/model/digest.h"
#include "tests/support/temp_directory.h"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <filesystem>
#include <fstream>

using namespace scanner;

namespace {

constexpr std::uint64_t kLarge = 256 * 1024 * 1024;
constexpr std::int64_t kSecond = 1'000'000'000;

std::string sha256_of(const std::string& bytes) {
  const Sha256 digest = sha256(as_bytes(bytes));
  return to_hex(digest);
}

class Bench {
 public:
  explicit Bench(std::uint64_t max = kLarge) : images(max, {"stratum+"}) {}

  std::string put(const std::string& name, const std::string& bytes) {
    std::ofstream(directory.file(name), std::ios::binary) << bytes;
    return directory.file(name);
  }
  ProcessStarted describe(const std::string& path, int pid, bool fresh = true) {
    ProcessStarted started;
    started.id.pid = pid;
    images.describe(FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), fresh, started);
    return started;
  }
  std::vector<ImageFacts> work() {
    std::vector<HostRecord> records;
    for (int round = 0; round < 100; ++round) images.work({now += kSecond}, records, 1000);
    std::vector<ImageFacts> facts;
    for (const HostRecord& record : records) facts.push_back(std::get<ImageFacts>(record.what));
    return facts;
  }

  test::TempDirectory directory;
  ImageLibrary images;
  std::int64_t now = kSecond;
};

const std::string kImage = "#!/bin/sh\n" + std::string(700'000, '\1') + "stratum+tcp://x";

}  // namespace

TEST_CASE("an image is hashed and searched once, and known at once the next time", "[watch]") {
  Bench bench;
  const std::string path = bench.put("x", kImage);
  const ProcessStarted first = bench.describe(path, 1);
  CHECK(first.image_kind == "script");
  CHECK(first.sha256.empty());
  CHECK(first.unknown.empty());
  bench.describe(path, 2);
  const auto facts = bench.work();
  REQUIRE(facts.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(facts[i].id.pid == static_cast<int>(i) + 1);
    CHECK(facts[i].sha256 == sha256_of(kImage));
    CHECK(facts[i].image_strings == std::vector<std::string>{"stratum+tcp://x"});
  }
  const ProcessStarted later = bench.describe(path, 3);
  CHECK(later.sha256 == sha256_of(kImage));
  CHECK(later.image_strings == facts[0].image_strings);
  CHECK(bench.work().empty());
}

TEST_CASE("what runs is hashed, whatever the path leads to by then", "[watch]") {
  Bench bench;
  const std::string path = bench.put("x", kImage);
  bench.describe(path, 1);
  std::filesystem::remove(path);
  bench.put("x", "another program");
  const auto facts = bench.work();
  REQUIRE(facts.size() == 1);
  CHECK(facts[0].sha256 == sha256_of(kImage));
  // The other one is another image, though its name is the same.
  bench.describe(path, 2);
  const auto others = bench.work();
  REQUIRE(others.size() == 1);
  CHECK(others[0].sha256 == sha256_of("another program"));
}

TEST_CASE("an image that is changed in place is read anew", "[watch]") {
  Bench bench;
  const std::string path = bench.put("x", kImage);
  bench.describe(path, 1);
  bench.work();
  bench.put("x", "changed");
  CHECK(bench.describe(path, 2).sha256.empty());
  CHECK(bench.work().at(0).sha256 == sha256_of("changed"));
}

TEST_CASE("an image that is too large or no file has no hash, and it is said", "[watch]") {
  Bench bench(1000);
  const ProcessStarted large = bench.describe(bench.put("x", kImage), 1);
  CHECK(large.unknown == std::vector<std::string>{"sha256"});
  CHECK(large.image_kind == "script");
  CHECK(bench.describe(bench.directory.file(""), 2).unknown == std::vector<std::string>{"sha256"});
  CHECK(bench.describe("/nonexistent", 3).unknown == std::vector<std::string>{"sha256"});
  CHECK(bench.work().empty());
  CHECK(bench.images.left_out() == 1);
}

TEST_CASE("reading images is spread over time, fresh ones first", "[watch]") {
  Bench bench;
  const std::string block(20 * 1024 * 1024, '\2');
  for (int i = 0; i < 3; ++i) bench.describe(bench.put("old" + std::to_string(i), block + std::to_string(i)), i, false);
  bench.describe(bench.put("new", "new"), 9, true);
  std::vector<HostRecord> records;
  const Timestamp now{bench.now};
  bool more = true;
  for (int calls = 0; more && calls < 100; ++calls) more = bench.images.work(now, records, 1000);
  // All that one moment allows for: one old image that was begun, and the fresh one behind it.
  REQUIRE(records.size() == 2);
  CHECK(std::get<ImageFacts>(records[0].what).id.pid == 0);
  CHECK(std::get<ImageFacts>(records[1].what).id.pid == 9);
  CHECK(bench.work().size() == 2);
}

TEST_CASE("more images than may wait are left out and counted", "[watch]") {
  Bench bench;
  for (std::size_t i = 0; i < ImageLibrary::kMaxWaiting + 10; ++i) bench.describe(bench.put("x" + std::to_string(i), std::to_string(i)), 1);
  CHECK(bench.images.left_out() == 10);
  CHECK(bench.work().size() == ImageLibrary::kMaxWaiting);
}
