// libpcap as the oracle of the block reader, over every capture of the corpus.
#include "scanner/io/capture_file.h"

#include "tests/unit/io/capture_fixtures.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <pcap/pcap.h>

namespace scanner {
namespace {

std::vector<std::string> corpus_files() {
  const char* chosen = std::getenv("AUPSCAN_CORPUS");
  const std::filesystem::path root = chosen ? chosen : AUPSCAN_CORPUS_DIR;
  std::vector<std::string> files;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(root, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string extension = entry->path().extension().string();
    if (extension == ".pcap" || extension == ".pcapng" || extension == ".cap" || extension == ".trace")
      files.push_back(entry->path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Walks both readers side by side; gives the first difference, or nothing.
std::string first_difference(const std::string& path, pcap_t* oracle) {
  auto file = CaptureFile::open(path, BlockPool::make(1), {});
  if (!file) return "libpcap opens it, we do not: " + file.error().message;
  EventBatch batch;
  std::size_t next = 0;
  bool damaged = false;
  for (int count = 1;; ++count) {
    pcap_pkthdr* header = nullptr;
    const u_char* data = nullptr;
    const int status = pcap_next_ex(oracle, &header, &data);
    while (next == batch.events.size() || batch.events[next].kind != EventKind::Packet) {
      if (next < batch.events.size()) {
        ++next;
        continue;
      }
      next = 0;
      const auto read = (*file)->next(batch);
      damaged = !read;
      if (!read || *read == SourceStatus::End) {
        if (status == PCAP_ERROR_BREAK && damaged) return "damage that libpcap does not see: " + read.error().message;
        if (status == PCAP_ERROR && !damaged) return "damage that only libpcap sees: " + std::string(pcap_geterr(oracle));
        return status == 1 ? "libpcap has more than " + std::to_string(count - 1) + " packets" : "";
      }
    }
    if (status != 1) return "we have more than " + std::to_string(count - 1) + " packets";
    const Packet& packet = batch.events[next++].packet;
    const std::string where = "packet " + std::to_string(count);
    const std::int64_t ns = std::int64_t{header->ts.tv_sec} * 1'000'000'000 + header->ts.tv_usec;
    if (packet.at.ns != ns) return where + ": time " + std::to_string(packet.at.ns) + " vs " + std::to_string(ns);
    if (packet.data.size() != header->caplen) return where + ": captured length";
    if (packet.original_length != std::max(header->len, header->caplen)) return where + ": original length";
    if (std::memcmp(packet.data.data(), data, header->caplen) != 0) return where + ": bytes";
    if (packet.frame != static_cast<std::uint32_t>(count)) return where + ": frame number";
  }
}

TEST_CASE("every capture of the corpus reads as libpcap reads it", "[io]") {
  const std::vector<std::string> files = corpus_files();
  if (files.empty()) {
    WARN("skipped: the corpus is not there");
    return;
  }
  std::size_t compared = 0;
  for (const std::string& path : files) {
    char reason[PCAP_ERRBUF_SIZE] = "";
    const std::unique_ptr<pcap_t, decltype(&pcap_close)> oracle(
        pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, reason), &pcap_close);
    if (!oracle) {
      UNSCOPED_INFO(path << ": libpcap does not open it: " << reason);
      continue;
    }
    ++compared;
    const std::string difference = first_difference(path, oracle.get());
    if (!difference.empty()) UNSCOPED_INFO(path);
    CHECK(difference == "");
  }
  CHECK(compared > files.size() * 9 / 10);
}

}  // namespace
}  // namespace scanner
