// From hashes to numbers of things that lie elsewhere: open addressing, 8 bytes a slot, so that a
// look touches one line of the processor's cache and then the thing itself.
//
// At most half full; doubles. Every operation is O(1) but for growth. Whoever uses it compares:
// equal hashes do not mean equal things. The hash should be keyed where others choose the things.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace scanner {

class NumberIndex {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  // The number put under this hash of which `is` is true, else kNone.
  template <typename Is>
  std::uint32_t find(std::uint32_t hash, const Is& is) const {
    if (slots_.empty()) return kNone;
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
      const Slot& slot = slots_[i];
      if (slot.number == kNone || (slot.hash == hash && is(slot.number))) return slot.number;
    }
  }

  void put(std::uint32_t hash, std::uint32_t number) {
    if ((size_ + 1) * 2 > slots_.size()) grow();
    place({hash, number});
    ++size_;
  }

  // Of what was put: later slots of the probe sequence move back, so that no tombstones are needed.
  void remove(std::uint32_t hash, std::uint32_t number) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t hole = hash & mask;
    while (slots_[hole].number != number) hole = (hole + 1) & mask;
    for (std::size_t i = (hole + 1) & mask; slots_[i].number != kNone; i = (i + 1) & mask) {
      const std::size_t distance_home = (i - (slots_[i].hash & mask)) & mask;
      if (distance_home < ((i - hole) & mask)) continue;
      slots_[hole] = slots_[i];
      hole = i;
    }
    slots_[hole] = Slot{};
    --size_;
  }

  std::size_t size() const { return size_; }

  // For those who prefetch: where a look begins (null: it is empty), and the number that lies there
  // under this hash, without a search; else kNone.
  const void* home(std::uint32_t hash) const { return slots_.empty() ? nullptr : &slots_[hash & (slots_.size() - 1)]; }
  std::uint32_t at_home(std::uint32_t hash) const {
    if (slots_.empty()) return kNone;
    const Slot& slot = slots_[hash & (slots_.size() - 1)];
    return slot.hash == hash ? slot.number : kNone;
  }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t number = kNone;
  };
  static constexpr std::size_t kFirstSlots = 64;

  void place(Slot slot) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t i = slot.hash & mask;
    while (slots_[i].number != kNone) i = (i + 1) & mask;
    slots_[i] = slot;
  }
  void grow() {
    std::vector<Slot> old(slots_.empty() ? kFirstSlots : slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.number != kNone) place(slot);
  }

  std::vector<Slot> slots_;  // a power of two
  std::size_t size_ = 0;
};

}  // namespace scanner
