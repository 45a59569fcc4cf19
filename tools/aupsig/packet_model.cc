#include "tools/aupsig/packet_model.h"

#include "scanner/engine/clock.h"
#include "scanner/packet/decode.h"
#include "scanner/packet/ip_fragments.h"
#include "tools/aupsig/frame_writer.h"

#include <algorithm>
#include <map>

namespace scanner {
namespace {

constexpr std::size_t kMaxStream = std::size_t{64} << 20;
constexpr std::uint32_t kFirstSequence = 1'000'000;

// What is known of one side's numbers while the packets are read.
struct Numbers {
  bool known = false;
  std::uint32_t base = 0;  // sequence number of position 0
  std::int64_t position(std::uint32_t number) const { return static_cast<std::int32_t>(number - base); }
};

struct Open {
  std::uint32_t connection = 0;
  Numbers numbers[2];
  bool closed = false;  // FIN or RST was seen
};

class ModelReader {
 public:
  Result<void> read(const Packet& packet) {
    const Timestamp at = clock_.advance(packet.at);
    Decoded decoded;
    decode(packet, decoded);
    std::shared_ptr<const std::vector<std::uint8_t>> storage;
    if (decoded.status == DecodeStatus::Fragment) {
      Decoded whole;
      if (!fragments_.feed(decoded, at, whole, storage)) return {};
      decoded = whole;
    }
    const bool ports = decoded.tuple.protocol == IpProtocol::Tcp || decoded.tuple.protocol == IpProtocol::Udp;
    if (decoded.status != DecodeStatus::Ok || !ports) {
      ++model_.left_out;
      return {};
    }
    model_.encapsulated = model_.encapsulated || decoded.encapsulations > 0;
    return decoded.tuple.protocol == IpProtocol::Tcp ? take_segment(decoded, packet.at) : take_datagram(decoded, packet.at);
  }

  PacketModel finish() { return std::move(model_); }

 private:
  Open& open(const Decoded& packet) {
    const FiveTuple key = std::min(packet.tuple, packet.tuple.reversed());
    auto found = by_tuple_.find(key);
    // Another connection with the same ports begins with a SYN that the old one did not have.
    if (found != by_tuple_.end() && packet.tcp.syn && !packet.tcp.ack && packet.tuple.protocol == IpProtocol::Tcp) {
      const Connection& old = model_.connections[found->second.connection];
      const int side = old.tuple == packet.tuple ? 0 : 1;
      const Numbers& numbers = found->second.numbers[side];
      if (found->second.closed || (numbers.known && numbers.base != packet.tcp.sequence + 1)) {
        by_tuple_.erase(found);
        found = by_tuple_.end();
      }
    }
    if (found != by_tuple_.end()) return found->second;
    const auto number = static_cast<std::uint32_t>(model_.connections.size());
    model_.connections.push_back({packet.tuple, {}, {}});
    return by_tuple_.emplace(key, Open{number, {}, false}).first->second;
  }

  void place(std::uint32_t connection, const Carrier& carrier) {
    auto& carriers = model_.connections[connection].carriers;
    model_.order.push_back({connection, static_cast<std::uint32_t>(carriers.size())});
    carriers.push_back(carrier);
  }

  // Moves position 0 of a side so far back that `position` is none before it.
  void make_room(Open& open, std::size_t side, std::int64_t position) {
    if (position >= 0) return;
    Connection& connection = model_.connections[open.connection];
    const std::int64_t shift = -position;
    connection.stream[side].insert(0, static_cast<std::size_t>(shift), '\0');
    open.numbers[side].base -= static_cast<std::uint32_t>(shift);
    for (Carrier& carrier : connection.carriers) {
      if (carrier.side == side) carrier.begin += shift, carrier.end += shift;
      else carrier.acknowledged += shift;
    }
  }

