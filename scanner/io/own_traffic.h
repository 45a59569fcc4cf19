// The conversations of this process itself, which must not be judged: what a sink sends tells of
// breaches in the words that breaches are told by, and would be found again and again.
//
// Exact by the sockets' own five-tuples. Two things make the set complete: refresh() looks at
// every descriptor that the process has open, and closing() is told of a socket that is about to
// be closed, so that one that lived for a moment between two looks is known too.
#pragma once

#include "scanner/model/address.h"
#include "scanner/model/event.h"

#include <cstddef>
#include <map>
#include <mutex>

namespace scanner {

// Any thread. `steady`: a clock that only goes forward.
class OwnTraffic {
 public:
  // After a conversation was last seen: what is on the way still comes. Where only our end was
  // known (it was connecting) somebody else may have that port soon.
  static constexpr Duration kKept = std::chrono::seconds(60), kKeptHalf = std::chrono::seconds(1);
  static constexpr std::size_t kMaxKnown = 16384;  // beyond it, new ones are not kept

  // Just before close(). Whoever opens short connections calls it; see http_sink.h.
  void closing(int descriptor);
  // Looks at /proc/self/fd, at most every 20 ms unless `now_needed`.
  void refresh(Duration steady, bool now_needed = false);

  // Either direction. Sockets that listen, or never had a port, have no conversation.
  bool contains(const FiveTuple& tuple) const;
  // Takes the packets of such conversations out; gives their number.
  std::size_t leave_out(EventBatch& batch) const;

 private:
  void add(int descriptor, Duration steady);
  void forget_old(Duration steady);
  bool knows(const FiveTuple& tuple) const;

  mutable std::mutex mutex_;
  std::map<FiveTuple, Duration> known_;  // our end is the source, the other may be open; when it was last seen
  Duration refreshed_{};
  bool ever_ = false;
};

}  // namespace scanner
