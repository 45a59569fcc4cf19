#include "scanner/packet/ip_fragments.h"

#include <algorithm>
#include <iterator>
#include <list>
#include <map>
#include <tuple>
#include <unordered_map>

namespace scanner {
namespace {

using Buffer = std::vector<std::uint8_t>;

// What a datagram and a piece of it cost beside their bytes, so that neither empty
// datagrams nor eight-byte pieces come cheap to whoever sends them.
constexpr std::size_t kDatagramCharge = 256, kPieceCharge = 96;

struct Key {
  IpAddress source, destination;
  std::uint32_t id = 0, vni = 0;
  std::uint16_t vlan = 0;
  IpProtocol protocol = IpProtocol::Tcp;  // IPv4 only: IPv6 names it in the first fragment alone

  friend bool operator==(const Key&, const Key&) = default;
};

struct KeyHash {
  std::uint64_t seed = 0;
  std::size_t operator()(const Key& key) const {
    std::uint64_t hash = hash_of(key.source) * 3 + hash_of(key.destination) + seed;
    for (const std::uint64_t part : {std::uint64_t{key.id} << 32 | key.vni,
                                     std::uint64_t{key.vlan} << 8 | static_cast<std::uint64_t>(key.protocol)}) {
      hash = (hash ^ part) * 0x9e3779b97f4a7c15U;
      hash ^= hash >> 32;
    }
    return hash;
  }
};

Key key_of(const Decoded& fragment) {
  const bool v4 = fragment.tuple.source.address.is_v4();
  return {fragment.tuple.source.address, fragment.tuple.destination.address,
          fragment.fragment.id,          fragment.vni,
          fragment.outer_vlan,           v4 ? fragment.fragment.protocol : IpProtocol{}};
}

struct Datagram {
  Key key;
  Timestamp since;
  std::map<std::uint32_t, Buffer> pieces;  // by offset; disjoint
  std::size_t bytes = 0;
  std::uint32_t length = 0;  // of the whole, once the last fragment came
  bool ended = false;
  bool refused = false;  // IPv6 with an overlap: takes the fragments to come with it
  IpProtocol protocol = IpProtocol::Tcp;

  std::size_t weight() const { return kDatagramCharge + kPieceCharge * pieces.size() + bytes; }
  bool complete() const { return ended && bytes == length; }
};

// How a fragment's bytes lie to those that are there.
struct Fit {
  std::vector<std::pair<std::uint32_t, Bytes>> fresh;  // the parts that are new
  bool overlaps = false;                               // others are not, and are no mere repetition
};

Fit fit(const Datagram& datagram, std::uint32_t begin, Bytes bytes) {
  Fit result;
  bool repeated = false, differs = false;
  auto piece = datagram.pieces.upper_bound(begin);
  if (piece != datagram.pieces.begin()) --piece;
  while (!bytes.empty()) {
    while (piece != datagram.pieces.end() && piece->first + piece->second.size() <= begin) ++piece;
    const bool present = piece != datagram.pieces.end() && piece->first <= begin;
    std::size_t count = bytes.size();
    if (present) {
      const std::size_t at = begin - piece->first;
      count = std::min(count, piece->second.size() - at);
      repeated = true;
      differs = differs || !std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count),
                                       piece->second.begin() + static_cast<std::ptrdiff_t>(at));
    } else {
      if (piece != datagram.pieces.end()) count = std::min<std::size_t>(count, piece->first - begin);
      result.fresh.emplace_back(begin, bytes.first(count));
    }
    bytes = bytes.subspan(count);
    begin += static_cast<std::uint32_t>(count);
  }
  // A fragment seen twice (on two interfaces, say) is no overlap.
  result.overlaps = repeated && (differs || !result.fresh.empty());
  return result;
}

Buffer join(const Datagram& datagram) {
  Buffer whole;
  whole.reserve(datagram.length);
  for (const auto& [offset, piece] : datagram.pieces) whole.insert(whole.end(), piece.begin(), piece.end());
  return whole;
}

}  // namespace

class IpFragments::Impl {
 public:
  explicit Impl(const FragmentLimits& limits) : limits_(limits) {}

  bool feed(const Decoded& fragment, Timestamp at, Decoded& whole, std::shared_ptr<const Buffer>& storage) {
    expire(at);
    ++counters_.fragments;
    if (!usable(fragment)) return false;
    const auto datagram = find(key_of(fragment), at);
    weight_ -= datagram->weight();
    add(*datagram, fragment);
    weight_ += datagram->weight();
    if (!datagram->complete()) {
      make_room();
      return false;
    }
    ++counters_.completed;
    const IpProtocol protocol = datagram->protocol;
    auto joined = std::make_shared<const Buffer>(join(*datagram));
    remove(datagram);
    decode_ip_payload(protocol, *joined, fragment, whole);
    storage = std::move(joined);  // last: `fragment` may point into what it held
    return true;
  }

