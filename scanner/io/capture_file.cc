#include "scanner/io/capture_file.h"

#include "scanner/io/pcap_reader.h"
#include "scanner/io/pcapng_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kFrontSize = PcapReader::kHeaderSize;  // the longer of the two
constexpr std::size_t kSmallestBlock = 4096;

std::string display_name(const std::string& path) { return path == "-" ? "standard input" : path; }

}  // namespace

CaptureFile::CaptureFile(std::string path, std::string name, ByteReader reader, std::shared_ptr<BlockPool> pool,
                         Options options)
    : path_(std::move(path)),
      name_(std::move(name)),
      reader_(std::move(reader)),
      pool_(std::move(pool)),
      options_(options) {
  std::size_t size = options_.block_size;
  // One byte more than a small file has, so that its end is seen (and it is closed) by the
  // first read. A compressed one may need more blocks of that size.
  if (!reader_.live()) size = std::min<std::uint64_t>(size, reader_.size() + 1);
  block_ = pool_->take(std::max(size, kSmallestBlock));
}

Result<std::unique_ptr<CaptureFile>> CaptureFile::open(const std::string& path, std::shared_ptr<BlockPool> pool,
                                                       Options options) {
  auto reader = ByteReader::open(path);
  if (!reader) return tl::unexpected(reader.error());
  return start(std::unique_ptr<CaptureFile>(
      new CaptureFile(path, display_name(path), std::move(*reader), std::move(pool), options)));
}

Result<std::unique_ptr<CaptureFile>> CaptureFile::from_fd(int fd, const std::string& name,
                                                          std::shared_ptr<BlockPool> pool, Options options) {
  auto reader = ByteReader::from_fd(fd, name);
  if (!reader) return tl::unexpected(reader.error());
  return start(std::unique_ptr<CaptureFile>(new CaptureFile(name, name, std::move(*reader), std::move(pool), options)));
}

Result<std::unique_ptr<CaptureFile>> CaptureFile::start(std::unique_ptr<CaptureFile> file) {
  if (file->reader_.live()) return file;
  const auto front = file->read_front();
  if (!front) return tl::unexpected(front.error());
  return file;
}

Result<SourceStatus> CaptureFile::next(EventBatch& batch) {
  batch.clear();
  if (ended_ && !failure_.empty()) return fail(failure_);
  if (ended_) return SourceStatus::End;
  if (!parser_) {
    auto front = read_front();
    if (!front || *front != SourceStatus::More) return front;
  }
  while (true) {
    const ParseStep step = parser_->parse(unread(), kMaxBatchEvents, batch.events);
    consume(step.consumed);
    if (!batch.events.empty()) batch.blocks.push_back(block_);
    if (!step.damage.empty()) return end_damaged(step.damage, batch);
    if (!batch.events.empty()) return SourceStatus::More;
    const auto filled = fill(step.needed);
    if (!filled) return end_damaged(filled.error().message, batch);
    if (*filled == ReadStatus::Idle) return SourceStatus::Idle;
    if (*filled == ReadStatus::Data) continue;
    if (begin_ < end_) return end_damaged("the file is cut in the middle of a record", batch);
    finish();
    return SourceStatus::End;
  }
}

// Waits for the bytes that tell the format. More: parser_ is there.
Result<SourceStatus> CaptureFile::read_front() {
  while (end_ < kFrontSize) {
    const auto filled = fill(kFrontSize);
    if (!filled || *filled == ReadStatus::End) {
      std::string reason = !filled ? filled.error().message : end_ == 0 ? "is empty" : "is too short for a capture";
      ended_ = true;
      failure_ = name_ + ": " + reason;
      return fail(failure_);
    }
    if (*filled == ReadStatus::Idle) return SourceStatus::Idle;
  }
  const auto chosen = choose_parser();
  if (chosen) return SourceStatus::More;
  ended_ = true;
  failure_ = name_ + ": " + chosen.error().message;
  return fail(failure_);
}

Result<void> CaptureFile::choose_parser() {
  if (PcapReader::recognises(unread())) {
    auto reader = PcapReader::open(unread(), options_.index);
    if (!reader) return tl::unexpected(reader.error());
    parser_ = std::move(*reader);
    consume(PcapReader::kHeaderSize);
    return {};
  }
  if (!PcapngReader::recognises(unread()))
    return fail(reader_.compressed() ? "is compressed, but holds no capture (pcap or pcapng)"
                                     : "is no capture (pcap or pcapng, plain or compressed with gzip or zstd)");
  auto reader = PcapngReader::open(unread(), options_.index);
  if (!reader) return tl::unexpected(reader.error());
  parser_ = std::move(*reader);
  return {};
}

// Reads more, so that in the end `needed` bytes are unread.
Result<ReadStatus> CaptureFile::fill(std::size_t needed) {
  if (end_ == block_->size() || block_->size() - begin_ < needed) move_to_new_block(needed);
  const auto got = reader_.read({block_->data() + end_, block_->size() - end_});
  if (!got) return tl::unexpected(got.error());
  end_ += got->size;
  return got->status;
}

// The rest ends at a page boundary, where the next read then begins.
void CaptureFile::move_to_new_block(std::size_t needed) {
  const Bytes rest = unread();
  const std::size_t front = (rest.size() + Block::kAlignment - 1) / Block::kAlignment * Block::kAlignment;
  const std::size_t begin = front - rest.size();
  auto next = pool_->take(std::max({begin + needed, front + 1, options_.block_size}));
  if (!rest.empty()) std::memcpy(next->data() + begin, rest.data(), rest.size());
  block_ = std::move(next);
  begin_ = begin;
  end_ = front;
}

void CaptureFile::consume(std::size_t size) {
  begin_ += size;
  offset_ += size;
}

SourceStatus CaptureFile::end_damaged(const std::string& what, EventBatch& batch) {
  failure_ = name_ + ": damaged at byte " + std::to_string(offset_) +
             (reader_.compressed() ? " of the decompressed data" : "") + ": " + what + "; what follows is not read";
  Event& event = batch.events.emplace_back();
  event.at = parser_->last_time();
  event.kind = EventKind::Loss;
  event.lost = 1;  // at least; nobody knows what was to follow
  finish();
  return SourceStatus::More;
}

void CaptureFile::finish() {
  ended_ = true;
  block_.reset();
}

std::vector<std::string> CaptureFile::warnings() const {
  std::vector<std::string> sentences;
  const CaptureCounts seen = counts();
  const std::string of_all = " of " + std::to_string(seen.packets) + " packets ";
  if (seen.clipped > 0)
    sentences.push_back(name_ + ": " + std::to_string(seen.clipped) + of_all +
                        "are shorter than on the wire: the capture was taken with a snaplen");
  if (seen.unknown_link > 0)
    sentences.push_back(
        name_ + ": " + std::to_string(seen.unknown_link) + of_all +
        "are of a link type that is not read (the first: " + std::to_string(seen.first_unknown_link.value_or(0)) + ")");
  if (seen.lost > 0)
    sentences.push_back(name_ + ": the capturing program says that it lost " + std::to_string(seen.lost) + " packets");
  if (seen.secrets_refused > 0)
    sentences.push_back(name_ + ": " + std::to_string(seen.secrets_refused) +
                        " blocks of TLS secrets are not read: the file holds more than 16 MiB of them");
  return sentences;
}

}  // namespace scanner
