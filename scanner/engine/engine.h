// The whole core behind one verb: feed events in, get breach events out.
//
// Pure: no I/O, clock or threads. Work on shards may be spread over threads by an executor
// that the caller brings (app/thread_pool.h); what comes out is the same with any.
#pragma once

#include "scanner/engine/flow_stage.h"
#include "scanner/engine/judgement.h"

#include <functional>
#include <memory>
#include <vector>

namespace scanner {

// Calls `work(shard)` once for every shard below `shards`, in any order, on any threads, and
// returns when all are done. `work(shard, worker)`: worker < workers() names the thread.
class ShardExecutor {
 public:
  virtual ~ShardExecutor() = default;
  virtual std::size_t workers() const = 0;
  virtual void run(std::size_t shards, const std::function<void(std::size_t shard, std::size_t worker)>& work) = 0;
};

class SerialExecutor final : public ShardExecutor {
 public:
  std::size_t workers() const override { return 1; }
  void run(std::size_t shards, const std::function<void(std::size_t, std::size_t)>& work) override {
    for (std::size_t shard = 0; shard < shards; ++shard) work(shard, 0);
  }
};

struct EngineOptions {
  FlowStageLimits flow_stage;
  JudgementOptions judgement;
};

class Engine {
 public:
  // The executor and the sinks outlive it.
  Engine(const EngineOptions& options, std::shared_ptr<const Matcher> matcher, std::shared_ptr<const Declaration> declaration,
         ShardExecutor& executor, EventSink& sink, ObservationTap* tap = nullptr);
  ~Engine();

  // Lines of a TLS key log that count from the start, before the first batch. Those that come
  // on the way are events.
  void add_key_log(Bytes text) { flow_stage_.add_key_log(text); }

  // Events that this batch gives rise to reach the sink before it returns.
  void feed(const EventBatch& batch);
  // Other rules from the next feed() on. Nothing is lost: flows, conversations and incidents go
  // on. `frame` names the new rules in events.
  void use(std::shared_ptr<const Matcher> matcher, std::shared_ptr<const Declaration> declaration, const EventFrame& frame);
  // The kill switch, from the next feed() on. May give rise to events: incidents that have
  // nothing left end.
  void silence(const Silence& silence) { judgement_.silence(silence); }
  // Other exceptions from the next feed() on; null: none.
  void use(std::shared_ptr<const Exceptions> exceptions) { judgement_.use(std::move(exceptions)); }
  // Nothing follows: ends every flow and incident. Call once.
  void finish();

  Coverage coverage() const;
  std::vector<ShadowCount> shadow_counts() const { return judgement_.shadow().counts(); }
  // Of every signature, by id.
  std::vector<SignatureCount> signature_counts() const;
  // How often the guard suspended a signature, since the start (signature_book.h).
  std::uint64_t suspensions() const { return judgement_.signatures().suspensions(); }
  // A suspended signature counts again from the next feed() on. False: no such one is suspended.
  bool resume(std::string_view signature) { return judgement_.signatures().resume(signature); }
  std::vector<ExceptionUse> exception_uses() const { return judgement_.exception_uses(); }
  Timestamp now() const { return flow_stage_.now(); }
  // What is known of the host's processes; between two calls, or within the sink's.
  const ProcessTable& processes() const { return judgement_.processes(); }

 private:
  void judge();

  std::shared_ptr<const Matcher> matcher_;
  std::shared_ptr<const Declaration> declaration_;
  FlowStage flow_stage_;
  Judgement judgement_;
  ShardExecutor& executor_;
  std::vector<std::unique_ptr<Scratch>> scratches_;  // one a worker
};

}  // namespace scanner
