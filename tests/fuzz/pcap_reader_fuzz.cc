// Any bytes as a pcap file, read at once and in pieces: both must agree.
#include "scanner/io/pcap_reader.h"

#include "tests/fuzz/record_parser_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const scanner::Bytes file{data, size};
  scanner::fuzz::parse_both_ways(file, scanner::PcapReader::kHeaderSize,
                                 [&] { return scanner::PcapReader::open(file, 1); });
  return 0;
}
