// Takes out of a capture who was there: addresses become documentation addresses (RFC 5737, 3849),
// wallets, workers, passwords and host names made-up ones of the same length and form.
#pragma once

#include "scanner/model/address.h"
#include "scanner/signature/ruleset.h"
#include "tools/aupsig/packet_model.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace scanner {

class Anonymiser {
 public:
  // What parsers found: log-ins and wallets; host names; and of those the ones that the claim
  // stands on (listed, or such as a signature hit), which stay.
  struct Known {
    std::set<std::string> workers, names, kept_names;
  };
  Anonymiser(const Ruleset& ruleset, Known known, std::uint64_t seed);

  // Changes the whole model. An Error says what stands in the way: more addresses than the
  // documentation ranges hold, or bytes that hide what is in them (compressed).
  Result<void> apply(PacketModel& model);

  // "ip:10.0.0.1" as it is called now.
  std::string subject(const std::string& id) const;

  // What of the originals stands in these packets after all: addresses in binary and in text,
  // wallets, workers, passwords. Sentences that do not repeat it in full; empty: nothing.
  std::vector<std::string> leaks(const EventBatch& batch) const;

  const std::map<IpAddress, IpAddress>& addresses() const { return addresses_; }
  const std::map<std::string, std::string>& texts() const { return texts_; }
  const std::set<std::string>& kept_names() const { return known_.kept_names; }

 private:
  Result<void> map_addresses(const PacketModel& model);
  void gather(const PacketModel& model);
  void gather_from(std::string_view text);
  void learn(const std::string& secret);
  void learn_name(std::string_view name);
  void add_edits(std::string_view text, std::vector<StreamEdit>& edits) const;

  const Ruleset& ruleset_;
  Known known_;
  std::set<std::string> vocabulary_;
  std::uint64_t seed_;
  std::map<IpAddress, IpAddress> addresses_;
  std::map<std::string, std::string> texts_;  // secret → of the same length
};

// Clears the masks of WebSocket frames that a client sent (RFC 6455 5.3), so that what they carry
// stands there to be read and changed; the frames stay valid. False: a frame is compressed.
bool unmask_websocket(std::string& stream);

}  // namespace scanner
