#include "scanner/io/capture_source.h"

#include "scanner/io/capture_file.h"
#include "scanner/io/merged_source.h"
#include "scanner/io/packet_filter.h"
#include "scanner/io/paired_source.h"
#include "scanner/io/recording.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <set>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kMaxFiles = std::size_t{std::numeric_limits<std::uint16_t>::max()} + 1;

// What the first blocks of all files take together, roughly: more files, smaller blocks.
constexpr std::size_t kFirstBlocks = std::size_t{32} * 1024 * 1024;
constexpr std::size_t kSmallestFirstBlock = std::size_t{64} * 1024;

Result<void> check_paths(const std::vector<std::string>& paths) {
  if (paths.empty()) return fail("no capture is given");
  if (paths.size() > kMaxFiles) return fail("more than " + std::to_string(kMaxFiles) + " captures are given");
  if (std::count(paths.begin(), paths.end(), "-") > 1) return fail("standard input is given twice");
  return {};
}

// The same file under another spelling is still the same file.
std::string identity(const std::string& path) {
  std::error_code failed;
  const auto canonical = std::filesystem::canonical(path, failed);
  return failed ? path : canonical.string();
}

Result<std::unique_ptr<Source>> open_one(const std::string& path, const std::shared_ptr<BlockPool>& pool,
                                         const CaptureFile::Options& options) {
  if (is_recording_name(path)) return RecordingFile::open(path, {});
  return CaptureFile::open(path, pool, options);
}

// The recordings that lie beside captures, but for those that are named themselves.
class Neighbours {
 public:
  explicit Neighbours(const std::vector<std::string>& paths) {
    for (const std::string& path : paths)
      if (is_recording_name(path)) known_.insert(identity(path));
  }

  // Adds a capture, together with its recording where that was made with it.
  void add(const std::string& path, std::unique_ptr<Source> capture, MergedSource& merged) {
    auto recording = open_beside(path);
    if (recording && recording->counts_packets())
      return merged.add(std::make_unique<PairedSource>(std::move(capture), std::move(recording)));
    merged.add(std::move(capture));
    if (recording) others_.push_back(std::move(recording));
  }

  // Behind all captures: the recordings that time puts among the packets.
  void add_others(MergedSource& merged) {
    for (auto& recording : others_) merged.add(std::move(recording));
    for (std::string& note : notes_) merged.add_note(std::move(note));
  }

 private:
  std::unique_ptr<RecordingFile> open_beside(const std::string& capture) {
    const auto path = recording_beside(capture);
    if (!path || !known_.insert(identity(*path)).second) return nullptr;
    RecordingFile::Options options;
    options.named = false;
    auto recording = RecordingFile::open(*path, options);
    if (recording) return std::move(*recording);
    notes_.push_back(recording.error().message + "; it is not read with " + capture);
    return nullptr;
  }

  std::set<std::string> known_;
  std::vector<std::unique_ptr<RecordingFile>> others_;
  std::vector<std::string> notes_;
};

}  // namespace

Result<std::unique_ptr<Source>> open_captures(const std::vector<std::string>& paths, const CaptureOptions& options) {
  if (const auto checked = check_paths(paths); !checked) return tl::unexpected(checked.error());
  const auto pool = BlockPool::make();
  CaptureFile::Options file_options;
  file_options.block_size = std::clamp(kFirstBlocks / paths.size(), kSmallestFirstBlock, BlockPool::kBlockSize);
  auto merged = std::make_unique<MergedSource>();
  Neighbours neighbours(paths);
  bool any = false;
  std::string reasons;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    file_options.index = static_cast<std::uint16_t>(i);
    auto file = open_one(paths[i], pool, file_options);
    if (file) {
      neighbours.add(paths[i], std::move(*file), *merged);
      any = true;
      continue;
    }
    if (reasons.empty()) reasons = file.error().message;
    merged->add_missing(paths[i], file.error().message);
  }
  if (!any) {
    if (paths.size() > 1)
      reasons += " (nor can any other of the " + std::to_string(paths.size()) + " captures be read)";
    return fail(reasons);
  }
  neighbours.add_others(*merged);
  if (options.filter.empty()) return merged;
  return filter_packets(std::move(merged), options.filter);
}

}  // namespace scanner
