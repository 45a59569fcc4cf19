#include "tools/aupsig/talk.h"

#include "scanner/engine/clock.h"
#include "scanner/model/letters.h"
#include "scanner/packet/flow_tracker.h"
#include "scanner/packet/ip_fragments.h"
#include "scanner/protocol/json_frame.h"

#include <algorithm>
#include <charconv>
#include <memory>

namespace scanner {
namespace {

constexpr std::size_t kMaxTotal = std::size_t{256} << 20;  // bytes of streams kept at one time

// The packet that brought the stream up to `end`.
struct Piece {
  std::uint64_t end = 0, order = 0;
  Timestamp at;
  std::uint32_t frame = 0;
  std::uint16_t file = 0;
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0'; }

std::size_t content_length(std::string_view head) {
  const std::string small = lowered(head);
  const std::size_t at = small.find("\ncontent-length:");
  if (at == std::string::npos) return 0;
  std::size_t begin = at + 16, length = 0;
  while (begin < small.size() && small[begin] == ' ') ++begin;
  std::from_chars(small.data() + begin, small.data() + small.size(), length);
  return length;
}

bool begins_http(std::string_view line) {
  return line.starts_with("HTTP/1.") || line.starts_with("POST ") || line.starts_with("GET ") || line.starts_with("PUT ");
}

// One direction's stream, taken apart once it is over.
class StreamWalk {
 public:
  StreamWalk(std::string_view text, const std::vector<Piece>& pieces, Direction sender, std::vector<TalkMessage>& out)
      : text_(text), pieces_(pieces), sender_(sender), out_(out) {}

  void walk() {
    std::size_t at = 0;
    while (at < text_.size()) {
      const char c = text_[at];
      if (is_space(c)) ++at;
      else if (c == '{' || c == '[') at = json(at, text_.size(), false);
      else if (begins_http(text_.substr(at, 16))) at = http(at);
      else at = std::min(text_.find('\n', at), text_.size());
    }
  }

 private:
  // Behind the text that begins here, or behind what is none.
  std::size_t json(std::size_t at, std::size_t limit, bool http) {
    JsonFramer frame;
    const std::size_t size = frame.take(as_bytes(text_.substr(at, limit - at)));
    if (frame.state() == JsonFramer::State::Closed) add(at, at + size, http);
    if (frame.state() == JsonFramer::State::Open) return limit;
    return at + std::max<std::size_t>(size, 1);
  }

  std::size_t http(std::size_t at) {
    const std::size_t end = text_.find("\r\n\r\n", at);
    if (end == std::string_view::npos) return text_.size();
    const std::size_t body = end + 4;
    const std::size_t limit = std::min(text_.size(), body + std::min(content_length(text_.substr(at, body - at)), text_.size()));
    for (std::size_t i = body; i < limit;) i = text_[i] == '{' || text_[i] == '[' ? json(i, limit, true) : i + 1;
    return std::max(limit, body);
  }

  void add(std::size_t begin, std::size_t end, bool http) {
    const auto piece = std::lower_bound(pieces_.begin(), pieces_.end(), end, [](const Piece& p, std::size_t e) { return p.end < e; });
    if (piece == pieces_.end() || out_.size() >= 2 * Talk::kMaxMessages) return;
    out_.push_back({sender_, begin, end, piece->at, piece->frame, piece->file, piece->order, std::string(text_.substr(begin, end - begin)), http});
  }

  std::string_view text_;
  const std::vector<Piece>& pieces_;
  Direction sender_;
  std::vector<TalkMessage>& out_;
};

class TalkReader final : public FlowEvents {
 public:
  explicit TalkReader(std::size_t max_flows) : max_flows_(max_flows), fragments_(FragmentLimits{}), tracker_(limits(), 0, *this) {}

  void read(const Packet& packet) {
    ++sequence_;
    const Timestamp at = clock_.advance(packet.at);
    Decoded decoded;
    decode(packet, decoded);
    std::shared_ptr<const std::vector<std::uint8_t>> storage;
    if (decoded.status == DecodeStatus::Fragment) {
      Decoded whole;
      if (!fragments_.feed(decoded, at, whole, storage)) return;
      decoded = whole;
    }
    if (decoded.status == DecodeStatus::Ok) tracker_.feed(decoded, {at, sequence_, packet.frame, packet.file});
  }

