#include "scanner/detect/answered_hosts.h"

namespace scanner {

std::uint64_t AnsweredHosts::key_of(const IpAddress& source, IpProtocol protocol, std::uint16_t port) {
  const std::uint64_t key = mixed(hash_of(source) ^ (std::uint64_t{port} << 8 | static_cast<std::uint8_t>(protocol)) * 0x9e3779b97f4a7c15U);
  return key == 0 ? 1 : key;
}

void AnsweredHosts::note(const IpAddress& source, IpProtocol protocol, const Endpoint& responder, Timestamp at) {
  if (entries_.empty()) entries_.resize(kSets * kWays);
  const std::uint64_t key = key_of(source, protocol, responder.port);
  Entry* const first = &entries_[(key & (kSets - 1)) * kWays];
  Entry* chosen = first;
  for (Entry* entry = first; entry != first + kWays; ++entry) {
    if (entry->key == key) {
      chosen = entry;
      break;
    }
    if (entry->last < chosen->last) chosen = entry;
  }
  if (chosen->key != key || at - chosen->last > keep_) *chosen = {key, {}, at};
  chosen->last = at;
  chosen->hosts.note(hash_of(responder.address));
}

std::uint32_t AnsweredHosts::count(const IpAddress& source, IpProtocol protocol, std::uint16_t port, Timestamp at) const {
  if (entries_.empty()) return 0;
  const std::uint64_t key = key_of(source, protocol, port);
  const Entry* const first = &entries_[(key & (kSets - 1)) * kWays];
  for (const Entry* entry = first; entry != first + kWays; ++entry) {
    if (entry->key == key && at - entry->last <= keep_) return entry->hosts.count();
  }
  return 0;
}

}  // namespace scanner
