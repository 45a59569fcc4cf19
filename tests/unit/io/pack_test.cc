#include "scanner/io/pack.h"

#include "scanner/io/pack_state.h"
#include "scanner/io/pack_store.h"
#include "scanner/io/rule_files.h"
#include "scanner/io/ruleset_cache.h"
#include "tests/support/temp_directory.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using namespace scanner;
namespace fs = std::filesystem;

namespace {

constexpr const char* kSignature = R"(id: mining.pool.made-up
title: A made-up word
activity: mining.pool
field: stream.client
stage: contact
weight: 0.2
status: active
owner: tests
revision: 1
patterns:
  word: {literal: WORD}
condition: word
references: [https://example.org]
known_false_positives: [none known]
examples:
  match: [WORD one]
  no_match: [no such thing]
)";

std::vector<TarFile> some_files(const std::string& word = "WORD") {
  std::string signature = kSignature;
  for (std::size_t at = signature.find("WORD"); at != std::string::npos; at = signature.find("WORD", at + word.size())) signature.replace(at, 4, word);
  return {{"signatures/mining.pool/made-up.yaml", signature}, {"tests/note.txt", "a note"}};
}

std::string pack_of(std::uint64_t version, const std::string& word = "WORD", const std::string& name = "fleet") {
  const auto files = some_files(word);
  Diagnostics diagnostics;
  const auto ruleset = load_rules_from(std::vector<PackFile>{{files[0].path, files[0].path.substr(11), files[0].content}}, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) UNSCOPED_INFO(to_text(diagnostic));
  REQUIRE(ruleset);
  return write_pack({name, version, "2026-11-30", (*ruleset)->content_id()}, files).value();
}

Pack read(const std::string& bytes) { return read_pack(as_bytes(bytes)).value(); }

std::string problem_of(const std::string& bytes) {
  const auto pack = read_pack(as_bytes(bytes));
  return pack ? "" : pack.error().message;
}

// A directory of packs, a key, and another key.
struct Fleet {
  test::TempDirectory directory;
  MinisignSecretKey key = MinisignSecretKey::generate().value(), stranger = MinisignSecretKey::generate().value();
  std::vector<MinisignPublicKey> trusted{key.public_key()};
  std::string packs = directory.file("packs");

  Fleet() { REQUIRE(system_disk().make_directory(packs)); }
  std::string id_of(const std::string& bytes) const { return read(bytes).id; }
  void put(const std::string& bytes) {
    const std::string signature = key.sign(as_bytes(bytes), "made for a test").value();
    const auto checked = check_pack(as_bytes(bytes), signature, trusted);
    REQUIRE(checked);
    REQUIRE(put_pack(system_disk(), packs, *checked, as_bytes(bytes), signature, trusted));
  }
  void install(const std::string& bytes, const InstallStep& step = {}) {
    put(bytes);
    const auto next = installed(read_pack_state(system_disk(), packs).value(), ref_of(read(bytes)), step);
    REQUIRE(next);
    REQUIRE(write_pack_state(system_disk(), packs, *next));
  }
  std::string why_refused(const std::string& bytes) const {
    const auto checked = check_installed(system_disk(), packs, id_of(bytes), trusted);
    return checked ? "" : checked.error().message;
  }
  std::string file(const std::string& bytes, const std::string& name) const { return packs + "/" + id_of(bytes) + "/" + name; }
  Result<PackChoice> choose(bool may_fall_back) const {
    return choose_pack(system_disk(), packs, trusted, may_fall_back, [](const Pack&) { return Result<void>(); });
  }
};

void flip(const std::string& path, std::size_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(file.get() ^ 1);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(byte);
}

}  // namespace

TEST_CASE("a pack is the same bytes for the same files in any order, and reads back", "[io][pack]") {
  const std::string bytes = pack_of(7);
  auto files = some_files();
  std::reverse(files.begin(), files.end());
  CHECK(write_pack(read(bytes).manifest, files).value() == bytes);
  const Pack pack = read(bytes);
  CHECK(pack.title() == "fleet 7");
  CHECK(pack.files == some_files());
  CHECK(pack.id != read(pack_of(8)).id);
  Diagnostics diagnostics;
  const auto rules = load_pack_rules(pack, diagnostics);
  REQUIRE(rules);
  CHECK((*rules)->content_id() == pack.manifest.ruleset);
}

