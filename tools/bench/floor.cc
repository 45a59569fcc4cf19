// The floor: the least that any program of this kind must do with a capture. Blocks read,
// headers parsed, the flow looked up in a hash table, every payload searched once for a
// hundred caseless literals. aupscan is measured as a multiple of it, in the same run, on
// the same file: ratios survive a noisy machine.
//
// Deliberately not made of aupscan's own parts, so that improving those cannot move it.
#include <hs.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <tuple>
#include <unistd.h>
#include <vector>

namespace {

struct Key {
  std::uint64_t a = 0, b = 0, c = 0, d = 0, ports = 0;
  bool operator==(const Key&) const = default;
};

struct Slot {
  Key key;
  std::uint64_t packets = 0, bytes = 0;
  std::uint64_t padding = 0;
};

std::uint16_t be16(const std::uint8_t* p) { return static_cast<std::uint16_t>(p[0] << 8 | p[1]); }

// A table of fixed size without deletion: enough for a benchmark's flows.
class FlowTable {
 public:
  void count(Key key, std::uint32_t length) {
    if (std::tie(key.a, key.b) > std::tie(key.c, key.d)) {
      std::swap(key.a, key.c);
      std::swap(key.b, key.d);
      key.ports = (key.ports & 0xff00000000) | (key.ports >> 16 & 0xffff) | (key.ports & 0xffff) << 16;
    }
    std::uint64_t hash = (key.a * 0x9e3779b97f4a7c15U) ^ (key.b + key.c * 0xbf58476d1ce4e5b9U) ^ (key.d + key.ports * 0x94d049bb133111ebU);
    hash ^= hash >> 29;
    for (std::size_t i = hash & kMask;; i = (i + 1) & kMask) {
      Slot& slot = slots_[i];
      if (slot.packets == 0) {
        slot.key = key;
        ++flows;
      }
      if (!(slot.key == key)) continue;
      ++slot.packets;
      slot.bytes += length;
      return;
    }
  }
  std::size_t flows = 0;

 private:
  static constexpr std::size_t kMask = (1U << 20) - 1;
  std::vector<Slot> slots_ = std::vector<Slot>(kMask + 1);
};

struct Totals {
  std::uint64_t packets = 0, bytes = 0, payload = 0, hits = 0;
};

int on_hit(unsigned, unsigned long long, unsigned long long, unsigned, void* context) {
  ++*static_cast<std::uint64_t*>(context);
  return 0;
}

void packet(const std::uint8_t* p, std::uint32_t length, FlowTable& table, const hs_database_t* database, hs_scratch_t* scratch, Totals& totals) {
  ++totals.packets;
  totals.bytes += length;
  std::uint32_t at = 12;
  while (at + 2 <= length && (be16(p + at) == 0x8100 || be16(p + at) == 0x88a8)) at += 4;
  if (at + 2 > length) return;
  const std::uint16_t type = be16(p + at);
  at += 2;
  Key key;
  std::uint8_t protocol = 0;
  std::uint32_t end = length;
  if (type == 0x0800 && at + 20 <= length) {
    std::uint32_t source = 0, destination = 0;
    std::memcpy(&source, p + at + 12, 4);
    std::memcpy(&destination, p + at + 16, 4);
    key.b = source;
    key.d = destination;
    protocol = p[at + 9];
    end = std::min<std::uint32_t>(length, at + be16(p + at + 2));
    at += (p[at] & 15U) * 4U;
  } else if (type == 0x86dd && at + 40 <= length) {
    std::memcpy(&key.a, p + at + 8, 8);
    std::memcpy(&key.b, p + at + 16, 8);
    std::memcpy(&key.c, p + at + 24, 8);
    std::memcpy(&key.d, p + at + 32, 8);
    protocol = p[at + 6];
    at += 40;
  } else {
    return;
  }
  if ((protocol != 6 && protocol != 17) || at + 8 > end) return;
  key.ports = std::uint64_t{protocol} << 32 | std::uint64_t{be16(p + at)} << 16 | be16(p + at + 2);
  at += protocol == 17 ? 8 : at + 20 <= end ? (p[at + 12] >> 4U) * 4U : 20U;
  table.count(key, length);
  if (at >= end) return;
  totals.payload += end - at;
  hs_scan(database, reinterpret_cast<const char*>(p + at), end - at, 0, scratch, on_hit, &totals.hits);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: floor LITERALS CAPTURE   (classic pcap, Ethernet, this machine's byte order)\n");
    return 1;
  }
  std::vector<std::string> literals;
  std::ifstream file(argv[1]);
  for (std::string line; std::getline(file, line);)
    if (!line.empty()) literals.push_back(line);
  std::vector<const char*> expressions;
  std::vector<unsigned> flags, ids;
  std::vector<std::size_t> lengths;
  for (const std::string& literal : literals) {
    expressions.push_back(literal.c_str());
    lengths.push_back(literal.size());
    flags.push_back(HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH);
    ids.push_back(static_cast<unsigned>(ids.size()));
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  hs_scratch_t* scratch = nullptr;
  if (hs_compile_lit_multi(expressions.data(), flags.data(), ids.data(), lengths.data(), static_cast<unsigned>(ids.size()), HS_MODE_BLOCK, nullptr, &database, &error) != HS_SUCCESS ||
      hs_alloc_scratch(database, &scratch) != HS_SUCCESS) {
    std::fprintf(stderr, "floor: the literals of %s cannot be compiled\n", argv[1]);
    return 1;
  }
  const int descriptor = open(argv[2], O_RDONLY);
  if (descriptor < 0) {
    std::perror(argv[2]);
    return 1;
  }
  constexpr std::size_t kBlock = 1 << 20;
  std::vector<std::uint8_t> buffer(kBlock * 2);
  FlowTable table;
  Totals totals;
  std::size_t have = 0;
  bool header = true;
  for (ssize_t got = 0; (got = read(descriptor, buffer.data() + have, kBlock)) > 0;) {
    have += static_cast<std::size_t>(got);
    std::size_t at = 0;
    if (header) {
      at = 24;
      header = false;
    }
    while (at + 16 <= have) {
      std::uint32_t captured = 0;
      std::memcpy(&captured, buffer.data() + at + 8, 4);
      if (at + 16 + captured > have) break;
      packet(buffer.data() + at + 16, captured, table, database, scratch, totals);
      at += 16 + captured;
    }
    std::memmove(buffer.data(), buffer.data() + at, have - at);
    have -= at;
  }
  close(descriptor);
  std::printf("%llu packets, %llu bytes, %llu payload bytes, %zu flows, %llu payloads with a literal\n", static_cast<unsigned long long>(totals.packets),
              static_cast<unsigned long long>(totals.bytes), static_cast<unsigned long long>(totals.payload), table.flows, static_cast<unsigned long long>(totals.hits));
  return 0;
}
