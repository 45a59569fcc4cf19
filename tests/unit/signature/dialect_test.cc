#include "scanner/signature/dialect.h"

#include "scanner/io/text_file.h"
#include "places.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace scanner;

namespace {

const std::string kHead = "form: 1\nid: x\ntitle: X\nrevision: 1\nlog_in: true\n";

std::vector<std::string> codes(std::string_view text) {
  std::vector<Dialect> dialects;
  Diagnostics diagnostics;
  load_dialect("x.yaml", text, dialects, diagnostics);
  CHECK(dialects.empty() == has_errors(diagnostics));
  std::vector<std::string> found;
  for (const Diagnostic& diagnostic : diagnostics) {
    found.push_back(diagnostic.code + " " + std::to_string(diagnostic.at.line));
    CHECK(diagnostic.at.file == "x.yaml");
  }
  return found;
}

Dialect load(std::string_view text) {
  std::vector<Dialect> dialects;
  Diagnostics diagnostics;
  load_dialect("x.yaml", text, dialects, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) FAIL_CHECK(to_text(diagnostic));
  REQUIRE(dialects.size() == 1);
  return dialects[0];
}

using Codes = std::vector<std::string>;

}  // namespace

TEST_CASE("paths are keys and places, counted from either end", "[signature]") {
  const auto path = parse_value_path("params[0].job[-1].id");
  REQUIRE(path);
  REQUIRE(path->steps.size() == 5);
  CHECK(path->steps[0].key == "params");
  CHECK(path->steps[1].index == 0);
  CHECK(path->steps[3].index == -1);
  CHECK(path->steps[4].key == "id");
  for (const char* no : {"", ".", "a.", "a..b", "a[", "a[]", "a[x]", "a[1", "a[1 ]", "[", "a.b.c.d.e.f.g.h.i", "a[99999999999]"}) CHECK_FALSE(parse_value_path(no));
}

