#include "scanner/protocol/inflater.h"

#include "tests/support/websocket_frames.h"

#include <catch2/catch.hpp>

#include <string>

using namespace scanner;

namespace {

// What comes out when `packed` is fed in pieces; "failed" behind it where it does.
std::string out_of(Inflater& inflater, std::string_view packed, std::size_t piece = 4096) {
  std::string out;
  for (std::size_t at = 0; at < packed.size(); at += piece) {
    inflater.feed(as_bytes(packed.substr(at, piece)));
    for (Bytes next = inflater.next(); !next.empty(); next = inflater.next()) out += as_text(next);
  }
  return inflater.failed() ? out + "failed" : out;
}

std::string text_of(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i * 7919);
  return text.substr(0, size);
}

}  // namespace

TEST_CASE("gzip, zlib and raw deflate come out as they went in, in any pieces", "[protocol]") {
  const std::string text = text_of(20000);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100000}}) {
    Inflater gzip(Inflater::Form::Gzip, 1 << 20), zlib(Inflater::Form::Zlib, 1 << 20), raw(Inflater::Form::Raw, 1 << 20), bare(Inflater::Form::Zlib, 1 << 20);
    CHECK(out_of(gzip, deflated(text, DeflateForm::Gzip), piece) == text);
    CHECK(out_of(zlib, deflated(text, DeflateForm::Zlib), piece) == text);
    CHECK(out_of(raw, deflated(text, DeflateForm::Raw), piece) == text);
    CHECK(out_of(bare, deflated(text, DeflateForm::Raw), piece) == text);
  }
}

TEST_CASE("no more comes out than is allowed, nor at a bomb's ratio", "[protocol]") {
  const std::string text = text_of(20000);
  Inflater exact(Inflater::Form::Gzip, 20000), less(Inflater::Form::Gzip, 19999);
  CHECK(out_of(exact, deflated(text, DeflateForm::Gzip)) == text);
  CHECK(out_of(less, deflated(text, DeflateForm::Gzip)).ends_with("failed"));
  Inflater bomb(Inflater::Form::Gzip, std::uint64_t{1} << 40);
  const std::string out = out_of(bomb, deflated(std::string(50 << 20, 'x'), DeflateForm::Gzip));
  CHECK(out.ends_with("failed"));
  CHECK(out.size() < (12u << 20));
}

TEST_CASE("what is no compressed text fails and stays so", "[protocol]") {
  for (const Inflater::Form form : {Inflater::Form::Gzip, Inflater::Form::Zlib, Inflater::Form::Raw}) {
    Inflater inflater(form, 1000);
    CHECK(out_of(inflater, "\xff\xff\xff\xff what is this") == "failed");
    inflater.feed(as_bytes("more"));
    CHECK(inflater.next().empty());
  }
}

TEST_CASE("a text that is cut off is what came, and what follows the end is nothing", "[protocol]") {
  const std::string text = text_of(5000), packed = deflated(text, DeflateForm::Gzip);
  Inflater cut(Inflater::Form::Gzip, 1 << 20), more(Inflater::Form::Gzip, 1 << 20);
  const std::string begun = out_of(cut, packed.substr(0, packed.size() / 2));
  CHECK(text.starts_with(begun));
  CHECK_FALSE(begun.empty());
  CHECK(out_of(more, packed + "trailing") == text);
}
