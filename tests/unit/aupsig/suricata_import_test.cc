#include "tools/aupsig/translate/suricata_import.h"

#include "imported_pack.h"
#include "places.h"
#include "scanner/io/text_file.h"

#include <catch2/catch.hpp>

#include <random>

using namespace scanner;
using test::Import;
using test::ImportedPack;

namespace {

Import import(std::string_view rules, const ImportSettings& settings = {}) {
  Import out;
  import_suricata("t.rules", rules, settings, out.report, out.files);
  return out;
}

// A rule round the options, about traffic that a client sends.
std::string rule(const std::string& options, const std::string& header = "alert tcp any any -> any any") {
  return header + " (msg:\"mining\"; flow:to_server; " + options + " sid:1; rev:1;)\n";
}

std::string refusal(const std::string& text, const ImportSettings& settings = {}) { return test::refusal_of(import(text, settings)); }

bool has_note(const Import& out, Effect effect, std::string_view option) {
  return std::ranges::any_of(out.report.rules.at(0).notes, [&](const TranslationNote& n) { return n.effect == effect && n.option == option; });
}

}  // namespace

TEST_CASE("the mining rules that are in use are imported with their meaning", "[aupsig][import][suricata]") {
  const auto text = read_text_file(AUPSCAN_SOURCE_DIR "/tests/golden/import/mining.rules");
  REQUIRE(text);
  const Import out = import(*text);
  const ImportedPack pack(out.files);
  CHECK(pack.examples() == "");
  struct Case {
    const char* id;
    std::string text;
    bool holds;
    std::uint16_t port = 0;
  };
  const std::string compact_login = R"({"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"4A","pass":"x","agent":"XMRig/6"}})";
  const std::string login = R"({"method":"login","params": {"login":"4A","pass":"x","agent":"a/1"},"id":1})";
  const std::vector<Case> cases{
      {"mining.pool.suricata-9000001", R"({"id":1,"result": [["mining.notify","ae6812"],"08000002",4],"error":null})", true},
      {"mining.pool.suricata-9000001", R"({"id":1,"result":[["mining.notify","ae6812"],"08000002",4],"error":null})", false},  // sensitive to blanks, as the original is
      {"mining.pool.suricata-9000001", std::string(100, ' ') + R"("result": [["mining.notify")", false},                        // beyond 120 bytes
      {"mining.pool.suricata-9000002", R"({"params": ["bf","4d"],"id": null,"method": "mining.notify"})", true},
      {"mining.pool.suricata-9000002", R"({"method": "mining.notify","params": ["bf"]})", false},  // the other order
      {"mining.solo.suricata-9000003", R"({"id":0, "method": "getblocktemplate","params":[]})", true},
      {"mining.solo.suricata-9000003", R"({"id":0,)" + std::string(60, ' ') + R"("method": "getblocktemplate"})", false},
      {"mining.solo.suricata-9000003", R"( {"id":0, "method": "getblocktemplate"})", false},
      {"mining.solo.suricata-9000004", R"({"result":{"CoinbaseTxn":{"data":"01"}}})", true},
      {"mining.pool.suricata-9000005", login, true},
      {"mining.pool.suricata-9000005", compact_login, false},  // stock XMRig writes the id first: so the original misses it too
      {"mining.pool.suricata-9000006", R"({"id":1,"method":"mining.subscribe","params":[]})", true},
      {"mining.pool.suricata-9000006", R"({"id":1,"method":"eth_submitLogin","params":[]})", false},
      {"mining.pool.suricata-9000007", R"({"params":["rhminer/2.1"]})", true},
      {"mining.pool.suricata-9000007", R"({"id":1,"params":["rhminer/2.1"]})", false},
      {"mining.pool.suricata-9000008", "JOB,user,FROM,PC Miner,3.1", true},
      {"mining.pool.suricata-9000008", "JOB,user,from,pc miner,3.1", false},
      {"mining.software.suricata-9000009", "MinerGate/1.0", true},
      {"mining.software.suricata-9000009", "a miner", false},
      {"mining.solo.suricata-9000010", "POST / HTTP/1.1\r\nHost: a\r\nx-mining-extensions: midstate\r\n\r\n", true},
      {"mining.solo.suricata-9000010", "POST / HTTP/1.1\r\nHost: a\r\n\r\nX-Mining-Extensions: midstate\r\n", false},  // in the body
      {"mining.solo.suricata-9000011", "POST /rpc HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{\"method\":\"getwork\"}", true},
      {"mining.solo.suricata-9000011", "GET /rpc HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{\"method\":\"getwork\"}", false},
      {"mining.solo.suricata-9000011", "POST /\"getwork\" HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{}", false},
      {"mining.pool.suricata-9000012", "de.monero.herominers.example", true},
      {"mining.pool.suricata-9000012", "herominers.example", true},
      {"mining.pool.suricata-9000012", "notherominers.example", false},
      {"mining.pool.suricata-9000012", "herominers.example.evil", false},
      {"mining.pool.suricata-9000013", "pool.vault.example", true},
      {"mining.pool.suricata-9000013", "www.pool.vault.example", false},
      {"mining.web.suricata-9000014", "ws1.coinhive.example", true},
      {"mining.web.suricata-9000014", "blog.coinhive.example", false},
      {"mining.web.suricata-9000014", "my.blog.coinhive.example", true},
      {"mining.pool.suricata-9000015", R"({"method":"submit","params":{"id":"1","nonce": "deadbeef","result":"ff"}})", true},
      {"mining.pool.suricata-9000015", R"({"method":"submit","params":{"id":"1","nonce":"deadbe","result":"ff"}})", false},
      {"mining.pool.suricata-9000015", R"({"method":"submit","params":{"result":"ff","nonce":"deadbeef"}})", false},
      {"mining.pool.suricata-9000016", R"({"params":{"job_id":"1","blob":"0c"},"method":"job"})", true},
      {"mining.pool.suricata-9000016", R"({"params":{"job_id":"1"},"method":"job"})", false},
      {"mining.pool.suricata-9000017", R"({"user":"a","pass":"b","agent":"c"})", true, 14445},
      {"mining.pool.suricata-9000017", R"({"user":"a","pass":"b","agent":"c"})", false, 443},
      {"mining.pool.suricata-9000018-server", "pay 4WALLETOFTHEEXAMPLE1111111111111111 now", true},
      {"mining.pool.suricata-9000018-client", "pay 4WALLETOFTHEEXAMPLE111111111111111 now", false},
  };
  for (const Case& c : cases) {
    INFO(c.id << " on " << c.text);
    CHECK(pack.holds(c.id, c.text, c.port) == c.holds);
  }
  for (const ImportedFile& file : out.files) CHECK(file.text.find("status: experimental\n") != std::string::npos);
}

