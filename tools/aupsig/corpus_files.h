// The captures and recordings of a corpus: files as they are named, directories walked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace scanner {

struct CorpusFile {
  std::string path;    // to open
  std::string name;    // to tell: below the directory that was named, else the path as given
  std::string folder;  // the first folder below the directory that was named; "": none
  std::uint64_t bytes = 0;
};

struct Corpus {
  std::vector<CorpusFile> files;      // by path, each once
  std::vector<std::string> problems;  // paths that cannot be read, one sentence each
};

// In directories, files are taken by their names: .pcap, .pcapng, .cap, .trace, .ndjson, and these
// with .gz or .zst. A recording beside its capture is read with it and is no file of its own.
Corpus find_corpus(const std::vector<std::string>& paths);

}  // namespace scanner
