// Follows one Duino-Coin conversation: lines of comma-separated text, no JSON. Mechanism only,
// like Conversation.
//
//   pool   3.0                                      its version, as a greeting
//   miner  JOB,<user>[,<difficulty's name>[,<key>]]
//   pool   <last hash>,<expected hash>,<n>          SHA-1 in hex; a number from 1 to 100 n is wanted
//   miner  <number>[,<hash rate>[,<software>…]]
//   pool   GOOD, BLOCK or BAD[,<why>]
// (revoxhere/duino-coin: PC_Miner.py, ESP8266_Code; the pool of revoxhere/duino-coin, mining.js)
//
// A message ends at a line feed or, since many miners and old pools send none, where the other
// side begins to speak. A share can be checked: SHA-1 of the last hash and the number must
// be the expected hash; only one that is right is reported as accepted.
//
// Comma-separated lines are many a protocol's: nothing is observed until two of a greeting, a
// known difficulty's name and a job have been seen, or a share that is right. Bounded: one
// message of kMaxMessage bytes a side. One thread.
#pragma once

#include "scanner/model/bytes.h"
#include "scanner/protocol/flow_session.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace scanner {

class DuinoConversation {
 public:
  static constexpr std::size_t kMaxMessage = 512;
  static constexpr int kMaxStrange = 8;  // messages that cannot be read, before it gives up

  explicit DuinoConversation(FlowSession& session) : session_(session) {}

  // False: this is another protocol.
  bool take(Direction sender, Bytes bytes, const Moment& moment);
  // Bytes of `sender` are missing: what is being said and what was asked are forgotten.
  void lost(Direction sender);
  void end(const Moment& moment);

 private:
  struct Job {
    std::string last, expected;  // 40 hex digits each, lower case
    double difficulty = 0;
    Timestamp asked_at;
    bool told = false;
  };

  void finish(Direction sender, const Moment& moment);
  bool by_miner(std::string_view text, const Moment& moment);
  bool by_pool(std::string_view text, const Moment& moment);
  void ask(Direction sender, std::string_view text, const Moment& moment);
  void share(std::string_view text, const Moment& moment);
  void deliver(const Job& job, const Moment& moment);
  void judge(bool good, std::string_view text, const Moment& moment);

  MiningSeen seen(MiningRole role, MiningOutcome outcome, std::string_view excerpt) const;
  bool shown() const { return evidence_ >= 2; }

  FlowSession& session_;
  std::string text_[2];
  bool skipping_[2] = {false, false};  // the rest of a message whose beginning is missing
  std::optional<Direction> speaking_, miner_;
  int evidence_ = 0, strange_ = 0;
  bool greeted_ = false, known_word_ = false, work_seen_ = false;
  std::string user_, software_;
  std::optional<Timestamp> asked_at_, shared_at_;
  std::optional<Job> job_;
  bool share_right_ = false;
};

}  // namespace scanner
