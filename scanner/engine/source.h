// The door by which events come in. Implemented in io/ (files, live capture, recordings)
// and by tests.
#pragma once

#include "scanner/model/event.h"
#include "scanner/model/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace scanner {

enum class SourceStatus {
  More,  // the batch holds events, or the call may simply be repeated
  Idle,  // a live source has nothing now; what was fed so far should be flushed
  End,   // nothing follows
};

class Source {
 public:
  virtual ~Source() = default;

  // Replaces `batch` with the next events (about a thousand at most). The bytes that they
  // point to stay valid while the batch's `blocks` are held. One thread at a time.
  // An Error means that this source ends here: everything before it was delivered.
  virtual Result<SourceStatus> next(EventBatch& batch) = 0;

  // Names of the files behind Packet::file, in index order.
  virtual std::vector<std::string> file_names() const = 0;

  // What a person should know of what was read so far: a damaged tail, an unknown link
  // type, a clipped snaplen. One sentence each; grows as reading goes on.
  virtual std::vector<std::string> warnings() const { return {}; }

  // True where something that was asked for is left out: a file that cannot be read, the
  // rest of a damaged one. Final once next() returned End or an Error.
  virtual bool partial() const { return false; }

  // Bytes read and to read, for a progress bar; total 0 where it is not known.
  struct Progress {
    std::uint64_t done_bytes = 0;
    std::uint64_t total_bytes = 0;
  };
  virtual Progress progress() const { return {}; }
};

}  // namespace scanner
