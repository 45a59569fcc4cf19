// Capture files from packets: evidence slices, made-up traffic, tests.
#pragma once

#include "scanner/model/packet.h"
#include "scanner/model/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

enum class CaptureFormat { Pcapng, Pcap };

struct CaptureLayout {
  CaptureFormat format = CaptureFormat::Pcapng;
  bool big_endian = false;
  bool microseconds = false;           // instead of nanoseconds; times are rounded down
  std::uint32_t snaplen = 262144;      // declared, not enforced
  LinkType link = LinkType::Ethernet;  // pcap: of all packets
};

// Turns packets into the bytes of a capture, in memory.
//
// pcapng: each link type gets an interface of its own where its first packet comes;
// add_interface() makes further ones. A packet's frame number and file index are not
// written.
class CaptureEncoder {
 public:
  explicit CaptureEncoder(CaptureLayout layout = {});

  // pcapng only. Gives the interface's number in the file.
  std::uint32_t add_interface(LinkType link, std::string_view name = {});

  // An Error: a link type that this pcap file does not have, or data above 16 MiB.
  Result<void> add(const Packet& packet, std::string_view comment = {});
  // The same on a chosen interface (pcapng).
  Result<void> add(const Packet& packet, std::uint32_t interface, std::string_view comment = {});

  // pcapng only: how many packets the interface lost so far, as tcpdump says at the end.
  void add_drop_count(std::uint32_t interface, std::uint64_t lost, Timestamp at);

  // pcapng only: a TLS key log for the packets behind it (a decryption secrets block).
  void add_secrets(std::string_view key_log);

  // What was encoded since the last call.
  std::vector<std::uint8_t> take();
  // Bytes that take() would give now.
  std::size_t size() const { return out_.size(); }

 private:
  void u16(std::uint32_t value);
  void u32(std::uint64_t value);
  void u64(std::uint64_t value);
  void bytes(Bytes data);
  void pad();
  void option(std::uint16_t code, Bytes value);
  void options_end();
  std::size_t begin_block(std::uint32_t type);
  void end_block(std::size_t begin);
  void ticks(Timestamp at);

  CaptureLayout layout_;
  std::vector<LinkType> interfaces_;
  std::vector<std::uint8_t> out_;
};

// Writes a capture to a file, which it creates with mode 0600 or replaces. Buffered; what
// close() did not confirm may be missing. One thread at a time.
class CaptureWriter {
 public:
  static Result<CaptureWriter> create(const std::string& path, CaptureLayout layout = {});

  CaptureWriter(CaptureWriter&& other) noexcept;
  CaptureWriter& operator=(CaptureWriter&& other) noexcept;
  ~CaptureWriter();  // closes, and forgets what went wrong then

  Result<void> write(const Packet& packet, std::string_view comment = {});
  // For interfaces and drop counts; what it holds is written with the packets.
  CaptureEncoder& encoder() { return encoder_; }
  Result<void> close();

 private:
  CaptureWriter(int fd, std::string path, CaptureLayout layout);
  Result<void> flush();

  int fd_ = -1;
  std::string path_;
  CaptureEncoder encoder_;
};

}  // namespace scanner
