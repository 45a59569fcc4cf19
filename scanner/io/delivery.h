// Where the engine's events go: into the outbox, and from there to the sinks. This is what the
// agent holds; the forms and promises are in scanner/docs/outbox.md.
//
//   auto delivery = Delivery::open(options, surroundings);       // recovers the outbox
//   (*delivery)->start();                                        // the sinks' threads
//   (*delivery)->add({json, event.id, event.incident, event.subject.id, engine.now()});
//   (*delivery)->flush(engine.now());                            // durable when it returned
//   …                                                            // flush now and then when idle, too
//   (*delivery)->stop(std::chrono::seconds(10));
//
// add() and flush() are the engine's thread's and never wait for a sink or the network; a
// flush is one write and one sync. Everything else is any thread's.
#pragma once

#include "scanner/io/file_sink.h"
#include "scanner/io/http_sink.h"
#include "scanner/io/nats_sink.h"
#include "scanner/io/outbox.h"
#include "scanner/io/sink_runner.h"
#include "scanner/io/volume_cap.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scanner {

struct DeliveryOptions {
  OutboxOptions outbox;
  std::optional<FileSinkOptions> file;  // the sinks that there are, at most one of each kind
  std::optional<HttpSinkOptions> http;
  std::optional<NatsSinkOptions> nats;
  BackoffLimits backoff;
  unsigned poison_attempts = 5;
  std::uint64_t seed = 1;                         // of the jitter: differs from agent to agent
  std::uint64_t events_per_subject_hour = 120;    // 0: no cap
};

// One event of the engine, as to_json wrote it, and what the outbox must know of it.
struct EngineEvent {
  std::string json, id, incident, subject;
  Timestamp now;  // engine time
};

struct DeliveryStatus {
  OutboxStatus outbox;
  std::vector<SinkStatus> sinks;
};

class Delivery {
 public:
  // `world` as in outbox.h; all of it outlives the result. An Error: the outbox cannot be used.
  static Result<std::unique_ptr<Delivery>> open(const DeliveryOptions& options, const OutboxWorld& world);
  ~Delivery();  // stops without grace; what was not flushed is lost

  void start();

  // Queues an event, or holds it back where its subject said too much this hour: then it is
  // stored all the same, and the newest of its incident leaves when the hour is over.
  Result<void> add(EngineEvent event);
  // Everything that was added is durable when it returns without an Error; with one it is
  // kept (bounds: OutboxOptions::pending_bytes) and the next call tries again.
  Result<void> flush(Timestamp now);

  // SIGHUP: files are opened anew.
  void reopen();
  // Releases what was held back, flushes, signs the end, gives the sinks `grace` to get the
  // rest, and ends their threads. What they did not get comes with the next start. Once.
  Result<void> stop(std::chrono::milliseconds grace);

  DeliveryStatus status() const;
  // For what others have to say ("evidence.removed"); durable with the next flush.
  void note(const std::string& what, const nlohmann::ordered_json& detail) { outbox_->note(what, detail); }

 private:
  Delivery(const DeliveryOptions& options, std::unique_ptr<Outbox> outbox);
  void add_sink(const std::string& name, std::unique_ptr<Sink> sink, const DeliveryOptions& options);
  void release(const std::vector<VolumeCap::Release>& releases);
  void tell_removals();
  bool all_delivered() const;

  std::uint64_t per_hour_;
  std::unique_ptr<Outbox> outbox_;
  VolumeCap cap_;
  std::vector<std::unique_ptr<SinkRunner>> sinks_;
};

}  // namespace scanner
