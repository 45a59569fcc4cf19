#include "scanner/io/capture_writer.h"

#include "scanner/io/record_parser.h"
#include "scanner/io/system_error.h"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kBufferSize = std::size_t{256} * 1024;
constexpr std::size_t kMaxComment = std::size_t{32} * 1024;

constexpr std::uint16_t kOptionComment = 1;
constexpr std::uint16_t kOptionName = 2;
constexpr std::uint16_t kOptionDropped = 7;
constexpr std::uint16_t kOptionTimeResolution = 9;

}  // namespace

CaptureEncoder::CaptureEncoder(CaptureLayout layout) : layout_(layout) {
  if (layout_.format == CaptureFormat::Pcap) {
    u32(layout_.microseconds ? 0xa1b2c3d4 : 0xa1b23c4d);
    u16(2);
    u16(4);
    u64(0);  // time zone and accuracy, which nobody uses
    u32(layout_.snaplen);
    u32(static_cast<std::uint32_t>(layout_.link));
    return;
  }
  const std::size_t block = begin_block(0x0a0d0d0a);
  u32(0x1a2b3c4d);
  u16(1);
  u16(0);
  u64(~std::uint64_t{0});  // the section's length is not given
  end_block(block);
}

std::uint32_t CaptureEncoder::add_interface(LinkType link, std::string_view name) {
  const std::size_t block = begin_block(1);
  u16(static_cast<std::uint16_t>(link));
  u16(0);
  u32(layout_.snaplen);
  if (!name.empty()) option(kOptionName, as_bytes(name.substr(0, kMaxComment)));
  const std::uint8_t resolution = layout_.microseconds ? 6 : 9;
  option(kOptionTimeResolution, {&resolution, 1});
  options_end();
  end_block(block);
  interfaces_.push_back(link);
  return static_cast<std::uint32_t>(interfaces_.size() - 1);
}

Result<void> CaptureEncoder::add(const Packet& packet, std::string_view comment) {
  if (layout_.format == CaptureFormat::Pcap) return add(packet, 0, comment);
  const auto found = std::find(interfaces_.begin(), interfaces_.end(), packet.link);
  const auto interface =
      found == interfaces_.end() ? add_interface(packet.link) : static_cast<std::uint32_t>(found - interfaces_.begin());
  return add(packet, interface, comment);
}

