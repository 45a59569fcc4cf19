// What the tests of capture reading share: made-up packets, files that go away, and the
// whole of a source as plain values.
#pragma once

#include "scanner/engine/source.h"
#include "scanner/io/capture_writer.h"

#include <cstdint>
#include <string>
#include <vector>

namespace scanner::test {

using ByteString = std::vector<std::uint8_t>;

// A directory that is removed with all it holds.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string path(const std::string& name) const { return path_ + "/" + name; }
  // Writes a file and gives its path.
  std::string file(const std::string& name, const ByteString& content) const;

 private:
  std::string path_;
};

// An event with its bytes copied, so that it outlives its batch.
struct Seen {
  EventKind kind = EventKind::Packet;
  std::int64_t ns = 0;
  std::uint64_t lost = 0;
  std::uint32_t original = 0;
  std::uint32_t frame = 0;
  std::uint16_t file = 0;
  std::uint16_t link = 0;
  ByteString data;

  friend bool operator==(const Seen&, const Seen&) = default;
};

struct Reading {
  std::vector<Seen> events;
  std::string error;  // with which it ended, if so
  std::vector<std::string> warnings;
  bool partial = false;
  int idle = 0;  // how often the source was

  std::vector<Seen> packets() const;
};

Seen seen(const Event& event);
Reading read_all(Source& source);
Reading read_captures(const std::vector<std::string>& paths);

// A packet of `size` bytes that tell its number, at `ns`. The bytes live as long as the
// program.
Packet made_up_packet(std::int64_t ns, std::size_t size, std::uint8_t number, LinkType link = LinkType::Ethernet);

// `count` packets, a microsecond apart, of up to 1,500 bytes.
std::vector<Packet> many_packets(std::size_t count);

ByteString encode(const std::vector<Packet>& packets, CaptureLayout layout = {});
ByteString gzip(const ByteString& plain);
ByteString zstd(const ByteString& plain);
bool mentions(const std::vector<std::string>& sentences, const std::string& part);
ByteString operator+(const ByteString& a, const ByteString& b);

}  // namespace scanner::test
