// The inside of a conversation: its state, and the steps that a message goes through.
#pragma once

#include "scanner/protocol/conversation.h"
#include "scanner/protocol/conversation_fit.h"
#include "scanner/protocol/conversation_pending.h"
#include "scanner/protocol/json.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace scanner {

// One object of a JSON text on its way through.
struct Incoming {
  Direction sender;
  JsonValue value;
  Bytes raw;  // the whole text
  const Carriage& carriage;
  const Moment& moment;
  bool batch = false;  // one of several in the text
};

// How much of a text goes into an observation.
inline constexpr std::size_t kMaxMethod = 64, kMaxWorker = 256, kMaxAgent = 128, kMaxHost = 255, kMaxJob = 64;
inline constexpr std::size_t kMaxName = 64, kMaxExcerpt = 512;

inline std::string excerpt_of(Bytes raw) { return std::string(as_text(raw.first(std::min(raw.size(), kMaxExcerpt)))); }

class Conversation::Impl {
 public:
  explicit Impl(FlowSession& flow_session)
      : session(flow_session),
        set(flow_session.dialects()),
        fit(set),
        pending(kMaxPending) {}

  void message(Direction sender, Bytes json, const Carriage& carriage, const Moment& moment);
  void bodyless(const Incoming& in);
  void refuse(std::uint64_t exchange, const Moment& moment);
  void acknowledged(Direction sender, std::uint64_t offset, const Moment& moment);
  void report_deliveries(const Moment& moment, bool at_end);

  FlowSession& session;
  const DialectSet& set;
  JsonDocument document;
  DialectFit fit;
  PendingRequests pending;
  std::optional<Direction> miner;
  bool miner_asked = false;  // the miner is known by its requests
  bool mining = false;
  std::uint32_t foreign = 0;
  std::uint64_t acked[2] = {0, 0};
  std::string worker, algorithm;
  // A log-in that was granted before any dialect had shown itself.
  struct HeldLogIn {
    PendingRequest request;
    std::string excerpt;
  };
  std::optional<HeldLogIn> held;

 private:
  bool understand(const Incoming& in);
  bool read_as(const Incoming& in, std::size_t envelope);
  bool by_name(const Incoming& in, std::size_t envelope, std::string_view method);
  bool by_shape(const Incoming& in, std::size_t envelope);
  bool answer(const Incoming& in, std::size_t envelope);
  bool answer_by_name(const Incoming& in, std::size_t envelope, const Matches& matches);
  void ask(const Incoming& in, std::size_t envelope, std::string_view method, const Matches& matches);
  void notify(const Incoming& in, std::size_t envelope, std::string_view method, const Matches& matches);
  void resolve(std::size_t position, const Incoming& in, const DialectMessage* answered_by);
  void credit(const Matches& matches, const Moment& moment);
  bool hold(const PendingRequest& request, const Incoming& in);
  void release_held(const Moment& moment);
  void refuse_pending(std::size_t position, Direction sender, Bytes raw, const Moment& moment);

  Matches fitting(std::span<const DialectMatch> described, const Incoming& in, bool from_pool) const {
    return fit.fitting(described, in.value, in.carriage, from_pool);
  }
  bool granted(const PendingRequest& request, std::size_t dialect, const Incoming& in) const;
  bool answers_something(JsonValue value, const Envelope& names) const;

  MiningSeen seen(DialectMatch match, MiningRole role, MiningOutcome outcome, Bytes raw) const;
  MiningSeen fate(const PendingRequest& request, MiningOutcome outcome, Bytes raw) const;
  void observe(Direction sender, const Moment& moment, MiningSeen what);
};

}  // namespace scanner
