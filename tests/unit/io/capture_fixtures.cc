#include "tests/unit/io/capture_fixtures.h"

#include "scanner/io/capture_source.h"

#include <zlib.h>
#include <zstd.h>
#include <algorithm>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace scanner::test {

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "aupscan-test-XXXXXX").string();
  path_ = ::mkdtemp(pattern.data());
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::file(const std::string& name, const ByteString& content) const {
  std::ofstream out(path(name), std::ios::binary);
  out.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
  return path(name);
}

std::vector<Seen> Reading::packets() const {
  std::vector<Seen> found;
  for (const Seen& event : events)
    if (event.kind == EventKind::Packet) found.push_back(event);
  return found;
}

Seen seen(const Event& event) {
  const Packet& packet = event.packet;
  Seen one{event.kind, event.at.ns, event.lost, 0, 0, 0, 0, {}};
  if (event.kind != EventKind::Packet && event.kind != EventKind::Secrets) return one;
  one.original = packet.original_length;
  one.frame = packet.frame;
  one.file = packet.file;
  one.link = static_cast<std::uint16_t>(packet.link);
  one.data.assign(packet.data.begin(), packet.data.end());
  return one;
}

Reading read_all(Source& source) {
  Reading reading;
  EventBatch batch;
  while (true) {
    const auto status = source.next(batch);
    for (const Event& event : batch.events) reading.events.push_back(seen(event));
    if (!status) reading.error = status.error().message;
    if (!status || *status == SourceStatus::End) break;
    if (*status == SourceStatus::Idle) ++reading.idle;
  }
  reading.warnings = source.warnings();
  reading.partial = source.partial();
  return reading;
}

Reading read_captures(const std::vector<std::string>& paths) {
  auto source = open_captures(paths);
  if (source) return read_all(**source);
  Reading reading;
  reading.error = source.error().message;
  return reading;
}

Packet made_up_packet(std::int64_t ns, std::size_t size, std::uint8_t number, LinkType link) {
  static std::deque<ByteString> kept;
  ByteString& data = kept.emplace_back(size);
  for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<std::uint8_t>(number + i);
  Packet packet;
  packet.at = {ns};
  packet.data = data;
  packet.original_length = static_cast<std::uint32_t>(size);
  packet.link = link;
  return packet;
}

std::vector<Packet> many_packets(std::size_t count) {
  std::vector<Packet> packets;
  for (std::size_t i = 0; i < count; ++i)
    packets.push_back(made_up_packet(static_cast<std::int64_t>(i) * 1000, i * 37 % 1500, static_cast<std::uint8_t>(i)));
  return packets;
}

bool mentions(const std::vector<std::string>& sentences, const std::string& part) {
  return std::any_of(sentences.begin(), sentences.end(),
                     [&](const std::string& sentence) { return sentence.find(part) != std::string::npos; });
}

ByteString encode(const std::vector<Packet>& packets, CaptureLayout layout) {
  CaptureEncoder encoder(layout);
  for (const Packet& packet : packets)
    if (!encoder.add(packet)) throw std::logic_error("a packet that cannot be encoded");
  return encoder.take();
}

ByteString gzip(const ByteString& plain) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  ByteString packed(deflateBound(&stream, plain.size()));
  stream.next_in = const_cast<Bytef*>(plain.data());
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

ByteString zstd(const ByteString& plain) {
  ByteString packed(ZSTD_compressBound(plain.size()));
  packed.resize(ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), 1));
  return packed;
}

ByteString operator+(const ByteString& a, const ByteString& b) {
  ByteString both = a;
  both.insert(both.end(), b.begin(), b.end());
  return both;
}

}  // namespace scanner::test
