// Recordings: the host's half of the input as NDJSON, read and written.
// scanner/docs/recording.md gives the form.
#pragma once

#include "scanner/engine/source.h"
#include "scanner/io/byte_reader.h"
#include "scanner/io/recording_line.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scanner {

// Bytes → events. Owns no file, so that tests and fuzzing feed it any bytes, cut anywhere.
//
// A damaged line is left out and said; the next one is read. Lines of more than kMaxLine
// bytes are damaged, and never kept. Memory: one line, and warnings for kMaxToldLines.
class RecordingReader {
 public:
  static constexpr std::size_t kMaxLine = 1024 * 1024;
  static constexpr std::size_t kMaxToldLines = 20;

  explicit RecordingReader(std::string name) : name_(std::move(name)) {}

  // Appends the events of the lines that end in these bytes.
  void feed(std::string_view bytes, EventBatch& batch);
  // The last line may lack its end.
  void finish(EventBatch& batch);

  // The first line was read and is a header.
  bool begun() const { return begun_; }
  const RecordingHeader& header() const { return header_; }
  // Of each event since the last call, in their order, where it stands among packets; none unless
  // the header says counts_packets.
  std::vector<RecordPlace> take_places() { return std::exchange(places_, {}); }
  // Why this is no recording: known with its first line, final. Nothing is read then.
  const std::string& refused() const { return refused_; }
  bool damaged() const { return damaged_ > 0; }
  // "FILE:LINE: what is wrong"; the first ones, then how many more.
  std::vector<std::string> warnings() const;

 private:
  void take_line(std::string_view line, EventBatch& batch);
  void take_record(std::string_view line, EventBatch& batch);
  void tell(const std::string& what);
  void tell_damage(const std::string& what);

  std::string name_;
  RecordingHeader header_;
  RecordPlace place_;  // of what follows
  std::vector<RecordPlace> places_;
  std::string line_;       // its beginning, where the bytes ended within it
  bool too_long_ = false;  // the rest of the line is skipped
  bool begun_ = false;
  std::string refused_;
  std::uint64_t line_number_ = 0;
  std::uint64_t damaged_ = 0, unknown_kinds_ = 0, told_ = 0, untold_ = 0;
  std::string first_unknown_kind_;
  std::vector<std::string> unknown_keys_;
  std::vector<std::string> warnings_;
};

// A recording file as a Source, plain or compressed as captures are.
class RecordingFile : public Source {
 public:
  struct Options {
    // Does it stand among the files that a person named, so that it has a place in
    // file_names()? One that was found beside its capture has none.
    bool named = true;
  };

  // An Error names the file: it cannot be read, or it is no recording.
  static Result<std::unique_ptr<RecordingFile>> open(const std::string& path, Options options);

  Result<SourceStatus> next(EventBatch& batch) override;
  std::vector<std::string> file_names() const override;
  std::vector<std::string> warnings() const override { return lines_.warnings(); }
  bool partial() const override { return !failure_.empty() || lines_.damaged(); }
  Progress progress() const override { return {bytes_.position(), bytes_.size()}; }

  const std::string& path() const { return path_; }
  bool counts_packets() const { return lines_.header().counts_packets; }
  // One for each event of the latest batch, where counts_packets().
  const std::vector<RecordPlace>& places() const { return places_; }

 private:
  RecordingFile(std::string path, ByteReader bytes, Options options);
  Result<ReadStatus> read_on();

  std::string path_;
  ByteReader bytes_;
  Options options_;
  RecordingReader lines_;
  EventBatch front_;  // what the opening read
  std::vector<RecordPlace> places_;
  std::vector<std::uint8_t> buffer_;
  std::string failure_;
  bool ended_ = false;
};

// Is this a recording, by its name: NAME.ndjson, or that with .gz or .zst?
bool is_recording_name(const std::string& path);

// The recording that lies beside a capture: NAME.ndjson (or that with .gz or .zst) for
// NAME.pcap and NAME.pcapng (likewise). Nothing where there is none.
std::optional<std::string> recording_beside(const std::string& capture_path);

// A recording as text, a line at a time. The caller writes it where it wants it.
class RecordingWriter {
 public:
  explicit RecordingWriter(RecordingHeader header) : header_(std::move(header)) {}

  std::string header() const { return to_recorded_line(header_) + "\n"; }
  std::string line(const HostRecord& record) const { return to_recorded_line(record, header_) + "\n"; }
  std::string place(const RecordPlace& place) const { return to_recorded_line(place) + "\n"; }
  std::string tick(Timestamp at) const { return to_recorded_line(EventKind::Tick, at, 0) + "\n"; }
  std::string loss(Timestamp at, std::uint64_t packets) const {
    return to_recorded_line(EventKind::Loss, at, packets) + "\n";
  }
  std::string end(Timestamp at) const { return to_recorded_line(EventKind::End, at, 0) + "\n"; }

 private:
  RecordingHeader header_;
};

}  // namespace scanner
