#include "scanner/process/image_text.h"

#include "scanner/model/letters.h"

#include <algorithm>

namespace scanner {
namespace {

constexpr std::uint32_t kInterpreter = 3;  // PT_INTERP
constexpr std::size_t kMaxProgramHeaders = 128;

bool is_printable(std::uint8_t byte) { return byte >= 0x20 && byte < 0x7f; }

// ELF in either width, in the byte order that it names.
class ElfReader {
 public:
  explicit ElfReader(Bytes head) : head_(head), wide_(head[4] == 2), big_(head[5] == 2) {}

  std::uint64_t number(std::size_t at, std::size_t width) const {
    std::uint64_t value = 0;
    if (at > head_.size() || head_.size() - at < width) return 0;
    for (std::size_t i = 0; i < width; ++i)
      value = value << 8 | head_[at + (big_ ? i : width - 1 - i)];
    return value;
  }
  std::uint64_t address(std::size_t narrow, std::size_t wide) const { return wide_ ? number(wide, 8) : number(narrow, 4); }
  std::uint64_t half(std::size_t narrow, std::size_t wide) const { return number(wide_ ? wide : narrow, 2); }

  std::uint64_t program_headers() const { return address(28, 32); }
  std::uint64_t header_size() const { return half(42, 54); }
  std::uint64_t headers() const { return std::min<std::uint64_t>(half(44, 56), kMaxProgramHeaders); }

  bool has_interpreter() const {
    for (std::uint64_t i = 0; i < headers(); ++i) {
      const std::uint64_t at = program_headers() + i * header_size();
      if (at < head_.size() && number(static_cast<std::size_t>(at), 4) == kInterpreter) return true;
    }
    return false;
  }
  // UPX writes its l_info (checksum, magic) directly behind the program headers.
  bool packed_by_upx() const {
    const std::uint64_t end = program_headers() + headers() * header_size();
    if (end > head_.size()) return false;
    const std::string_view behind = as_text(head_.subspan(static_cast<std::size_t>(end)));
    return behind.substr(0, 256).find("UPX!") != std::string_view::npos;
  }

 private:
  Bytes head_;
  bool wide_, big_;
};

}  // namespace

ImageKind kind_of_image(Bytes head) {
  const std::string_view text = as_text(head);
  if (text.starts_with("#!")) return {"script", ""};
  constexpr std::size_t kSmallest = 52;
  if (head.size() < kSmallest || !text.starts_with("\x7f"
                                                   "ELF"))
    return {};
  const ElfReader elf(head);
  return {elf.has_interpreter() ? "elf-dynamic" : "elf-static", elf.packed_by_upx() ? "upx" : ""};
}

ImageTextScan::ImageTextScan(const std::vector<std::string>& words) : first_(256), last_(256) {
  for (const std::string& word : words) {
    if (word.empty() || word.size() > kMaxWord || words_.size() == kMaxWords) continue;
    longest_ = std::max(longest_, word.size());
    words_.push_back(lowered(word));
  }
  std::sort(words_.begin(), words_.end());
  for (std::uint32_t i = 0; i < words_.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(words_[i][0]);
    if (last_[byte] == 0) first_[byte] = i;
    last_[byte] = i + 1;
  }
  run_.reserve(kMaxRun);
}

void ImageTextScan::feed(Bytes bytes) {
  if (words_.empty() || found_bytes_ >= kMaxBytes) return;
  for (const std::uint8_t byte : bytes) {
    if (!is_printable(byte)) {
      if (!run_.empty()) end_run();
      continue;
    }
    if (run_.size() == kMaxRun) {
      judge(run_);
      run_.erase(0, kMaxRun - (longest_ - 1));  // a word may lie across
      told_ = true;
    }
    run_.push_back(static_cast<char>(byte));
  }
}

void ImageTextScan::finish() { end_run(); }

void ImageTextScan::end_run() {
  if (run_.size() >= kMinRun || told_) judge(run_);
  run_.clear();
  told_ = false;
}

void ImageTextScan::judge(std::string_view run) {
  if (found_bytes_ + run.size() > kMaxBytes) return;
  lowered_.assign(run);
  std::transform(lowered_.begin(), lowered_.end(), lowered_.begin(), lower);
  if (!holds_word(lowered_) || !known_.emplace(run).second) return;
  found_.emplace_back(run);
  found_bytes_ += run.size();
}

bool ImageTextScan::holds_word(std::string_view text) const {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<std::uint8_t>(text[at]);
    for (std::uint32_t i = first_[byte]; i < last_[byte]; ++i)
      if (text.substr(at).starts_with(words_[i])) return true;
  }
  return false;
}

}  // namespace scanner