  const FragmentCounters& counters() const { return counters_; }

 private:
  using Position = std::list<Datagram>::iterator;

  // A clipped fragment leaves a hole that nothing will fill; only a last fragment may have
  // a length that is no multiple of eight.
  static bool usable(const Decoded& fragment) {
    return fragment.payload_cut == 0 && !fragment.payload.empty() &&
           (!fragment.fragment.more || fragment.payload.size() % 8 == 0);
  }

  Position find(const Key& key, Timestamp at) {
    if (!seeded_) {  // as in flow_tracker.cc: unknown to whoever crafts keys, and of no consequence
      by_key_ = decltype(by_key_)(16, KeyHash{static_cast<std::uint64_t>(at.ns) * 0xd1b54a32d192ed03U});
      seeded_ = true;
    }
    const auto found = by_key_.find(key);
    if (found != by_key_.end()) return found->second;
    if (by_key_.size() >= std::max<std::size_t>(limits_.max_datagrams, 1)) evict();
    datagrams_.emplace_back();
    const Position added = std::prev(datagrams_.end());
    added->key = key;
    added->since = at;
    weight_ += added->weight();
    by_key_.emplace(key, added);
    return added;
  }

  void add(Datagram& datagram, const Decoded& fragment) {
    if (datagram.refused) return;
    const std::uint32_t begin = fragment.fragment.offset;
    Bytes bytes = fragment.payload;
    const auto end = static_cast<std::uint32_t>(begin + bytes.size());
    if (begin == 0) datagram.protocol = fragment.fragment.protocol;
    const Fit found = fit(datagram, begin, bytes);
    bool contradicts = found.overlaps;
    if (datagram.ended) {
      contradicts = contradicts || end > datagram.length || (!fragment.fragment.more && end != datagram.length);
    } else if (!fragment.fragment.more) {
      contradicts = contradicts || !ends_within(datagram, end);
    }
    if (contradicts) {
      ++counters_.overlaps;
      if (!datagram.key.source.is_v4()) return refuse(datagram);
    }
    keep(datagram, fragment, found);
  }

  static bool ends_within(const Datagram& datagram, std::uint32_t end) {
    if (datagram.pieces.empty()) return true;
    const auto& [offset, piece] = *datagram.pieces.rbegin();
    return offset + piece.size() <= end;
  }

  // The first word on the length counts, as the first copy of a byte does.
  static void keep(Datagram& datagram, const Decoded& fragment, const Fit& found) {
    const auto end = static_cast<std::uint32_t>(fragment.fragment.offset + fragment.payload.size());
    if (!fragment.fragment.more && !datagram.ended && ends_within(datagram, end)) {
      datagram.ended = true;
      datagram.length = end;
    }
    for (auto [offset, bytes] : found.fresh) {
      if (datagram.ended) {
        if (offset >= datagram.length) continue;
        bytes = bytes.first(std::min<std::size_t>(bytes.size(), datagram.length - offset));
      }
      datagram.bytes += bytes.size();
      datagram.pieces.emplace(offset, Buffer(bytes.begin(), bytes.end()));
    }
  }

  static void refuse(Datagram& datagram) {
    datagram.refused = true;
    datagram.ended = false;
    datagram.pieces.clear();
    datagram.bytes = 0;
  }

  void remove(Position datagram) {
    weight_ -= datagram->weight();
    by_key_.erase(datagram->key);
    datagrams_.erase(datagram);
  }

  void evict() {
    ++counters_.evicted;
    remove(datagrams_.begin());
  }

  void make_room() {
    while (weight_ > limits_.max_bytes && !datagrams_.empty()) evict();
  }

  void expire(Timestamp at) {
    while (!datagrams_.empty() && at - datagrams_.front().since >= limits_.timeout) {
      ++counters_.expired;
      remove(datagrams_.begin());
    }
  }

  const FragmentLimits limits_;
  FragmentCounters counters_;
  std::list<Datagram> datagrams_;  // oldest first
  std::unordered_map<Key, Position, KeyHash> by_key_;
  std::size_t weight_ = 0;
  bool seeded_ = false;
};

IpFragments::IpFragments(const FragmentLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
IpFragments::~IpFragments() = default;

bool IpFragments::feed(const Decoded& fragment, Timestamp at, Decoded& whole,
                       std::shared_ptr<const std::vector<std::uint8_t>>& storage) {
  return impl_->feed(fragment, at, whole, storage);
}

const FragmentCounters& IpFragments::counters() const { return impl_->counters(); }

}  // namespace scanner