TEST_CASE("the report on the mining rules says what was translated, and what not and why", "[aupsig][import][suricata]") {
  const auto text = read_text_file(AUPSCAN_SOURCE_DIR "/tests/golden/import/mining.rules");
  const auto wanted = read_text_file(AUPSCAN_SOURCE_DIR "/tests/golden/import/mining.rules.txt");
  REQUIRE(text);
  REQUIRE(wanted);
  Import out;
  import_suricata("mining.rules", *text, {}, out.report, out.files);
  CHECK(report_text(out.report) == *wanted);
}

TEST_CASE("what a rule's options ask for, and we cannot say, refuses the rule with its reason", "[aupsig][import][suricata]") {
  CHECK(refusal(rule("content:\"a\"; content:\"b\"; distance:-3;")).find("negative distance") != std::string::npos);
  CHECK(refusal(rule("content:\"abc\"; depth:2;")).find("longer than the 2 bytes") != std::string::npos);
  CHECK(refusal(rule("content:\"mining\"; content:!\"x\";")).find("more may follow") != std::string::npos);
  CHECK(refusal(rule("content:\"mining\"; endswith;")).find("end of a stream") != std::string::npos);
  CHECK(refusal(rule("content:\"mining\"; flowbits:isset,x;")).find("another rule saw before") != std::string::npos);
  CHECK(refusal(rule("content:\"mining\"; byte_jump:2,0;")) == "byte_jump: it has no equal here");
  CHECK(refusal(rule("content:\"mining\"; dsize:>10;")) == "dsize: it has no equal here");
  CHECK(refusal(rule("pcre:\"/a(?!b)/\";")).find("looks around") != std::string::npos);
  CHECK(refusal(rule("content:\"a\"; pcre:\"/b$/R\";")).find("end of a stream") != std::string::npos);
  CHECK(refusal(rule("content:\"a|4|\";")).find("pairs of hexadecimal") != std::string::npos);
  CHECK(refusal(rule("content:\"mining\"; dns.query; content:\"pool\";")).find("one field") != std::string::npos);
  CHECK(refusal(rule("")).find("searches for nothing") != std::string::npos);
  CHECK(refusal(rule("content:\"mining\";", "pass tcp any any -> any any")).find("raises no alert") != std::string::npos);
  CHECK(refusal(rule("content:\"mining\";", "alert tcp any 4444 -> any any")).find("initiator's port") != std::string::npos);
  CHECK(refusal("alert tcp any any -> any any (msg:\"mining\"; content:\"a;\"; sid:1;)").find("inside quotes") != std::string::npos);
  CHECK(refusal("alert tcp any any -> any any (msg:\"mining\"; content:\"a\"").find("does not end") != std::string::npos);
  CHECK(refusal("alert tcp any any => (content:\"a\";)").find("header ends too early") != std::string::npos);
}

TEST_CASE("a count in time is left out, said, and refused where nothing may be wider", "[aupsig][import][suricata]") {
  const std::string counted = rule("content:\"mining.\"; threshold:type threshold, track by_src, count 5, seconds 60;");
  const Import out = import(counted);
  CHECK(out.report.rules.at(0).outcome == TranslationOutcome::Differs);
  CHECK(has_note(out, Effect::Wider, "threshold"));
  CHECK(out.files.at(0).text.find("# Wider than the original: threshold") != std::string::npos);
  ImportSettings strict;
  strict.strict = true;
  CHECK(refusal(counted, strict) == "--strict: it would hold on more than the original");
}

