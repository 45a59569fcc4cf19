// The pcap format: draft-ietf-opsawg-pcap, both byte orders, microseconds and nanoseconds,
// and the variant of patched tcpdumps (magic a1b2cd34) with 8 more bytes per record.
#pragma once

#include "scanner/io/record_parser.h"
#include "scanner/model/result.h"

#include <memory>

namespace scanner {

// Accepts version 2.0 to 2.4 as libpcap does (before 2.3 the two lengths of a record are
// the other way round, in 2.3 perhaps). The upper bits of the link-type field, which tell
// of frame check sequences, are left out of the link type; the check sequences themselves
// stay in the packets' data, behind what the length fields of IP cover. A record that is
// longer than record_parser.h allows is damage; so is one that is cut.
class PcapReader : public RecordParser {
 public:
  static constexpr std::size_t kHeaderSize = 24;

  static bool recognises(Bytes front);

  // `front`: the first kHeaderSize bytes of the file, to which parse() does not return.
  // Errors give the reason without the file's name. `file` becomes Packet::file.
  static Result<std::unique_ptr<PcapReader>> open(Bytes front, std::uint16_t file);

  ParseStep parse(Bytes bytes, std::size_t max_events, std::vector<Event>& events) override;

 private:
  enum class Lengths { Usual, Swapped, Doubtful };

  explicit PcapReader(std::uint16_t file) : RecordParser(file) {}
  template <bool BigEndian>
  Result<void> read_header(const std::uint8_t* header);
  template <bool BigEndian>
  ParseStep walk(Bytes bytes, std::size_t max_events, std::vector<Event>& events);

  Link link_;
  Lengths lengths_ = Lengths::Usual;
  bool big_endian_ = false;
  std::uint32_t record_header_ = 16;
  std::int64_t ns_per_fraction_ = 1000;
};

}  // namespace scanner
