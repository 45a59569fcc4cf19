#include "scanner/io/live_capture.h"

#include "scanner/io/packet_filter.h"
#include "scanner/io/record_parser.h"
#include "scanner/packet/decode.h"

#include <pcap/pcap.h>
#include <algorithm>
#include <cstring>
#include <utility>

namespace scanner {
namespace {

// libpcap counts in 32 bits, and goes round.
void add_difference(std::uint64_t& total, std::uint32_t& last, std::uint32_t current) {
  total += current - last;
  last = current;
}

Result<LinkType> link_type_of(int dlt) {
  // Numbers that differ between systems are written to files in the way that does not.
  if (dlt == DLT_RAW) return LinkType::Raw;
  if (known_link_type(static_cast<std::uint32_t>(dlt))) return static_cast<LinkType>(dlt);
  return fail("its link type " + std::to_string(dlt) + " is not read");
}

std::string reason_of(pcap_t* handle, int status) {
  const std::string said = pcap_geterr(handle);
  const std::string meaning = pcap_statustostr(status);
  return said.empty() || said == meaning ? meaning : meaning + " (" + said + ")";
}

}  // namespace

struct LiveCapture::State {
  pcap_t* handle = nullptr;
  std::string interface;
  std::uint64_t key = 0;  // interface_key of it
  LinkType link = LinkType::Ethernet;
  std::shared_ptr<BlockPool> pool;
  std::shared_ptr<Block> block;
  std::size_t used = 0;  // of block
  std::uint32_t one_of = 1;
  std::uint64_t seed = 0;
  LiveCaptureCounters counters;
  std::uint32_t last_drop = 0, last_interface_drop = 0;
  // While read() runs.
  EventBatch* batch = nullptr;
  std::uint16_t index = 0;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (handle != nullptr) pcap_close(handle);
  }

  bool left_out(const Packet& packet) const {
    Decoded decoded;
    decode(packet, decoded);
    if (decoded.status != DecodeStatus::Ok && decoded.status != DecodeStatus::Fragment && decoded.status != DecodeStatus::NoTransport) return true;
    // Multiplied and cut, so that the choice has nothing to do with the shard that takes the flow.
    const std::uint64_t mixed = (symmetric_hash(decoded.tuple.source.address, decoded.tuple.destination.address) ^ seed) * 0x9e3779b97f4a7c15ULL;
    return (mixed >> 32) % one_of != 0;
  }

  void take(const pcap_pkthdr& header, const std::uint8_t* data) {
    Packet packet;
    packet.at = Timestamp{std::int64_t{header.ts.tv_sec} * 1'000'000'000 + header.ts.tv_usec};
    packet.data = {data, header.caplen};
    packet.original_length = std::max(header.len, header.caplen);
    packet.file = index;
    packet.link = link;
    packet.interface = key;
    if (one_of > 1 && left_out(packet)) {
      ++counters.sampled_out;
      return;
    }
    if (!block || block->size() - used < packet.data.size()) {
      block = pool->take(std::max<std::size_t>(packet.data.size(), BlockPool::kBlockSize));
      used = 0;
    }
    if (batch->blocks.empty() || batch->blocks.back() != block) batch->blocks.push_back(block);
    std::uint8_t* place = block->data() + used;
    if (!packet.data.empty()) std::memcpy(place, data, packet.data.size());
    used += packet.data.size();
    packet.data = {place, packet.data.size()};
    ++counters.packets;
    counters.bytes += packet.data.size();
    Event& event = batch->events.emplace_back();
    event.at = packet.at;
    event.packet = packet;
  }
};

LiveCapture::LiveCapture(std::unique_ptr<State> state) : state_(std::move(state)) {}
LiveCapture::~LiveCapture() = default;

Result<std::unique_ptr<LiveCapture>> LiveCapture::open(const std::string& interface, const LiveCaptureOptions& options, std::shared_ptr<BlockPool> pool) {
  if (auto checked = check_filter(options.filter); !checked) return tl::unexpected(checked.error());
  auto state = std::make_unique<State>();
  char error[PCAP_ERRBUF_SIZE] = {};
  state->handle = pcap_create(interface.c_str(), error);
  if (state->handle == nullptr) return fail(interface + ": " + error);
  pcap_t* handle = state->handle;
  pcap_set_snaplen(handle, options.snaplen);
  pcap_set_promisc(handle, options.promiscuous ? 1 : 0);
  pcap_set_timeout(handle, static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(options.block_timeout).count()));
  pcap_set_immediate_mode(handle, 0);  // else it is TPACKET_V2, and a wake-up a packet
  pcap_set_buffer_size(handle, static_cast<int>(std::min<std::size_t>(options.buffer_bytes, std::size_t{1} << 30)));
  pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO);
  if (const int status = pcap_activate(handle); status < 0) return fail(interface + ": " + reason_of(handle, status));
  if (pcap_get_tstamp_precision(handle) != PCAP_TSTAMP_PRECISION_NANO) return fail(interface + ": gives no times in nanoseconds");
  if (pcap_setnonblock(handle, 1, error) != 0) return fail(interface + ": " + error);
  const auto link = link_type_of(pcap_datalink(handle));
  if (!link) return fail(interface + ": " + link.error().message);
  if (!options.filter.empty()) {
    bpf_program program{};
    const bool set = pcap_compile(handle, &program, options.filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0 && pcap_setfilter(handle, &program) == 0;
    const std::string why = set ? "" : pcap_geterr(handle);
    pcap_freecode(&program);
    if (!set) return fail(interface + ": filter \"" + options.filter + "\": " + why);
  }
  state->interface = interface;
  state->key = interface_key(interface);
  state->link = *link;
  state->pool = std::move(pool);
  return std::unique_ptr<LiveCapture>(new LiveCapture(std::move(state)));
}

int LiveCapture::descriptor() const { return pcap_get_selectable_fd(state_->handle); }
LinkType LiveCapture::link() const { return state_->link; }

void LiveCapture::sample(std::uint32_t one_of, std::uint64_t seed) {
  state_->one_of = std::max(one_of, 1U);
  state_->seed = seed;
}

Result<bool> LiveCapture::read(EventBatch& batch, std::size_t most, std::uint16_t index) {
  state_->batch = &batch;
  state_->index = index;
  const int limit = static_cast<int>(std::min<std::size_t>(most, 1U << 20));
  const auto take = [](u_char* state, const pcap_pkthdr* header, const u_char* data) { reinterpret_cast<State*>(state)->take(*header, data); };
  const int count = pcap_dispatch(state_->handle, limit, take, reinterpret_cast<u_char*>(state_.get()));
  state_->batch = nullptr;
  if (count < 0) return fail(state_->interface + ": " + reason_of(state_->handle, count));
  return count == limit;
}

LiveCaptureCounters LiveCapture::counters() {
  pcap_stat now{};
  if (pcap_stats(state_->handle, &now) == 0) {
    add_difference(state_->counters.kernel_dropped, state_->last_drop, now.ps_drop);
    add_difference(state_->counters.interface_dropped, state_->last_interface_drop, now.ps_ifdrop);
  }
  return state_->counters;
}

}  // namespace scanner