TEST_CASE("variables of ports are defined on the command line, and commented rules are imported where that is asked", "[aupsig][import][suricata]") {
  const std::string text = "#" + rule("content:\"mining.\";", "alert tcp any any -> any $POOLS");
  CHECK(import(text).report.disabled == 1);
  ImportSettings settings;
  settings.disabled = true;
  CHECK(refusal(text, settings).find("--define POOLS=") != std::string::npos);
  settings.defines["POOLS"] = "[3333,4444:4445]";
  const Import out = import(text, settings);
  const ImportedPack pack(out.files);
  CHECK(pack.holds("mining.pool.suricata-1", "mining.", 4445));
  CHECK_FALSE(pack.holds("mining.pool.suricata-1", "mining.", 4446));
}

TEST_CASE("the origin, the owner and the licence of an imported rule are in its file", "[aupsig][import][suricata]") {
  ImportSettings settings;
  settings.owner = "abuse team";
  settings.licence = "BSD-3-Clause";
  settings.date = "2026-11-30";
  const Import out = import(rule("content:\"mining.\"; reference:url,example.org/a; reference:cve,2020-1; metadata:mitre_technique_id T1496_001;"), settings);
  const std::string& text = out.files.at(0).text;
  CHECK(text.starts_with("# Imported from t.rules:1 (sid 1 rev 1) on 2026-11-30.\n# Licence of the original: BSD-3-Clause.\n"));
  CHECK(text.find("owner: abuse team\n") != std::string::npos);
  CHECK(text.find("  - https://example.org/a\n  - CVE-2020-1\n") != std::string::npos);
  CHECK(text.find("attack: [T1496.001]\n") != std::string::npos);
}

namespace {

// A content as Suricata inspects it, straight from its manual: no regex is involved.
struct Content {
  std::string text;
  bool nocase = false;
  std::optional<std::size_t> offset, depth, distance, within;
};

bool same(std::string_view wanted, std::string_view text, bool nocase) {
  return std::equal(wanted.begin(), wanted.end(), text.begin(), text.end(), [nocase](char a, char b) { return nocase ? std::tolower(a) == std::tolower(b) : a == b; });
}

bool inspect(const std::vector<Content>& contents, std::size_t index, std::string_view payload, std::size_t last) {
  if (index == contents.size()) return true;
  const Content& c = contents[index];
  const bool relative = c.distance || c.within;
  const std::size_t from = relative ? last + c.distance.value_or(0) : c.offset.value_or(0);
  std::size_t to = payload.size();
  if (relative && c.within) to = std::min(to, from + *c.within);
  if (!relative && c.depth) to = std::min(to, from + *c.depth);
  for (std::size_t at = from; at + c.text.size() <= to; ++at)
    if (same(c.text, payload.substr(at, c.text.size()), c.nocase) && inspect(contents, index + 1, payload, at + c.text.size())) return true;
  return false;
}

}  // namespace

TEST_CASE("an imported rule holds on just the payloads on which its contents are found as Suricata finds them", "[aupsig][import][suricata]") {
  std::mt19937 random(20261130);
  const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random() % bound); };
  const auto word = [&](std::size_t least, std::size_t most) {
    std::string text;
    for (std::size_t i = least + below(most - least + 1); i > 0; --i) text.push_back("abAB"[below(4)]);
    return text;
  };
  std::size_t imported = 0, held = 0, asked = 0;
  for (int round = 0; round < 150; ++round) {
    std::vector<Content> contents(1 + below(3));
    std::string options;
    for (std::size_t i = 0; i < contents.size(); ++i) {
      Content& c = contents[i];
      c.text = word(1, 2);
      c.nocase = below(3) == 0;
      const std::size_t kind = below(4);
      if (kind == 0 && i > 0) {
        c.distance = below(4);
        if (below(2) == 0) c.within = c.text.size() + below(4);
      } else if (kind == 1) {
        c.offset = below(4);
        c.depth = c.text.size() + below(5);
      } else if (kind == 2 && i > 0) {
        c.within = c.text.size() + below(4);
      }
      options += "content:\"" + c.text + "\"; " + (c.nocase ? "nocase; " : "");
      for (const auto& [name, value] : {std::pair("offset", c.offset), std::pair("depth", c.depth), std::pair("distance", c.distance), std::pair("within", c.within)})
        if (value) options += std::string(name) + ":" + std::to_string(*value) + "; ";
    }
    const Import out = import(rule(options));
    if (out.files.empty()) continue;  // one byte that holds everywhere leaves no near miss
    ++imported;
    const ImportedPack pack(out.files);
    for (int i = 0; i < 60; ++i) {
      const std::string payload = word(1, 12);
      INFO(options << " on " << payload << "\n" << out.files[0].text);
      const bool wanted = inspect(contents, 0, payload, 0);
      REQUIRE(pack.holds("mining.pool.suricata-1", payload) == wanted);
      ++asked;
      held += wanted ? 1 : 0;
    }
  }
  CHECK(imported > 120);
  CHECK(held > asked / 10);
  CHECK(held < asked * 9 / 10);
}
