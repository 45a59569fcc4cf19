// What an image says of itself: its kind, its packer, and the texts in it that hold one of a
// list of words. Fed with the bytes of a file that an attacker made; bounded whatever they are.
#pragma once

#include "scanner/model/bytes.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace scanner {

struct ImageKind {
  std::string kind;    // "elf-static" (no interpreter), "elf-dynamic", "script" (begins with #!), ""
  std::string packer;  // "upx", where its mark stands where UPX puts it
};
// `head`: the first bytes of the file, kImageHeadBytes where it has so many. System V ABI, ch. 4, 5.
inline constexpr std::size_t kImageHeadBytes = 8192;
ImageKind kind_of_image(Bytes head);

// Printable runs that hold a word, in the order of the file, each once. Words are found
// whatever their case. A longer run is told in overlapping pieces, so that no word is missed.
class ImageTextScan {
 public:
  static constexpr std::size_t kMinRun = 6, kMaxRun = 256, kMaxBytes = 64 * 1024, kMaxWords = 1024, kMaxWord = 64;

  // Words are used in lower case; of empty, too long and too many ones the rest is left out.
  explicit ImageTextScan(const std::vector<std::string>& words);

  void feed(Bytes bytes);  // the file, in any pieces
  void finish();           // the file is over
  std::vector<std::string> take() { return std::move(found_); }

 private:
  void end_run();
  void judge(std::string_view run);
  bool holds_word(std::string_view lowered) const;

  std::vector<std::string> words_;                    // lower case, sorted
  std::vector<std::uint32_t> first_, last_;           // range of words_ by first byte
  std::string run_, lowered_;
  std::unordered_set<std::string> known_;
  std::vector<std::string> found_;
  std::size_t found_bytes_ = 0, longest_ = 0;
  bool told_ = false;  // the run went on beyond its buffer: a short rest of it counts too
};

}  // namespace scanner