  Result<void> take_segment(const Decoded& packet, Timestamp at) {
    Open& open = this->open(packet);
    Connection& connection = model_.connections[open.connection];
    const std::size_t side = connection.tuple == packet.tuple ? 0 : 1, other = side ^ 1U;
    Numbers& own = open.numbers[side];
    if (!own.known) own = {true, packet.tcp.sequence + (packet.tcp.syn ? 1U : 0U)};
    Carrier carrier;
    carrier.at = at;
    carrier.side = static_cast<std::uint8_t>(side);
    carrier.syn = packet.tcp.syn;
    carrier.ack = packet.tcp.ack;
    carrier.fin = packet.tcp.fin;
    carrier.rst = packet.tcp.rst;
    carrier.psh = packet.tcp.psh;
    carrier.window = packet.tcp.window;
    carrier.cut = packet.payload_cut;
    open.closed = open.closed || packet.tcp.fin || packet.tcp.rst;
    carrier.begin = own.position(packet.tcp.sequence + (packet.tcp.syn ? 1U : 0U));
    if (!packet.payload.empty() && carrier.begin < 0 && carrier.begin > -static_cast<std::int64_t>(1 << 20)) {
      make_room(open, side, carrier.begin);
      carrier.begin = 0;
    }
    // A keep-alive's byte, or numbers of another life: carried as an empty packet.
    const bool usable = carrier.begin >= 0 && !packet.payload.empty();
    carrier.end = carrier.begin + (usable ? static_cast<std::int64_t>(packet.payload.size()) : 0);
    if (carrier.end > static_cast<std::int64_t>(kMaxStream)) return fail("a stream of more than 64 MiB: cut out the conversation first (aupscan replay --evidence DIR does)");
    if (usable) {
      std::string& stream = connection.stream[side];
      const auto begin = static_cast<std::size_t>(carrier.begin), end = static_cast<std::size_t>(carrier.end);
      const std::size_t known = stream.size();
      if (end > known) stream.resize(end);
      // What came first counts, but what fills a hole is taken.
      for (std::size_t i = begin; i < end; ++i)
        if (i >= known || stream[i] == '\0') stream[i] = static_cast<char>(packet.payload[i - begin]);
    }
    if (packet.tcp.ack) {
      Numbers& theirs = open.numbers[other];
      if (!theirs.known) theirs = {true, packet.tcp.acknowledgement};
      carrier.acknowledged = theirs.position(packet.tcp.acknowledgement);
    }
    place(open.connection, carrier);
    return {};
  }

  Result<void> take_datagram(const Decoded& packet, Timestamp at) {
    Open& open = this->open(packet);
    Connection& connection = model_.connections[open.connection];
    Carrier carrier;
    carrier.at = at;
    carrier.side = connection.tuple == packet.tuple ? 0 : 1;
    carrier.cut = packet.payload_cut;
    std::string& stream = connection.stream[carrier.side];
    if (stream.size() + packet.payload.size() > kMaxStream) return fail("a flow of more than 64 MiB: cut out the conversation first (aupscan replay --evidence DIR does)");
    carrier.begin = static_cast<std::int64_t>(stream.size());
    stream += as_text(packet.payload);
    carrier.end = static_cast<std::int64_t>(stream.size());
    place(open.connection, carrier);
    return {};
  }

  EngineClock clock_;
  IpFragments fragments_{FragmentLimits{}};
  std::map<FiveTuple, Open> by_tuple_;
  PacketModel model_;
};

// Where a position of the old stream lies in the new one.
class Moved {
 public:
  explicit Moved(const std::vector<StreamEdit>& edits) : edits_(edits) {
    std::int64_t shift = 0;
    for (const StreamEdit& e : edits_) {
      shifts_.push_back(shift);
      shift += static_cast<std::int64_t>(e.text.size()) - (e.end - e.begin);
    }
    shifts_.push_back(shift);
  }
  std::int64_t operator()(std::int64_t position) const {
    const auto after = std::upper_bound(edits_.begin(), edits_.end(), position, [](std::int64_t p, const StreamEdit& e) { return p < e.begin; });
    const auto index = static_cast<std::size_t>(after - edits_.begin());
    if (index == 0) return position;
    const StreamEdit& last = edits_[index - 1];
    if (position >= last.end) return position + shifts_[index];
    return last.begin + shifts_[index - 1] + std::min(position - last.begin, static_cast<std::int64_t>(last.text.size()));
  }

