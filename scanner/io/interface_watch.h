// The network interfaces of this host (of this network namespace), and news of their comings and
// goings.
#pragma once

#include "scanner/io/file_descriptor.h"
#include "scanner/model/result.h"

#include <string>
#include <utility>
#include <vector>

namespace scanner {

struct NetworkInterface {
  std::string name;
  unsigned index = 0;      // the kernel's; one that is made anew under its name gets another
  bool up = false;         // switched on, whatever the cable says
  bool loopback = false;
  bool bond_port = false;  // whose traffic the bond itself shows
};

// By name. Empty where the system refuses.
std::vector<NetworkInterface> network_interfaces();

// "any-not-loopback" and "any" stand for all that are up, without the ports of bonds; what else
// is wanted is a name. Each interface once, in the order of `all`.
std::vector<NetworkInterface> choose_interfaces(const std::vector<std::string>& wanted, const std::vector<NetworkInterface>& all);

// Does `wanted` name interfaces, all of them, so that one that is missing can be told?
std::vector<std::string> named_interfaces(const std::vector<std::string>& wanted);

// One thread at a time.
class InterfaceWatch {
 public:
  static Result<InterfaceWatch> open();

  // Readable when an interface came, went, or was switched.
  int descriptor() const { return socket_.get(); }
  // Takes the news away. True: there were some.
  bool changed();

 private:
  explicit InterfaceWatch(FileDescriptor socket) : socket_(std::move(socket)) {}

  FileDescriptor socket_;
};

}  // namespace scanner
