// A sequence of fragments: seven bytes each, then their payload.
#include "scanner/packet/ip_fragments.h"

#include <algorithm>
#include <cstdlib>

using namespace scanner;

namespace {

Decoded fragment_of(Cursor& in) {
  Decoded fragment;
  fragment.status = DecodeStatus::Fragment;
  const std::uint8_t kind = in.u8();
  const bool v6 = (kind & 1) != 0;
  fragment.tuple.source.address = v6 ? *IpAddress::parse("2001:db8::1") : *IpAddress::parse("192.0.2.1");
  fragment.tuple.destination.address = v6 ? *IpAddress::parse("2001:db8::2") : *IpAddress::parse("198.51.100.2");
  fragment.fragment.more = (kind & 2) != 0;
  fragment.fragment.protocol = static_cast<IpProtocol>((kind & 4) != 0 ? in.u8() : 17);
  fragment.payload_cut = (kind & 0xf8) == 0xf8 ? 1 : 0;
  fragment.fragment.id = in.u8() % 4;
  fragment.fragment.offset = in.u8() * 8U;
  if ((kind & 8) != 0) fragment.fragment.offset += in.be16() & 0xfff8U;
  const std::size_t size = (kind & 16) != 0 ? in.u8() : in.u8() & 0xf8U;
  fragment.payload = in.take(std::min({size, in.remaining(), std::size_t{65535} - fragment.fragment.offset}));
  return fragment;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FragmentLimits limits;
  limits.max_datagrams = 3;
  limits.max_bytes = 4096;
  IpFragments fragments(limits);
  Cursor in(Bytes(data, size));
  Timestamp at{1'700'000'000'000'000'000};
  std::shared_ptr<const std::vector<std::uint8_t>> storage;
  Decoded whole;
  while (in.remaining() > 6) {
    at = at + std::chrono::milliseconds(in.u8() * 20);
    Decoded fragment = fragment_of(in);
    for (int depth = 0; depth < kMaxEncapsulations && fragment.status == DecodeStatus::Fragment; ++depth) {
      if (!fragments.feed(fragment, at, whole, storage)) break;
      const Bytes all(*storage);
      if (!whole.payload.empty() &&
          (whole.payload.data() < all.data() || whole.payload.data() + whole.payload.size() > all.data() + all.size()))
        std::abort();
      fragment = whole;
    }
  }
  return 0;
}
