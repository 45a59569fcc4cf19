#include "scanner/io/name_trail.h"

#include <algorithm>

namespace scanner {

void NameTrail::see(const Observation& observation) {
  const auto* dns = std::get_if<DnsSeen>(&observation.what);
  if (dns == nullptr || observation.frame == 0) return;
  const PacketRef packet{observation.file, observation.frame};
  if (!dns->response) {
    if (questions_.insert_or_assign(observation.flow.id, packet).second) question_order_.push_back(observation.flow.id);
    if (question_order_.size() > kMaxQuestions) {
      questions_.erase(question_order_.front());
      question_order_.pop_front();
    }
    return;
  }
  const auto question = questions_.find(observation.flow.id);
  const Exchange exchange{question == questions_.end() ? PacketRef{} : question->second, packet};
  for (const IpAddress& address : dns->addresses) {
    const Key key{observation.flow.sender(dns->asker).address, address};
    const auto [binding, added] = bindings_.try_emplace(key, Binding{exchange, exchange});
    binding->second.latest = exchange;
    if (added) binding_order_.push_back(key);
    if (binding_order_.size() > kMaxBindings) {
      bindings_.erase(binding_order_.front());
      binding_order_.pop_front();
    }
  }
}

std::vector<PacketRef> NameTrail::packets_for(const IpAddress& asker, const IpAddress& address) const {
  const auto found = bindings_.find({asker, address});
  if (found == bindings_.end()) return {};
  std::vector<PacketRef> packets;
  for (const Exchange& exchange : {found->second.first, found->second.latest})
    for (const PacketRef& packet : {exchange.question, exchange.answer})
      if (packet.frame != 0 && std::find(packets.begin(), packets.end(), packet) == packets.end()) packets.push_back(packet);
  return packets;
}

}  // namespace scanner
