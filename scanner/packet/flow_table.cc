#include "scanner/packet/flow_table.h"

#include <cstring>

namespace scanner {
namespace {

constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15U;
constexpr std::size_t kFirstSlots = 64;

// Both halves of a 128-bit product, folded: the multiplication spreads, the fold keeps.
std::uint64_t fold_multiply(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{a} * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t hash_endpoint(const Endpoint& endpoint, std::uint64_t seed) {
  std::uint64_t high = 0, low = 0;
  std::memcpy(&high, endpoint.address.octets.data(), 8);
  std::memcpy(&low, endpoint.address.octets.data() + 8, 8);
  return fold_multiply(high ^ seed ^ (std::uint64_t{endpoint.port} << 40), low ^ (seed >> 29 | seed << 35) ^ kOdd);
}

}  // namespace

void FlowTable::set_seed(std::uint64_t seed) { seed_ = fold_multiply(seed ^ kOdd, 0xd1b54a32d192ed03U) | 1; }

std::uint32_t FlowTable::hash(const FlowKey& key) const {
  const std::uint64_t ends = hash_endpoint(key.tuple.source, seed_) + hash_endpoint(key.tuple.destination, seed_);
  const std::uint64_t rest = std::uint64_t{key.vni} << 8 | static_cast<std::uint64_t>(key.tuple.protocol);
  const std::uint64_t mixed = fold_multiply(ends ^ rest, seed_ ^ kOdd);
  return static_cast<std::uint32_t>(mixed ^ mixed >> 32);
}

void FlowTable::prefetch_slot(std::uint32_t hash) const {
  if (!slots_.empty()) __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]);
}

void FlowTable::prefetch_entry(std::uint32_t hash) const {
  if (slots_.empty()) return;
  const Slot& slot = slots_[hash & (slots_.size() - 1)];
  // A slot that was displaced is not searched for: that would cost what it saves.
  if (slot.number == kNone || slot.hash != hash) return;
  const char* begin = reinterpret_cast<const char*>(&chunks_[slot.number / kChunk][slot.number % kChunk]);
  constexpr std::size_t kLine = 64;
  for (std::size_t line = 0; line < sizeof(FlowEntry) / kLine; ++line) __builtin_prefetch(begin + line * kLine, 1);
  __builtin_prefetch(&links_[slot.number], 1);
}

FlowEntry* FlowTable::find(const FlowKey& key, std::uint32_t hash, Direction& direction) {
  if (slots_.empty()) return nullptr;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    const Slot& slot = slots_[i];
    if (slot.number == kNone) return nullptr;
    if (slot.hash != hash) continue;
    FlowEntry& found = entry(slot.number);
    const FlowRef& ref = found.flow.ref;
    if (ref.vni != key.vni || ref.tuple.protocol != key.tuple.protocol) continue;
    if (ref.tuple.source == key.tuple.source && ref.tuple.destination == key.tuple.destination) {
      direction = Direction::FromInitiator;
      return &found;
    }
    if (ref.tuple.source == key.tuple.destination && ref.tuple.destination == key.tuple.source) {
      direction = Direction::FromResponder;
      return &found;
    }
  }
}

FlowEntry& FlowTable::add(std::uint32_t hash, IdleClass idle_class) {
  if ((size_ + 1) * 2 > slots_.size()) grow();
  if (free_.empty()) {
    const auto first = static_cast<std::uint32_t>(chunks_.size() * kChunk);
    chunks_.push_back(std::make_unique<FlowEntry[]>(kChunk));
    links_.resize(links_.size() + kChunk);
    for (std::uint32_t i = kChunk; i-- > 0;) free_.push_back(first + i);
  }
  const std::uint32_t number = free_.back();
  free_.pop_back();
  FlowEntry& added = entry(number);
  added.number = number;
  added.hash = hash;
  added.idle_class = idle_class;
  place({hash, number});
  link(number, idle_class);
  ++size_;
  return added;
}

void FlowTable::remove(FlowEntry& removed) {
  const std::uint32_t number = removed.number;
  unlink(number, removed.idle_class);
  vacate(removed.hash, number);
  removed = FlowEntry{};
  free_.push_back(number);
  --size_;
}

void FlowTable::touch(FlowEntry& touched, IdleClass idle_class) {
  const List& list = lists_[static_cast<std::size_t>(idle_class)];
  if (touched.idle_class == idle_class && list.last == touched.number) return;
  unlink(touched.number, touched.idle_class);
  touched.idle_class = idle_class;
  link(touched.number, idle_class);
}

FlowEntry* FlowTable::least_recent(IdleClass idle_class) {
  const std::uint32_t number = lists_[static_cast<std::size_t>(idle_class)].first;
  return number == kNone ? nullptr : &entry(number);
}

void FlowTable::for_each(const std::function<void(FlowEntry&)>& visit) {
  for (const List& list : lists_)
    for (std::uint32_t number = list.first; number != kNone; number = links_[number].after) visit(entry(number));
}

void FlowTable::place(Slot slot) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = slot.hash & mask;
  while (slots_[i].number != kNone) i = (i + 1) & mask;
  slots_[i] = slot;
}

void FlowTable::grow() {
  std::vector<Slot> old(slots_.empty() ? kFirstSlots : slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& slot : old)
    if (slot.number != kNone) place(slot);
}

// Moves later slots of the probe sequence back, so that no tombstones are needed.
void FlowTable::vacate(std::uint32_t hash, std::uint32_t number) {
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
}

void FlowTable::link(std::uint32_t number, IdleClass idle_class) {
  List& list = lists_[static_cast<std::size_t>(idle_class)];
  links_[number] = {list.last, kNone};
  (list.last == kNone ? list.first : links_[list.last].after) = number;
  list.last = number;
  ++list.size;
}

void FlowTable::unlink(std::uint32_t number, IdleClass idle_class) {
  List& list = lists_[static_cast<std::size_t>(idle_class)];
  const Links links = links_[number];
  (links.before == kNone ? list.first : links_[links.before].after) = links.after;
  (links.after == kNone ? list.last : links_[links.after].before) = links.before;
  --list.size;
}

}  // namespace scanner
