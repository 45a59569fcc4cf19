#include "scanner/packet/flow_table.h"

#include <cstring>

namespace scanner {
namespace {

constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15U;
constexpr std::size_t kLine = 64, kAttachmentLines = 6;  // of the processor's cache

// GCC takes a function that does nothing but prefetch for one that does nothing, and leaves its
// calls out; the empty instruction is something that it does.
void bring_near(const void* at) {
  __builtin_prefetch(at, 1);
  asm volatile("" : : "r"(at));
}

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
  if (const void* home = index_.home(hash)) bring_near(home);
}

void FlowTable::prefetch_entry(std::uint32_t hash) const {
  // A slot that was displaced is not searched for: that would cost what it saves.
  if (const std::uint32_t number = index_.at_home(hash); number != kNone) prefetch(number);
}

void FlowTable::prefetch(std::uint32_t number) const {
  const char* begin = reinterpret_cast<const char*>(&chunks_[number / kChunk][number % kChunk]);
  for (std::size_t line = 0; line < sizeof(FlowEntry) / kLine; ++line) bring_near(begin + line * kLine);
  bring_near(&links_[number]);
}

FlowEntry* FlowTable::find(const FlowKey& key, std::uint32_t hash, Direction& direction) {
  const std::uint32_t number = index_.find(hash, [&](std::uint32_t candidate) {
    const FlowRef& ref = entry(candidate).flow.ref;
    if (ref.vni != key.vni || ref.tuple.protocol != key.tuple.protocol) return false;
    if (ref.tuple.source == key.tuple.source && ref.tuple.destination == key.tuple.destination) {
      direction = Direction::FromInitiator;
      return true;
    }
    direction = Direction::FromResponder;
    return ref.tuple.source == key.tuple.destination && ref.tuple.destination == key.tuple.source;
  });
  return number == kNone ? nullptr : &entry(number);
}

FlowEntry& FlowTable::add(std::uint32_t hash, IdleClass idle_class) {
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
  index_.put(hash, number);
  list(idle_class).push_back(number, links());
  return added;
}

void FlowTable::remove(FlowEntry& removed) {
  const std::uint32_t number = removed.number;
  list(removed.idle_class).remove(number, links());
  index_.remove(removed.hash, number);
  removed = FlowEntry{};
  free_.push_back(number);
}

void FlowTable::touch(FlowEntry& touched, IdleClass idle_class) {
  if (touched.idle_class == idle_class && list(idle_class).last() == touched.number) return;
  list(touched.idle_class).remove(touched.number, links());
  touched.idle_class = idle_class;
  list(idle_class).push_back(touched.number, links());
}

FlowEntry* FlowTable::least_recent(IdleClass idle_class) {
  const std::uint32_t number = list(idle_class).first();
  if (number == kNone) return nullptr;
  // Flows end in rows, and none of them was touched of late: the one after the next is brought
  // near, and what hangs on the next.
  if (const std::uint32_t next = links_[number].after; next != kNone) {
    if (const std::uint32_t second = links_[next].after; second != kNone) prefetch(second);
    if (const FlowAttachment* attachment = entry(next).flow.attachment.get())
      for (std::size_t line = 0; line < kAttachmentLines; ++line) bring_near(reinterpret_cast<const char*>(attachment) + line * kLine);
  }
  return &entry(number);
}

void FlowTable::for_each(const std::function<void(FlowEntry&)>& visit) {
  for (const NumberList<std::uint32_t>& one : lists_)
    for (std::uint32_t number = one.first(); number != kNone; number = links_[number].after) visit(entry(number));
}

}  // namespace scanner
