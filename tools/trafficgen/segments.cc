#include "tools/trafficgen/segments.h"

#include <algorithm>

namespace scanner::trafficgen {
namespace {

using namespace std::chrono_literals;

// One TCP connection as it is written down, in the order in which a tap at the client sees it.
class Connection {
 public:
  Connection(const Conversation& conversation, Random& random)
      : network_(conversation.network), conversation_(conversation), random_(random) {
    for (std::uint32_t& sequence : next_) sequence = static_cast<std::uint32_t>(random.next());
  }

  bool open() {
    const Side opener = conversation_.server_opens ? Side::Server : Side::Client;
    if (conversation_.opening == Opening::Unasked) {
      answer_again_and_again(other(opener));
      return false;
    }
    Segment& syn = add(0ns, opener);
    syn.syn = true;
    ++next(opener);
    if (conversation_.opening == Opening::Silent) return false;
    Segment& answer = add(network_.round_trip, other(opener));
    answer.ack = true;
    answer.acknowledgement = next(opener);
    if (conversation_.opening == Opening::Refused) {
      answer.rst = true;
      answer.sequence = 0;
      return false;
    }
    answer.syn = true;
    ++next(other(opener));
    acknowledge(network_.round_trip + 50us, opener);
    begin_ = network_.round_trip + 1ms;
    return true;
  }

  void say(const Turn& turn, Duration until) {
    const Duration begin = std::max(begin_ + turn.at, last_);
    std::size_t sent = 0;
    Duration at = begin;
    while (sent < turn.bytes.size()) {
      const std::size_t size = std::min(segment_size(), turn.bytes.size() - sent);
      Segment& segment = add(at, turn.from);
      segment.ack = true;
      segment.payload = turn.bytes.substr(sent, size);
      next(turn.from) += static_cast<std::uint32_t>(size);
      sent += size;
      at += 10us;
    }
    // The receiver acknowledges at once, unless it is about to speak anyway.
    if (until > turn.at + 2 * network_.round_trip) acknowledge(at + network_.round_trip / 2, other(turn.from));
  }

  void close(Duration after) {
    const Duration at = std::max(begin_ + after, last_ + 5ms);
    if (conversation_.closing == Closing::None) return;
    if (conversation_.closing == Closing::Reset) {
      Segment& reset = add(at, Side::Server);
      reset.rst = reset.ack = true;
      return;
    }
    for (const Side side : {Side::Client, Side::Server}) {
      Segment& fin = add(std::max(at, last_ + network_.round_trip / 2), side);
      fin.fin = fin.ack = true;
      ++next(side);
    }
    acknowledge(last_ + 50us, Side::Client);
  }

  std::vector<Segment> take() { return std::move(segments_); }

 private:
  void answer_again_and_again(Side side) {
    constexpr Duration kEvery = 2s;
    for (Duration at{}; at < conversation_.duration; at += kEvery) {
      Segment& answer = add(at, side);
      answer.syn = answer.ack = true;
      answer.acknowledgement = next(other(side)) + 1;
    }
  }

  std::uint32_t& next(Side side) { return next_[static_cast<std::size_t>(side)]; }

  Segment& add(Duration at, Side from) {
    last_ = std::max(last_, at);
    Segment& segment = segments_.emplace_back();
    segment.at = at;
    segment.from = from;
    segment.sequence = next(from);
    segment.acknowledgement = next(other(from));
    return segment;
  }
  void acknowledge(Duration at, Side side) { add(at, side).ack = true; }

  std::size_t segment_size() {
    if (network_.segments == Segments::Byte) return 1;
    const std::size_t most = network_.segment_size;
    return network_.segments == Segments::Random ? 1 + random_.below(std::min<std::size_t>(most, 200)) : most;
  }

  const Network& network_;
  const Conversation& conversation_;
  Random& random_;
  std::uint32_t next_[2] = {0, 0};
  Duration begin_{}, last_{};
  std::vector<Segment> segments_;
};

// Messages that one side sends within a second travel together, as with Nagle's algorithm.
void merge(std::vector<Turn>& turns) {
  std::vector<Turn> merged;
  for (Turn& turn : turns) {
    if (!merged.empty() && merged.back().from == turn.from && turn.at - merged.back().at <= 1s)
      merged.back().bytes += turn.bytes;
    else
      merged.push_back(std::move(turn));
  }
  turns = std::move(merged);
}

}  // namespace

std::vector<Segment> carry_tcp(const Conversation& conversation, std::vector<Turn> turns, Random& random) {
  if (conversation.network.segments == Segments::Merged) merge(turns);
  Connection connection(conversation, random);
  if (!connection.open()) return connection.take();
  for (std::size_t i = 0; i < turns.size(); ++i)
    connection.say(turns[i], i + 1 < turns.size() ? turns[i + 1].at : Duration::max());
  connection.close(turns.empty() ? 10ms : turns.back().at + 100ms);
  return connection.take();
}

std::vector<Segment> carry_udp(const std::vector<Turn>& turns) {
  std::vector<Segment> segments;
  for (const Turn& turn : turns) {
    Segment& segment = segments.emplace_back();
    segment.at = turn.at;
    segment.from = turn.from;
    segment.payload = turn.bytes;
  }
  return segments;
}

void impair(const Conversation& conversation, std::vector<Segment>& segments, Random& random) {
  const Network& network = conversation.network;
  std::vector<Segment> seen;
  const auto insert = [&](Segment segment) { seen.push_back(std::move(segment)); };
  for (Segment& segment : segments) {
    if (random.chance(network.retransmit) && !segment.payload.empty()) {
      Segment again = segment;
      again.at += 1ms;
      if (network.retransmit_other_bytes) std::fill(again.payload.begin(), again.payload.end(), '#');
      insert(std::move(again));
    }
    if (random.chance(network.duplicate)) {
      insert(segment);
      seen.back().at += 1us;
    }
    if (random.chance(network.reorder)) segment.at += 2 * network.round_trip;
    insert(std::move(segment));
  }
  std::erase_if(seen, [&](const Segment& segment) {
    if (random.chance(network.capture_loss)) return true;
    if (segment.at < network.starts_late) return true;
    return network.visible != Visible::Both &&
           segment.from != (network.visible == Visible::Client ? Side::Client : Side::Server);
  });
  std::stable_sort(seen.begin(), seen.end(), [](const Segment& a, const Segment& b) { return a.at < b.at; });
  segments = std::move(seen);
}

}  // namespace scanner::trafficgen
