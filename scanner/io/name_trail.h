// Which packets told a host the name of an address: the DNS answers that evidence needs, so
// that a slice shows by which name a pool was reached.
#pragma once

#include "scanner/engine/judgement.h"

#include <deque>
#include <unordered_map>
#include <utility>
#include <vector>

namespace scanner {

// Remembers, by asker and answered address, the first and the latest answer and the question
// before each. Bounded: kMaxBindings, oldest first out.
class NameTrail final : public ObservationTap {
 public:
  static constexpr std::size_t kMaxBindings = 100'000;
  static constexpr std::size_t kMaxQuestions = 20'000;

  void see(const Observation& observation) override;
  // At most four packets, none twice.
  std::vector<PacketRef> packets_for(const IpAddress& asker, const IpAddress& address) const;

 private:
  using Key = std::pair<IpAddress, IpAddress>;
  struct KeyHash {
    std::size_t operator()(const Key& key) const { return hash_of(key.first) * 31 + hash_of(key.second); }
  };
  struct Exchange {
    PacketRef question, answer;
  };
  struct Binding {
    Exchange first, latest;
  };

  std::unordered_map<std::uint64_t, PacketRef> questions_;  // by flow
  std::deque<std::uint64_t> question_order_;
  std::unordered_map<Key, Binding, KeyHash> bindings_;
  std::deque<Key> binding_order_;
};

}  // namespace scanner
