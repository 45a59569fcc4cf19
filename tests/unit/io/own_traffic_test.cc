#include "scanner/io/own_traffic.h"

#include "tests/support/packet_builder.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <catch2/catch.hpp>
#include <utility>

namespace scanner {
namespace {

using namespace std::chrono_literals;

// Two ends of a connection over loopback.
struct Connection {
  int listener = -1, client = -1, server = -1;
  FiveTuple tuple;  // of the client

  Connection() {
    listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener, 1) == 0);
    tuple.destination = name_of(listener);
    address.sin_port = htons(tuple.destination.port);
    client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    server = ::accept(listener, nullptr, nullptr);
    tuple.source = name_of(client);
  }
  ~Connection() {
    for (const int fd : {listener, client, server})
      if (fd >= 0) ::close(fd);
  }
  static Endpoint name_of(int fd) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    return {IpAddress::v4(ntohl(address.sin_addr.s_addr)), ntohs(address.sin_port)};
  }
};

TEST_CASE("a connection of this process is known, in both directions, and nothing beside it", "[io][live]") {
  const Connection connection;
  OwnTraffic own;
  own.refresh(1s);
  CHECK(own.contains(connection.tuple));
  CHECK(own.contains(connection.tuple.reversed()));
  FiveTuple other = connection.tuple;
  other.source.port ^= 1;
  CHECK_FALSE(own.contains(other));
  // A listener is no conversation: what others send to its port is not ours by that.
  other = {{*IpAddress::parse("127.0.0.9"), 1234}, connection.tuple.destination, IpProtocol::Tcp};
  CHECK_FALSE(own.contains(other));
  other = connection.tuple;
  other.protocol = IpProtocol::Udp;
  CHECK_FALSE(own.contains(other));
}

TEST_CASE("a connection that lived between two looks is known, and forgotten a minute after", "[io][live]") {
  OwnTraffic own;
  own.refresh(1s);
  Connection connection;
  own.closing(connection.client);
  ::close(std::exchange(connection.client, -1));
  ::close(std::exchange(connection.server, -1));
  CHECK(own.contains(connection.tuple));
  own.refresh(5000s);  // the look before was long ago
  CHECK(own.contains(connection.tuple));
  own.refresh(5060s);
  CHECK(own.contains(connection.tuple));
  own.refresh(5061s);
  CHECK_FALSE(own.contains(connection.tuple));
}

TEST_CASE("what still connects is known by its own end, for as long as it does", "[io][live]") {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  const Endpoint local = Connection::name_of(fd);
  const FiveTuple tuple{local, {*IpAddress::parse("192.0.2.1"), 443}, IpProtocol::Tcp};
  OwnTraffic own;
  own.refresh(1s);
  CHECK(own.contains(tuple));
  CHECK(own.contains(tuple.reversed()));
  ::close(fd);
  own.refresh(3s);
  CHECK_FALSE(own.contains(tuple));
}

TEST_CASE("only packets of own conversations are left out of a batch", "[io][live]") {
  const Connection connection;
  OwnTraffic own;
  own.refresh(1s);
  const std::uint16_t a = connection.tuple.source.port, b = connection.tuple.destination.port;
  const std::vector<test::Buffer> frames{
      test::PacketBuilder().ethernet().ip("127.0.0.1", "127.0.0.1").tcp(a, b).payload("mining.authorize").build(),
      test::PacketBuilder().ethernet().ip("127.0.0.1", "127.0.0.1").tcp(b, a).build(),
      test::PacketBuilder().ethernet().ip("127.0.0.1", "127.0.0.2").tcp(a, b).build(),
      test::Buffer{1, 2, 3},
  };
  EventBatch batch;
  for (const test::Buffer& frame : frames) batch.events.emplace_back().packet = test::packet_of(frame);
  batch.events.emplace_back().kind = EventKind::Tick;
  CHECK(own.leave_out(batch) == 2);
  REQUIRE(batch.events.size() == 3);
  CHECK(batch.events[0].packet.data.data() == frames[2].data());
}

}  // namespace
}  // namespace scanner
