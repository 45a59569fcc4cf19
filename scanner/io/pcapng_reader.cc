#include "scanner/io/pcapng_reader.h"

#include "scanner/io/byte_order.h"

#include <algorithm>
#include <string>
#include <utility>

namespace scanner {
namespace {

constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;  // reads the same in both byte orders
constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::size_t kBlockFrame = 12;  // type and the two total lengths
constexpr std::size_t kBlockHeader = 8;
constexpr std::uint32_t kMaxBlock = kMaxPacket;
constexpr std::size_t kMaxInterfaces = 65536;

// Block types.
constexpr std::uint32_t kInterface = 1;
constexpr std::uint32_t kObsoletePacket = 2;
constexpr std::uint32_t kSimplePacket = 3;
constexpr std::uint32_t kStatistics = 5;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint32_t kJournal = 9;
constexpr std::uint32_t kSecrets = 10;
constexpr std::uint32_t kSysdigEvent = 0x204;
constexpr std::uint32_t kSysdigEvent2 = 0x216;
constexpr std::uint32_t kSysdigEvent2Large = 0x221;
constexpr std::uint32_t kCustom = 0xbad;
constexpr std::uint32_t kCustomNoCopy = 0x40000bad;

// Option codes.
constexpr std::uint16_t kInterfaceName = 2;     // if_name
constexpr std::uint16_t kPacketDropCount = 4;   // epb_dropcount
constexpr std::uint16_t kInterfaceDropped = 5;  // isb_ifdrop
constexpr std::uint16_t kSystemDropped = 7;     // isb_osdrop
constexpr std::uint16_t kTimeResolution = 9;    // if_tsresol
constexpr std::uint16_t kTimeOffset = 14;       // if_tsoffset

constexpr std::uint32_t kTlsKeyLog = 0x544c534b;  // secrets_type "TLSK"

constexpr std::uint64_t kUnknownDrops = ~std::uint64_t{0};
constexpr std::uint16_t kUnknownObsoleteDrops = 0xffff;

constexpr std::size_t padded(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

// Calls `use(code, value)` for each option; false where one runs past the end.
template <bool BigEndian, typename Use>
bool for_each_option(Bytes options, Use use) {
  using Number = Order<BigEndian>;
  while (options.size() >= 4) {
    const std::uint16_t code = Number::u16(options.data());
    const std::uint16_t size = Number::u16(options.data() + 2);
    if (code == 0) return true;
    if (options.size() - 4 < size) return false;
    use(code, options.subspan(4, size));
    options = options.subspan(std::min(options.size(), 4 + padded(size)));
  }
  return true;
}

// What an enhanced packet block says was lost before its packet. Few have options at all.
template <bool BigEndian>
std::uint64_t packet_drops(Bytes data_and_options, std::size_t captured) {
  const std::size_t used = padded(captured);
  std::uint64_t dropped = 0;
  if (used >= data_and_options.size()) return dropped;
  for_each_option<BigEndian>(data_and_options.subspan(used), [&](std::uint16_t code, Bytes value) {
    if (code == kPacketDropCount && value.size() == 8) dropped = Order<BigEndian>::u64(value.data());
  });
  return dropped == kUnknownDrops ? 0 : dropped;
}

template <bool BigEndian>
std::uint64_t obsolete_drops(Bytes body) {
  const std::uint16_t dropped = Order<BigEndian>::u16(body.data() + 2);
  return dropped == kUnknownObsoleteDrops ? 0 : dropped;
}

// Why the section whose byte-order magic `front` begins with cannot be read, or null.
const char* section_trouble(Bytes front) {
  const bool big = Order<true>::u32(front.data()) == kByteOrderMagic;
  if (!big && Order<false>::u32(front.data()) != kByteOrderMagic) return "a section without byte-order magic";
  const auto number = [&](std::size_t at) {
    return big ? Order<true>::u16(front.data() + at) : Order<false>::u16(front.data() + at);
  };
  // Minor version 2 was written by mistake and is read like 0.
  if (number(4) != 1 || (number(6) != 0 && number(6) != 2)) return "a section of an unknown pcapng version";
  return nullptr;
}

}  // namespace

bool PcapngReader::recognises(Bytes front) {
  return front.size() >= 4 && Order<true>::u32(front.data()) == kSectionHeader;
}

Result<std::unique_ptr<PcapngReader>> PcapngReader::open(Bytes front, std::uint16_t file) {
  if (!recognises(front)) return fail("is not a pcapng file");
  if (front.size() < kHeaderSize) return fail("is cut in the middle of the pcapng section header");
  if (const char* trouble = section_trouble(front.subspan(kBlockHeader)))
    return fail(std::string("begins with ") + trouble);
  std::unique_ptr<PcapngReader> reader(new PcapngReader(file));
  reader->big_endian_ = Order<true>::u32(front.data() + kBlockHeader) == kByteOrderMagic;
  return reader;
}

ParseStep PcapngReader::parse(Bytes bytes, std::size_t max_events, Events& events) {
  ParseStep step;
  const std::size_t limit = events.size() + max_events;
  while (events.size() < limit) {
    const Bytes rest = bytes.subspan(step.consumed);
    if (rest.size() >= kBlockFrame && recognises(rest)) {
      // The new section's byte order holds for its own header already.
      if (rest.size() < kHeaderSize) return {step.consumed, kHeaderSize, {}};
      if (const char* trouble = section_trouble(rest.subspan(kBlockHeader))) return {step.consumed, 0, trouble};
      big_endian_ = Order<true>::u32(rest.data() + kBlockHeader) == kByteOrderMagic;
    }
    const bool big_endian = big_endian_;
    ParseStep walked =
        big_endian ? walk<true>(rest, limit - events.size(), events) : walk<false>(rest, limit - events.size(), events);
    step.consumed += walked.consumed;
    step.needed = walked.needed;
    step.damage = std::move(walked.damage);
    const bool at_section = walked.consumed > 0 && recognises(bytes.subspan(step.consumed));
    if (!step.damage.empty() || (step.needed > 0 && !at_section)) return step;
  }
  step.needed = 0;
  return step;
}

// Reads blocks up to the next section header, which it reads only as the first.
template <bool BigEndian>
ParseStep PcapngReader::walk(Bytes bytes, std::size_t max_events, Events& events) {
  using Number = Order<BigEndian>;
  const std::size_t limit = events.size() + max_events;
  std::size_t at = 0;
  while (events.size() < limit) {
    const std::size_t left = bytes.size() - at;
    if (left < kBlockFrame) return {at, kBlockFrame, {}};
    const std::uint8_t* block = bytes.data() + at;
    const std::uint32_t type = Number::u32(block);
    if (type == kSectionHeader && at > 0) return {at, kHeaderSize, {}};
    const std::uint32_t total = Number::u32(block + 4);
    if (total < kBlockFrame || total % 4 != 0 || total > kMaxBlock)
      return {at, 0, "a block claims to be " + std::to_string(total) + " bytes long"};
    if (left < total) return {at, total, {}};
    if (Number::u32(block + total - 4) != total) return {at, 0, "the two lengths of a block differ"};
    const Bytes body{block + kBlockHeader, total - kBlockFrame};
    const char* damage = type == kEnhancedPacket ? read_packet<BigEndian>(body, false, events)
                                                 : read_block<BigEndian>(type, body, events);
    if (damage) return {at, 0, damage};
    at += total;
  }
  return {at, 0, {}};
}

// All but the enhanced packet block, which is nearly every one and goes its own short way.
template <bool BigEndian>
const char* PcapngReader::read_block(std::uint32_t type, Bytes body, Events& events) {
  switch (type) {
    case kSectionHeader:
      return read_section(body);
    case kInterface:
      return read_interface<BigEndian>(body);
    case kSimplePacket:
      return read_simple_packet<BigEndian>(body, events);
    case kObsoletePacket:
      return read_packet<BigEndian>(body, true, events);
    case kStatistics:
      read_statistics<BigEndian>(body, events);
      return nullptr;
    case kSecrets:
      read_secrets<BigEndian>(body, events);
      return nullptr;
    case kJournal:
    case kSysdigEvent:
    case kSysdigEvent2:
    case kSysdigEvent2Large:
    case kCustom:
    case kCustomNoCopy:
      skip_frame();
      return nullptr;
    default:
      return nullptr;
  }
}

const char* PcapngReader::read_section(Bytes body) {
  if (body.size() < 16) return "a section header is too short";
  interfaces_.clear();
  return nullptr;
}

template <bool BigEndian>
const char* PcapngReader::read_interface(Bytes body) {
  using Number = Order<BigEndian>;
  if (body.size() < 8) return "an interface description is too short";
  if (interfaces_.size() == kMaxInterfaces) return "a section has more than 65536 interfaces";
  Interface interface;
  interface.snaplen = Number::u32(body.data() + 4);
  interface.link = Link(Number::u16(body.data()), interface.snaplen);
  bool sizes_fit = true;
  const bool whole = for_each_option<BigEndian>(body.subspan(8), [&](std::uint16_t code, Bytes value) {
    if (code == kTimeResolution) {
      if (value.size() != 1)
        sizes_fit = false;
      else
        interface.resolution = value[0];
    } else if (code == kTimeOffset) {
      if (value.size() != 8)
        sizes_fit = false;
      else
        interface.offset_seconds = static_cast<std::int64_t>(Number::u64(value.data()));
    } else if (code == kInterfaceName) {
      const std::string_view name(reinterpret_cast<const char*>(value.data()), value.size());
      interface.key = interface_key(name.substr(0, name.find('\0')));
    }
  });
  if (!whole || !sizes_fit) return "an interface description has an option of a wrong length";
  interface.settle_time();
  interfaces_.push_back(interface);
  return nullptr;
}

// The enhanced packet block, and the obsolete one, which differs in its first four bytes.
template <bool BigEndian>
const char* PcapngReader::read_packet(Bytes body, bool obsolete, Events& events) {
  using Number = Order<BigEndian>;
  constexpr std::size_t kFixed = 20;
  if (body.size() < kFixed) return "a packet block is too short";
  const std::uint32_t id = obsolete ? Number::u16(body.data()) : Number::u32(body.data());
  if (id >= interfaces_.size()) return "a packet belongs to an interface that is not described";
  Interface& interface = interfaces_[id];
  const std::uint32_t captured = Number::u32(body.data() + 12);
  if (captured > body.size() - kFixed) return "a packet is longer than its block";
  if (captured > interface.link.max_packet) return "a packet is longer than its interface allows";
  const std::uint64_t ticks = std::uint64_t{Number::u32(body.data() + 4)} << 32 | Number::u32(body.data() + 8);
  add_packet(interface.time(ticks), body.subspan(kFixed, captured), Number::u32(body.data() + 16), interface.link,
             events);
  events.back().packet.interface = interface.key;
  const std::uint64_t dropped =
      obsolete ? obsolete_drops<BigEndian>(body) : packet_drops<BigEndian>(body.subspan(kFixed), captured);
  if (dropped > 0) {
    interface.lost += dropped;
    add_loss(dropped, events);
  }
  return nullptr;
}

template <bool BigEndian>
const char* PcapngReader::read_simple_packet(Bytes body, Events& events) {
  if (body.size() < 4) return "a simple packet block is too short";
  if (interfaces_.empty()) return "a packet belongs to an interface that is not described";
  const Interface& interface = interfaces_.front();
  const std::uint32_t original = Order<BigEndian>::u32(body.data());
  const std::uint32_t captured = interface.snaplen == 0 ? original : std::min(original, interface.snaplen);
  if (captured > body.size() - 4) return "a packet is longer than its block";
  if (captured > interface.link.max_packet) return "a packet is longer than its interface allows";
  add_packet(last_time(), body.subspan(4, captured), original, interface.link, events);
  events.back().packet.interface = interface.key;
  return nullptr;
}

// Broken secrets, and those of other protocols, leave packets as readable as they were.
template <bool BigEndian>
void PcapngReader::read_secrets(Bytes body, Events& events) {
  using Number = Order<BigEndian>;
  constexpr std::size_t kFixed = 8;
  if (body.size() < kFixed || Number::u32(body.data()) != kTlsKeyLog) return;
  const std::uint32_t size = Number::u32(body.data() + 4);
  if (size <= body.size() - kFixed) add_secrets(body.subspan(kFixed, size), events);
}

// Its counts run from the start of the capture, so only what is new is reported. A broken
// one changes nothing that packets depend on and is passed over.
template <bool BigEndian>
void PcapngReader::read_statistics(Bytes body, Events& events) {
  using Number = Order<BigEndian>;
  constexpr std::size_t kFixed = 12;
  if (body.size() < kFixed) return;
  const std::uint32_t id = Number::u32(body.data());
  if (id >= interfaces_.size()) return;
  std::uint64_t dropped = 0;
  for_each_option<BigEndian>(body.subspan(kFixed), [&](std::uint16_t code, Bytes value) {
    if ((code != kInterfaceDropped && code != kSystemDropped) || value.size() != 8) return;
    const std::uint64_t count = Number::u64(value.data());
    if (count != kUnknownDrops) dropped += count;
  });
  Interface& interface = interfaces_[id];
  if (dropped <= interface.lost) return;
  add_loss(dropped - interface.lost, events);
  interface.lost = dropped;
}

void PcapngReader::Interface::settle_time() {
  if ((resolution & 0x80) != 0 || resolution > 9 || offset_seconds != 0) {
    max_fast_ticks = 0;
    return;
  }
  ns_per_tick = 1;
  for (int digit = resolution; digit < 9; ++digit) ns_per_tick *= 10;
  max_fast_ticks = static_cast<std::uint64_t>(kLatestNs / ns_per_tick);
}

Timestamp PcapngReader::Interface::slow_time(std::uint64_t ticks) const {
  __extension__ typedef __int128 Wide;
  constexpr Wide kSecond = 1'000'000'000;
  Wide ns = Wide{ticks} * kSecond;
  if ((resolution & 0x80) != 0)
    ns >>= resolution & 0x7f;
  else
    for (int digit = 0; digit < resolution && ns != 0; ++digit) ns /= 10;
  ns += Wide{offset_seconds} * kSecond;
  return {static_cast<std::int64_t>(std::clamp(ns, Wide{0}, Wide{kLatestNs}))};
}

}  // namespace scanner
