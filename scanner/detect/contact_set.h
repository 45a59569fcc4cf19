// Whom one subject has contacted, and whether that went well: so that only first contacts
// count. Bounded per subject: sets of four, the oldest of a set goes; 8 bytes a contact, up to
// `most` contacts (a power of two, 64 at least). O(1) but for growth.
#pragma once

#include "scanner/model/address.h"

#include <cstdint>
#include <vector>

namespace scanner {

// Open: it was not told yet when the run ended.
enum class ContactOutcome : std::uint8_t { Open, Failed, Answered };

class ContactSet {
 public:
  static constexpr std::size_t kMost = 2048;

  ContactSet() = default;
  explicit ContactSet(std::size_t most) : most_(most) {}

  // A number for the responder's end, `salt` telling kinds of contact apart.
  static std::uint64_t key_of(const Endpoint& responder, IpProtocol protocol, std::uint32_t salt = 0);

  struct Change {
    bool first = false;    // of this contact
    bool turned = false;   // what had failed was answered after all
  };
  // One that was answered stays answered. Two keys in 2^44 are taken for one.
  Change note(std::uint64_t key, ContactOutcome outcome);
  std::size_t size() const { return used_; }

 private:
  // 44 bits of the key, 18 of an age that runs in circles, 2 of the outcome; 0: none.
  using Entry = std::uint64_t;
  static constexpr std::size_t kWays = 4, kFirst = 64;

  Entry& place(std::uint64_t tag);
  void grow();

  std::size_t most_ = kMost;
  std::vector<Entry> entries_;
  std::size_t used_ = 0;
  std::uint32_t clock_ = 0;
};

}  // namespace scanner
