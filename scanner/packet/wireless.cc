// IEEE 802.11 data frames, bare or behind a header of the capturing system: radiotap
// (radiotap.org), Prism and AVS (tcpdump.org/linktypes). Beacons, acknowledgements and the
// like are no IP; what the air encrypts, fragments or aggregates is counted and not opened.
#include "scanner/packet/layers.h"

namespace scanner::layers {
namespace {

// Of the second byte of frame control.
enum Flag : std::uint8_t {
  kToSystem = 0x01,
  kFromSystem = 0x02,
  kMoreFragments = 0x04,
  kProtected = 0x40,
  kControl = 0x80,  // QoS frames carry the HT control field
};

constexpr std::uint32_t kAvsMagic = 0x80211000;  // the last digits are its version
constexpr std::size_t kCheckSequence = 4;        // FCS, behind the frame

bool is_snap(Bytes bytes) {
  return bytes.size() >= 6 && be32(bytes.data()) == 0xaaaa0300 && be16(bytes.data() + 4) == 0;
}

// Where a decrypted payload begins: some cards decrypt, and leave the protected bit set and
// perhaps the key's eight bytes of counter in front. 0: it is encrypted.
std::size_t decrypted_at(Bytes frame, std::size_t header) {
  constexpr std::size_t kCounter = 8;
  for (const std::size_t at : {header, header + kCounter})
    if (frame.size() > at && is_snap(frame.subspan(at))) return at;
  return 0;
}

// An A-MSDU: Ethernet-like frames behind each other. A single one is as good as none.
Step open_aggregate(Walk& walk) {
  constexpr std::size_t kSubframe = 14;
  if (!walk.has(kSubframe)) return walk.lacking(kSubframe);
  const std::size_t length = be16(walk.data() + 12);
  walk.skip(kSubframe);
  if (length > walk.wire()) return walk.stop(DecodeStatus::Malformed);
  if (walk.wire() - length > 3) return walk.stop(DecodeStatus::Packed);
  walk.limit(length);
  return {Layer::Llc, 0};
}

// The frame; `padded`: its header is filled up to a multiple of four.
Step open_frame(bool padded, Walk& walk) {
  if (walk.wire() == 0) return walk.stop(DecodeStatus::NotIp);  // a frame of which the radio heard only the beginning
  if (!walk.has(2)) return walk.lacking(2);
  const std::uint8_t* at = walk.data();
  const int version = at[0] & 3, type = at[0] >> 2 & 3, subtype = at[0] >> 4;
  const std::uint8_t flags = at[1];
  constexpr int kData = 2, kNoData = 4, kQuality = 8;
  if (version != 0 || type != kData || (subtype & kNoData) != 0) return walk.stop(DecodeStatus::NotIp);
  const bool quality = (subtype & kQuality) != 0;
  const std::size_t addresses = (flags & kToSystem) != 0 && (flags & kFromSystem) != 0 ? 30 : 24;
  std::size_t header = addresses;
  if (quality) header += (flags & kControl) != 0 ? 6 : 2;
  if (padded) header = (header + 3) & ~std::size_t{3};
  if (!walk.has(header)) return walk.lacking(header);
  if ((flags & kProtected) != 0) {
    header = decrypted_at(walk.rest, header);
    if (header == 0) return walk.stop(DecodeStatus::Enciphered);
  }
  if ((flags & kMoreFragments) != 0 || (at[22] & 15) != 0) return walk.stop(DecodeStatus::Packed);
  const bool aggregate = quality && (at[addresses] & 0x80) != 0;
  walk.skip(header);
  return aggregate ? open_aggregate(walk) : Step{Layer::Llc, 0};
}

// A header of the capturing system that says its own length.
Step behind_header(std::size_t length, std::size_t least, Walk& walk) {
  if (length < least || length > walk.wire()) return walk.stop(DecodeStatus::Malformed);
  if (!walk.has(length)) return walk.lacking(length);
  walk.skip(length);
  return open_frame(false, walk);
}

// Radiotap's flags field, 0 where there is none. Fields stand in the order of the presence
// bits, each aligned to its own size, behind the last word of such bits.
std::uint8_t radiotap_flags(Bytes header) {
  constexpr std::uint8_t kTime = 0x01, kFlags = 0x02, kAnotherWord = 0x80;
  const std::uint8_t present = header[4];
  std::size_t at = 8;
  for (std::size_t word = 4; (header[word + 3] & kAnotherWord) != 0; at += 4) {
    word += 4;
    if (word + 4 > header.size()) return 0;
  }
  if ((present & kTime) != 0) at = ((at + 7) & ~std::size_t{7}) + 8;
  return (present & kFlags) != 0 && at < header.size() ? header[at] : std::uint8_t{0};
}

}  // namespace

Step open_wireless(Walk& walk) { return open_frame(false, walk); }

Step open_avs(Walk& walk) {
  if (!walk.has(8)) return walk.lacking(8);
  return behind_header(be32(walk.data() + 4), 8, walk);
}

// In the byte order of the capturing machine. Captures of this type may hold AVS headers.
Step open_prism(Walk& walk) {
  constexpr std::uint32_t kMessage = 0x41, kOtherMessage = 0x44;
  if (!walk.has(8)) return walk.lacking(8);
  const std::uint32_t code = be32(walk.data()), length = be32(walk.data() + 4);
  if ((code & 0xfffff000) == kAvsMagic) return open_avs(walk);
  if (code == kMessage || code == kOtherMessage) return behind_header(length, 8, walk);
  return behind_header(__builtin_bswap32(length), 8, walk);
}

Step open_radiotap(Walk& walk) {
  constexpr std::uint8_t kHasCheckSequence = 0x10, kPadded = 0x20, kBroken = 0x40;
  if (!walk.has(8)) return walk.lacking(8);
  const std::size_t length = le16(walk.data() + 2);
  if (walk.data()[0] != 0 || length < 8 || length > walk.wire()) return walk.stop(DecodeStatus::Malformed);
  if (!walk.has(length)) return walk.lacking(length);
  const std::uint8_t flags = radiotap_flags(walk.rest.first(length));
  walk.skip(length);
  if ((flags & kBroken) != 0) return walk.stop(DecodeStatus::Malformed);
  if ((flags & kHasCheckSequence) != 0) {
    if (walk.wire() < kCheckSequence) return walk.stop(DecodeStatus::Malformed);
    walk.limit(walk.wire() - kCheckSequence);
  }
  return open_frame((flags & kPadded) != 0, walk);
}

}  // namespace scanner::layers
