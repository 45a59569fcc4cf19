// Threads for the engine's shards: the one place where the scanner runs in parallel.
#pragma once

#include "scanner/engine/engine.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace scanner {

// `workers` threads, the caller's among them, that share the shards of each run() out by
// number: worker w takes shards w, w + workers, …. Runs last microseconds, so helpers wait
// on a condition variable between them. One caller at a time.
class ThreadPool final : public ShardExecutor {
 public:
  explicit ThreadPool(std::size_t workers);
  ~ThreadPool() override;

  std::size_t workers() const override { return threads_.size() + 1; }
  void run(std::size_t shards, const std::function<void(std::size_t, std::size_t)>& work) override;

 private:
  void serve(std::size_t worker);
  void take_share(std::size_t worker);

  std::mutex mutex_;
  std::condition_variable begin_, done_;
  const std::function<void(std::size_t, std::size_t)>* work_ = nullptr;
  std::size_t shards_ = 0, running_ = 0;
  std::uint64_t round_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace scanner
