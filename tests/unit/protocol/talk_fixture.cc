#include "tests/unit/protocol/talk_fixture.h"

#include "scanner/io/text_file.h"
#include "places.h"
#include "scanner/protocol/duino_conversation.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>

namespace scanner {

const DialectSet& shipped_dialects() {
  static const DialectSet set = [] {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(AUPSCAN_SOURCE_DIR "/signatures/dialects"))
      if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
    std::sort(files.begin(), files.end());
    std::vector<Dialect> dialects;
    Diagnostics diagnostics;
    for (const std::string& file : files) {
      const auto text = read_text_file(file);
      REQUIRE(text);
      load_dialect(file, *text, dialects, diagnostics);
    }
    for (const Diagnostic& diagnostic : diagnostics) FAIL_CHECK(to_text(diagnostic));
    return DialectSet(std::move(dialects));
  }();
  return set;
}

DialectSet dialect_from(std::string_view yaml) {
  std::vector<Dialect> dialects;
  Diagnostics diagnostics;
  load_dialect("test.yaml", yaml, dialects, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) FAIL_CHECK(to_text(diagnostic));
  REQUIRE(dialects.size() == 1);
  return DialectSet(std::move(dialects));
}

Talk& Talk::say(Direction sender, std::string_view bytes, const std::vector<std::size_t>& cuts) {
  ++packet_;
  now_ += 1'000'000;
  std::uint64_t& position = offset_[static_cast<std::size_t>(sender)];
  std::size_t from = 0;
  const auto piece = [&](std::size_t to) {
    // A copy in a block of its own, so that a sanitizer sees reads past the piece.
    const std::vector<std::uint8_t> copy(bytes.begin() + static_cast<std::ptrdiff_t>(from),
                                         bytes.begin() + static_cast<std::ptrdiff_t>(to));
    if (!copy.empty()) dispatcher_.bytes(sender, copy, position, moment());
    position += copy.size();
    from = to;
  };
  for (const std::size_t cut : cuts) piece(std::min(cut, bytes.size()));
  piece(bytes.size());
  return *this;
}

Talk& Talk::lose(Direction sender, std::uint64_t bytes) {
  ++packet_;
  offset_[static_cast<std::size_t>(sender)] += bytes;
  dispatcher_.gap(sender, bytes, moment());
  return *this;
}

Talk& Talk::acknowledge(Direction sender) {
  ++packet_;
  now_ += 1'000'000;
  dispatcher_.acknowledged(sender, sent(opposite(sender)), moment());
  return *this;
}

Talk& Talk::wait(int seconds) {
  now_ += seconds * 1'000'000'000LL;
  return *this;
}

Talk& Talk::end() {
  ++packet_;
  if (session_.has_conversation()) session_.conversation().end(moment());
  if (session_.has_duino()) session_.duino().end(moment());
  return *this;
}

std::string story_line(const MiningSeen& seen) {
  constexpr const char* kRoles[] = {"subscribe", "authorise", "getwork",  "job",       "difficulty", "extranonce",
                                    "submit",    "hashrate",  "keepalive", "configure", "reconnect",  "other"};
  constexpr const char* kOutcomes[] = {"asked", "accepted", "refused", "delivered", "notified"};
  return std::string(kRoles[static_cast<std::size_t>(seen.role)]) + ' ' + kOutcomes[static_cast<std::size_t>(seen.outcome)];
}

std::vector<std::string> Talk::story() const {
  std::vector<std::string> lines;
  for (const MiningSeen& what : seen()) lines.push_back(story_line(what));
  return lines;
}

std::string http_post(std::string_view body, std::string_view target, std::string_view headers) {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: pool.test.example:8332\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

std::string http_answer(std::string_view body, std::string_view status, std::string_view headers) {
  return "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(headers) + "\r\n" + std::string(body);
}

}  // namespace scanner