TEST_CASE("a pack whose files are not those of its manifest is refused", "[io][pack]") {
  const auto files = read_tar(as_bytes(pack_of(7))).value();
  auto altered = files;
  altered[1].content[3] ^= 1;
  CHECK(problem_of(write_tar(altered).value()).find("was altered") != std::string::npos);
  auto more = files;
  more.push_back({"signatures/x.yaml", "id: x"});
  CHECK(problem_of(write_tar(more).value()).find("does not name") != std::string::npos);
  auto less = files;
  less.pop_back();
  CHECK(problem_of(write_tar(less).value()).find("lacks 'tests/note.txt'") != std::string::npos);
  CHECK(problem_of(write_tar({files[1], files[0]}).value()).find("manifest.json") != std::string::npos);
  CHECK_FALSE(write_pack(read(pack_of(7)).manifest, {{"etc/passwd", "x"}}));
  CHECK_FALSE(write_pack({"Fleet", 7, "2026-11-30", ""}, {}));
  CHECK_FALSE(write_pack({"fleet", 0, "2026-11-30", ""}, {}));
  CHECK_FALSE(write_pack({"fleet", 7, "2026-13-30", ""}, {}));
}

TEST_CASE("a pack whose manifest promises another ruleset is not loaded", "[io][pack]") {
  const std::string bytes = write_pack({"fleet", 7, "2026-11-30", std::string(64, 'a')}, some_files()).value();
  Diagnostics diagnostics;
  const auto rules = load_pack_rules(read(bytes), diagnostics);
  REQUIRE_FALSE(rules);
  CHECK(rules.error().message.find("mean something else here") != std::string::npos);
}

TEST_CASE("the patterns of a pack that was compiled before are not checked again, and those of another one are", "[io][pack]") {
  const test::TempDirectory directory;
  // Matches the empty text: whoever checks, refuses it.
  auto files = some_files();
  const std::string literal = "{literal: WORD}";
  files[0].content.replace(files[0].content.find(literal), literal.size(), "{regex: 'W*'}");
  Diagnostics diagnostics;
  const auto unchecked = load_rules_from(std::vector<PackFile>{{files[0].path, files[0].path.substr(11), files[0].content}}, diagnostics, PatternCheck::Later);
  REQUIRE(unchecked);
  const Pack pack = read(write_pack({"fleet", 7, "2026-11-30", (*unchecked)->content_id()}, files).value());
  CHECK_FALSE(load_pack_rules(pack, diagnostics, directory.file("")));
  REQUIRE(diagnostics.size() == 1);  // told once
  CHECK(diagnostics[0].code == "E105");
  std::ofstream(cache_file_of(**unchecked, directory.file(""))) << "as if it had been compiled";
  CHECK(load_pack_rules(pack, diagnostics, directory.file("")));
  CHECK_FALSE(load_pack_rules(pack, diagnostics));
}

TEST_CASE("a bundle is read like the directory that it was made of", "[io][pack]") {
  const test::TempDirectory directory;
  auto files = some_files();
  files.push_back({"exceptions.yaml", "exceptions: []\n"});
  const std::string path = directory.file("fleet-7.aup");
  std::ofstream(path, std::ios::binary) << write_pack(read(pack_of(7)).manifest, files).value();
  const auto source = read_pack_source(path);
  REQUIRE(source);
  REQUIRE(source->files.size() == 1);
  CHECK(source->files[0].place == "mining.pool/made-up.yaml");
  CHECK(source->files[0].path == "fleet 7:signatures/mining.pool/made-up.yaml");
  REQUIRE(source->exceptions.size() == 1);
  Diagnostics diagnostics;
  const auto rules = load_rules(path, diagnostics);
  REQUIRE(rules);
  CHECK((*rules)->content_id() == read(pack_of(7)).manifest.ruleset);
  std::ofstream(path, std::ios::binary) << "no pack at all";
  CHECK(load_rules(path, diagnostics).error().message.starts_with(path + ": "));
}

