#include "scanner/io/pcap_reader.h"

#include "scanner/io/byte_order.h"

#include <utility>

namespace scanner {
namespace {

constexpr std::uint32_t kMicroseconds = 0xa1b2c3d4;
constexpr std::uint32_t kNanoseconds = 0xa1b23c4d;
constexpr std::uint32_t kModified = 0xa1b2cd34;  // Kuznetzov's patch: 8 more bytes per record
constexpr std::uint32_t kLinkTypeMask = 0x03ffffff;

bool is_magic(std::uint32_t magic) { return magic == kMicroseconds || magic == kNanoseconds || magic == kModified; }

}  // namespace

bool PcapReader::recognises(Bytes front) {
  if (front.size() < 4) return false;
  return is_magic(Order<true>::u32(front.data())) || is_magic(Order<false>::u32(front.data()));
}

Result<std::unique_ptr<PcapReader>> PcapReader::open(Bytes front, std::uint16_t file) {
  if (!recognises(front)) return fail("is not a pcap file");
  if (front.size() < kHeaderSize) return fail("is cut in the middle of the pcap file header");
  std::unique_ptr<PcapReader> reader(new PcapReader(file));
  reader->big_endian_ = is_magic(Order<true>::u32(front.data()));
  auto read = reader->big_endian_ ? reader->read_header<true>(front.data()) : reader->read_header<false>(front.data());
  if (!read) return tl::unexpected(read.error());
  return reader;
}

template <bool BigEndian>
Result<void> PcapReader::read_header(const std::uint8_t* header) {
  using Number = Order<BigEndian>;
  const std::uint32_t magic = Number::u32(header);
  const std::uint16_t major = Number::u16(header + 4);
  const std::uint16_t minor = Number::u16(header + 6);
  if (major != 2 || minor > 4)
    return fail("is of pcap version " + std::to_string(major) + "." + std::to_string(minor) + ", which is not known");
  if (minor < 3) lengths_ = Lengths::Swapped;
  if (minor == 3) lengths_ = Lengths::Doubtful;
  if (magic == kNanoseconds) ns_per_fraction_ = 1;
  if (magic == kModified) record_header_ = 24;
  link_ = Link(Number::u32(header + 20) & kLinkTypeMask, Number::u32(header + 16));
  return {};
}

ParseStep PcapReader::parse(Bytes bytes, std::size_t max_events, std::vector<Event>& events) {
  return big_endian_ ? walk<true>(bytes, max_events, events) : walk<false>(bytes, max_events, events);
}

template <bool BigEndian>
ParseStep PcapReader::walk(Bytes bytes, std::size_t max_events, std::vector<Event>& events) {
  using Number = Order<BigEndian>;
  std::size_t at = 0;
  for (std::size_t count = 0; count < max_events; ++count) {
    const std::size_t left = bytes.size() - at;
    if (left < record_header_) return {at, record_header_, {}};
    const std::uint8_t* header = bytes.data() + at;
    std::uint32_t captured = Number::u32(header + 8);
    std::uint32_t original = Number::u32(header + 12);
    if (lengths_ == Lengths::Swapped || (lengths_ == Lengths::Doubtful && captured > original))
      std::swap(captured, original);
    if (captured > link_.max_packet) return {at, 0, "a record claims to hold " + std::to_string(captured) + " bytes"};
    const std::size_t size = record_header_ + captured;
    if (left < size) return {at, size, {}};
    const Timestamp time{std::int64_t{Number::u32(header)} * 1'000'000'000 +
                         std::int64_t{Number::u32(header + 4)} * ns_per_fraction_};
    add_packet(time, bytes.subspan(at + record_header_, captured), original, link_, events);
    at += size;
  }
  return {at, 0, {}};
}

}  // namespace scanner
