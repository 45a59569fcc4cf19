// Whose something is: what a person wrote in the tenants file, or what the host was found to
// say. scanner/docs/attribution.md tells how several of these are weighed.
#pragma once

#include "scanner/model/address.h"
#include "scanner/model/process_id.h"
#include "scanner/model/time.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scanner {

// What a tenant is known by.
enum class AttributedBy : std::uint8_t {
  Address,         // `addresses`
  Container,       // `text`: its id, or at least the first 12 digits of it
  ContainerName,   // `text`: a pattern (pattern.h, Star::AnyButSlash)
  ContainerLabel,  // `text`: "key=value"
  ContainerImage,  // `text`: a pattern
  Cgroup,          // `text`: a pattern of the path; what lies below belongs to it too
  Unit,            // `text`: a pattern of a systemd unit's name
  Uid,             // `from` to `to`
  NetworkNamespace,  // `from`: the inode number
  Process,         // `process`, and nothing else: not its children
  Vlan,            // `from` to `to`: outer VLAN ids
  Vni,             // `from` to `to`: VXLAN or GENEVE networks
  Interface,       // `text`: its name
};
std::string_view to_string(AttributedBy by);  // the recording's key: "address", "container", …

// From the record's time on, or as long as `valid_from` and `valid_until` say. A later one of
// the same method about the same thing stands in the place of an open one.
struct Attributed {
  AttributedBy by = AttributedBy::Address;
  Cidr addresses;
  ProcessId process;
  std::string text;
  std::uint64_t from = 0, to = 0;
  std::string tenant;    // empty only where it is shared or released
  std::string instance;  // may be empty
  std::string method;    // how it is known: "config", "docker", …
  std::string proof;     // one plain sentence
  Timestamp valid_from, valid_until;  // the end excluded; zero: open
  bool shared = false;    // several tenants use the address: alone it says nothing of anybody
  bool released = false;  // it ends here
};

// A container as its engine describes it. Told before its first process, and again when
// something of it changes.
struct ContainerSeen {
  std::string id;      // as in cgroup paths, lower-case hexadecimal
  std::string engine;  // "docker", "containerd"
  std::string name, image;
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<IpAddress> addresses;  // its own; none where it uses the host's network
  bool removed = false;  // it is gone: its addresses are nobody's any more
};

// The container that a cgroup path names as Docker, containerd, CRI-O, Podman or Kubernetes make
// it ("/docker/ID", "…/docker-ID.scope", "…/cri-containerd-ID.scope" …): its last 64 digits; or
// "lxc/NAME". Empty where there is none.
std::string container_of_cgroup(std::string_view cgroup);

}  // namespace scanner
