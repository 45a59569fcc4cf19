#include "scanner/io/own_traffic.h"

#include "scanner/packet/decode.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <algorithm>
#include <cstdlib>
#include <optional>

namespace scanner {
namespace {

constexpr Duration kLeastApart = std::chrono::milliseconds(20);
constexpr Duration kSinceLastLook = Duration::max();  // the next look says when that is

std::optional<Endpoint> endpoint_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return Endpoint{IpAddress::v4(ntohl(v4.sin_addr.s_addr)), ntohs(v4.sin_port)};
  }
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    return Endpoint{IpAddress::v6(v6.sin6_addr.s6_addr), ntohs(v6.sin6_port)};
  }
  return std::nullopt;
}

// Of a connected internet socket; nothing for any other descriptor.
std::optional<FiveTuple> conversation_of(int descriptor) {
  sockaddr_storage local{}, remote{};
  socklen_t local_size = sizeof local, remote_size = sizeof remote;
  int protocol = 0;
  socklen_t protocol_size = sizeof protocol;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&local), &local_size) != 0) return std::nullopt;
  const auto source = endpoint_of(local);
  if (!source || source->port == 0) return std::nullopt;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PROTOCOL, &protocol, &protocol_size) != 0) return std::nullopt;
  FiveTuple tuple{*source, {}, static_cast<IpProtocol>(protocol)};
  if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&remote), &remote_size) == 0) {
    const auto destination = endpoint_of(remote);
    if (!destination) return std::nullopt;
    tuple.destination = *destination;
    return tuple;
  }
  // While it connects, the other end cannot be asked for. What listens on an address is not meant.
  int listens = 1;
  socklen_t listens_size = sizeof listens;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &listens_size) != 0 || listens != 0) return std::nullopt;
  if (tuple.protocol != IpProtocol::Tcp || !source->address.can_be_subject()) return std::nullopt;
  return tuple;
}

bool half(const FiveTuple& tuple) { return tuple.destination == Endpoint{}; }

}  // namespace

void OwnTraffic::closing(int descriptor) {
  const std::lock_guard lock(mutex_);
  add(descriptor, kSinceLastLook);
}

void OwnTraffic::refresh(Duration steady, bool now_needed) {
  const std::lock_guard lock(mutex_);
  if (ever_ && !now_needed && steady - refreshed_ < kLeastApart) return;
  ever_ = true;
  refreshed_ = steady;
  DIR* directory = ::opendir("/proc/self/fd");
  if (directory == nullptr) return;
  while (const dirent* entry = ::readdir(directory))
    if (entry->d_name[0] != '.') add(std::atoi(entry->d_name), steady);
  ::closedir(directory);
  forget_old(steady);
}

bool OwnTraffic::contains(const FiveTuple& tuple) const {
  const std::lock_guard lock(mutex_);
  return knows(tuple);
}

bool OwnTraffic::knows(const FiveTuple& tuple) const {
  return known_.contains(tuple) || known_.contains(tuple.reversed()) || known_.contains({tuple.source, {}, tuple.protocol}) ||
         known_.contains({tuple.destination, {}, tuple.protocol});
}

std::size_t OwnTraffic::leave_out(EventBatch& batch) const {
  const std::lock_guard lock(mutex_);
  if (known_.empty()) return 0;
  return std::erase_if(batch.events, [&](const Event& event) {
    if (event.kind != EventKind::Packet) return false;
    Decoded decoded;
    decode(event.packet, decoded);
    return decoded.status == DecodeStatus::Ok && knows(decoded.tuple);
  });
}

void OwnTraffic::add(int descriptor, Duration steady) {
  const auto tuple = conversation_of(descriptor);
  if (!tuple) return;
  if (known_.size() < kMaxKnown || known_.contains(*tuple)) known_[*tuple] = steady;
}

void OwnTraffic::forget_old(Duration steady) {
  for (auto& [tuple, last] : known_) last = std::min(last, steady);
  std::erase_if(known_, [&](const auto& one) { return steady - one.second > (half(one.first) ? kKeptHalf : kKept); });
}

}  // namespace scanner
