// What the parsers of capture formats have in common: bytes in memory → packet events.
//
// They own no file and no memory block, so that tests and fuzzing feed them any bytes, cut
// anywhere. Where a record is cut by the end of the bytes, they say how much they need.
#pragma once

#include "scanner/model/bytes.h"
#include "scanner/model/event.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace scanner {

// How far one call of parse() got.
struct ParseStep {
  std::size_t consumed = 0;  // bytes of whole records from the front on
  std::size_t needed = 0;    // bytes that the next record takes at least; 0: `max_events` was reached
  std::string damage;        // not empty: why the record behind the consumed ones cannot be read
};

struct CaptureCounts {
  std::uint64_t packets = 0;
  std::uint64_t clipped = 0;       // shorter than on the wire, because of a snaplen
  std::uint64_t unknown_link = 0;  // of a link type that LinkType does not list
  std::uint64_t lost = 0;          // packets that the capturing program says it lost
  std::optional<std::uint32_t> first_unknown_link;
  std::uint64_t secrets_refused = 0;  // blocks of TLS secrets beyond kMaxSecrets, left unread
};

// A packet may have as many bytes as its interface's snaplen says, 256 KiB where that is
// less (as libpcap and Wireshark have it), and never more than 16 MiB. Longer ones are
// damage: a length that is noise passes with a probability of 1 in 16,000.
inline constexpr std::uint32_t kUsualMaxPacket = std::uint32_t{256} * 1024;
inline constexpr std::uint32_t kMaxPacket = std::uint32_t{16} * 1024 * 1024;

// Of the TLS key logs in one file so many bytes are handed on, in file order.
inline constexpr std::size_t kMaxSecrets = std::size_t{16} * 1024 * 1024;

// Later times (2255) are clamped to this, so that arithmetic with durations cannot
// overflow; earlier ones than 1970 become 1970.
inline constexpr std::int64_t kLatestNs = 9'000'000'000'000'000'000;

constexpr bool known_link_type(std::uint32_t number) {
  switch (static_cast<LinkType>(number)) {
    case LinkType::Null:
    case LinkType::Ethernet:
    case LinkType::Ppp:
    case LinkType::RawBsd:
    case LinkType::RawOpenBsd:
    case LinkType::PppHdlc:
    case LinkType::PppEther:
    case LinkType::Raw:
    case LinkType::CiscoHdlc:
    case LinkType::Wireless:
    case LinkType::Loop:
    case LinkType::LinuxSll:
    case LinkType::WirelessPrism:
    case LinkType::WirelessRadiotap:
    case LinkType::WirelessAvs:
    case LinkType::Ipv4:
    case LinkType::Ipv6:
    case LinkType::LinuxSll2:
      return number <= 0xffff;
  }
  return false;
}

class RecordParser {
 public:
  virtual ~RecordParser() = default;

  // Appends at most `max_events` events whose packets are views into `bytes`, which must
  // begin where the last call stopped. After damage it is not called again.
  virtual ParseStep parse(Bytes bytes, std::size_t max_events, std::vector<Event>& events) = 0;

  const CaptureCounts& counts() const { return counts_; }
  // Of the latest packet; that of 1970 before the first.
  Timestamp last_time() const { return last_time_; }

 protected:
  explicit RecordParser(std::uint16_t file) : file_(file) {}

  struct Link {
    std::uint32_t number = 0;
    std::uint32_t max_packet = kUsualMaxPacket;
    bool known = true;

    Link() = default;
    Link(std::uint32_t link, std::uint32_t snaplen)
        : number(link), max_packet(std::clamp(snaplen, kUsualMaxPacket, kMaxPacket)), known(known_link_type(link)) {}
  };

  void add_packet(Timestamp at, Bytes data, std::uint32_t original, const Link& link, std::vector<Event>& events) {
    Event& event = events.emplace_back();
    event.at = at;
    Packet& packet = event.packet;
    packet.at = at;
    packet.data = data;
    packet.original_length = std::max(original, static_cast<std::uint32_t>(data.size()));
    packet.frame = ++frame_;
    packet.file = file_;
    // A number that does not fit must not look like another link type.
    packet.link = static_cast<LinkType>(std::min(link.number, std::uint32_t{0xffff}));
    last_time_ = at;
    ++counts_.packets;
    if (packet.original_length > data.size()) ++counts_.clipped;
    if (!link.known) note_unknown_link(link);
  }
  void add_loss(std::uint64_t lost, std::vector<Event>& events) {
    Event& event = events.emplace_back();
    event.at = last_time_;
    event.kind = EventKind::Loss;
    event.lost = lost;
    counts_.lost += lost;
  }
  // A key log that stands in the file; a view like a packet's, at the time of the packet before it.
  void add_secrets(Bytes key_log, std::vector<Event>& events) {
    if (key_log.empty()) return;
    if (key_log.size() > kMaxSecrets - secrets_) {
      ++counts_.secrets_refused;
      return;
    }
    secrets_ += key_log.size();
    Event& event = events.emplace_back();
    event.at = last_time_;
    event.kind = EventKind::Secrets;
    event.packet.at = last_time_;
    event.packet.data = key_log;
    event.packet.original_length = static_cast<std::uint32_t>(key_log.size());
    event.packet.file = file_;
  }
  // A record that is no packet but that Wireshark numbers as one.
  void skip_frame() { ++frame_; }

 private:
  void note_unknown_link(const Link& link) {
    ++counts_.unknown_link;
    if (!counts_.first_unknown_link) counts_.first_unknown_link = link.number;
  }

  CaptureCounts counts_;
  Timestamp last_time_;
  std::size_t secrets_ = 0;  // bytes handed on
  std::uint32_t frame_ = 0;
  std::uint16_t file_;
};

}  // namespace scanner
