// Events → a recording: NAME.pcapng with the packets, NAME.ndjson with all else, from which
// replay makes the same events in the same order (docs/recording.md).
//
// Both are written as NAME.*.part and get their names in finish(), the capture last: what bears
// the name is whole. They are written together, at least every second of event time; where the
// disk is full, or `max_bytes` are written, the recording ends with the last events that both
// halves hold, and is a good one.
#pragma once

#include "scanner/io/capture_writer.h"
#include "scanner/io/disk.h"
#include "scanner/io/recording.h"
#include "scanner/model/event.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace scanner {

struct RecorderOptions {
  std::string name;            // without ending; neither file, nor one of its name with .part, exists
  RecordingHeader header;      // boot and made_by
  std::uint64_t max_bytes = 0;  // of both files; 0: no bound
};

struct RecorderCounters {
  std::uint64_t packets = 0, records = 0, bytes = 0;  // taken; bytes: written and to be written
  std::uint64_t unwritable = 0;                       // records longer than a line may be, packets longer than a block
};

// One thread at a time. The disk outlives it.
class Recorder {
 public:
  static Result<std::unique_ptr<Recorder>> create(RecorderOptions options, Disk& disk = system_disk());
  // Calls finish() where nobody did, and forgets what went wrong.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // Appends the batch; `interfaces`: names by Packet::file, as far as they are known. An Error is
  // told once, by the call that met it: nothing is taken any more.
  Result<void> take(const EventBatch& batch, const std::vector<std::string>& interfaces = {});
  // The bound was reached; nothing is taken any more.
  bool full() const { return full_; }

  // Ends the recording in good order and gives the files their names. Once.
  Result<void> finish();

  RecorderCounters counters() const;
  std::string capture_path() const { return options_.name + ".pcapng"; }
  std::string records_path() const { return options_.name + ".ndjson"; }

 private:
  // One of the two files, and what is to be appended to it.
  struct Half {
    std::string path;
    std::unique_ptr<DiskFile> file;
    std::uint64_t written = 0;  // up to the last time that both halves were
  };

  Recorder(RecorderOptions options, Disk& disk);
  void take_event(const Event& event, const EventBatch& batch, const std::vector<std::string>& interfaces);
  void take_packet(const Packet& packet, const std::vector<std::string>& interfaces);
  void take_line(const std::string& line);
  std::uint64_t bytes() const;
  Result<void> write_out();
  Result<void> stop_after(const DiskError& error);
  Result<void> give_names();

  RecorderOptions options_;
  Disk& disk_;
  RecordingWriter lines_;
  CaptureEncoder encoder_;
  std::string text_;  // lines to be written
  Half capture_, records_;
  std::map<std::tuple<std::uint64_t, std::uint16_t, LinkType>, std::uint32_t> interfaces_;
  RecorderCounters counters_;
  std::uint64_t in_capture_ = 0, placed_ = 0;  // events in the capture; of them, told to the recording
  Timestamp last_packet_, last_, written_at_;
  bool full_ = false, failed_ = false, finished_ = false, ended_ = false;
};

}  // namespace scanner
