#include "scanner/io/image_facts.h"

#include "scanner/model/digest.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

namespace scanner {
namespace {

constexpr std::size_t kPiece = 256 * 1024;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

std::int64_t ns_of(const timespec& time) { return std::int64_t{time.tv_sec} * kNsPerSecond + time.tv_nsec; }

}  // namespace

struct ImageLibrary::Reading {
  Reading(const Key& image, FileDescriptor opened, const std::vector<std::string>& words)
      : key(image), file(std::move(opened)), text(words) {
    crypto_hash_sha256_init(&hash);
  }

  Key key;
  FileDescriptor file;
  bool fresh = false;
  std::vector<ProcessId> processes;  // that run it
  ImageKind kind;
  ImageTextScan text;
  crypto_hash_sha256_state hash;
  std::uint64_t offset = 0;
};

ImageLibrary::ImageLibrary(std::uint64_t max_image_bytes, std::vector<std::string> words)
    : max_image_bytes_(max_image_bytes), words_(std::move(words)), buffer_(kPiece) {}

ImageLibrary::~ImageLibrary() = default;

void ImageLibrary::describe(FileDescriptor image, bool fresh, ProcessStarted& started) {
  struct stat file {};
  if (!image || ::fstat(image.get(), &file) != 0 || !S_ISREG(file.st_mode)) {
    started.unknown.emplace_back("sha256");
    return;
  }
  const Key key{file.st_dev, file.st_ino, static_cast<std::uint64_t>(file.st_size), ns_of(file.st_mtim), ns_of(file.st_ctim)};
  const auto known = kept_.find(key);
  if (known != kept_.end()) {
    order_.splice(order_.begin(), order_, known->second.place);
    const Facts& facts = known->second.facts;
    started.sha256 = facts.sha256;
    if (started.image_kind.empty()) started.image_kind = facts.kind.kind;
    started.packer = facts.kind.packer;
    started.image_strings = facts.strings;
    return;
  }
  std::array<std::uint8_t, kImageHeadBytes> head{};
  const ssize_t got = ::pread(image.get(), head.data(), head.size(), 0);
  const ImageKind kind = kind_of_image(Bytes(head.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))));
  if (started.image_kind.empty()) started.image_kind = kind.kind;
  started.packer = kind.packer;
  const auto same = std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& reading) { return reading->key == key; });
  if (same != waiting_.end()) {
    if ((*same)->processes.size() < kMaxWaitingEach)
      (*same)->processes.push_back(started.id);
    else
      started.unknown.emplace_back("sha256");
    return;
  }
  const bool too_large = static_cast<std::uint64_t>(file.st_size) > max_image_bytes_;
  if (too_large || waiting_.size() >= kMaxWaiting) {
    started.unknown.emplace_back("sha256");
    ++left_out_;
    return;
  }
  auto reading = std::make_unique<Reading>(key, std::move(image), words_);
  reading->fresh = fresh;
  reading->kind = kind;
  reading->processes.push_back(started.id);
  // Fresh ones go behind other fresh ones and before the rest; the one that is being read stays.
  auto place = waiting_.end();
  if (fresh && !waiting_.empty())
    place = std::find_if(waiting_.begin() + 1, waiting_.end(), [](const auto& other) { return !other->fresh; });
  waiting_.insert(place, std::move(reading));
}

bool ImageLibrary::work(Timestamp now, std::vector<HostRecord>& records, std::size_t most) {
  if (now > allowed_at_) {
    const double seconds = std::min(static_cast<double>(now.ns - allowed_at_.ns) / static_cast<double>(kNsPerSecond), 10.0);
    allowance_ = std::min<std::uint64_t>(kBurst, allowance_ + static_cast<std::uint64_t>(seconds * static_cast<double>(kBytesPerSecond)));
  }
  allowed_at_ = now;
  // One call reads no more than 16 pieces: packets and events wait behind it.
  for (int pieces = 0; pieces < 16 && !waiting_.empty() && records.size() < most && allowance_ >= kPiece; ++pieces) {
    Reading& reading = *waiting_.front();
    const ssize_t got = ::pread(reading.file.get(), buffer_.data(), buffer_.size(), static_cast<off_t>(reading.offset));
    if (got < 0 && errno == EINTR) continue;
    if (got > 0 && reading.offset < max_image_bytes_) {
      const Bytes bytes(buffer_.data(), static_cast<std::size_t>(got));
      crypto_hash_sha256_update(&reading.hash, bytes.data(), bytes.size());
      reading.text.feed(bytes);
      reading.offset += bytes.size();
      allowance_ -= bytes.size();
      continue;
    }
    if (got == 0) {
      Facts facts;
      std::array<std::uint8_t, crypto_hash_sha256_BYTES> digest{};
      crypto_hash_sha256_final(&reading.hash, digest.data());
      facts.sha256 = to_hex(Bytes(digest.data(), digest.size()));
      facts.kind = reading.kind;
      reading.text.finish();
      facts.strings = reading.text.take();
      tell(facts, reading, now, records);
      keep(reading.key, std::move(facts));
    }
    waiting_.pop_front();
  }
  return !waiting_.empty() && allowance_ >= kPiece;
}

void ImageLibrary::tell(const Facts& facts, Reading& reading, Timestamp now, std::vector<HostRecord>& records) {
  for (ProcessId& id : reading.processes)
    records.push_back({now, ImageFacts{std::move(id), facts.sha256, facts.kind.kind, facts.kind.packer, facts.strings}});
}

void ImageLibrary::keep(const Key& key, Facts facts) {
  std::size_t bytes = sizeof(Kept) + sizeof(Key);
  for (const std::string& text : facts.strings) bytes += text.size() + sizeof(std::string);
  order_.push_front(key);
  kept_.insert_or_assign(key, Kept{std::move(facts), order_.begin(), bytes});
  kept_bytes_ += bytes;
  while (order_.size() > kMaxKept || (kept_bytes_ > kMaxKeptBytes && order_.size() > 1)) {
    const auto oldest = kept_.find(order_.back());
    kept_bytes_ -= oldest->second.bytes;
    kept_.erase(oldest);
    order_.pop_back();
  }
}

}  // namespace scanner
