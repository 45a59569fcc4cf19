#include "scanner/packet/flow_tracker.h"

#include "tests/unit/packet/flow_recorder.h"

#include <catch2/catch.hpp>

#include <string>

using namespace scanner;
using namespace scanner::test;

namespace {

constexpr Timestamp kStart{1'700'000'000'000'000'000};

Buffer datagram(const char* source, std::uint16_t source_port, const char* destination, std::uint16_t destination_port,
                const char* text) {
  return PacketBuilder().ethernet().ip(source, destination).udp(source_port, destination_port).payload(text).build();
}

Buffer syn(std::uint16_t port) {
  return PacketBuilder().ethernet().ip("192.0.2.1", "198.51.100.2").tcp(port, 3333, {.flags = "S"}).build();
}

}  // namespace

TEST_CASE("a conversation is one flow whose initiator sent the SYN", "[packet]") {
  TcpDialogue talk;
  talk.handshake().client("hello\n").server("welcome\n").close();
  FlowRun run;
  run.feed(talk).finish();
  REQUIRE(run.seen.flows.size() == 1);
  const SeenFlow& flow = run.flow();
  CHECK(flow.ref.tuple.source.to_string() == "192.0.2.1:40000");
  CHECK(flow.ref.start_seen);
  CHECK(flow.client() == "hello\n");
  CHECK(flow.server() == "welcome\n");
  CHECK(flow.end == FlowEnd::Closed);
  CHECK(flow.counters.packets[0] == 5);
  CHECK(flow.counters.packets[1] == 3);
  CHECK(flow.counters.bytes[0] == 6);
  CHECK(flow.counters.bytes[1] == 8);
}

TEST_CASE("that both sides said all is told once, when nothing is missing", "[packet]") {
  TcpDialogue talk;
  talk.handshake().client("hello\n").server("welcome\n").client_closes();
  FlowRun run;
  run.feed(talk);
  CHECK(run.flow().said_all == 0);  // the server may go on
  TcpDialogue rest = talk;
  rest.segments.clear();
  rest.server("bye\n").server_closes().client_acks();
  run.feed(rest, {rest.segments[0], rest.segments[1]});
  CHECK(run.flow().said_all == 1);
  run.feed(rest, {rest.segments[2]}).finish();
  CHECK(run.flow().said_all == 1);
}

TEST_CASE("a reset, and an end behind a hole, are not taken for all that was said", "[packet]") {
  TcpDialogue reset;
  reset.handshake().client("hello\n").client_resets();
  FlowRun first;
  first.feed(reset).finish();
  CHECK(first.flow().said_all == 0);
  TcpDialogue hole;
  hole.handshake().client("hello\n").client_loses(10).client_closes().server_closes();
  FlowRun second;
  second.feed(hole).finish();
  CHECK(second.flow().said_all == 0);
}

TEST_CASE("a flow that begins with a SYN-ACK was initiated by its receiver", "[packet]") {
  TcpDialogue talk;
  talk.handshake().server("banner");
  talk.segments.erase(talk.segments.begin());
  FlowRun run;
  run.feed(talk);
  CHECK(run.flow().ref.tuple.source.port == 40000);
  CHECK(run.flow().ref.start_seen);
  CHECK(run.flow().server() == "banner");
}

TEST_CASE("mid-stream, ports decide the initiator where they speak clearly, else the first sender", "[packet]") {
  const auto initiator_port = [](std::uint16_t client, std::uint16_t server, Direction first) {
    TcpDialogue talk;
    talk.client_port = client;
    talk.server_port = server;
    talk.say(first, "PA", "data");
    FlowRun run;
    run.feed(talk);
    CHECK_FALSE(run.flow().ref.start_seen);
    return run.flow().ref.tuple.source.port;
  };
  CHECK(initiator_port(40000, 3333, Direction::FromResponder) == 40000);
  CHECK(initiator_port(40000, 3333, Direction::FromInitiator) == 40000);
  CHECK(initiator_port(5000, 443, Direction::FromResponder) == 5000);
  CHECK(initiator_port(5000, 8080, Direction::FromResponder) == 8080);  // nothing is clear
  CHECK(initiator_port(45000, 45560, Direction::FromResponder) == 45560);
}

TEST_CASE("datagrams both ways are one flow of whoever sent first", "[packet]") {
  FlowRun run;
  run.feed(datagram("192.0.2.1", 40000, "198.51.100.2", 53, "query"), kStart);
  run.feed(datagram("198.51.100.2", 53, "192.0.2.1", 40000, "answer"), kStart);
  REQUIRE(run.seen.flows.size() == 1);
  CHECK(run.flow().ref.tuple.source.port == 40000);
  CHECK(run.flow().datagrams[0] == std::vector<std::string>{"query"});
  CHECK(run.flow().datagrams[1] == std::vector<std::string>{"answer"});
}

