#include "tools/aupsig/corpus_files.h"

#include "scanner/io/recording.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <string_view>

namespace scanner {
namespace {

namespace fs = std::filesystem;

bool has_ending(std::string_view name, std::string_view ending) { return name.size() > ending.size() && name.ends_with(ending); }

bool is_corpus_name(std::string_view name) {
  for (const std::string_view packed : {".gz", ".zst"})
    if (has_ending(name, packed)) {
      name.remove_suffix(packed.size());
      break;
    }
  static constexpr std::array<std::string_view, 5> kEndings{".pcap", ".pcapng", ".cap", ".trace", ".ndjson"};
  return std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) { return has_ending(name, ending); });
}

std::uint64_t size_of(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : size;
}

void walk(const fs::path& root, Corpus& corpus) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, fs::directory_options::skip_permission_denied, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    std::error_code unreadable;
    if (name.starts_with(".") || !is_corpus_name(name) || !it->is_regular_file(unreadable)) continue;
    const fs::path below = it->path().lexically_relative(root);
    corpus.files.push_back({it->path().string(), below.string(), below.has_parent_path() ? below.begin()->string() : "", size_of(it->path())});
  }
  if (error) corpus.problems.push_back(root.string() + ": " + error.message());
}

}  // namespace

Corpus find_corpus(const std::vector<std::string>& paths) {
  Corpus corpus;
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (fs::is_directory(status))
      walk(path, corpus);
    else if (fs::exists(status))
      corpus.files.push_back({path, path, "", size_of(path)});
    else
      corpus.problems.push_back(path + ": " + (error ? error.message() : "No such file or directory"));
  }
  std::stable_sort(corpus.files.begin(), corpus.files.end(), [](const CorpusFile& a, const CorpusFile& b) { return a.path < b.path; });
  corpus.files.erase(std::unique(corpus.files.begin(), corpus.files.end(), [](const CorpusFile& a, const CorpusFile& b) { return a.path == b.path; }), corpus.files.end());
  std::set<std::string> beside;
  for (const CorpusFile& file : corpus.files)
    if (!is_recording_name(file.path))
      if (const auto recording = recording_beside(file.path)) beside.insert(*recording);
  std::erase_if(corpus.files, [&](const CorpusFile& file) { return beside.contains(file.path); });
  return corpus;
}

}  // namespace scanner
