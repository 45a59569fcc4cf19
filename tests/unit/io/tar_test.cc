#include "scanner/io/tar.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>

using namespace scanner;

namespace {

// A header as a hostile hand would write it.
std::string member(const std::string& name, char type, const std::string& link, const std::string& content) {
  std::string header(512, '\0');
  std::copy(name.begin(), name.end(), header.begin());
  const auto put = [&](std::size_t at, const char* text) { std::memcpy(header.data() + at, text, std::strlen(text)); };
  char size[13];
  std::snprintf(size, sizeof size, "%011o", static_cast<unsigned>(content.size()));
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, size);
  put(136, "00000000000");
  header[156] = type;
  std::copy(link.begin(), link.end(), header.begin() + 157);
  put(257, "ustar");
  put(263, "00");
  std::fill_n(header.begin() + 148, 8, ' ');
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  char text[8];
  std::snprintf(text, sizeof text, "%06o", sum);
  std::memcpy(header.data() + 148, text, 7);
  std::string body = content;
  body.resize((body.size() + 511) / 512 * 512, '\0');
  return header + body;
}

std::string problem_of(const std::string& archive, const TarLimits& limits = {}) {
  const auto files = read_tar(as_bytes(archive), limits);
  return files ? "" : files.error().message;
}

const std::string kEnd(1024, '\0');

}  // namespace

TEST_CASE("what was written is read again, and the same files give the same bytes", "[io][tar]") {
  const std::vector<TarFile> files{{"b/long-name.yaml", std::string(100'000, 'x')}, {"a", ""}, {"b/c/d+e=f.tsv", "\x00\x01 text"}};
  const auto archive = write_tar(files), again = write_tar(files);
  REQUIRE(archive);
  CHECK(*archive == again.value());
  CHECK(archive->find("root") == std::string::npos);
  CHECK(read_tar(as_bytes(*archive)).value() == files);
  CHECK(archive->substr(257, 5) == "ustar");
}

TEST_CASE("nothing in an archive reaches out of the directory that it is put into", "[io][tar]") {
  for (const char* path : {"../etc/passwd", "/etc/passwd", "a/../../b", "a//b", "./a", "a/.", "", ".hidden", "a/.ssh/key", "a\\b", "a b", "caf\xc3\xa9", "a/b/c/d/e/f/g/h/i/j/k/l/m"}) {
    CHECK_FALSE(is_safe_path(path));
    CHECK_FALSE(write_tar({{path, ""}}));
    if (*path != '\0') CHECK(problem_of(member(path, '0', "", "") + kEnd) != "");
  }
  CHECK(is_safe_path("signatures/mining.pool/stratum-opening.yaml"));
  CHECK_FALSE(is_safe_path(std::string(201, 'a')));
}

TEST_CASE("links, directories and devices are refused", "[io][tar]") {
  CHECK(problem_of(member("a", '0', "", "x") + kEnd) == "");
  for (const char type : {'1', '2', '3', '4', '5', '6'}) {
    const std::string why = problem_of(member("a", type, type < '3' ? "b" : "", "") + kEnd);
    CHECK(why.find("no regular file") != std::string::npos);
  }
}

TEST_CASE("an archive is bounded in files and bytes, and a path stands in it once", "[io][tar]") {
  const std::string two = member("a", '0', "", "1234") + member("b", '0', "", "5678") + kEnd;
  CHECK(problem_of(two, {2, 8}) == "");
  CHECK(problem_of(two, {1, 8}) == "holds more than 1 files");
  CHECK(problem_of(two, {2, 7}).find("holds more than") == 0);
  CHECK(problem_of(member("a", '0', "", "1") + member("a", '0', "", "2") + kEnd) == "holds 'a' twice");
}

TEST_CASE("what is no archive, or the beginning of one, is refused", "[io][tar]") {
  const std::string whole = write_tar({{"a", std::string(3000, 'x')}, {"b", "y"}}).value();
  CHECK(problem_of("hello") != "");
  CHECK(problem_of(std::string(2000, 'z')) != "");
  CHECK(problem_of(whole.substr(0, 1000)) != "");
  CHECK(problem_of(whole.substr(0, 2000)) != "");
}
