#include "scanner/io/file_sink.h"

#include "scanner/io/text_file.h"
#include "tests/support/memory_disk.h"
#include "tests/support/outbox_fixture.h"
#include "tests/support/temp_directory.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <sys/stat.h>

namespace scanner {
namespace {

using test::MemoryDisk;
using test::TempDirectory;

std::vector<Outgoing> event(std::uint64_t number) { return {{number, std::to_string(number), "t", "s", test::numbered_event(number)}}; }
std::string line(std::uint64_t number) { return test::numbered_event(number) + "\n"; }

TEST_CASE("events become lines of a private file", "[outbox]") {
  const TempDirectory directory;
  FileSink sink({directory.file("events.ndjson")}, system_disk());
  CHECK(sink.deliver(event(1)).outcome == SinkOutcome::Delivered);
  CHECK(sink.deliver(event(2)).outcome == SinkOutcome::Delivered);
  CHECK(read_text_file(directory.file("events.ndjson")).value() == line(1) + line(2));
  struct stat status {};
  REQUIRE(::stat(directory.file("events.ndjson").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("a line that a killed process left unfinished is cut off", "[outbox]") {
  const TempDirectory directory;
  for (const std::string& before : {std::string(), line(1), line(1) + line(2)}) {
    REQUIRE(write_text_file(directory.file("e"), before + "{\"half"));
    FileSink sink({directory.file("e")}, system_disk());
    REQUIRE(sink.deliver(event(3)).outcome == SinkOutcome::Delivered);
    CHECK(read_text_file(directory.file("e")).value() == before + line(3));
  }
}

TEST_CASE("a file is rotated by size and the oldest goes", "[outbox]") {
  const TempDirectory directory;
  FileSink sink({directory.file("e"), 2 * line(1).size(), 2}, system_disk());
  for (std::uint64_t i = 1; i <= 9; ++i) REQUIRE(sink.deliver(event(i)).outcome == SinkOutcome::Delivered);
  CHECK(read_text_file(directory.file("e")).value() == line(9));
  CHECK(read_text_file(directory.file("e.1")).value() == line(7) + line(8));
  CHECK(read_text_file(directory.file("e.2")).value() == line(5) + line(6));
  CHECK_FALSE(std::filesystem::exists(directory.file("e.3")));
}

TEST_CASE("after a reopening a moved file is left alone", "[outbox]") {
  const TempDirectory directory;
  FileSink sink({directory.file("e")}, system_disk());
  REQUIRE(sink.deliver(event(1)).outcome == SinkOutcome::Delivered);
  std::filesystem::rename(directory.file("e"), directory.file("moved"));
  REQUIRE(sink.deliver(event(2)).outcome == SinkOutcome::Delivered);
  CHECK(read_text_file(directory.file("moved")).value() == line(1) + line(2));
  sink.reopen();
  REQUIRE(sink.deliver(event(3)).outcome == SinkOutcome::Delivered);
  CHECK(read_text_file(directory.file("e")).value() == line(3));
}

TEST_CASE("a full disk is tried again and leaves no half line", "[outbox]") {
  MemoryDisk disk;
  FileSink sink({"d/e"}, disk);
  REQUIRE(sink.deliver(event(1)).outcome == SinkOutcome::Delivered);
  disk.limit(disk.used() + 20);
  for (int i = 0; i < 3; ++i) {
    const SinkAnswer answer = sink.deliver(event(2));
    CHECK(answer.outcome == SinkOutcome::Retry);
    CHECK_THAT(answer.why, Catch::Contains("No space left"));
  }
  disk.limit(UINT64_MAX);
  REQUIRE(sink.deliver(event(2)).outcome == SinkOutcome::Delivered);
  CHECK(*disk.content("d/e") == line(1) + line(2));
}

}  // namespace
}  // namespace scanner