 private:
  const std::vector<StreamEdit>& edits_;
  std::vector<std::int64_t> shifts_;
};

}  // namespace

Result<PacketModel> model_of(std::span<const EventBatch> batches) {
  ModelReader reader;
  for (const EventBatch& batch : batches)
    for (const Event& event : batch.events)
      if (event.kind == EventKind::Packet)
        if (auto read = reader.read(event.packet); !read) return tl::unexpected(read.error());
  return reader.finish();
}

void edit(PacketModel& model, std::uint32_t number, int side, std::vector<StreamEdit> edits) {
  if (edits.empty()) return;
  std::sort(edits.begin(), edits.end(), [](const StreamEdit& a, const StreamEdit& b) { return a.begin < b.begin; });
  Connection& connection = model.connections[number];
  const Moved moved(edits);
  std::string text;
  std::int64_t at = 0;
  const std::string& old = connection.stream[side];
  for (const StreamEdit& e : edits) {
    text.append(old, static_cast<std::size_t>(at), static_cast<std::size_t>(e.begin - at));
    text += e.text;
    at = e.end;
  }
  text.append(old, static_cast<std::size_t>(at));
  connection.stream[side] = std::move(text);
  for (Carrier& carrier : connection.carriers) {
    if (carrier.side != side) {
      carrier.acknowledged = moved(carrier.acknowledged);
      continue;
    }
    const bool full = carrier.end > carrier.begin;
    carrier.begin = moved(carrier.begin);
    carrier.end = moved(carrier.end);
    if (full && carrier.end == carrier.begin && !carrier.syn && !carrier.fin && !carrier.rst && carrier.cut == 0) carrier.emptied = true;
  }
}

void drop_emptied(PacketModel& model) {
  keep_only(model, [&](std::uint32_t connection, std::uint32_t carrier) { return !model.connections[connection].carriers[carrier].emptied; });
}

void keep_only(PacketModel& model, const std::function<bool(std::uint32_t, std::uint32_t)>& keep) {
  PacketModel kept;
  kept.left_out = model.left_out;
  kept.encapsulated = model.encapsulated;
  constexpr std::uint32_t kNone = 0xffffffff;
  std::vector<std::vector<bool>> kept_carriers(model.connections.size());
  std::vector<std::uint32_t> place(model.connections.size(), kNone);
  for (const auto& [connection, carrier] : model.order) {
    if (!keep(connection, carrier)) continue;
    if (place[connection] == kNone) {
      place[connection] = static_cast<std::uint32_t>(kept.connections.size());
      Connection& fresh = kept.connections.emplace_back();
      fresh.tuple = model.connections[connection].tuple;
      for (const std::size_t side : {0U, 1U}) fresh.stream[side] = std::move(model.connections[connection].stream[side]);
    }
    auto& carriers = kept.connections[place[connection]].carriers;
    kept.order.push_back({place[connection], static_cast<std::uint32_t>(carriers.size())});
    carriers.push_back(model.connections[connection].carriers[carrier]);
  }
  model = std::move(kept);
}

EventBatch packets_of(const PacketModel& model) {
  const auto bytes = std::make_shared<std::vector<std::vector<std::uint8_t>>>();
  bytes->reserve(model.order.size());
  EventBatch batch;
  std::uint16_t number = 0;
  for (const auto& [c, i] : model.order) {
    const Connection& connection = model.connections[c];
    const Carrier& carrier = connection.carriers[i];
    FrameParts parts;
    parts.tuple = carrier.side == 0 ? connection.tuple : connection.tuple.reversed();
    parts.number = ++number;
    parts.cut = carrier.cut;
    parts.syn = carrier.syn;
    parts.ack = carrier.ack;
    parts.fin = carrier.fin;
    parts.rst = carrier.rst;
    parts.psh = carrier.psh;
    parts.window = carrier.window;
    // Each side counts from another number, so that nobody mistakes the one for the other.
    const std::uint32_t own = kFirstSequence * (carrier.side + 1U), theirs = kFirstSequence * (2U - carrier.side);
    parts.sequence = own + static_cast<std::uint32_t>(carrier.begin) - (carrier.syn ? 1U : 0U);
    parts.acknowledgement = carrier.ack ? theirs + static_cast<std::uint32_t>(carrier.acknowledged) : 0;
    const std::string& stream = connection.stream[carrier.side];
    const auto begin = static_cast<std::size_t>(std::max<std::int64_t>(carrier.begin, 0)), end = static_cast<std::size_t>(std::max<std::int64_t>(carrier.end, 0));
    parts.payload = as_bytes(std::string_view(stream).substr(std::min(begin, stream.size()), end > begin ? end - begin : 0));
    bytes->push_back(frame_of(parts));
    Event& event = batch.events.emplace_back();
    event.at = carrier.at;
    event.packet.at = carrier.at;
    event.packet.data = bytes->back();
    event.packet.original_length = static_cast<std::uint32_t>(bytes->back().size()) + carrier.cut;
    event.packet.frame = static_cast<std::uint32_t>(batch.events.size());
  }
  batch.blocks.push_back(bytes);
  return batch;
}

}  // namespace scanner
