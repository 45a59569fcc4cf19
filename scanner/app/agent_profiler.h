// What signatures cost a running agent, on the traffic that it sees: asked for by `aupsig profile
// --agent`, measured beside the loop. What was sampled never leaves the process.
#pragma once

#include "scanner/app/scan_meter.h"
#include "scanner/model/result.h"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace scanner {

struct LiveFieldCost {
  std::uint64_t texts = 0, bytes = 0, sampled_bytes = 0;
  double nanoseconds = 0;  // of the whole pack's search
};

struct LiveSignatureCost {
  std::string id;
  std::uint64_t found = 0;  // texts in which one of its patterns stood
  double nanoseconds = 0;   // of one pass by itself over what was sampled of its field
};

struct LiveProfile {
  std::string ruleset;  // content id
  double seconds = 0;   // that were watched
  std::array<LiveFieldCost, kFieldCount> fields;
  std::vector<LiveSignatureCost> signatures;  // searched ones, by id
  std::string trouble;  // why there is no profile; "": there is one
};

// The loop's thread, but for what says otherwise. A thread of its own watches for so long, then
// measures each signature by itself, at the lowest priority and a tenth of a core at most.
class AgentProfiler {
 public:
  // `wake` is called on its thread when a profile is made; may be empty.
  explicit AgentProfiler(std::function<void()> wake) : wake_(std::move(wake)) {}
  ~AgentProfiler();  // breaks off

  // The same matcher, watched from now on instead of the one before; a profile that is being made
  // is broken off.
  std::shared_ptr<const Matcher> watched(std::shared_ptr<const Matcher> matcher);
  // Refused while another one is being made.
  Result<void> begin(std::chrono::seconds duration);
  // Whether traffic is watched; then what was seen is measured.
  bool watches() const { return watches_; }
  // A profile that was made, once; cheap where there is none.
  std::optional<LiveProfile> take();

 private:
  void break_off();
  void run(std::chrono::seconds duration);
  bool wait_for(std::chrono::nanoseconds duration);  // false: broken off
  LiveProfile measure(ScanWindow window);

  std::function<void()> wake_;
  std::shared_ptr<const Matcher> matcher_;
  std::shared_ptr<ScanMeter> meter_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::atomic<bool> watches_{false}, finished_{false};
  std::optional<LiveProfile> result_;
};

nlohmann::ordered_json profile_json(const LiveProfile& profile);

}  // namespace scanner
