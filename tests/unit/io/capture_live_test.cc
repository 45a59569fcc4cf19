#include "scanner/io/capture_file.h"

#include "scanner/io/merged_source.h"
#include "tests/unit/io/capture_fixtures.h"

#include <unistd.h>
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <thread>

namespace scanner {
namespace {

using test::ByteString;
using test::made_up_packet;
using test::many_packets;
using test::read_captures;
using test::Reading;
using test::TempDir;

const CaptureLayout kPcap{CaptureFormat::Pcap};

struct Pipe {
  Pipe() { REQUIRE(::pipe(ends) == 0); }
  ~Pipe() { close_writer(); }
  // Without assertions, since they are not for other threads.
  bool write(const ByteString& bytes) const {
    return ::write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  }
  void close_writer() {
    if (ends[1] >= 0) ::close(ends[1]);
    ends[1] = -1;
  }
  int ends[2] = {-1, -1};
};

TEST_CASE("a live stream gives complete records at once and is idle in between", "[io]") {
  Pipe pipe;
  auto file = CaptureFile::from_fd(pipe.ends[0], "pipe", BlockPool::make(), {});
  REQUIRE(file);
  MergedSource merged;
  merged.add(std::move(*file));
  EventBatch batch;
  CHECK(*merged.next(batch) == SourceStatus::Idle);  // not even a header yet

  CaptureEncoder encoder(kPcap);
  REQUIRE(pipe.write(encoder.take()));
  CHECK(*merged.next(batch) == SourceStatus::Idle);

  REQUIRE(encoder.add(made_up_packet(1, 100, 1)));
  REQUIRE(encoder.add(made_up_packet(2, 100, 2)));
  const ByteString two = encoder.take();
  REQUIRE(pipe.write(ByteString(two.begin(), two.begin() + 150)));
  const auto began = std::chrono::steady_clock::now();
  REQUIRE(*merged.next(batch) == SourceStatus::More);
  CHECK(batch.events.size() == 1);
  CHECK(*merged.next(batch) == SourceStatus::Idle);
  const auto took = std::chrono::steady_clock::now() - began;
  CHECK(took >= std::chrono::milliseconds(45));
  REQUIRE(pipe.write(ByteString(two.begin() + 150, two.end())));
  REQUIRE(*merged.next(batch) == SourceStatus::More);
  REQUIRE(batch.events.size() == 1);
  CHECK(batch.events[0].at.ns == 2);
  pipe.close_writer();
  CHECK(*merged.next(batch) == SourceStatus::End);
}

TEST_CASE("a stream that comes a few bytes at a time, compressed or not, is read like a file", "[io]") {
  const ByteString plain = test::encode(many_packets(20));
  const TempDir dir;
  const Reading expected = read_captures({dir.file("a", plain)});
  for (const ByteString& content : {plain, test::gzip(plain), test::zstd(plain)}) {
    Pipe pipe;
    bool wrote = true;
    std::thread writer([&] {
      for (auto at = content.begin(); at < content.end(); at += std::min<std::ptrdiff_t>(7, content.end() - at))
        wrote = wrote && pipe.write(ByteString(at, at + std::min<std::ptrdiff_t>(7, content.end() - at)));
      pipe.close_writer();
    });
    auto file = CaptureFile::from_fd(pipe.ends[0], "pipe", BlockPool::make(), {});
    Reading reading;
    if (file) reading = test::read_all(**file);
    writer.join();
    CHECK(wrote);
    CHECK(reading.error.empty());
    CHECK(reading.events == expected.events);
  }
}

TEST_CASE("a live stream that is no capture is an error as soon as that shows", "[io]") {
  Pipe pipe;
  REQUIRE(pipe.write(ByteString(100, 'x')));
  auto file = CaptureFile::from_fd(pipe.ends[0], "standard input", BlockPool::make(), {});
  REQUIRE(file);
  MergedSource merged;
  merged.add(std::move(*file));
  EventBatch batch;
  const auto status = merged.next(batch);
  REQUIRE(!status);
  CHECK(status.error().message.find("standard input: is no capture") == 0);
  CHECK(merged.warnings().empty());
}

TEST_CASE("the merge waits for an idle source without holding back what is certain", "[io]") {
  const TempDir dir;
  Pipe pipe;
  MergedSource merged;
  auto live = CaptureFile::from_fd(pipe.ends[0], "pipe", BlockPool::make(), {});
  auto stored = CaptureFile::open(dir.file("a", test::encode({made_up_packet(1, 9, 1), made_up_packet(5, 9, 1)})),
                                  BlockPool::make(), {});
  REQUIRE((live && stored));
  merged.add(std::move(*live));
  merged.add(std::move(*stored));
  REQUIRE(pipe.write(test::encode({made_up_packet(2, 9, 1)})));
  EventBatch batch;
  REQUIRE(*merged.next(batch) == SourceStatus::More);
  REQUIRE(batch.events.size() == 2);
  CHECK(batch.events[1].at.ns == 2);
  CHECK(*merged.next(batch) == SourceStatus::Idle);
  pipe.close_writer();
  REQUIRE(*merged.next(batch) == SourceStatus::More);
  CHECK(batch.events.size() == 1);
}

}  // namespace
}  // namespace scanner
