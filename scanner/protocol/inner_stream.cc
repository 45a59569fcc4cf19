#include "scanner/protocol/inner_stream.h"

namespace scanner {

CarriedUnit::CarriedUnit(FlowSession& session, Direction sender, std::uint64_t end)
    : carried_(session.carried(sender)) {
  if (carried_.depth++ == 0) carried_.end = end;
}

CarriedUnit::~CarriedUnit() { --carried_.depth; }

int CarriedUnit::depth() const { return carried_.depth; }

InnerStream::InnerStream(FlowSession& session, Direction sender, std::span<const StreamProtocol> streams)
    : session_(session), sender_(sender), dispatcher_(session, streams, {}) {}

bool InnerStream::bytes(Bytes bytes, std::uint64_t end, const Moment& moment) {
  const CarriedUnit unit(session_, sender_, end);
  if (unit.depth() > kMaxDepth) return false;
  const std::uint64_t offset = position_;
  position_ += bytes.size();
  return dispatcher_.bytes(sender_, bytes, offset, moment);
}

bool InnerStream::lost(const Moment& moment) { return dispatcher_.gap(sender_, kUnknownLoss, moment); }

}  // namespace scanner
