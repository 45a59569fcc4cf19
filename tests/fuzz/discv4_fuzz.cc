// Any bytes as a datagram of Ethereum's node discovery, as they are and with the hash that
// makes them true.
#include "scanner/model/digest.h"
#include "tests/fuzz/flow_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  static const DialectSet kNoDialects;
  fuzz::Notes notes;
  FlowSession session(fuzz::flow_on(30303, IpProtocol::Udp, true), kNoDialects, notes);
  Dispatcher dispatcher(session);
  dispatcher.datagram(Direction::FromInitiator, {data, size}, {});
  const Sha256 hash = keccak256({data, size});
  std::vector<std::uint8_t> packet(hash.begin(), hash.end());
  packet.insert(packet.end(), data, data + size);
  dispatcher.datagram(Direction::FromResponder, packet, {});
  return 0;
}
