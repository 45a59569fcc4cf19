// Hyperscan against the naive matcher, over what real captures carry.
#include "scanner/io/capture_source.h"
#include "scanner/io/rule_files.h"
#include "scanner/packet/decode.h"
#include "scanner/signature/naive_matcher.h"
#include "places.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>

using namespace scanner;

namespace {

constexpr std::size_t kPrefix = 8192;  // of each direction
constexpr std::size_t kField = 1024;

std::vector<std::string> corpus_files() {
  const char* chosen = std::getenv("AUPSCAN_CORPUS");
  const std::filesystem::path root = chosen ? chosen : AUPSCAN_CORPUS_DIR;
  std::vector<std::string> files;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(root, error), end; !error && entry != end; entry.increment(error)) {
    const std::string extension = entry->path().extension().string();
    if (extension == ".pcap" || extension == ".pcapng" || extension == ".cap" || extension == ".trace")
      files.push_back(entry->path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// What each direction sent, in the order of capture: bytes enough to compare matchers on.
std::map<FiveTuple, std::string> payloads_of(const std::string& path) {
  std::map<FiveTuple, std::string> payloads;
  auto source = open_captures({path});
  if (!source) return payloads;
  EventBatch batch;
  Decoded decoded;
  while (true) {
    batch.clear();
    const auto status = (*source)->next(batch);
    if (!status || *status == SourceStatus::End) return payloads;
    for (const Event& event : batch.events) {
      if (event.kind != EventKind::Packet) continue;
      decode(event.packet, decoded);
      if (decoded.status != DecodeStatus::Ok || decoded.payload.empty()) continue;
      std::string& text = payloads[decoded.tuple];
      text.append(as_text(decoded.payload).substr(0, kPrefix - std::min(kPrefix, text.size())));
    }
  }
}

std::string text_of(std::vector<PatternHit> hits, const Ruleset& ruleset) {
  std::sort(hits.begin(), hits.end());
  std::string text;
  for (const PatternHit& hit : hits)
    text += ruleset.signatures()[hit.signature].id + "/" + ruleset.signatures()[hit.signature].patterns[hit.pattern].name + "@" +
            std::to_string(hit.end) + " ";
  return text;
}

std::vector<PatternHit> stream_hits(const Matcher& matcher, Field field, std::string_view text, std::mt19937* cuts, Scratch& scratch) {
  std::vector<PatternHit> hits;
  const auto stream = matcher.open(field);
  while (stream && !text.empty()) {
    const std::size_t size = cuts ? std::min<std::size_t>(text.size(), 1 + (*cuts)() % 700) : text.size();
    stream->scan(as_bytes(text.substr(0, size)), scratch, hits);
    text.remove_prefix(size);
  }
  return hits;
}

}  // namespace

TEST_CASE("Hyperscan and the naive matcher agree on every hit over the corpus", "[signature][corpus]") {
  const auto files = corpus_files();
  if (files.empty()) {
    WARN("no corpus here");
    return;
  }
  Diagnostics diagnostics;
  const auto rules = load_rules(AUPSCAN_SOURCE_DIR "/signatures", diagnostics);
  REQUIRE(rules);
  const auto fast = make_hyperscan_matcher(*rules);
  REQUIRE(fast);
  const auto naive = make_naive_matcher(*rules);
  REQUIRE(naive);
  const auto fast_scratch = (*fast)->make_scratch();
  const auto naive_scratch = naive->make_scratch();
  std::mt19937 cuts(7);
  std::size_t streams = 0, hits = 0;
  for (const std::string& file : files) {
    for (const auto& [tuple, text] : payloads_of(file)) {
      ++streams;
      for (const Field field : {Field::StreamClient, Field::StreamServer}) {
        const std::string told = text_of(stream_hits(**fast, field, text, &cuts, *fast_scratch), **rules);
        const std::string expected = text_of(stream_hits(*naive, field, text, nullptr, *naive_scratch), **rules);
        if (told != expected) FAIL_CHECK(file << " " << tuple.source.to_string() << ": " << told << "instead of " << expected);
        hits += told.empty() ? 0 : 1;
      }
      if (streams % 16 != 0) continue;
      for (std::size_t f = static_cast<std::size_t>(Field::DnsName); f < kFieldCount; ++f) {
        const Bytes field = as_bytes(std::string_view(text).substr(0, kField));
        std::vector<PatternHit> told, expected;
        (*fast)->find(static_cast<Field>(f), field, *fast_scratch, told);
        naive->find(static_cast<Field>(f), field, *naive_scratch, expected);
        if (told != expected) FAIL_CHECK(file << " " << text_of(told, **rules) << "instead of " << text_of(expected, **rules));
      }
    }
  }
  CAPTURE(streams, hits);
  CHECK(streams > 1000);
  CHECK(hits > 10);
}