TEST_CASE("an ICMP echo and its reply are one flow", "[packet]") {
  FlowRun run;
  run.feed(PacketBuilder().ethernet().ip("192.0.2.1", "198.51.100.2").icmp(8).payload("ping").build(), kStart);
  run.feed(PacketBuilder().ethernet().ip("198.51.100.2", "192.0.2.1").icmp(0).payload("ping").build(), kStart);
  REQUIRE(run.seen.flows.size() == 1);
  CHECK(run.flow().datagrams[1].size() == 1);
}

TEST_CASE("the same tuple in two virtual networks is two flows, on two VLANs it is one", "[packet]") {
  const auto packet = [](PacketBuilder outer) {
    return outer.ip("192.0.2.1", "198.51.100.2").udp(1000, 53).payload("x").build();
  };
  const auto in_network = [](std::uint32_t vni) {
    return PacketBuilder().ethernet().ip("203.0.113.1", "203.0.113.2").vxlan(vni).ethernet();
  };
  FlowRun run;
  run.feed(packet(in_network(1)), kStart).feed(packet(in_network(2)), kStart);
  CHECK(run.seen.flows.size() == 2);
  CHECK(run.flow(1).ref.vni == 2);
  FlowRun tagged;
  tagged.feed(packet(PacketBuilder().ethernet().vlan(7)), kStart).feed(packet(PacketBuilder().ethernet()), kStart);
  CHECK(tagged.seen.flows.size() == 1);
  CHECK(tagged.flow().ref.outer_vlan == 7);
}

TEST_CASE("flow ids follow the base in the order of opening", "[packet]") {
  FlowRecorder seen;
  struct Ids : FlowRecorder {
    std::vector<std::uint64_t> ids;
    void on_opened(Flow& flow, const PacketContext&) override { ids.push_back(flow.ref.id); }
    void on_closed(Flow&, FlowEnd, const PacketContext&) override {}
  } ids;
  FlowTracker tracker({}, 1000, ids);
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{1, 2}) {
    const Buffer bytes = syn(port);
    Decoded decoded;
    decode(packet_of(bytes), decoded);
    tracker.feed(decoded, {kStart, 1, 1, 0});
  }
  CHECK(ids.ids == std::vector<std::uint64_t>{1001, 1002});
  tracker.finish({kStart, 2, 2, 0});
}

TEST_CASE("every kind of flow ends after its own idle time", "[packet]") {
  const FlowLimits limits;
  FlowRun run;
  run.feed(syn(1), kStart);
  TcpDialogue open, closed;
  open.client_port = 40001;
  open.step = closed.step = Duration(0);
  open.handshake().client("hello");
  closed.client_port = 40002;
  closed.handshake().close();
  run.feed(open).feed(closed);
  run.feed(datagram("192.0.2.1", 5, "198.51.100.2", 53, "x"), kStart);
  run.advance(limits.tcp_closing - Duration(1));
  CHECK_FALSE(run.flow(2).end);
  run.advance(Duration(1));
  CHECK(run.flow(2).end == FlowEnd::Closed);
  run.advance(limits.udp_idle - limits.tcp_closing - Duration(1));
  CHECK_FALSE((run.flow(3).end || run.flow(0).end));
  run.advance(Duration(1));
  CHECK(run.flow(3).end == FlowEnd::Idle);
  CHECK(run.flow(0).end == FlowEnd::Idle);
  run.advance(limits.tcp_idle - limits.udp_idle - Duration(1));
  CHECK_FALSE(run.flow(1).end);
  run.advance(Duration(1));
  CHECK(run.flow(1).end == FlowEnd::Idle);
  CHECK(run.tracker.size() == 0);
}

TEST_CASE("a flow that nobody wants ends sooner", "[packet]") {
  TcpDialogue talk;
  talk.handshake();
  FlowRun run;
  run.feed(talk);
  run.seen.open.at(1)->wanted[0] = run.seen.open.at(1)->wanted[1] = false;
  TcpDialogue more = talk;
  more.segments.clear();
  more.client("data");
  run.feed(more).advance(FlowLimits{}.tcp_ignored_idle);
  CHECK(run.flow().end == FlowEnd::Idle);
}

TEST_CASE("an expired tuple opens a new flow", "[packet]") {
  FlowRun run;
  run.feed(datagram("192.0.2.1", 5, "198.51.100.2", 53, "x"), kStart);
  run.feed(datagram("192.0.2.1", 5, "198.51.100.2", 53, "y"), kStart + FlowLimits{}.udp_idle);
  REQUIRE(run.seen.flows.size() == 2);
  CHECK(run.flow(0).end == FlowEnd::Idle);
  CHECK(run.flow(1).datagrams[0] == std::vector<std::string>{"y"});
}

