#include "tools/aupsig/corpus_run.h"

#include "scanner/app/terminal.h"
#include "scanner/app/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <iostream>
#include <numeric>
#include <string>
#include <thread>
#include <unistd.h>

namespace scanner {
namespace {

// The largest first, so that no thread is left with one when the others are done.
std::vector<std::size_t> working_order(const std::vector<CorpusFile>& files) {
  std::vector<std::size_t> order(files.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return files[a].bytes > files[b].bytes; });
  return order;
}

class Counter {
 public:
  Counter(std::size_t total, bool quiet) : total_(total), shown_(!quiet && is_terminal(STDERR_FILENO)) {}
  ~Counter() {
    if (shown_) std::cerr << "\r\x1b[K";
  }
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;
  void add() {
    const std::size_t done = ++done_;
    if (shown_ && (done % 64 == 0 || done == total_)) std::cerr << "\r" + std::to_string(done) + " of " + std::to_string(total_) + " captures";
  }

 private:
  const std::size_t total_;
  const bool shown_;
  std::atomic<std::size_t> done_{0};
};

}  // namespace

void for_each_file(const std::vector<CorpusFile>& files, unsigned threads, bool quiet, const std::function<void(std::size_t)>& work) {
  if (files.empty()) return;
  const std::vector<std::size_t> order = working_order(files);
  const std::size_t wanted = threads > 0 ? threads : std::max(1U, std::thread::hardware_concurrency());
  Counter counter(files.size(), quiet);
  std::atomic<std::size_t> next{0};
  ThreadPool pool(std::min(wanted, files.size()));
  pool.run(pool.workers(), [&](std::size_t, std::size_t) {
    for (std::size_t i = next++; i < order.size(); i = next++) {
      work(order[i]);
      counter.add();
    }
  });
}

}  // namespace scanner
