// What the image of a running process is: SHA-256, kind, packer, texts with listed words.
//
// What is read is the file that runs, through a descriptor of /proc/PID/exe, never a path:
// neither a link nor a replaced file leads elsewhere. Facts are kept by device, inode, size and
// both times, so that an image is read once however often it runs. Reading is spread: work()
// reads as much as time has allowed for, fresh images before those that ran before.
#pragma once

#include "scanner/io/file_descriptor.h"
#include "scanner/model/host_record.h"
#include "scanner/process/image_text.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace scanner {

class ImageLibrary {
 public:
  static constexpr std::size_t kMaxWaiting = 256;       // images to be read; more are left out and counted
  static constexpr std::size_t kMaxWaitingEach = 64;   // processes that wait for one
  static constexpr std::size_t kMaxKept = 4096;         // facts
  static constexpr std::size_t kMaxKeptBytes = 8 * 1024 * 1024;
  static constexpr std::uint64_t kBytesPerSecond = 8 * 1024 * 1024, kBurst = 32 * 1024 * 1024;

  ImageLibrary(std::uint64_t max_image_bytes, std::vector<std::string> words);
  ~ImageLibrary();

  // Fills in what is known at once: the kind always, the rest where it was read before. Else
  // it is to be read, and work() tells it. `image`: open to read, or none.
  void describe(FileDescriptor image, bool fresh, ProcessStarted& started);
  // Reads on and appends what it found out; true: there is more, and it may be read at once.
  bool work(Timestamp now, std::vector<HostRecord>& records, std::size_t most);
  std::uint64_t left_out() const { return left_out_; }

 private:
  using Key = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::int64_t, std::int64_t>;
  struct Facts {
    std::string sha256;
    ImageKind kind;
    std::vector<std::string> strings;
  };
  struct Kept {
    Facts facts;
    std::list<Key>::iterator place;
    std::size_t bytes = 0;
  };
  struct Reading;

  void keep(const Key& key, Facts facts);
  void tell(const Facts& facts, Reading& reading, Timestamp now, std::vector<HostRecord>& records);

  std::uint64_t max_image_bytes_;
  std::vector<std::string> words_;
  std::map<Key, Kept> kept_;
  std::list<Key> order_;  // the one that was used last leads
  std::size_t kept_bytes_ = 0;
  std::deque<std::unique_ptr<Reading>> waiting_;
  std::vector<std::uint8_t> buffer_;
  std::uint64_t allowance_ = kBurst, left_out_ = 0;
  Timestamp allowed_at_;
};

}  // namespace scanner
