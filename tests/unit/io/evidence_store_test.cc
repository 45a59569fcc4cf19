#include "scanner/io/evidence_store.h"

#include "tests/support/memory_disk.h"

#include <catch2/catch.hpp>
#include <sodium.h>

namespace scanner {
namespace {

using test::MemoryDisk;

struct Fixture {
  MemoryDisk disk;
  Timestamp now{1'767'355'200'000'000'000};
  EvidenceStoreOptions options{"store", 1000, std::chrono::hours(1)};

  std::unique_ptr<EvidenceStore> open() { return EvidenceStore::open(options, disk, [this] { return now; }).value(); }
};

std::string text(char letter, std::size_t size = 300) { return std::string(size, letter); }

TEST_CASE("evidence lies under the hash of its content, once", "[outbox]") {
  Fixture fixture;
  const auto store = fixture.open();
  const auto one = store->put(as_bytes(text('a')), "pcapng");
  REQUIRE(one);
  CHECK(one->file == to_hex(sha256(as_bytes(text('a')))) + ".pcapng");
  CHECK(*fixture.disk.content("store/" + one->file) == text('a'));
  CHECK(store->put(as_bytes(text('a')), "pcapng")->file == one->file);
  CHECK(store->bytes() == 300);
  fixture.disk.crash();
  CHECK(*fixture.disk.content("store/" + one->file) == text('a'));
  CHECK(fixture.open()->bytes() == 300);
}

TEST_CASE("evidence is sealed for its recipients and opens for them alone", "[outbox]") {
  Fixture fixture;
  RecipientKey key;
  std::array<std::uint8_t, 32> secret;
  REQUIRE(sodium_init() >= 0);
  crypto_box_keypair(key.data(), secret.data());
  fixture.options.recipients = {key};
  const auto store = fixture.open();
  const auto one = store->put(as_bytes(text('a')), "process.json");
  REQUIRE(one);
  CHECK(one->kind == "process.json.sealed");
  const std::string sealed = *fixture.disk.content("store/" + one->file);
  CHECK(one->sha256 == to_hex(sha256(as_bytes(sealed))));
  CHECK(one->plain_sha256 == to_hex(sha256(as_bytes(text('a')))));
  CHECK(sealed.find("aaaa") == std::string::npos);
  CHECK(as_text(*open_sealed(as_bytes(sealed), key, secret)) == text('a'));
  CHECK(store->put(as_bytes(text('a')), "process.json")->file == one->file);
}

TEST_CASE("the oldest evidence goes for the bound and for its age, and that is told", "[outbox]") {
  Fixture fixture;
  const auto store = fixture.open();
  for (const char letter : {'a', 'b', 'c', 'd'}) {
    REQUIRE(store->put(as_bytes(text(letter)), "pcapng"));
    fixture.now = fixture.now + std::chrono::minutes(20);
  }
  CHECK(store->bytes() == 900);
  auto removed = store->take_removals();
  REQUIRE(removed.size() == 1);
  CHECK(removed[0].why == "bound");
  CHECK(removed[0].file == to_hex(sha256(as_bytes(text('a')))) + ".pcapng");
  CHECK_FALSE(fixture.disk.content("store/" + removed[0].file));
  fixture.now = fixture.now + std::chrono::minutes(10);
  store->expire();
  removed = store->take_removals();
  REQUIRE(removed.size() == 1);
  CHECK(removed[0].why == "age");
  CHECK(store->reclaim(301) == 600);
  CHECK(store->take_removals().size() == 2);
  CHECK(store->bytes() == 0);
}

TEST_CASE("a full disk takes older evidence and then says no", "[outbox]") {
  Fixture fixture;
  const auto store = fixture.open();
  REQUIRE(store->put(as_bytes(text('a')), "pcapng"));
  fixture.disk.limit(400);
  CHECK(store->put(as_bytes(text('b')), "pcapng"));
  CHECK(store->take_removals().at(0).why == "full disk");
  const auto refused = store->put(as_bytes(text('c', 500)), "pcapng");
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Catch::Contains("No space left"));
  CHECK_FALSE(store->put(as_bytes(text('d', 1001)), "pcapng"));
}

TEST_CASE("files that are not evidence are left alone", "[outbox]") {
  Fixture fixture;
  fixture.disk.put("store/notes.txt", text('n', 5000));
  const auto store = fixture.open();
  CHECK(store->bytes() == 0);
  store->reclaim(10'000);
  CHECK(fixture.disk.content("store/notes.txt"));
}

}  // namespace
}  // namespace scanner
