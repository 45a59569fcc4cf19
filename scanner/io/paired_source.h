// A capture and the recording that was made with it, as one source: the events in the order in
// which they were recorded.
//
// The recording says behind how many of the capture's packets each of its records stands. Where
// that is not so any more, since the capture was changed afterwards (the packet there has another
// time than the recording says), a sentence in warnings() says so, and from there on time decides,
// as between any two files.
#pragma once

#include "scanner/engine/source.h"
#include "scanner/io/recording.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace scanner {

class PairedSource final : public Source {
 public:
  // A recording whose header says counts_packets.
  PairedSource(std::unique_ptr<Source> capture, std::unique_ptr<RecordingFile> recording);

  Result<SourceStatus> next(EventBatch& batch) override;
  std::vector<std::string> file_names() const override { return capture_.source->file_names(); }
  std::vector<std::string> warnings() const override;
  bool partial() const override;
  Progress progress() const override;

 private:
  struct Half {
    Source* source = nullptr;
    EventBatch batch;
    std::size_t position = 0;
    std::uint64_t shared_with = 0;  // the number of the batch that holds its batch's blocks
    bool ended = false;
    std::string failure;
  };

  bool fill(Half& half, SourceStatus& idle);
  bool record_is_next();
  void take(Half& half, EventBatch& batch);

  std::unique_ptr<Source> capture_owner_;
  std::unique_ptr<RecordingFile> recording_owner_;
  Half capture_, recording_;
  std::uint64_t taken_ = 0;  // events of the capture that the recording counts
  std::uint64_t batch_number_ = 0;
  bool by_time_ = false, delivered_ = false;
};

}  // namespace scanner
