#include "scanner/io/capture_source.h"

#include "scanner/io/capture_file.h"
#include "scanner/io/merged_source.h"
#include "scanner/io/packet_filter.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kMaxFiles = std::size_t{std::numeric_limits<std::uint16_t>::max()} + 1;

// What the first blocks of all files take together, roughly: more files, smaller blocks.
constexpr std::size_t kFirstBlocks = 32 * 1024 * 1024;
constexpr std::size_t kSmallestBlock = 64 * 1024;

Result<void> check_paths(const std::vector<std::string>& paths) {
  if (paths.empty()) return fail("no capture is given");
  if (paths.size() > kMaxFiles) return fail("more than " + std::to_string(kMaxFiles) + " captures are given");
  if (std::count(paths.begin(), paths.end(), "-") > 1) return fail("standard input is given twice");
  return {};
}

}  // namespace

Result<std::unique_ptr<Source>> open_captures(const std::vector<std::string>& paths, const CaptureOptions& options) {
  if (const auto checked = check_paths(paths); !checked) return tl::unexpected(checked.error());
  const auto pool = BlockPool::make();
  CaptureFile::Options file_options;
  file_options.block_size = std::clamp(kFirstBlocks / paths.size(), kSmallestBlock, BlockPool::kBlockSize);
  auto merged = std::make_unique<MergedSource>();
  std::string reasons;
  std::size_t opened = 0;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    file_options.index = static_cast<std::uint16_t>(i);
    auto file = CaptureFile::open(paths[i], pool, file_options);
    if (file) {
      merged->add(std::move(*file));
      ++opened;
      continue;
    }
    if (reasons.empty()) reasons = file.error().message;
    merged->add_missing(paths[i], file.error().message);
  }
  if (opened == 0) {
    if (paths.size() > 1) reasons += " (nor can any other of the " + std::to_string(paths.size()) + " captures be read)";
    return fail(reasons);
  }
  if (options.filter.empty()) return merged;
  return filter_packets(std::move(merged), options.filter);
}

}  // namespace scanner
