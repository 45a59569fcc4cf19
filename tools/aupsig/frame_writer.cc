#include "tools/aupsig/frame_writer.h"

#include <algorithm>

namespace scanner {
namespace {

using Buffer = std::vector<std::uint8_t>;

void put16(Buffer& out, std::uint32_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

void put32(Buffer& out, std::uint32_t value) {
  put16(out, value >> 16);
  put16(out, value & 0xffff);
}

void put_address(Buffer& out, const IpAddress& address) {
  const bool v4 = address.is_v4();
  out.insert(out.end(), address.octets.begin() + (v4 ? 12 : 0), address.octets.end());
}

std::uint64_t sum_of(Bytes bytes) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += i % 2 == 0 ? std::uint64_t{bytes[i]} << 8 : bytes[i];
  return sum;
}

std::uint16_t fold(std::uint64_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void set16(Buffer& out, std::size_t at, std::uint16_t value) {
  out[at] = static_cast<std::uint8_t>(value >> 8);
  out[at + 1] = static_cast<std::uint8_t>(value);
}

void put_link_address(Buffer& out, const IpAddress& address) {
  out.push_back(0x02);  // locally administered
  out.push_back(0x00);
  out.insert(out.end(), address.octets.begin() + 12, address.octets.end());
}

// The transport header without its checksum, and where that belongs.
Buffer transport_of(const FrameParts& parts, std::size_t& checksum_at) {
  Buffer out;
  put16(out, parts.tuple.source.port);
  put16(out, parts.tuple.destination.port);
  if (parts.tuple.protocol == IpProtocol::Udp) {
    put16(out, static_cast<std::uint32_t>(8 + parts.payload.size() + parts.cut));
    checksum_at = out.size();
    put16(out, 0);
    return out;
  }
  put32(out, parts.sequence);
  put32(out, parts.acknowledgement);
  out.push_back(0x50);
  out.push_back(static_cast<std::uint8_t>((parts.fin ? 1 : 0) | (parts.syn ? 2 : 0) | (parts.rst ? 4 : 0) | (parts.psh ? 8 : 0) | (parts.ack ? 16 : 0)));
  put16(out, parts.window);
  checksum_at = out.size();
  put16(out, 0);
  put16(out, 0);
  return out;
}

}  // namespace

std::vector<std::uint8_t> frame_of(const FrameParts& parts) {
  const IpAddress& source = parts.tuple.source.address;
  const IpAddress& destination = parts.tuple.destination.address;
  std::size_t checksum_at = 0;
  Buffer transport = transport_of(parts, checksum_at);
  transport.insert(transport.end(), parts.payload.begin(), parts.payload.end());
  const std::size_t length = transport.size() + parts.cut;
  if (parts.cut == 0) {
    Buffer pseudo;
    put_address(pseudo, source);
    put_address(pseudo, destination);
    put32(pseudo, static_cast<std::uint32_t>(length));
    put32(pseudo, static_cast<std::uint32_t>(parts.tuple.protocol));
    std::uint16_t checksum = fold(sum_of(pseudo) + sum_of(transport));
    if (checksum == 0 && parts.tuple.protocol == IpProtocol::Udp) checksum = 0xffff;
    set16(transport, checksum_at, checksum);
  }
  Buffer out;
  put_link_address(out, destination);
  put_link_address(out, source);
  put16(out, source.is_v4() ? 0x0800 : 0x86dd);
  const std::size_t ip = out.size();
  if (source.is_v4()) {
    put16(out, 0x4500);
    put16(out, static_cast<std::uint32_t>(20 + length));
    put16(out, parts.number);
    put16(out, 0x4000);  // not to be fragmented
    out.push_back(64);
    out.push_back(static_cast<std::uint8_t>(parts.tuple.protocol));
    put16(out, 0);
    put_address(out, source);
    put_address(out, destination);
    set16(out, ip + 10, fold(sum_of(Bytes(out).subspan(ip, 20))));
  } else {
    put32(out, 0x60000000);
    put16(out, static_cast<std::uint32_t>(length));
    out.push_back(static_cast<std::uint8_t>(parts.tuple.protocol));
    out.push_back(64);
    put_address(out, source);
    put_address(out, destination);
  }
  out.insert(out.end(), transport.begin(), transport.end());
  return out;
}

}  // namespace scanner
