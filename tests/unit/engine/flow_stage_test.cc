// What the flow stage keeps of flows.
#include "scanner/engine/flow_stage.h"

#include "scanner/signature/naive_matcher.h"
#include "tests/support/tcp_dialogue.h"

#include <catch2/catch.hpp>

#include <malloc.h>
#include <memory>
#include <string>
#include <vector>

using namespace scanner;
using namespace scanner::test;

namespace {

using Packets = std::vector<std::pair<Timestamp, Buffer>>;

void add(Packets& packets, const TcpDialogue& talk) {
  for (const TcpSegment& segment : talk.segments) packets.emplace_back(segment.at, talk.packet(segment));
}

// `packets` outlive the batch.
EventBatch batch_of(const Packets& packets) {
  EventBatch batch;
  std::uint32_t frame = 0;
  for (const auto& [at, bytes] : packets) {
    Event& event = batch.events.emplace_back();
    event.at = at;
    event.kind = EventKind::Packet;
    event.packet = packet_of(bytes);
    event.packet.at = at;
    event.packet.frame = ++frame;
  }
  return batch;
}

void run(FlowStage& stage, const EventBatch& batch, Scratch& scratch) {
  stage.route(batch, scratch);
  for (std::size_t shard = 0; shard < FlowStage::kShards; ++shard)
    if (stage.has_work(shard)) stage.run_shard(shard, scratch);
}

// All that is observed of these packets, to the end of the run, in its order.
std::vector<Observation> observed(const Packets& packets) {
  const std::shared_ptr<const Matcher> matcher = make_naive_matcher(Ruleset::empty());
  const auto scratch = matcher->make_scratch();
  FlowStage stage(FlowStageLimits{}, matcher);
  std::vector<Observation> all;
  const auto collect = [&] {
    for (const FlowStage::Occurrence& one : stage.collect())
      if (one.observation != nullptr) all.push_back(*one.observation);
  };
  run(stage, batch_of(packets), *scratch);
  collect();
  stage.begin_finish();
  for (std::size_t shard = 0; shard < FlowStage::kShards; ++shard) stage.finish_shard(shard, *scratch);
  collect();
  return all;
}

// Bytes that so many pages over HTTP leave behind, all within a second.
std::size_t kept_of_pages(std::uint16_t flows, bool ends) {
  std::vector<TcpDialogue> talks(flows);
  Packets packets;
  for (std::uint16_t i = 0; i < flows; ++i) {
    TcpDialogue& talk = talks[i];
    talk.client_port = static_cast<std::uint16_t>(10'000 + i);
    talk.step = std::chrono::microseconds(1);
    talk.handshake().client("GET / HTTP/1.1\r\nHost: pages.example\r\nAccept: text/html\r\nUser-Agent: a browser\r\n\r\n");
    talk.server("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 40\r\n\r\n" + std::string(40, 'x')).client_acks();
    if (ends) talk.close();
    add(packets, talk);
  }
  const std::shared_ptr<const Matcher> matcher = make_naive_matcher(Ruleset::empty());
  const auto scratch = matcher->make_scratch();
  FlowStage stage(FlowStageLimits{}, matcher);
  const EventBatch batch = batch_of(packets);
  const std::size_t before = mallinfo2().uordblks;
  run(stage, batch, *scratch);
  CHECK(stage.coverage().flows.flows == flows);
  return mallinfo2().uordblks - before;
}

}  // namespace

TEST_CASE("what was known of a page is let go when both sides ended, before the flow itself", "[engine]") {
  constexpr std::uint16_t kFlows = 5'000;
  const std::size_t open = kept_of_pages(kFlows, false), ended = kept_of_pages(kFlows, true);
  INFO("a flow: " << open / kFlows << " bytes while it is open, " << ended / kFlows << " when it has ended");
  if (open == 0) {
    WARN("skipped: this allocator (a sanitizer's) does not tell what is in use");
    return;
  }
  // The readers, the searches and what holds them; the packets of the end are queued in addition.
  constexpr std::size_t kReaders = 500;
  CHECK(ended + kFlows * kReaders < open);
}

TEST_CASE("a shape that is told at a flow's end is followed by the end, though nothing else was observed", "[engine][shape]") {
  const auto sealed = [](char one) {
    std::string bytes = "\x17\x03\x03";
    bytes += std::string(2, '\0');
    return bytes + std::string(59, one);
  };
  TcpDialogue talk;
  talk.server_port = 443;
  talk.handshake();
  for (int i = 0; i < 40; ++i) talk.wait(std::chrono::seconds(3)).client(sealed('a')).server(sealed('b')).client_acks();
  talk.close();
  Packets packets;
  add(packets, talk);
  const std::vector<Observation> all = observed(packets);
  REQUIRE(all.size() >= 2);
  const auto* shape = std::get_if<ShapeSeen>(&all[all.size() - 2].what);
  REQUIRE(shape != nullptr);
  CHECK(shape->over);
  CHECK(std::holds_alternative<FlowOver>(all.back().what));
}
