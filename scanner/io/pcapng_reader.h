// The pcapng format: draft-ietf-opsawg-pcapng.
#pragma once

#include "scanner/io/record_parser.h"
#include "scanner/model/result.h"

#include <memory>

namespace scanner {

// Any number of sections, each of either byte order, with up to 65,536 interfaces, each
// with its own link type, snaplen, time resolution (powers of 10 and of 2) and offset.
//
// Enhanced, simple and obsolete packet blocks become packets. A simple one has no time and
// gets that of the packet before it. Interface statistics, and the drop counts that single
// packets carry, become Loss events for what was not reported before; they stand where
// they stand in the file, at the time of the packet before them. So do the TLS key logs of
// decryption secrets blocks, as Secrets events, up to kMaxSecrets. All other blocks are
// skipped; those that Wireshark numbers as frames (custom, systemd journal and sysdig event
// blocks) take a frame number. Blocks above 16 MiB, lengths that contradict each other, and
// packets of undeclared interfaces are damage.
class PcapngReader : public RecordParser {
 public:
  // Enough to tell the byte order and the version.
  static constexpr std::size_t kHeaderSize = 16;

  static bool recognises(Bytes front);

  // `front`: the first kHeaderSize bytes of the file, with which parse() begins again.
  // Errors give the reason without the file's name. `file` becomes Packet::file.
  static Result<std::unique_ptr<PcapngReader>> open(Bytes front, std::uint16_t file);

  ParseStep parse(Bytes bytes, std::size_t max_events, std::vector<Event>& events) override;

 private:
  struct Interface {
    Link link;
    std::uint32_t snaplen = 0;         // 0: no limit
    std::uint64_t max_fast_ticks = 0;  // up to here a time is ticks * ns_per_tick
    std::int64_t ns_per_tick = 1000;
    std::uint8_t resolution = 6;  // if_tsresol: 10^-n, or 2^-n where the top bit is set
    std::int64_t offset_seconds = 0;
    std::uint64_t lost = 0;  // reported so far
    std::uint64_t key = 0;   // interface_key of its name; 0: it has none

    void settle_time();
    Timestamp time(std::uint64_t ticks) const {
      return ticks < max_fast_ticks ? Timestamp{static_cast<std::int64_t>(ticks) * ns_per_tick} : slow_time(ticks);
    }
    Timestamp slow_time(std::uint64_t ticks) const;
  };
  using Events = std::vector<Event>;

  explicit PcapngReader(std::uint16_t file) : RecordParser(file) {}

  // Each reads one block of which all bytes are there; a text says why it is damaged.
  // `body` is what stands between the two total lengths.
  template <bool BigEndian>
  ParseStep walk(Bytes bytes, std::size_t max_events, Events& events);
  template <bool BigEndian>
  const char* read_block(std::uint32_t type, Bytes body, Events& events);
  const char* read_section(Bytes body);
  template <bool BigEndian>
  const char* read_interface(Bytes body);
  template <bool BigEndian>
  const char* read_packet(Bytes body, bool obsolete, Events& events);
  template <bool BigEndian>
  const char* read_simple_packet(Bytes body, Events& events);
  template <bool BigEndian>
  void read_secrets(Bytes body, Events& events);
  template <bool BigEndian>
  void read_statistics(Bytes body, Events& events);

  bool big_endian_ = false;
  std::vector<Interface> interfaces_;
};

}  // namespace scanner
