// A made-up conversation between a miner and a pool, and what was observed of it.
#pragma once

#include "tests/unit/protocol/flow_fixture.h"

#include "scanner/protocol/conversation.h"

#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// The dialects that the project ships, read once.
const DialectSet& shipped_dialects();
// One dialect from its text; fails the test on any diagnostic.
DialectSet dialect_from(std::string_view yaml);

// The miner opens the flow and speaks first.
class Talk {
 public:
  explicit Talk(const DialectSet& dialects = shipped_dialects(), bool start_seen = true)
      : session_(test_flow(3333, IpProtocol::Tcp, start_seen), dialects, sink_), dispatcher_(session_) {}

  Talk& miner(std::string_view bytes) { return say(kClient, bytes); }
  Talk& pool(std::string_view bytes) { return say(kServer, bytes); }
  Talk& say(Direction sender, std::string_view bytes, const std::vector<std::size_t>& cuts = {});
  Talk& lose(Direction sender, std::uint64_t bytes);
  // `sender` acknowledges all that the other side has sent so far.
  Talk& acknowledge(Direction sender);
  Talk& wait(int seconds);
  Talk& end();

  std::vector<MiningSeen> seen() const { return sink_.all<MiningSeen>(); }
  // "authorise accepted", one for each MiningSeen.
  std::vector<std::string> story() const;
  const std::vector<Observation>& observations() const { return sink_.taken; }
  FlowSession& session() { return session_; }
  std::uint64_t sent(Direction d) const { return offset_[static_cast<std::size_t>(d)]; }

 private:
  Moment moment() const { return {Timestamp{now_}, packet_, static_cast<std::uint32_t>(packet_), 0}; }

  RecordingSink sink_;
  FlowSession session_;
  Dispatcher dispatcher_;
  std::uint64_t offset_[2] = {0, 0};
  std::int64_t now_ = 1'700'000'000'000'000'000;
  std::uint64_t packet_ = 0;
};

using Story = std::vector<std::string>;
std::string story_line(const MiningSeen& seen);

// An HTTP/1.1 request or response that carries `body`.
std::string http_post(std::string_view body, std::string_view target = "/", std::string_view headers = "");
std::string http_answer(std::string_view body, std::string_view status = "200 OK", std::string_view headers = "");

}  // namespace scanner
