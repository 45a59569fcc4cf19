#include "scanner/process/image_text.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

// The head of a 64-bit little-endian ELF with these program header types.
std::string elf(const std::vector<std::uint32_t>& types, const std::string& behind = "") {
  std::string head("\x7f"
                   "ELF\x02\x01\x01",
                   7);
  head.resize(64);
  head[32] = 64;  // program headers follow
  head[54] = 56;
  head[56] = static_cast<char>(types.size());
  for (const std::uint32_t type : types) {
    std::string header(56, '\0');
    for (int i = 0; i < 4; ++i) header[static_cast<std::size_t>(i)] = static_cast<char>(type >> (8 * i));
    head += header;
  }
  return head + behind;
}

std::vector<std::string> texts_in(const std::string& image, const std::vector<std::string>& words, std::size_t piece) {
  ImageTextScan scan(words);
  for (std::size_t at = 0; at < image.size(); at += piece) scan.feed(as_bytes(std::string_view(image).substr(at, piece)));
  scan.finish();
  return scan.take();
}

}  // namespace

TEST_CASE("an image's kind is told by its interpreter, a packer by its mark", "[process]") {
  CHECK(kind_of_image(as_bytes(elf({1, 1}))).kind == "elf-static");
  CHECK(kind_of_image(as_bytes(elf({6, 3, 1}))).kind == "elf-dynamic");
  CHECK(kind_of_image(as_bytes(elf({1, 1}))).packer.empty());
  CHECK(kind_of_image(as_bytes(elf({1, 1}, std::string("\1\2\3\4UPX!", 8)))).packer == "upx");
  CHECK(kind_of_image(as_bytes("#!/bin/sh\n")).kind == "script");
  CHECK(kind_of_image(as_bytes("MZ")).kind.empty());
  CHECK(kind_of_image({}).kind.empty());
}

TEST_CASE("headers that point anywhere are read within the bytes that are there", "[process]") {
  std::string broken = elf({3});
  for (std::size_t i = 32; i < 40; ++i) broken[i] = '\xff';
  CHECK(kind_of_image(as_bytes(broken)).kind == "elf-static");
  broken = elf({1});
  broken[56] = broken[57] = '\xff';
  CHECK(kind_of_image(as_bytes(broken)).kind == "elf-static");
  const std::string whole = elf({3, 1});
  for (std::size_t length = 0; length < whole.size(); ++length) kind_of_image(as_bytes(whole.substr(0, length)));
}

TEST_CASE("texts that hold a word are found however the image is cut, each once", "[process]") {
  const std::string nothing("\0\1\2", 3);
  const std::string image = nothing + "stratum+tcp://" + nothing + "RandomX v1" + nothing + "harmless text" + nothing +
                            "abc" + nothing + "stratum+tcp://" + nothing + "use randomx";
  const std::vector<std::string> expected{"stratum+tcp://", "RandomX v1", "use randomx"};
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{16}, image.size()})
    CHECK(texts_in(image, {"Stratum+", "randomx", "abc"}, piece) == expected);
  CHECK(texts_in(image, {}, 7).empty());
}

TEST_CASE("a word in a long text is found wherever it stands", "[process]") {
  for (const std::size_t before : {std::size_t{0}, std::size_t{245}, std::size_t{250}, std::size_t{255}, std::size_t{256}, std::size_t{600}}) {
    const auto found = texts_in(std::string(before, 'x') + "stratum+tcp", {"stratum+"}, 64);
    INFO(before);
    REQUIRE_FALSE(found.empty());
    CHECK(found[0].find("stratum+") != std::string::npos);
    CHECK(found[0].size() <= ImageTextScan::kMaxRun);
  }
}

TEST_CASE("an image full of words gives no more than its bound", "[process]") {
  std::string image;
  for (int i = 0; i < 100000; ++i) image += "randomx " + std::to_string(i) + '\0';
  std::size_t bytes = 0;
  for (const std::string& text : texts_in(image, {"randomx"}, 4096)) bytes += text.size();
  CHECK(bytes <= ImageTextScan::kMaxBytes);
  CHECK(bytes > ImageTextScan::kMaxBytes / 2);
}
