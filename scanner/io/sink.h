// The door by which events leave: a file, a collector, a broker.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

namespace scanner {

// One event as it leaves, with data.integrity.
struct Outgoing {
  std::uint64_t sequence = 0;
  std::string id;       // CloudEvents: the same at every delivery, so the receiver can tell
  std::string type, subject;
  std::string json;     // one object on one line, without the line's end
};

enum class SinkOutcome : std::uint8_t {
  Delivered,  // all of them are where they belong, as durably as the receiver promises
  Retry,      // not now: it is down, slow, full, or it refuses everybody
  Poison,     // this batch is refused for what it is; alone in its batch, the event is
};

struct SinkAnswer {
  SinkOutcome outcome = SinkOutcome::Delivered;
  std::size_t delivered = 0;                  // so many of the first are, whatever the outcome
  std::chrono::milliseconds retry_after{0};   // what the receiver asked for; 0: it did not
  std::string why;                            // of Retry and Poison: one sentence's end
};

struct BatchLimits {
  std::size_t events = 256;
  std::size_t bytes = 1024 * 1024;  // a single larger event is a batch of its own
};

// One thread calls it, its runner's. It may block for as long as its time-outs say.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual BatchLimits limits() const = 0;
  // At least one event, in the order of the outbox. Never throws.
  virtual SinkAnswer deliver(std::span<const Outgoing> events) = 0;
  virtual void reopen() {}     // after SIGHUP: files that were moved away begin again
  virtual void interrupt() {}  // any thread: a deliver() that waits for the network ends soon, now and later
};

}  // namespace scanner