TEST_CASE("one byte altered anywhere in an installed pack or its signature is found", "[io][pack]") {
  Fleet fleet;
  const std::string bytes = pack_of(7);
  fleet.put(bytes);
  REQUIRE(fleet.why_refused(bytes) == "");
  std::size_t altered = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 97, ++altered) {
    flip(fleet.file(bytes, "pack.aup"), at);
    CHECK(fleet.why_refused(bytes).find("not of this content") != std::string::npos);
    flip(fleet.file(bytes, "pack.aup"), at);
  }
  CHECK(altered > 30);
  for (const std::size_t at : {60U, 140U, 200U}) {
    flip(fleet.file(bytes, "pack.aup.minisig"), at);
    CHECK(fleet.why_refused(bytes) != "");
    flip(fleet.file(bytes, "pack.aup.minisig"), at);
  }
  flip(fleet.file(bytes, "files/signatures/mining.pool/made-up.yaml"), 20);
  CHECK(fleet.why_refused(bytes).find("made-up.yaml: was altered after it was installed") != std::string::npos);
  fleet.put(bytes);  // installing it again mends that
  CHECK(fleet.why_refused(bytes) == "");
  std::ofstream(fleet.file(bytes, "files/signatures/more.yaml")) << "x";
  CHECK(fleet.why_refused(bytes).find("is not of the pack") != std::string::npos);
  fleet.put(bytes);
  fs::remove(fleet.file(bytes, "files/tests/note.txt"));
  CHECK(fleet.why_refused(bytes).find("is gone") != std::string::npos);
  fleet.put(bytes);
  fs::remove(fleet.file(bytes, "files/tests/note.txt"));
  fs::create_symlink("/etc/hostname", fleet.file(bytes, "files/tests/note.txt"));
  CHECK(fleet.why_refused(bytes) != "");
  fleet.put(bytes);
  fs::remove(fleet.file(bytes, "pack.aup.minisig"));
  CHECK(fleet.why_refused(bytes).find("is not signed") != std::string::npos);
  fleet.put(bytes);
  fleet.trusted = {fleet.stranger.public_key()};
  CHECK(fleet.why_refused(bytes).find("not one of the 1 trusted keys") != std::string::npos);
}

TEST_CASE("an older pack, another one of the same version, and one of another name are refused unless allowed", "[io][pack]") {
  PackState state = installed({}, {std::string(64, '7'), "fleet", 7}, {}).value();
  CHECK(state.newest.version == 7);
  const PackRef older{std::string(64, '6'), "fleet", 6}, twin{std::string(64, '8'), "fleet", 7}, other{std::string(64, '9'), "mine", 9};
  const auto why = [&](const PackRef& pack) { return installed(state, pack, {}).error().message; };
  CHECK(why(older) == "fleet 6 is older than fleet 7, which was installed; --allow-downgrade installs it all the same");
  CHECK(why(twin).find("the same version must not mean two things") != std::string::npos);
  CHECK(why(other).find("another name") != std::string::npos);
  const auto allowed = installed(state, older, {true, {}});
  REQUIRE(allowed);
  CHECK(allowed->older_allowed == older.id);
  CHECK(admit(*allowed, older));
  CHECK_FALSE(admit(*allowed, {std::string(64, '5'), "fleet", 5}));
  CHECK(allowed->newest.version == 7);  // what was there once is not forgotten
  CHECK(installed(state, {std::string(64, 'a'), "fleet", 8}, {}));
}

