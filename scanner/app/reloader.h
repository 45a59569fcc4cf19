// Configuration, signatures and declaration loaded and compiled beside the running agent.
#pragma once

#include "scanner/app/setup.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace scanner {

struct ReloadResult {
  std::vector<std::string> askers;  // who asked: "SIGHUP", "ctl"
  SetupAttempt attempt;
  std::chrono::milliseconds took{0};
};

// One attempt at a time, on a thread of its own. Whoever asks while one runs gets the next
// one, so that what they changed before they asked is in it.
class Reloader {
 public:
  // `wake` is called on its thread when an attempt has finished; may be empty.
  Reloader(RuleOptions options, std::string cache, std::shared_ptr<const Matcher> running, std::function<void()> wake);
  ~Reloader();  // waits for the attempt that runs

  void ask(const std::string& asker);
  // A finished attempt, once; cheap where there is none.
  std::optional<ReloadResult> take();

 private:
  void run();

  RuleOptions options_;
  std::string cache_;
  std::function<void()> wake_;
  std::shared_ptr<const Matcher> running_;
  std::mutex mutex_;
  std::condition_variable asked_;
  std::vector<std::string> askers_;
  std::optional<ReloadResult> result_;
  std::atomic<bool> finished_{false};
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace scanner
