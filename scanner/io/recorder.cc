#include "scanner/io/recorder.h"

#include <algorithm>

namespace scanner {
namespace {

constexpr std::size_t kBuffered = std::size_t{256} * 1024;
constexpr Duration kWriteEvery = std::chrono::seconds(1);
constexpr std::uint64_t kPacketFrame = 64;  // of a packet block; what its data do not take
constexpr std::uint64_t kEndLine = 256;     // kept free for the last two lines
constexpr std::string_view kPart = ".part";

tl::unexpected<Error> failed_with(const DiskError& error) { return fail(error.message); }

}  // namespace

Recorder::Recorder(RecorderOptions options, Disk& disk) : options_(std::move(options)), disk_(disk), lines_(options_.header) {
  capture_.path = capture_path();
  records_.path = records_path();
}

Result<std::unique_ptr<Recorder>> Recorder::create(RecorderOptions options, Disk& disk) {
  options.header.counts_packets = true;
  std::unique_ptr<Recorder> recorder(new Recorder(std::move(options), disk));
  recorder->finished_ = true;  // there is nothing to finish until both files are there
  for (Half* half : {&recorder->capture_, &recorder->records_})
    for (const std::string& path : {half->path, half->path + std::string(kPart)})
      if (disk.size(path)) return fail(path + ": exists already; a recording replaces nothing");
  for (Half* half : {&recorder->capture_, &recorder->records_}) {
    auto file = disk.create(half->path + std::string(kPart));
    if (!file) return failed_with(file.error());
    half->file = std::move(*file);
  }
  recorder->finished_ = false;
  recorder->text_ = recorder->lines_.header();
  if (auto written = recorder->write_out(); !written) return tl::unexpected(written.error());
  return recorder;
}

Recorder::~Recorder() {
  if (finished_) return;
  const auto done = finish();
  static_cast<void>(done);
}

Result<void> Recorder::take(const EventBatch& batch, const std::vector<std::string>& interfaces) {
  for (const Event& event : batch.events) {
    if (full_ || failed_ || finished_) return {};
    take_event(event, batch, interfaces);
    if (text_.size() + encoder_.size() >= kBuffered)
      if (auto written = write_out(); !written) return written;
  }
  const bool due = last_ - written_at_ >= kWriteEvery || last_ < written_at_;  // clocks may be set back
  return due ? write_out() : Result<void>{};
}

void Recorder::take_event(const Event& event, const EventBatch& batch, const std::vector<std::string>& interfaces) {
  last_ = event.at;
  ended_ = event.kind == EventKind::End;
  switch (event.kind) {
    case EventKind::Packet: return take_packet(event.packet, interfaces);
    case EventKind::Secrets:
      if (options_.max_bytes > 0 && bytes() + event.packet.data.size() + kPacketFrame + kEndLine > options_.max_bytes) {
        full_ = true;
        return;
      }
      encoder_.add_secrets(as_text(event.packet.data));
      ++in_capture_;
      return;
    case EventKind::Host: return take_line(lines_.line(batch.host_records[event.host]));
    case EventKind::Tick: return take_line(lines_.tick(event.at));
    case EventKind::Loss: return take_line(lines_.loss(event.at, event.lost));
    case EventKind::End: return take_line(lines_.end(event.at));
  }
}

void Recorder::take_packet(const Packet& packet, const std::vector<std::string>& interfaces) {
  if (options_.max_bytes > 0 && bytes() + packet.data.size() + kPacketFrame + kEndLine > options_.max_bytes) {
    full_ = true;
    return;
  }
  auto known = interfaces_.find({packet.interface, packet.file, packet.link});
  if (known == interfaces_.end()) {
    // A name that is not the packet's own would be another tenant's.
    const bool named = packet.file < interfaces.size() && interface_key(interfaces[packet.file]) == packet.interface;
    const std::string name = named ? interfaces[packet.file] : "";
    known = interfaces_.emplace(std::tuple{packet.interface, packet.file, packet.link}, encoder_.add_interface(packet.link, name)).first;
  }
  if (!encoder_.add(packet, known->second)) {
    ++counters_.unwritable;
    return;
  }
  ++counters_.packets;
  ++in_capture_;
  last_packet_ = packet.at;
}

void Recorder::take_line(const std::string& line) {
  if (line.size() > RecordingReader::kMaxLine) {
    ++counters_.unwritable;
    return;
  }
  const std::string place = in_capture_ == placed_ ? "" : lines_.place({in_capture_, last_packet_});
  if (options_.max_bytes > 0 && !ended_ && bytes() + place.size() + line.size() + kEndLine > options_.max_bytes) {
    full_ = true;
    return;
  }
  text_ += place + line;
  placed_ = in_capture_;
  ++counters_.records;
}

std::uint64_t Recorder::bytes() const { return capture_.written + records_.written + encoder_.size() + text_.size(); }

// The capture first: no line may count packets that are not there.
Result<void> Recorder::write_out() {
  if (failed_) return {};
  written_at_ = last_;
  const std::vector<std::uint8_t> packets = encoder_.take();
  const std::string text = std::exchange(text_, {});
  if (auto done = capture_.file->append(packets); !done) return stop_after(done.error());
  if (auto done = records_.file->append(as_bytes(text)); !done) return stop_after(done.error());
  capture_.written += packets.size();
  records_.written += text.size();
  return {};
}

// Back to where both halves were whole.
Result<void> Recorder::stop_after(const DiskError& error) {
  failed_ = true;
  for (Half* half : {&capture_, &records_})
    if (auto cut = half->file->truncate(half->written); !cut) return fail(error.message + "; " + cut.error().message + "; the recording's end is damaged");
  return fail(error.message + "; the recording ends with what was written before");
}

Result<void> Recorder::finish() {
  if (finished_) return {};
  if (!failed_ && !ended_) {
    ended_ = true;
    take_line(lines_.end(last_));
  }
  const auto written = write_out();
  finished_ = true;
  const auto named = give_names();
  return written ? named : written;
}

Result<void> Recorder::give_names() {
  for (Half* half : {&records_, &capture_}) {
    if (auto done = half->file->sync(); !done) return failed_with(done.error());
    half->file.reset();
    if (auto done = disk_.rename(half->path + std::string(kPart), half->path); !done) return failed_with(done.error());
  }
  if (auto done = disk_.sync_directory(directory_of(capture_.path)); !done) return failed_with(done.error());
  return {};
}

RecorderCounters Recorder::counters() const {
  RecorderCounters counters = counters_;
  counters.bytes = bytes();
  return counters;
}

}  // namespace scanner
