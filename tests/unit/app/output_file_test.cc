#include "scanner/app/output_file.h"

#include "scanner/app/event_writer.h"
#include "scanner/io/text_file.h"
#include "tests/unit/app/replay_fixture.h"
#include "tests/unit/app/sample_events.h"

#include <catch2/catch.hpp>

namespace scanner {
namespace {

TEST_CASE("what is written is there at once", "[app]") {
  const test::TempDirectory directory;
  const std::string path = directory.file("out");
  auto file = OutputFile::open(path);
  REQUIRE(file);
  REQUIRE(file->write("one\n"));
  CHECK(read_text_file(path).value() == "one\n");
  REQUIRE(file->write("two\n"));
  REQUIRE(file->close());
  CHECK(read_text_file(path).value() == "one\ntwo\n");
}

TEST_CASE("a full disk is an error that names the file, and stays one", "[app]") {
  auto file = OutputFile::open("/dev/full");
  REQUIRE(file);
  CHECK(file->write("x").error().message == "/dev/full: No space left on device");
  CHECK_FALSE(file->write("x"));
  CHECK_FALSE(file->close());
}

TEST_CASE("a place that cannot be written is an error before the run", "[app]") {
  CHECK(OutputFile::open("/nowhere/out").error().message == "/nowhere/out: No such file or directory");
  CHECK_FALSE(OutputFile::open("/"));
}

TEST_CASE("events are written a line each, and the first failure is kept", "[app]") {
  const test::TempDirectory directory;
  const JsonFrame frame{"urn:aupscan:replay", "0", "", {"a.pcap"}};
  {
    EventWriter writer(OutputFile::open(directory.file("events")).value(), make_event_format("ndjson"), frame);
    writer.take(test::sample_event());
    const std::string text = read_text_file(directory.file("events")).value();
    CHECK(text == to_json(test::sample_event(), frame) + "\n");
    writer.take(test::sample_event());
    CHECK_FALSE(writer.failure());
  }
  EventWriter full(OutputFile::open("/dev/full").value(), make_event_format("ndjson"), frame);
  full.take(test::sample_event());
  REQUIRE(full.failure());
  CHECK(full.failure()->message == "/dev/full: No space left on device");
}

}  // namespace
}  // namespace scanner
