#include "tools/aupsig/promote.h"

#include "scanner/io/text_file.h"
#include "tests/support/temp_directory.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace scanner;

namespace {

std::string signature(const std::string& status, const std::string& no_match = "[no such thing, WORT one]") {
  return "id: mining.pool.made-up\ntitle: A made-up word\nactivity: mining.pool\nfield: stream.client\nstage: contact\nweight: 0.2\nstatus: " + status +
         "   # as agreed\nowner: tests\nrevision: 4\npatterns:\n  word: {literal: WORD}\ncondition: word\nreferences: [https://example.org]\nknown_false_positives: [none known]\n"
         "examples:\n  match: [WORD one]\n  no_match: " + no_match + "\n";
}

struct Desk {
  test::TempDirectory directory;
  std::string file = directory.file("mining.pool/made-up.yaml");

  explicit Desk(const std::string& text) {
    std::filesystem::create_directory(directory.file("mining.pool"));
    REQUIRE(write_text_file(file, text));
  }
  std::string text() const { return read_text_file(file).value(); }
  ExitCode promote_to(SignatureStatus to, const std::vector<std::string>& baseline = {}, const std::vector<std::string>& counts = {}) {
    PromoteOptions options;
    options.signature = "mining.pool.made-up";
    options.to = to;
    options.pack = directory.file("");
    options.baseline = baseline;
    options.counts = counts;
    return promote(options);
  }
  // What an agent told after `days` with so many hits of a revision.
  std::string counts(int days, int hits, int revision) {
    const std::string path = directory.file("status" + std::to_string(days) + "-" + std::to_string(revision) + ".json");
    const std::string shadow = hits < 0 ? "" : R"({"signature":"mining.pool.made-up","revision":)" + std::to_string(revision) + R"(,"hits":)" + std::to_string(hits) + R"(,"subjects":1,"alone":1})";
    REQUIRE(write_text_file(path, R"({"ok":true,"status":{"started":"2026-11-01T00:00:00Z","told":"2026-11-)" + std::string(days < 9 ? "0" : "") + std::to_string(days + 1) + R"(T00:00:01Z","shadow":[)" + shadow + "]}}"));
    return path;
  }
  // A capture without packets.
  std::string quiet() {
    const std::string path = directory.file("quiet.pcap");
    REQUIRE(write_text_file(path, std::string("\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x01\x00\x00\x00", 24)));
    return path;
  }
};

}  // namespace

TEST_CASE("a promotion changes two lines and nothing else", "[aupsig][promote]") {
  const std::string text = signature("experimental");
  const auto changed = with_status(text, SignatureStatus::Shadow, 5);
  REQUIRE(changed);
  std::string expected = signature("shadow");
  expected.replace(expected.find("revision: 4"), 11, "revision: 5");
  CHECK(*changed == expected);
  CHECK_FALSE(with_status("{id: a, status: shadow, revision: 1}", SignatureStatus::Active, 2));
}

TEST_CASE("the way into shadow asks for examples that hold and near misses", "[aupsig][promote]") {
  Desk desk(signature("experimental"));
  CHECK(desk.promote_to(SignatureStatus::Active) == ExitCode::Found);  // not past shadow
  CHECK(desk.text() == signature("experimental"));
  CHECK(desk.promote_to(SignatureStatus::Shadow) == ExitCode::Done);
  CHECK(desk.text().find("status: shadow   # as agreed\nowner: tests\nrevision: 5\n") != std::string::npos);
  CHECK(desk.promote_to(SignatureStatus::Shadow) == ExitCode::Found);
  Desk few(signature("experimental", "[no such thing]"));
  CHECK(few.promote_to(SignatureStatus::Shadow) == ExitCode::Found);
  Desk wrong(signature("experimental", "[no such thing, a WORD]"));
  CHECK(wrong.promote_to(SignatureStatus::Shadow) == ExitCode::Found);
  CHECK(wrong.text() == signature("experimental", "[no such thing, a WORD]"));
}

TEST_CASE("the way out of shadow asks for counts of that revision and a clean baseline", "[aupsig][promote]") {
  Desk desk(signature("shadow"));
  const std::string quiet = desk.quiet();
  CHECK(desk.promote_to(SignatureStatus::Active) == ExitCode::Found);
  CHECK(desk.promote_to(SignatureStatus::Active, {quiet}) == ExitCode::Found);
  CHECK(desk.promote_to(SignatureStatus::Active, {}, {desk.counts(8, 3, 4)}) == ExitCode::Found);
  CHECK(desk.promote_to(SignatureStatus::Active, {quiet}, {desk.counts(3, 3, 4)}) == ExitCode::Found);   // too short
  CHECK(desk.promote_to(SignatureStatus::Active, {quiet}, {desk.counts(8, 3, 3)}) == ExitCode::Found);   // of another revision
  CHECK(desk.promote_to(SignatureStatus::Active, {quiet}, {desk.counts(9, -1, 4)}) == ExitCode::Found);  // never hit
  CHECK(desk.promote_to(SignatureStatus::Active, {quiet}, {desk.directory.file("none.json")}) == ExitCode::Usage);
  CHECK(desk.text() == signature("shadow"));
  CHECK(desk.promote_to(SignatureStatus::Active, {quiet}, {desk.counts(4, 3, 4), desk.counts(5, 0, 3)}) == ExitCode::Done);
  CHECK(desk.text().find("status: active") != std::string::npos);
}

TEST_CASE("a step back and a retirement need no evidence", "[aupsig][promote]") {
  Desk desk(signature("active", "[no such thing]"));
  CHECK(desk.promote_to(SignatureStatus::Shadow) == ExitCode::Done);
  CHECK(desk.promote_to(SignatureStatus::Deprecated) == ExitCode::Done);
  CHECK(desk.text().find("status: deprecated   # as agreed\nowner: tests\nrevision: 6\n") != std::string::npos);
}