TEST_CASE("a dialect's file becomes its description", "[signature]") {
  const Dialect dialect = load(kHead + R"(coin: abc
algorithm: abchash
solo: true
carriers: [http]
hashes_per_difficulty: 65536
target: compact-le
references: [https://test.example]
envelope: {method: cmd, params: args}
miner:
  - method: go
    role: authorise
    worker: params.who
    weak: true
    when: [{at: "params[0]", is: 0xhex, min: 2, max: 4}, {at: result, is: null}, {at: id, is: "true"}, {at: extra.x, equals: Y, contains: y}]
    accepted: [[{at: result}], [{at: error, is: missing}, {at: result, is: number}]]
    answer_job: result.job
pool:
  - {method: take, role: job, job: params.id, answers: go}
)");
  CHECK(dialect.coin == "abc");
  CHECK(dialect.solo);
  CHECK_FALSE(dialect.over_lines);
  CHECK(dialect.over_http);
  CHECK(dialect.hashes_per_difficulty == 65536);
  CHECK(dialect.target_form == TargetForm::CompactLittle);
  CHECK(dialect.envelope.method == "cmd");
  CHECK(dialect.envelope.id == "id");
  REQUIRE(dialect.messages.size() == 2);
  const DialectMessage& go = dialect.messages[0];
  CHECK(go.role == MiningRole::Authorise);
  CHECK(go.weak);
  CHECK(go.worker.steps[0].key == "args");  // by the envelope's own name
  REQUIRE(go.when.size() == 4);
  CHECK(go.when[0].type == Shape::Type::PrefixedHex);
  CHECK(go.when[0].min == 2);
  CHECK(go.when[0].max == 4);
  CHECK(go.when[1].type == Shape::Type::Null);
  CHECK(go.when[2].type == Shape::Type::True);
  CHECK(go.when[3].path.steps[0].key == "extra");
  CHECK(go.when[3].equals == "Y");
  REQUIRE(go.accepted.size() == 2);
  CHECK(go.accepted[1][0].type == Shape::Type::Missing);
  CHECK(go.answer_job.steps.size() == 2);
  CHECK(dialect.messages[1].from_pool);
  CHECK(dialect.messages[1].answers == "go");
}

TEST_CASE("all mistakes of a file are told, each in its place", "[signature]") {
  CHECK(codes(kHead + "miner: []\n") == Codes{});
  CHECK(codes("form: 2\nid: X y\ntitle: X\nrevision: 0\nlog_in: maybe\nminer: []\n") == Codes{"E009 1", "E040 2", "E009 4", "E004 5"});
  CHECK(codes(kHead + "miner: []\ncarriers: [pigeon]\ntarget: round\ncolour: red\n") == Codes{"E008 7", "E008 8", "E006 9"});
  CHECK(codes(kHead + R"(miner:
  - {role: submit}
  - {method: a, role: dance}
  - {method: b, role: submit, weak: true}
  - {method: c, role: submit, when: [{at: "a..b"}, {at: "[0]"}, {at: a, is: round}, {at: a, min: 3, max: 2}]}
  - {method: d, role: submit, accepted: [{at: a}]}
  - {method: e, role: submit, answers: f}
pool:
  - {role: job, when: [{at: a}]}
  - {method: f, role: job, bodyless: true}
  - {method: g, role: job, request_id: params.id}
envelope: {method: ""}
)") == Codes{"E040 17", "E041 7", "E008 8", "E041 9", "E042 10", "E042 10", "E008 10", "E009 10", "E004 11", "E006 12", "E041 14", "E006 15", "E041 16"});
}

TEST_CASE("two dialects cannot have one id", "[signature]") {
  std::vector<Dialect> dialects;
  Diagnostics diagnostics;
  load_dialect("a.yaml", kHead + "miner: []\n", dialects, diagnostics);
  load_dialect("b.yaml", kHead + "miner: []\n", dialects, diagnostics);
  CHECK(dialects.size() == 1);
  REQUIRE(diagnostics.size() == 1);
  CHECK(diagnostics[0].code == "E043");
}

TEST_CASE("a set finds messages by envelope and method, and its id follows its content", "[signature]") {
  const std::string first = kHead + "miner:\n  - {method: go, role: submit}\n  - {role: getwork, bodyless: true}\npool:\n  - {role: job, when: [{at: result, is: array, min: 3}, {at: id}]}\n";
  std::string second = first;
  second.replace(second.find("id: x"), 5, "id: y");
  second += "envelope: {id: ref}\n";
  const DialectSet set({load(first), load(second)});
  REQUIRE(set.envelopes().size() == 2);
  CHECK(set.named(0, "go").size() == 1);
  CHECK(set.named(1, "go")[0].dialect == 1);
  CHECK(set.named(0, "").size() == 1);
  CHECK(set.named(0, "stop").empty());
  CHECK(set.bodyless().size() == 2);
  CHECK(set.content_id().size() == 64);
  CHECK(set.content_id() == DialectSet({load(first), load(second)}).content_id());
  CHECK(set.content_id() != DialectSet({load(second), load(first)}).content_id());
  std::string other = first;
  other.replace(other.find("min: 3"), 6, "min: 4");
  CHECK(DialectSet({load(first)}).content_id() != DialectSet({load(other)}).content_id());
}

TEST_CASE("a cheap look tells texts that cannot be mining", "[signature]") {
  const DialectSet set({load(kHead + "miner:\n  - {method: go, role: submit}\npool:\n  - {role: job, when: [{at: result, is: array}, {at: id}]}\n")});
  CHECK(set.might_concern(as_bytes(R"({"method":"go"})")));
  CHECK(set.might_concern(as_bytes(R"({"result":[]})")));
  CHECK(set.might_concern(as_bytes(R"({"m\u0065thod":"go"})")));
  CHECK_FALSE(set.might_concern(as_bytes(R"({"level":"info","text":"a method"})")));
  CHECK(set.names_submit(as_bytes(R"({"id":1,"method":"go","x":")")));
  CHECK_FALSE(set.names_submit(as_bytes(R"({"id":1,"method":"stop"})")));
  CHECK_FALSE(DialectSet().might_concern(as_bytes(R"({"method":"go"})")));
}

TEST_CASE("the dialects that the project ships have no mistakes and a reference each", "[signature]") {
  std::vector<Dialect> dialects;
  Diagnostics diagnostics;
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(AUPSCAN_SOURCE_DIR "/signatures/dialects")) {
    if (entry.path().extension() != ".yaml") continue;
    const auto text = read_text_file(entry.path().string());
    REQUIRE(text);
    CHECK(text->find("references:\n  - https://") != std::string::npos);
    load_dialect(entry.path().string(), *text, dialects, diagnostics);
    ++files;
    REQUIRE(dialects.size() == files);
    CHECK(dialects.back().id + ".yaml" == entry.path().filename().string());
  }
  for (const Diagnostic& diagnostic : diagnostics) FAIL_CHECK(to_text(diagnostic));
  CHECK(files >= 9);
}
