#include "scanner/io/interface_watch.h"

#include "scanner/io/system_error.h"

#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <algorithm>
#include <cerrno>

namespace scanner {
namespace {

constexpr const char* kAny = "any";
constexpr const char* kAnyNotLoopback = "any-not-loopback";

bool among(const std::vector<std::string>& names, const std::string& name) { return std::find(names.begin(), names.end(), name) != names.end(); }

}  // namespace

std::vector<NetworkInterface> network_interfaces() {
  std::vector<NetworkInterface> found;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return found;
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_PACKET) continue;
    NetworkInterface& interface = found.emplace_back();
    interface.name = entry->ifa_name;
    interface.index = ::if_nametoindex(entry->ifa_name);
    interface.up = (entry->ifa_flags & IFF_UP) != 0;
    interface.loopback = (entry->ifa_flags & IFF_LOOPBACK) != 0;
    interface.bond_port = (entry->ifa_flags & IFF_SLAVE) != 0;
  }
  ::freeifaddrs(first);
  std::sort(found.begin(), found.end(), [](const NetworkInterface& a, const NetworkInterface& b) { return a.name < b.name; });
  return found;
}

std::vector<NetworkInterface> choose_interfaces(const std::vector<std::string>& wanted, const std::vector<NetworkInterface>& all) {
  const bool any = among(wanted, kAny), not_loopback = among(wanted, kAnyNotLoopback);
  std::vector<NetworkInterface> chosen;
  for (const NetworkInterface& interface : all) {
    const bool swept = (any || (not_loopback && !interface.loopback)) && !interface.bond_port;
    if (interface.up && (swept || among(wanted, interface.name))) chosen.push_back(interface);
  }
  return chosen;
}

std::vector<std::string> named_interfaces(const std::vector<std::string>& wanted) {
  std::vector<std::string> names;
  for (const std::string& name : wanted)
    if (name != kAny && name != kAnyNotLoopback) names.push_back(name);
  return names;
}

Result<InterfaceWatch> InterfaceWatch::open() {
  FileDescriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail("news of network interfaces: " + system_error());
  return InterfaceWatch(std::move(socket));
}

bool InterfaceWatch::changed() {
  bool any = false;
  char message[8192];
  while (true) {
    const ssize_t got = ::recv(socket_.get(), message, sizeof message, 0);
    // An overrun is news too: something changed, and the list is read anew anyway.
    if (got < 0 && errno != ENOBUFS && errno != EINTR) return any;
    any = true;
  }
}

}  // namespace scanner
