// Any bytes as what is said on one flow, read in two cuts that must agree.
//
// The input is a script: a control byte (bit 0: sender; bit 1: a hole; bit 2: two bytes of
// length), a length, and that many bytes or, for a hole, none.
#pragma once

#include "scanner/protocol/dispatcher.h"

#include <cstdlib>
#include <string>
#include <vector>

namespace scanner::fuzz {

struct Step {
  Direction sender = Direction::FromInitiator;
  std::uint64_t missing = 0;
  Bytes bytes;
};

inline std::vector<Step> read_script(Bytes input) {
  std::vector<Step> steps;
  Cursor cursor(input);
  while (cursor.remaining() > 1 && steps.size() < 64) {
    const std::uint8_t control = cursor.u8();
    const std::size_t length = (control & 4) != 0 ? cursor.be16() : cursor.u8();
    Step step;
    step.sender = (control & 1) != 0 ? Direction::FromResponder : Direction::FromInitiator;
    if ((control & 2) != 0)
      step.missing = length + 1;
    else
      step.bytes = cursor.take(std::min(length, cursor.remaining()));
    steps.push_back(step);
  }
  return steps;
}

// What was observed, as one text to compare.
class Notes : public ObservationSink {
 public:
  std::string text;

  void take(Observation&& observation) override {
    text += std::to_string(observation.frame) + ' ' + std::to_string(static_cast<int>(observation.sender)) + ' ' +
            std::to_string(observation.what.index()) + ' ' + std::visit(Content{}, observation.what) + '\n';
    if (text.size() > (8u << 20)) std::abort();  // a flood of observations
  }

 private:
  struct Content {
    std::string operator()(const MiningSeen& m) const {
      return std::to_string(static_cast<int>(m.role)) + std::to_string(static_cast<int>(m.outcome)) + m.method +
             m.worker + m.job + m.excerpt;
    }
    std::string operator()(const DnsSeen& d) const { return d.name + std::to_string(d.addresses.size()); }
    std::string operator()(const TlsClientHello& t) const { return t.sni + t.ja4; }
    std::string operator()(const TlsCertificate& t) const { return t.issuer + std::to_string(t.names.size()); }
    std::string operator()(const HttpRequestSeen& h) const { return h.method + h.host + h.target + h.user_agent; }
    std::string operator()(const CoinPeerSeen& c) const {
      return c.command + c.agent + c.network + std::to_string(c.verified);
    }
    std::string operator()(const SealedSeen& s) const { return s.shape; }
    std::string operator()(const LoginSeen& l) const {
      return l.protocol + std::to_string(static_cast<int>(l.step)) + std::to_string(l.credentials);
    }
    std::string operator()(const ParserGaveUp& p) const { return p.reason; }
    template <typename T>
    std::string operator()(const T&) const {
      return {};
    }
  };
};

inline FlowRef flow_on(std::uint16_t port, IpProtocol protocol, bool start_seen) {
  static constexpr std::uint8_t kSource[] = {192, 0, 2, 1}, kDestination[] = {198, 51, 100, 1};
  FlowRef flow;
  flow.id = 1;
  flow.tuple = {{IpAddress::v4(kSource), 50000}, {IpAddress::v4(kDestination), port}, protocol};
  flow.start_seen = start_seen;
  return flow;
}

// `piece`: bytes at a time; 0: whole segments.
inline std::string run_script(const FlowRef& flow, const std::vector<Step>& steps,
                              std::span<const StreamProtocol> streams, const DialectSet& dialects, std::size_t piece) {
  Notes notes;
  FlowSession session(flow, dialects, notes);
  Dispatcher dispatcher(session, streams);
  std::uint64_t offset[2] = {0, 0};
  Moment moment;
  for (const Step& step : steps) {
    ++moment.frame;
    ++moment.sequence;
    moment.at = moment.at + std::chrono::seconds(1);
    std::uint64_t& position = offset[static_cast<std::size_t>(step.sender)];
    if (step.missing > 0) dispatcher.gap(step.sender, step.missing, moment);
    for (std::size_t at = 0; at < step.bytes.size();) {
      const Bytes now =
          step.bytes.subspan(at, piece == 0 ? step.bytes.size() : std::min(piece, step.bytes.size() - at));
      // A block of its own, so that the sanitizer sees reads past the piece.
      const std::vector<std::uint8_t> copy(now.begin(), now.end());
      dispatcher.bytes(step.sender, copy, position + at, moment);
      at += now.size();
    }
    position += step.bytes.size() + step.missing;
    if (dispatcher.watches_acknowledgements()) dispatcher.acknowledged(opposite(step.sender), position, moment);
  }
  dispatcher.end(moment);
  return notes.text;
}

// The first byte of the input says in what pieces the second reading comes, and whether the
// flow's start was seen.
inline void read_in_two_cuts(Bytes input, std::uint16_t port, std::span<const StreamProtocol> streams,
                             const DialectSet& dialects) {
  if (input.empty()) return;
  const std::vector<Step> steps = read_script(input.subspan(1));
  const FlowRef flow = flow_on(port, IpProtocol::Tcp, (input[0] & 0x80) == 0);
  const std::string whole = run_script(flow, steps, streams, dialects, 0);
  if (run_script(flow, steps, streams, dialects, 1 + (input[0] & 0x7f)) != whole) std::abort();
}

// That protocol, and the `more` that stand behind it in the catalog.
inline std::span<const StreamProtocol> only(std::string_view name, std::size_t more = 0) {
  const auto all = stream_protocols();
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].name == name) return all.subspan(i, 1 + more);
  std::abort();
}

}  // namespace scanner::fuzz
