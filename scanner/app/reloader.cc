#include "scanner/app/reloader.h"

#include <utility>

namespace scanner {

Reloader::Reloader(RuleOptions options, std::string cache, std::shared_ptr<const Matcher> running, std::function<void()> wake)
    : options_(std::move(options)), cache_(std::move(cache)), wake_(std::move(wake)), running_(std::move(running)), thread_([this] { run(); }) {}

Reloader::~Reloader() {
  {
    const std::lock_guard guard(mutex_);
    stopping_ = true;
  }
  asked_.notify_one();
  thread_.join();
}

void Reloader::ask(const std::string& asker) {
  const std::lock_guard guard(mutex_);
  askers_.push_back(asker);
  asked_.notify_one();
}

std::optional<ReloadResult> Reloader::take() {
  if (!finished_) return std::nullopt;
  const std::lock_guard guard(mutex_);
  finished_ = false;
  asked_.notify_one();
  return std::exchange(result_, std::nullopt);
}

void Reloader::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    asked_.wait(lock, [this] { return stopping_ || (!askers_.empty() && !result_); });
    if (stopping_) return;
    ReloadResult result{std::exchange(askers_, {}), {}, {}};
    lock.unlock();
    const auto begin = std::chrono::steady_clock::now();
    result.attempt = try_set_up(options_, cache_, running_);
    result.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    lock.lock();
    if (result.attempt.setup) running_ = result.attempt.setup->matcher;
    result_ = std::move(result);
    finished_ = true;
    if (wake_) wake_();
  }
}

}  // namespace scanner
