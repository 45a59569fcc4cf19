// Any bytes as a DNS datagram, and as DNS over TCP; see flow_fuzz.h.
#include "tests/fuzz/flow_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  static const DialectSet kNoDialects;
  fuzz::Notes notes;
  FlowSession session(fuzz::flow_on(53, IpProtocol::Udp, true), kNoDialects, notes);
  Dispatcher(session).datagram(Direction::FromResponder, {data, size}, {});
  fuzz::read_in_two_cuts({data, size}, 53, fuzz::only("dns"), kNoDialects);
  return 0;
}
