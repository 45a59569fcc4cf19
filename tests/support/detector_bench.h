// What detectors are asked with in their unit tests, and what they conclude.
#pragma once

#include "scanner/detect/detector.h"

#include <map>
#include <string>
#include <vector>

namespace scanner::test {

// Every address is a subject, of one tenant if there is any.
class AddressAttribution final : public Attribution {
 public:
  std::optional<Subject> subject_of(const FlowRef& flow, Direction sender, Timestamp, const std::optional<ProcessId>&) const override {
    const IpAddress& address = flow.sender(sender).address;
    if (!address.can_be_subject()) return std::nullopt;
    Subject subject;
    subject.id = "ip:" + address.to_string();
    subject.address = address;
    subject.tenant = tenant;
    return subject;
  }
  std::optional<Subject> local_subject_of(const FlowRef& flow, Direction sender, Timestamp at) const override { return subject_of(flow, sender, at, std::nullopt); }
  Subject subject_of(const Process&, Timestamp) const override {
    Subject subject;
    subject.id = "host:local";
    return subject;
  }
  std::uint64_t version() const override { return 0; }
  std::string tenant;
};

// The last finding of each key.
class FindingBoard final : public FindingSink {
 public:
  void take(const Finding& finding) override { findings[finding.key] = finding; }
  void withdraw(const Subject&, const std::string&, const std::string& key) override { findings.erase(key); }
  void merge(const Subject&, const std::string&, const std::vector<std::string>&, const Subject&, const std::string&) override {}
  std::map<std::string, Finding> findings;
};

}  // namespace scanner::test
