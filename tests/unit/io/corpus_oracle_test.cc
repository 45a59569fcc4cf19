// libpcap as the oracle of the block reader, over every capture of the corpus.
#include "scanner/io/capture_file.h"

#include "tests/unit/io/capture_fixtures.h"
#include "places.h"

#include <pcap/pcap.h>
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

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

// The next packet of a file, or null at its end; `error` where that is damage.
const Packet* next_packet(CaptureFile& file, EventBatch& batch, std::size_t& next, std::string& error) {
  while (true) {
    while (next < batch.events.size())
      if (const Event& event = batch.events[next++]; event.kind == EventKind::Packet) return &event.packet;
    next = 0;
    const auto read = file.next(batch);
    if (!read) error = read.error().message;
    if (!read || *read == SourceStatus::End) return nullptr;
  }
}

// Where libpcap 1.10 itself is the odd one out: it counts seconds from 2038 on as negative,
// gives simple packets no time, hands out fractions of more than a second as they stand,
// and cuts packets that are longer than their file's snaplen, as Wireshark does not.
std::string packet_difference(const Packet& packet, const pcap_pkthdr& header, const u_char* data, int snaplen) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t seconds = header.ts.tv_sec < 0 ? header.ts.tv_sec + (std::int64_t{1} << 32) : header.ts.tv_sec;
  const std::int64_t fraction = header.ts.tv_usec;
  const bool has_time = (seconds != 0 || fraction != 0) && fraction >= 0 && fraction < kSecond;
  if (has_time && packet.at.ns != seconds * kSecond + fraction) return "time " + std::to_string(packet.at.ns);
  const bool cut = packet.data.size() > header.caplen && header.caplen == static_cast<unsigned>(snaplen);
  if (packet.data.size() != header.caplen && !cut) return "captured length " + std::to_string(packet.data.size());
  if (packet.original_length != std::max<std::size_t>(header.len, packet.data.size())) return "original length";
  if (std::memcmp(packet.data.data(), data, header.caplen) != 0) return "bytes";
  return "";
}

// Walks both readers side by side; gives the first difference, or nothing.
std::string first_difference(const std::string& path, pcap_t* oracle) {
  auto file = CaptureFile::open(path, BlockPool::make(1), {});
  if (!file) return "libpcap opens it, we do not: " + file.error().message;
  EventBatch batch;
  std::size_t next = 0;
  std::string damage;
  for (int count = 1;; ++count) {
    const std::string where = "packet " + std::to_string(count) + ": ";
    pcap_pkthdr* header = nullptr;
    const u_char* data = nullptr;
    const int status = pcap_next_ex(oracle, &header, &data);
    const std::string oracle_says = status == PCAP_ERROR ? pcap_geterr(oracle) : "";
    // libpcap reads no file whose interfaces differ in link type or snaplen.
    if (oracle_says.find("different from the") != std::string::npos) return "";
    const Packet* packet = next_packet(**file, batch, next, damage);
    if (status != 1 && packet) return where + "libpcap ends: " + oracle_says;
    if (status == 1 && !packet) return where + "we end: " + damage;
    if (!packet) return damage.empty() == oracle_says.empty() ? "" : "the end: " + damage + " vs " + oracle_says;
    const std::string difference = packet_difference(*packet, *header, data, pcap_snapshot(oracle));
    if (!difference.empty()) return where + difference;
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
