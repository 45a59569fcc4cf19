// One sink's thread: reads the outbox, delivers, and moves the sink's cursor when the other
// side acknowledged. At least once, in order; whatever the sink does, nobody waits for it.
#pragma once

#include "scanner/io/backoff.h"
#include "scanner/io/outbox_reader.h"
#include "scanner/io/sink.h"
#include "scanner/io/sink_cursor.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace scanner {

struct RunnerOptions {
  std::string name;  // of letters, digits and '-': its cursor's and its messages'
  BackoffLimits backoff;
  std::uint64_t seed = 1;
  unsigned poison_attempts = 5;  // of an event alone, before it is left out and a note says so
};

struct SinkStatus {
  std::string name;
  std::uint64_t acknowledged = 0;  // sequence of the last record that it has
  std::uint64_t delivered = 0, retries = 0, poisoned = 0;  // events, attempts, events
  std::string trouble;             // why the last attempt failed; "": it did not
};

class SinkRunner {
 public:
  // Reads the cursor; begins at the beginning, and says so, where it cannot be read. The
  // outbox outlives it.
  SinkRunner(Outbox& outbox, std::unique_ptr<Sink> sink, const RunnerOptions& options);
  ~SinkRunner();  // stops

  void start();
  // Ends the thread; what was not acknowledged comes again. Waits for a deliver() that runs.
  void stop();
  void interrupt();  // any thread: stop() will find it done soon
  void reopen();     // any thread
  SinkStatus status() const;  // any thread

  // What the thread repeats, for one that brings its own: at most one attempt. Gives how long
  // to wait before the next one; nothing where all is delivered.
  std::optional<std::chrono::milliseconds> step();

 private:
  bool fill();
  std::chrono::milliseconds refused(const SinkAnswer& answer, std::size_t tried);
  void leave_out(const SinkAnswer& answer);
  void advance(std::size_t events);
  void move_cursor(std::uint64_t sequence);
  void run();

  Outbox& outbox_;
  const RunnerOptions options_;
  const std::unique_ptr<Sink> sink_;
  const std::string cursor_path_;
  OutboxReader reader_;
  Backoff backoff_;
  std::deque<Outgoing> batch_;
  std::size_t alone_ = 0;      // so many of the next go one by one: one of them is poison
  unsigned attempts_ = 0;      // of the first, alone
  bool cursor_told_ = false;
  mutable std::mutex mutex_;  // of status_
  SinkStatus status_;
  std::atomic<bool> stopping_{false}, reopen_{false};
  std::thread thread_;
};

}  // namespace scanner