TEST_CASE("a pack on trial is kept when confirmed and given up when not", "[io][pack]") {
  const PackRef one{std::string(64, '1'), "fleet", 1}, two{std::string(64, '2'), "fleet", 2}, three{std::string(64, '3'), "fleet", 3};
  const InstallStep trial{false, Timestamp{5'000}};
  CHECK_FALSE(installed({}, one, trial));  // nothing to return to
  const PackState start = installed({}, one, {}).value();
  const PackState tried = installed(start, two, trial).value();
  CHECK(tried.current == two);
  CHECK(tried.previous == one);
  CHECK(tried.newest == one);
  const PackState kept = confirmed(tried).value();
  CHECK_FALSE(kept.confirm_until);
  CHECK(kept.newest == two);
  CHECK_FALSE(confirmed(kept));
  const PackState gone = given_up(tried).value();
  CHECK(gone.current == one);
  CHECK(gone.previous.none());
  CHECK(admit(gone, one));
  CHECK(installed(gone, two, {}));  // it may be tried again
  // The last good one stays the last good one, whatever is tried one after the other.
  const PackState again = installed(tried, three, trial).value();
  CHECK(again.previous == one);
  CHECK(given_up(again)->current == one);
}

TEST_CASE("a rollback returns to the pack before, once, and to a named one", "[io][pack]") {
  const PackRef one{std::string(64, '1'), "fleet", 1}, two{std::string(64, '2'), "fleet", 2};
  const PackState state = installed(installed({}, one, {}).value(), two, {}).value();
  const PackState back = rolled_back(state, {}).value();
  CHECK(back.current == one);
  CHECK(admit(back, one));
  CHECK(back.last_change == "fleet 2 was rolled back to fleet 1");
  CHECK_FALSE(rolled_back(back, {}));
  CHECK_FALSE(rolled_back(back, one));
  CHECK(rolled_back(back, two)->current == two);
}

TEST_CASE("the state is kept whole, and one that is not understood is an error", "[io][pack]") {
  Fleet fleet;
  CHECK(read_pack_state(system_disk(), fleet.packs).value() == PackState{});
  PackState state = installed(installed({}, {std::string(64, '1'), "fleet", 1}, {}).value(), {std::string(64, '2'), "fleet", 2}, {false, parse_rfc3339("2026-11-30T10:00:00Z")}).value();
  REQUIRE(write_pack_state(system_disk(), fleet.packs, state));
  CHECK(read_pack_state(system_disk(), fleet.packs).value() == state);
  CHECK(fs::read_symlink(fleet.packs + "/current").string() == std::string(64, '2'));
  for (const char* text : {"", "{", "[]", R"({"current":7})", R"({"current":{"id":"../../x","name":"a","version":1}})", R"({"confirm_until":"soon"})"}) {
    std::ofstream(fleet.packs + "/state.json", std::ios::trunc) << text;
    CHECK_FALSE(read_pack_state(system_disk(), fleet.packs));
  }
}

TEST_CASE("at a start the last good pack stands in for one that is refused, and says why", "[io][pack]") {
  Fleet fleet;
  CHECK(fleet.choose(true).error().message.find("no pack is installed") != std::string::npos);
  const std::string one = pack_of(1), two = pack_of(2, "OTHER");
  fleet.install(one);
  fleet.install(two);
  CHECK(fleet.choose(true)->checked.pack.title() == "fleet 2");
  flip(fleet.file(two, "pack.aup"), 700);
  CHECK_FALSE(fleet.choose(false));
  const auto choice = fleet.choose(true);
  REQUIRE(choice);
  CHECK(choice->checked.pack.title() == "fleet 1");
  CHECK(choice->refused.find("pack fleet 2 is refused") == 0);
  flip(fleet.file(one, "pack.aup"), 700);
  CHECK(fleet.choose(true).error().message.find("nor can the last good one be used") != std::string::npos);
}

TEST_CASE("an older pack that somebody slipped into the state is refused by who loads it", "[io][pack]") {
  Fleet fleet;
  const std::string one = pack_of(1), two = pack_of(2, "OTHER");
  fleet.install(one);
  fleet.install(two);
  PackState state = read_pack_state(system_disk(), fleet.packs).value();
  state.current = ref_of(read(one));
  REQUIRE(write_pack_state(system_disk(), fleet.packs, state));
  CHECK(fleet.choose(false).error().message == "pack fleet 1 is refused: fleet 1 is older than fleet 2, which was installed");
  // A version that the state only claims does not help: the signed manifest counts.
  state.current.version = 9;
  REQUIRE(write_pack_state(system_disk(), fleet.packs, state));
  CHECK_FALSE(fleet.choose(false));
}

TEST_CASE("old packs go, those in force and the last good one stay", "[io][pack]") {
  Fleet fleet;
  std::vector<std::string> all;
  for (std::uint64_t version = 1; version <= 6; ++version) {
    all.push_back(pack_of(version));
    fleet.install(all.back());
  }
  remove_old_packs(fleet.packs, read_pack_state(system_disk(), fleet.packs).value(), 1);
  CHECK(list_packs(fleet.packs).size() == 3);
  CHECK(fleet.why_refused(all[5]) == "");
  CHECK(fleet.why_refused(all[4]) == "");
}
