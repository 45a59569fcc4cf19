// Whose conduct it is: what the claim book says of the process, the address and the network,
// weighed against each other (scanner/docs/attribution.md).
//
// Where all that is known names one tenant, that tenant is the subject. Where two disagree,
// where an address is shared and nobody knows the process, or where no claim covers the time,
// the subject is the address (or the host), which is sure, and its doubts say why and how much
// of the confidence is left. Nobody is accused on a guess.
#pragma once

#include "scanner/detect/detector.h"
#include "scanner/engine/claim_book.h"

#include <vector>

namespace scanner {

class AttributionBook final : public Attribution {
 public:
  // What a doubt leaves of the confidence; several multiply.
  static constexpr double kDisputed = 0.5;  // sources name different tenants
  static constexpr double kShared = 0.7;    // the address is shared and the process not known
  static constexpr double kLapsed = 0.8;    // the claims that there are do not cover the time
  static constexpr double kInstance = 0.9;  // the tenant is sure, which of its instances is not

  // `processes` outlives it. `local`: only these addresses can be subjects; empty: all.
  AttributionBook(std::vector<Cidr> local, const ProcessTable& processes) : local_(std::move(local)), processes_(processes) {}

  void learn(const HostRecord& record);
  // Known from the beginning, as from the tenants file.
  void learn(const Attributed& attributed) { claims_.learn(attributed, Timestamp{}); }

  std::optional<Subject> subject_of(const FlowRef& flow, Direction sender, Timestamp at, const std::optional<ProcessId>& owner) const override;
  std::optional<Subject> local_subject_of(const FlowRef& flow, Direction sender, Timestamp at) const override;
  Subject subject_of(const Process& process, Timestamp at) const override;
  bool may_be_subject(const IpAddress& address) const override { return address.can_be_subject() && (local_.empty() || is_local(address)); }
  bool may_be_local(const IpAddress& address) const override { return may_be_subject(address) && (!local_.empty() || claims_.version() != 0 || processes_.sockets() != 0); }
  std::uint64_t version() const override { return claims_.version(); }

 private:
  bool is_local(const IpAddress& address) const;
  const Process* owner_of(const FlowRef& flow, Direction sender, const std::optional<ProcessId>& owner) const;
  Subject at_end(const FlowRef& flow, Direction sender, Timestamp at, const Process* process) const;

  std::vector<Cidr> local_;
  const ProcessTable& processes_;
  ClaimBook claims_;
};

}  // namespace scanner
