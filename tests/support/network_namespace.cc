#include "tests/support/network_namespace.h"

#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <stdexcept>

namespace scanner::test {

std::unique_ptr<NetworkNamespace> NetworkNamespace::make() {
  const int outside = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (outside < 0 || ::unshare(CLONE_NEWNET) != 0) {
    std::cout << "skipped: a network namespace is not permitted: " << std::strerror(errno) << "\n";
    if (outside >= 0) ::close(outside);
    return nullptr;
  }
  std::unique_ptr<NetworkNamespace> made(new NetworkNamespace(outside));
  made->ip("link set lo up");
  return made;
}

NetworkNamespace::~NetworkNamespace() {
  if (::setns(outside_, CLONE_NEWNET) != 0) std::abort();
  ::close(outside_);
}

void NetworkNamespace::ip(const std::string& arguments) const {
  if (std::system(("ip " + arguments).c_str()) != 0) throw std::runtime_error("ip " + arguments + " failed");
}

void NetworkNamespace::veth(const std::string& one, const std::string& other) const {
  ip("link add " + one + " type veth peer name " + other);
  ip("link set " + one + " up");
  ip("link set " + other + " up");
}

FrameSender::FrameSender(const std::string& interface) : fd_(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
  if (fd_ < 0 || ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("cannot send on " + interface);
}

FrameSender::~FrameSender() { ::close(fd_); }

void FrameSender::send(Bytes frame) const {
  while (::send(fd_, frame.data(), frame.size(), 0) < 0) {
    if (errno != ENOBUFS && errno != EINTR) throw std::runtime_error(std::string("cannot send a frame: ") + std::strerror(errno));
    ::usleep(100);
  }
}

}  // namespace scanner::test
