#include "scanner/io/live_capture.h"

#include "scanner/io/capture_set.h"
#include "tests/support/network_namespace.h"
#include "tests/support/packet_builder.h"
#include "tests/unit/io/capture_fixtures.h"

#include <poll.h>
#include <unistd.h>
#include <catch2/catch.hpp>
#include <ctime>
#include <map>

namespace scanner {
namespace {

using namespace std::chrono_literals;
using test::Buffer;
using test::FrameSender;
using test::mentions;
using test::NetworkNamespace;
using test::PacketBuilder;

Buffer frame(std::uint32_t number, const char* source = "192.0.2.1", std::size_t size = 100) {
  return PacketBuilder().ethernet().ip(source, "192.0.2.2").udp(40000, 3333).payload(std::to_string(number) + std::string(size, '.')).build();
}

std::string payload_of(const Packet& packet) { return std::string(as_text(packet.data.subspan(42))); }

// Everything that comes until it is quiet.
EventBatch read_all(LiveCapture& capture) {
  EventBatch all;
  pollfd polled{capture.descriptor(), POLLIN, 0};
  while (::poll(&polled, 1, 200) > 0)
    while (capture.read(all, 1000, 3).value()) {
    }
  return all;
}

Timestamp wall() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return {now.tv_sec * 1'000'000'000 + now.tv_nsec};
}

TEST_CASE("as many packets are captured as are sent, whole, in order and with kernel time", "[io][live][root]") {
  const auto network = NetworkNamespace::make();
  if (!network) return;
  network->veth("one", "other");
  auto capture = LiveCapture::open("other", {.filter = "udp port 3333"}, BlockPool::make());
  REQUIRE(capture);
  CHECK((*capture)->link() == LinkType::Ethernet);
  const FrameSender sender("one");
  const Timestamp began = wall();
  constexpr std::uint32_t kCount = 20'000;
  EventBatch all;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    const Buffer sent = frame(i);
    sender.send(sent);
    if (i % 1000 == 0) static_cast<void>((*capture)->read(all, 100'000, 3).value());
  }
  EventBatch rest = read_all(**capture);
  all.events.insert(all.events.end(), rest.events.begin(), rest.events.end());
  const Timestamp ended = wall();
  CHECK((*capture)->counters().lost() == 0);
  CHECK((*capture)->counters().packets == kCount);
  REQUIRE(all.events.size() == kCount);
  std::uint32_t wrong = 0;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    const Packet& packet = all.events[i].packet;
    if (payload_of(packet) != payload_of(test::packet_of(frame(i))) || packet.at < began || packet.at > ended || packet.file != 3) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("reading a silent interface comes back at once", "[io][live][root]") {
  const auto network = NetworkNamespace::make();
  if (!network) return;
  auto capture = LiveCapture::open("lo", {}, BlockPool::make());
  REQUIRE(capture);
  EventBatch batch;
  const Timestamp began = wall();
  const auto more = (*capture)->read(batch, 100, 0);
  REQUIRE(more);
  CHECK_FALSE(*more);
  CHECK(batch.events.empty());
  CHECK(wall() - began < 50ms);
}

TEST_CASE("a packet that is cut by the snaplen tells its length on the wire", "[io][live][root]") {
  const auto network = NetworkNamespace::make();
  if (!network) return;
  network->veth("one", "other");
  auto capture = LiveCapture::open("other", {.snaplen = 60, .filter = "udp port 3333"}, BlockPool::make());
  REQUIRE(capture);
  FrameSender("one").send(frame(1, "192.0.2.1", 1000));
  const EventBatch batch = read_all(**capture);
  REQUIRE(batch.events.size() == 1);
  CHECK(batch.events[0].packet.data.size() == 60);
  CHECK(batch.events[0].packet.original_length == 1043);
}

TEST_CASE("what the kernel drops while nobody reads is counted to the packet", "[io][live][root]") {
  const auto network = NetworkNamespace::make();
  if (!network) return;
  network->veth("one", "other");
  auto capture = LiveCapture::open("other", {.buffer_bytes = 1 << 20, .filter = "udp port 3333"}, BlockPool::make());
  REQUIRE(capture);
  const FrameSender sender("one");
  constexpr std::uint32_t kCount = 3000;
  for (std::uint32_t i = 0; i < kCount; ++i) sender.send(frame(i, "192.0.2.1", 1200));
  const EventBatch batch = read_all(**capture);
  const LiveCaptureCounters counters = (*capture)->counters();
  CHECK(counters.kernel_dropped > 0);
  CHECK(batch.events.size() == counters.packets);
  CHECK(counters.packets + counters.kernel_dropped == kCount);
}

TEST_CASE("sampling keeps conversations whole and counts the rest", "[io][live][root]") {
  const auto network = NetworkNamespace::make();
  if (!network) return;
  network->veth("one", "other");
  auto capture = LiveCapture::open("other", {.filter = "udp port 3333"}, BlockPool::make());
  REQUIRE(capture);
  (*capture)->sample(4, 12345);
  const FrameSender sender("one");
  constexpr int kHosts = 200, kEach = 5;
  for (int round = 0; round < kEach; ++round)
    for (int host = 1; host <= kHosts; ++host) sender.send(frame(1, ("198.51.100." + std::to_string(host)).c_str()));
  const EventBatch batch = read_all(**capture);
  std::map<std::uint8_t, int> of_host;
  for (const Event& event : batch.events) ++of_host[event.packet.data[29]];
  CHECK(of_host.size() > kHosts / 8);
  CHECK(of_host.size() < kHosts / 2);
  for (const auto& [host, count] : of_host) CHECK(count == kEach);
  CHECK((*capture)->counters().sampled_out + batch.events.size() == kHosts * kEach);
}

TEST_CASE("an interface that cannot be captured is refused with its name and the reason", "[io][live][root]") {
  const auto network = NetworkNamespace::make();
  if (!network) return;
  const auto missing = LiveCapture::open("nowhere", {}, BlockPool::make());
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message.find("nowhere") == 0);
  const auto name = LiveCapture::open("lo", {.filter = "host pool.example"}, BlockPool::make());
  REQUIRE_FALSE(name);
  CHECK(name.error().message.find("names are not looked up") != std::string::npos);
  CHECK_FALSE(LiveCapture::open("lo", {.filter = "port"}, BlockPool::make()));
}

TEST_CASE("interfaces are chosen by name or by being up", "[io][live]") {
  const std::vector<NetworkInterface> all{{"bond0", 4, true, false, false}, {"down0", 5, false, false, false}, {"eth0", 2, true, false, true},
                                          {"eth1", 3, true, false, false},  {"lo", 1, true, true, false}};
  const auto names = [&](const std::vector<std::string>& wanted) {
    std::string text;
    for (const NetworkInterface& one : choose_interfaces(wanted, all)) text += " " + one.name;
    return text;
  };
  CHECK(names({"any-not-loopback"}) == " bond0 eth1");
  CHECK(names({"any"}) == " bond0 eth1 lo");
  CHECK(names({"eth0", "down0", "lo", "nowhere"}) == " eth0 lo");
  CHECK(names({"any-not-loopback", "lo", "eth1"}) == " bond0 eth1 lo");
  CHECK(names({}) == "");
}

TEST_CASE("an interface that goes away is told, and captured again when it returns", "[io][live][root]") {
  const auto network = NetworkNamespace::make();
  if (!network) return;
  network->veth("one", "other");
  auto set = CaptureSet::open({.interfaces = {"other", "later"}, .capture = {.filter = "udp port 3333"}}, 0s);
  REQUIRE(set);
  CHECK((*set)->active() == std::vector<std::string>{"other"});
  CHECK(mentions((*set)->take_news(), "later: there is no such interface"));
  const auto turn = [&] {
    std::vector<pollfd> descriptors;
    (*set)->add_descriptors(descriptors);
    ::poll(descriptors.data(), descriptors.size(), 100);
    (*set)->heed(descriptors, 0s);
    std::vector<CaptureSet::Piece> pieces;
    (*set)->read(pieces, 1000, 0s);
    std::size_t count = 0;
    for (const CaptureSet::Piece& piece : pieces) count += piece.batch.events.size();
    return count;
  };
  const auto packets = [&](int turns) {
    std::size_t count = 0;
    for (int i = 0; i < turns; ++i) count += turn();
    return count;
  };
  FrameSender("one").send(frame(1));
  CHECK(packets(3) == 1);
  CHECK((*set)->take_lost(true) == 0);
  network->ip("link del one");
  packets(3);
  CHECK((*set)->active().empty());
  CHECK(mentions((*set)->take_news(), "other: "));
  network->veth("one", "other");
  packets(3);
  CHECK((*set)->active() == std::vector<std::string>{"other"});
  CHECK(mentions((*set)->take_news(), "other: captured again"));
  CHECK((*set)->take_lost(true) == 1);  // nobody knows how much, and that is something
  FrameSender("one").send(frame(2));
  CHECK(packets(3) == 1);
  network->veth("later", "peer");
  packets(3);
  CHECK((*set)->active() == std::vector<std::string>{"other", "later"});
  FrameSender("peer").send(frame(3));
  CHECK(packets(3) == 1);
  CHECK((*set)->names() == std::vector<std::string>{"other", "later"});
  (*set)->take_lost(true);
  CHECK((*set)->counters().packets == 3);  // those of captures that were closed among them
}

}  // namespace
}  // namespace scanner
