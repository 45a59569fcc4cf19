// Who is said to hold an address, a container, a group, a user or a network, and from when to
// when: what the tenants file states and what the host was found to say.
//
// A question is answered for a moment, also for one that is past: what was released since is
// remembered. Of several claims of one kind the most specific that held then answers (the
// longest prefix, the longest pattern); of equally specific ones all do, and may disagree.
//
// Bounded: kMaxClaims claims, kMaxContainers containers and kMaxContainerAddresses addresses of
// theirs. Claims and addresses beyond that are refused and counted; of containers the removed
// ones go first, then the one that was told first.
#pragma once

#include "scanner/model/attributed.h"
#include "scanner/model/flow_ref.h"
#include "scanner/model/host_record.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace scanner {

struct Claim {
  std::string tenant, instance, method, proof;
  Timestamp from, until;  // the end excluded; zero: open
  bool shared = false;
  bool stated_end = false;  // the end was told with the claim, and not by a later one

  bool holds(Timestamp at) const { return from <= at && (until.ns == 0 || at < until); }
};

// What was found. `past` is one that held before or will hold later, where none holds now.
struct Claims {
  std::vector<Claim> holding;
  std::vector<Claim> past;
};

class ClaimBook {
 public:
  static constexpr std::size_t kMaxClaims = 65536, kMaxContainers = 16384, kMaxContainerAddresses = 65536, kMaxHistory = 16;

  // `at`: when it was told. Zero: it was always known, and an open beginning stays open.
  void learn(const Attributed& attributed, Timestamp at);
  void learn(const ContainerSeen& container, Timestamp at);

  void of_address(const IpAddress& address, Timestamp at, Claims& claims) const;
  // Of the networks and the interface that a flow was seen on.
  void of_networks(const FlowRef& flow, Timestamp at, Claims& claims) const;
  // By the process itself, its container, group, unit, network namespace and user: one
  // question each.
  void of_process(const ProcessStarted& image, Timestamp at, Claims& claims) const;

  std::uint64_t version() const { return version_; }  // grows with everything that is learnt
  std::uint64_t refused() const { return refused_; }

 private:
  using History = std::vector<Claim>;  // about one thing, in the order of learning
  struct Container {
    ContainerSeen facts;
    Timestamp seen, removed;  // removed.ns == 0: it is there
  };
  struct Holding {  // of an address by a container
    std::string container;
    Timestamp from, until;
  };

  History* history_of(const Attributed& attributed);
  static void put(History& history, Claim claim, bool released, Timestamp at);
  // Of `by`, the histories whose key fits; the longest fitting key answers.
  void ask(AttributedBy by, const std::function<bool(const std::string& key)>& fits, Timestamp at, Claims& claims) const;
  void ask_number(AttributedBy by, std::uint64_t number, Timestamp at, Claims& claims) const;
  void of_container(std::string_view id, Timestamp at, Claims& claims) const;
  void move_addresses(const Container& before, const ContainerSeen& now, Timestamp at);
  bool has_room_for(const IpAddress& address);
  void keep_container_limit();

  std::map<int, std::unordered_map<IpAddress, History>, std::greater<>> by_address_;  // by prefix length
  std::map<std::pair<AttributedBy, std::string>, History> by_text_;
  std::map<std::tuple<AttributedBy, std::uint64_t, std::uint64_t>, History> by_number_;
  std::map<ProcessId, History> by_process_;
  std::unordered_map<std::string, Container> containers_;
  std::deque<std::string> container_order_;  // as told
  std::unordered_map<IpAddress, std::vector<Holding>> container_addresses_;
  std::size_t claims_ = 0;
  std::uint64_t version_ = 0, refused_ = 0;
};

}  // namespace scanner
