// Follows one Stratum V2 conversation over both directions of a flow: which of the client's
// messages the server answered how. Mechanism only, like Conversation for JSON.
//
// How answers find their requests: a set-up by its place, a channel by its request id, a
// share by channel and sequence number. One SubmitShares.Success accepts the last
// `new_submits_accepted_count` shares up to the one that it names; one that names a share
// never seen accepts nothing. Where a side uses the other's words (an echo), nothing that
// follows is an answer.
//
// A SetupConnection shows the protocol; without it, two messages of strict layout do: until
// then nothing is observed. Bounded: kMaxShares, kMaxOpens and kMaxChannels; the oldest is
// forgotten.
#pragma once

#include "scanner/protocol/delivery.h"
#include "scanner/protocol/flow_session.h"
#include "scanner/protocol/stratum2_message.h"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace scanner {

class Stratum2Conversation {
 public:
  static constexpr std::size_t kMaxShares = 1024, kMaxOpens = 64, kMaxChannels = 256;

  explicit Stratum2Conversation(FlowSession& session) : session_(session) {}

  // `sender` sent this message, which ends at session.sent[sender].
  void message(Direction sender, const stratum2::Message& message, const Moment& moment);
  // As Conversation's.
  void acknowledged(Direction sender, std::uint64_t offset, const Moment& moment);
  bool watches_acknowledgements() const { return undelivered_ > 0; }
  void end(const Moment& moment) { report_deliveries(moment, true); }
  bool shown() const { return evidence_ >= kShown; }

 private:
  static constexpr int kShown = 2;

  struct Channel {
    std::uint32_t id = 0, group = 0;
    std::string worker;
    double target_hashes = 0;
  };
  struct Opening {
    std::uint32_t request = 0;
    std::string worker;
    Timestamp at;
  };
  struct Share : DeliveryWatch {
    std::uint32_t channel = 0, sequence = 0;
    std::uint64_t job = 0;
    const stratum2::TypeFacts* facts = nullptr;
    std::string worker;
    double target_hashes = 0;  // in force when it was sent
  };

  void ask(Direction sender, const stratum2::Message& message, const Moment& moment);
  void submit(Direction sender, const stratum2::Message& message, const Moment& moment);
  void answer(Direction sender, const stratum2::Message& message, const Moment& moment);
  void opened(const stratum2::Message& message, const Moment& moment);
  void settle_setup(const stratum2::Message& message, bool accepted, const Moment& moment);
  void accept_shares(const stratum2::Message& message, const Moment& moment);
  void refuse_share(const stratum2::Message& message, const Moment& moment);
  void template_came(const stratum2::Message& message, const Moment& moment);
  void retarget(const stratum2::Message& message);
  void report_deliveries(const Moment& moment, bool at_end);
  void forget_share(std::size_t position);

  Channel* channel_of(std::uint32_t id);
  const std::string& worker_of(std::uint32_t channel);
  MiningSeen seen(const stratum2::Message& message, MiningRole role, MiningOutcome outcome) const;
  MiningSeen fate(const Share& share, const stratum2::Message& message, MiningOutcome outcome) const;
  void observe(Direction sender, const Moment& moment, MiningSeen what);

  FlowSession& session_;
  int evidence_ = 0;
  std::optional<Direction> client_;
  bool echoed_ = false;         // a side spoke the other's words: nothing is an answer any more
  std::uint16_t protocol_ = 0;  // of SetupConnection
  std::optional<Timestamp> setup_at_, templates_asked_at_;
  std::string worker_, agent_, host_;
  std::vector<Opening> opening_;
  std::vector<Channel> channels_;
  std::deque<Share> shares_;  // without answer, oldest first
  std::size_t undelivered_ = 0;
  std::uint64_t acked_[2] = {0, 0};
};

}  // namespace scanner