TEST_CASE("a full table gives up the least recently seen flow", "[packet]") {
  FlowLimits limits;
  limits.max_flows = 3;
  FlowRun run(limits);
  for (std::uint16_t port = 1; port <= 3; ++port)
    run.feed(datagram("192.0.2.1", port, "198.51.100.2", 53, "x"), kStart);
  run.feed(datagram("192.0.2.1", 1, "198.51.100.2", 53, "again"), kStart + Duration(1));
  run.feed(datagram("192.0.2.1", 4, "198.51.100.2", 53, "x"), kStart + Duration(2));
  CHECK(run.flow(1).end == FlowEnd::Evicted);
  CHECK_FALSE((run.flow(0).end || run.flow(2).end));
  CHECK(run.tracker.counters().evicted == 1);
  CHECK(run.tracker.size() == 3);
}

TEST_CASE("a flood of SYNs does not push out a conversation that is idle", "[packet]") {
  FlowLimits limits;
  limits.max_flows = 64;
  FlowRun run(limits);
  TcpDialogue talk;
  talk.handshake().client("login");
  run.feed(talk);
  for (std::uint16_t port = 1; port <= 1000; ++port) run.feed(syn(port), talk.at);
  CHECK_FALSE(run.flow(0).end);
  CHECK(run.tracker.size() == 64);
}

TEST_CASE("finish ends every flow, the least recently seen first", "[packet]") {
  struct Order : FlowRecorder {
    std::vector<std::uint64_t> closed;
    void on_closed(Flow& flow, FlowEnd end, const PacketContext& packet) override {
      closed.push_back(flow.ref.id);
      FlowRecorder::on_closed(flow, end, packet);
    }
  } order;
  FlowTracker tracker({}, 0, order);
  std::uint32_t n = 0;
  const auto feed = [&](const Buffer& bytes) {
    Decoded decoded;
    decode(packet_of(bytes), decoded);
    ++n;
    tracker.feed(decoded, {kStart + Duration(n), n, n, 0});
  };
  feed(syn(1));
  feed(datagram("192.0.2.1", 5, "198.51.100.2", 53, "x"));
  feed(syn(2));
  feed(syn(1));
  tracker.finish({kStart, n, n, 0});
  CHECK(order.closed == std::vector<std::uint64_t>{2, 3, 1});
  CHECK(order.flows.at(0).end == FlowEnd::RunEnded);
}

TEST_CASE("ten thousand flows come and go and are all found", "[packet]") {
  FlowRun run;
  const auto address = [](int i) { return "192.0.2." + std::to_string(i % 200); };
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 10000; ++i)
      run.feed(datagram(address(i).c_str(), static_cast<std::uint16_t>(1 + i / 200), "198.51.100.2", 53, "x"), kStart);
  CHECK(run.tracker.size() == 10000);
  CHECK(run.seen.flows.size() == 10000);
  run.advance(FlowLimits{}.udp_idle);
  CHECK(run.tracker.size() == 0);
  run.feed(datagram("192.0.2.1", 5, "198.51.100.2", 53, "x"), run.now);
  CHECK(run.tracker.size() == 1);
}

TEST_CASE("a datagram that the snaplen cut is delivered and counted as a gap", "[packet]") {
  FlowRun run;
  const Buffer packet = datagram("192.0.2.1", 5, "198.51.100.2", 53, "question");
  run.feed(packet, kStart, packet.size() - 3).finish();
  CHECK(run.flow().datagrams[0] == std::vector<std::string>{"quest"});
  CHECK(run.flow().counters.gap_bytes[0] == 3);
  CHECK(run.tracker.counters().gap_bytes == 3);
}

TEST_CASE("a datagram of a direction that is not wanted is only counted", "[packet]") {
  FlowRun run;
  run.feed(datagram("192.0.2.1", 5, "198.51.100.2", 53, "one"), kStart);
  run.seen.open.at(1)->wanted[0] = false;
  run.feed(datagram("192.0.2.1", 5, "198.51.100.2", 53, "two"), kStart).finish();
  CHECK(run.flow().datagrams[0].size() == 1);
  CHECK(run.flow().counters.bytes[0] == 6);
}

TEST_CASE("time that goes back is held", "[packet]") {
  FlowRun run;
  run.feed(datagram("192.0.2.1", 5, "198.51.100.2", 53, "x"), kStart + std::chrono::seconds(100));
  run.feed(datagram("192.0.2.1", 6, "198.51.100.2", 53, "x"), kStart);
  run.tracker.advance({kStart + std::chrono::seconds(100) + FlowLimits{}.udp_idle - Duration(1), 0, 0, 0});
  CHECK(run.tracker.size() == 2);
}

TEST_CASE("a flow with payload whose other side was never seen is counted as one-sided", "[packet]") {
  TcpDialogue talk;
  talk.client("data").client("more");
  FlowRun run;
  run.feed(talk).feed(syn(7), talk.at).finish();
  CHECK(run.tracker.counters().one_sided == 1);
}