Result<void> CaptureEncoder::add(const Packet& packet, std::uint32_t interface, std::string_view comment) {
  if (packet.data.size() > kMaxPacket / 2) return fail("a packet is too long for a capture file");
  const auto original = std::max(packet.original_length, static_cast<std::uint32_t>(packet.data.size()));
  if (layout_.format == CaptureFormat::Pcap) {
    if (packet.link != layout_.link) return fail("a pcap file can hold one link type only");
    u32(static_cast<std::uint64_t>(packet.at.ns / 1'000'000'000));
    u32(static_cast<std::uint64_t>(packet.at.ns % 1'000'000'000 / (layout_.microseconds ? 1000 : 1)));
    u32(packet.data.size());
    u32(original);
    bytes(packet.data);
    return {};
  }
  if (interface >= interfaces_.size()) return fail("a packet belongs to an interface that was not added");
  const std::size_t block = begin_block(6);
  u32(interface);
  ticks(packet.at);
  u32(packet.data.size());
  u32(original);
  bytes(packet.data);
  pad();
  if (!comment.empty()) {
    option(kOptionComment, as_bytes(comment.substr(0, kMaxComment)));
    options_end();
  }
  end_block(block);
  return {};
}

void CaptureEncoder::add_drop_count(std::uint32_t interface, std::uint64_t lost, Timestamp at) {
  const std::size_t block = begin_block(5);
  u32(interface);
  ticks(at);
  // An option's value, too, has the section's byte order.
  std::uint8_t value[8];
  for (int i = 0; i < 8; ++i) value[layout_.big_endian ? 7 - i : i] = static_cast<std::uint8_t>(lost >> (8 * i));
  option(kOptionDropped, value);
  options_end();
  end_block(block);
}

void CaptureEncoder::add_secrets(std::string_view key_log) {
  const std::size_t block = begin_block(10);
  u32(0x544c534b);  // "TLSK"
  u32(key_log.size());
  bytes(as_bytes(key_log));
  pad();
  end_block(block);
}

std::vector<std::uint8_t> CaptureEncoder::take() { return std::exchange(out_, {}); }

void CaptureEncoder::u16(std::uint32_t value) {
  const auto low = static_cast<std::uint8_t>(value);
  const auto high = static_cast<std::uint8_t>(value >> 8);
  out_.push_back(layout_.big_endian ? high : low);
  out_.push_back(layout_.big_endian ? low : high);
}

void CaptureEncoder::u32(std::uint64_t value) {
  const auto low = static_cast<std::uint16_t>(value);
  const auto high = static_cast<std::uint16_t>(value >> 16);
  u16(layout_.big_endian ? high : low);
  u16(layout_.big_endian ? low : high);
}

void CaptureEncoder::u64(std::uint64_t value) {
  u32(layout_.big_endian ? value >> 32 : value);
  u32(layout_.big_endian ? value : value >> 32);
}

void CaptureEncoder::bytes(Bytes data) { out_.insert(out_.end(), data.begin(), data.end()); }

void CaptureEncoder::pad() { out_.resize((out_.size() + 3) & ~std::size_t{3}); }

void CaptureEncoder::option(std::uint16_t code, Bytes value) {
  u16(code);
  u16(static_cast<std::uint16_t>(value.size()));
  bytes(value);
  pad();
}

void CaptureEncoder::options_end() { u32(0); }

std::size_t CaptureEncoder::begin_block(std::uint32_t type) {
  const std::size_t begin = out_.size();
  u32(type);
  u32(0);
  return begin;
}

void CaptureEncoder::end_block(std::size_t begin) {
  const std::size_t total = out_.size() - begin + 4;
  u32(total);
  std::copy(out_.end() - 4, out_.end(), out_.begin() + static_cast<std::ptrdiff_t>(begin) + 4);
}

void CaptureEncoder::ticks(Timestamp at) {
  const auto count = static_cast<std::uint64_t>(at.ns / (layout_.microseconds ? 1000 : 1));
  u32(count >> 32);
  u32(count);
}

Result<CaptureWriter> CaptureWriter::create(const std::string& path, CaptureLayout layout) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return fail(path + ": " + system_error());
  return CaptureWriter(fd, path, layout);
}

CaptureWriter::CaptureWriter(int fd, std::string path, CaptureLayout layout)
    : fd_(fd), path_(std::move(path)), encoder_(layout) {}

CaptureWriter::CaptureWriter(CaptureWriter&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)), encoder_(std::move(other.encoder_)) {}

CaptureWriter& CaptureWriter::operator=(CaptureWriter&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  std::swap(encoder_, other.encoder_);
  return *this;
}

CaptureWriter::~CaptureWriter() {
  const auto closed = close();
  static_cast<void>(closed);
}

Result<void> CaptureWriter::write(const Packet& packet, std::string_view comment) {
  if (auto added = encoder_.add(packet, comment); !added) return added;
  if (encoder_.size() < kBufferSize) return {};
  return flush();
}

Result<void> CaptureWriter::flush() {
  const std::vector<std::uint8_t> pending = encoder_.take();
  for (std::size_t done = 0; done < pending.size();) {
    const ssize_t wrote = ::write(fd_, pending.data() + done, pending.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return fail(path_ + ": " + system_error());
    done += static_cast<std::size_t>(wrote);
  }
  return {};
}

Result<void> CaptureWriter::close() {
  if (fd_ < 0) return {};
  auto flushed = flush();
  if (::close(std::exchange(fd_, -1)) != 0 && flushed) return fail(path_ + ": " + system_error());
  return flushed;
}

}  // namespace scanner