  std::vector<Talk> finish() {
    tracker_.finish({clock_.now(), ++sequence_, 0, 0});
    std::stable_partition(talks_.begin(), talks_.end(), [](const Talk& talk) { return !talk.messages.empty(); });
    if (talks_.size() > max_flows_) talks_.resize(max_flows_);
    return std::move(talks_);
  }

 private:
  struct Streams final : FlowAttachment {
    std::string text[2];
    std::vector<Piece> pieces[2];
    std::uint64_t gap_bytes = 0;
    bool cut = false;
  };

  static FlowLimits limits() {
    FlowLimits limits;
    limits.max_flows = 1 << 20;
    return limits;
  }

  static Streams& streams_of(Flow& flow) {
    if (!flow.attachment) flow.attachment = std::make_unique<Streams>();
    return static_cast<Streams&>(*flow.attachment);
  }

  void on_opened(Flow&, const PacketContext&) override {}
  void on_bytes(Flow& flow, Direction direction, Bytes bytes, std::uint64_t, const PacketContext& packet) override {
    Streams& streams = streams_of(flow);
    const auto side = static_cast<std::size_t>(direction);
    const std::size_t room = Talk::kMaxStream - std::min(Talk::kMaxStream, streams.text[side].size());
    const std::size_t taken = std::min({bytes.size(), room, kMaxTotal - std::min(kMaxTotal, kept_)});
    streams.cut = streams.cut || taken < bytes.size();
    streams.text[side] += as_text(bytes.first(taken));
    kept_ += taken;
    if (taken > 0) streams.pieces[side].push_back({streams.text[side].size(), ++order_, packet.at, packet.frame, packet.file});
  }
  // A line end, so that what stood in front of the hole does not run into what stands behind it.
  void on_gap(Flow& flow, Direction direction, std::uint64_t missing, const PacketContext& packet) override {
    Streams& streams = streams_of(flow);
    streams.gap_bytes += missing;
    const auto side = static_cast<std::size_t>(direction);
    streams.text[side] += '\n';
    streams.pieces[side].push_back({streams.text[side].size(), ++order_, packet.at, packet.frame, packet.file});
  }
  void on_datagram(Flow&, Direction, Bytes, const PacketContext&) override {}
  void on_acknowledged(Flow&, Direction, std::uint64_t, const PacketContext&) override {}
  void on_closed(Flow& flow, FlowEnd, const PacketContext&) override {
    if (!flow.attachment) return;
    Streams& streams = streams_of(flow);
    Talk talk;
    talk.flow = flow.ref;
    talk.first = flow.first_seen;
    talk.last = flow.last_seen;
    talk.gap_bytes = streams.gap_bytes;
    talk.cut = streams.cut;
    for (const Direction direction : {Direction::FromInitiator, Direction::FromResponder}) {
      const auto side = static_cast<std::size_t>(direction);
      talk.packets[side] = flow.counters.packets[side];
      talk.bytes[side] = flow.counters.bytes[side];
      talk.beginning[side] = streams.text[side].substr(0, Talk::kBeginning);
      kept_ -= std::min(kept_, streams.text[side].size());
      StreamWalk(streams.text[side], streams.pieces[side], direction, talk.messages).walk();
    }
    std::stable_sort(talk.messages.begin(), talk.messages.end(), [](const TalkMessage& a, const TalkMessage& b) { return a.order < b.order; });
    if (talk.messages.size() > Talk::kMaxMessages) {
      talk.messages.resize(Talk::kMaxMessages);
      talk.cut = true;
    }
    // What says nothing is not worth keeping by the million.
    if (!talk.messages.empty() || talks_.size() < 4 * max_flows_) talks_.push_back(std::move(talk));
  }

  std::size_t max_flows_;
  std::vector<Talk> talks_;
  EngineClock clock_;
  IpFragments fragments_;
  FlowTracker tracker_;
  std::uint64_t sequence_ = 0, order_ = 0;
  std::size_t kept_ = 0;
};

}  // namespace

std::vector<Talk> read_talks(std::span<const EventBatch> batches, std::size_t max_flows) {
  TalkReader reader(max_flows);
  for (const EventBatch& batch : batches)
    for (const Event& event : batch.events)
      if (event.kind == EventKind::Packet) reader.read(event.packet);
  return reader.finish();
}

}  // namespace scanner
