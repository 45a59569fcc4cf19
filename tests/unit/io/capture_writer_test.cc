#include "scanner/io/capture_writer.h"

#include "tests/unit/io/capture_fixtures.h"

#include <sys/stat.h>
#include <catch2/catch.hpp>

namespace scanner {
namespace {

using test::made_up_packet;
using test::TempDir;

TEST_CASE("a capture that was written is read back as it was, in either format", "[io]") {
  const TempDir dir;
  for (const CaptureFormat format : {CaptureFormat::Pcap, CaptureFormat::Pcapng}) {
    auto writer = CaptureWriter::create(dir.path("a"), {format});
    REQUIRE(writer);
    for (std::uint8_t i = 0; i < 200; ++i) {
      Packet packet = made_up_packet(1'700'000'000'000'000'000 + i, 1500u + i, i);
      packet.original_length += i;
      REQUIRE(writer->write(packet, "frame " + std::to_string(i)));
    }
    REQUIRE(writer->close());
    struct stat facts {};
    REQUIRE(::stat(dir.path("a").c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0600);
    const test::Reading reading = test::read_captures({dir.path("a")});
    REQUIRE(reading.events.size() == 200);
    for (std::uint8_t i = 0; i < 200; ++i) {
      CHECK(reading.events[i].ns == 1'700'000'000'000'000'000 + i);
      CHECK(reading.events[i].original == 1500u + 2u * i);
      CHECK(reading.events[i].data.at(1) == static_cast<std::uint8_t>(i + 1));
    }
  }
}

TEST_CASE("a pcap file takes one link type only", "[io]") {
  CaptureEncoder encoder({CaptureFormat::Pcap});
  const auto added = encoder.add(made_up_packet(1, 10, 1, LinkType::Raw));
  REQUIRE(!added);
  CHECK(added.error().message == "a pcap file can hold one link type only");
}

TEST_CASE("a capture that cannot be created is an error with the reason", "[io]") {
  const auto writer = CaptureWriter::create("/nonexistent/a.pcapng");
  REQUIRE(!writer);
  CHECK(writer.error().message == "/nonexistent/a.pcapng: No such file or directory");
}

}  // namespace
}  // namespace scanner
