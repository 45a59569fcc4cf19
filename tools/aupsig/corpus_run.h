// The files of a corpus, several at once.
#pragma once

#include "tools/aupsig/corpus_files.h"

#include <cstddef>
#include <functional>
#include <vector>

namespace scanner {

// Calls `work(i)` once for every file, the largest first, on `threads` threads (0: one a
// processor), and returns when all are done. How far it is is shown on a terminal, unless `quiet`.
void for_each_file(const std::vector<CorpusFile>& files, unsigned threads, bool quiet, const std::function<void(std::size_t)>& work);

}  // namespace scanner
