#include "tools/aupsig/translate/sigma_import.h"

#include "imported_pack.h"
#include "places.h"
#include "scanner/io/text_file.h"
#include "tools/aupsig/translate/sigma_rule.h"

#include <catch2/catch.hpp>

#include <random>

using namespace scanner;
using test::Import;
using test::ImportedPack;

namespace {

Import import(std::string_view text, const ImportSettings& settings = {}) {
  Import out;
  import_sigma("t.yml", text, settings, out.report, out.files);
  return out;
}

std::string process_rule(const std::string& detection) {
  return "title: A miner\nlogsource:\n  category: process_creation\n  product: linux\ndetection:\n" + detection + "level: high\n";
}

std::string refusal(const std::string& text) { return test::refusal_of(import(text)); }

const std::string kTraits = "mining.software.sigma-miner-by-its-command-line";

}  // namespace

TEST_CASE("Sigma's mining rules that are in use are imported with their meaning", "[aupsig][import][sigma]") {
  const auto text = read_text_file(AUPSCAN_SOURCE_DIR "/tests/golden/import/mining.yml");
  REQUIRE(text);
  const Import out = import(*text);
  const ImportedPack pack(out.files);
  CHECK(pack.examples() == "");
  struct Case {
    std::string id, text;
    bool holds;
    std::uint16_t port = 0;
  };
  const std::string priority = "mining.software.sigma-miner-by-cpu-priority-in-audit-records";
  const std::string place = "mining.software.sigma-miner-from-a-temporary-place";
  const std::vector<Case> cases{
      {priority, "./x --cpu-priority=5", true},
      {priority, "./x -o a --CPU-PRIORITY 5", true},
      {priority, "./x -o a -u b --cpu-priority 5", false},  // the fifth argument: the original looks at three
      {priority, "./x a--cpu-priority", false},
      {kTraits, "exe=/usr/bin/x\ncmdline=./x -o pool.example:3333", true},
      {kTraits, "exe=/usr/bin/x\ncmdline=gcc -o pool.example", false},  // the compiler's filter
      {kTraits, "exe=/usr/bin/x\ncmdline=./x STRATUM+TCP://a", true},
      {kTraits, "exe=/usr/bin/stratum+tcp://\ncmdline=./x", false},  // not in the command line
      {kTraits, "exe=/sbin/modprobe\ncmdline=modprobe msr allow_writes=on", true},
      {kTraits, "exe=/sbin/modprobe2\ncmdline=modprobe msr allow_writes=on", false},
      {kTraits, "exe=/sbin/modprobe\ncmdline=modprobe msr", false},
      {"mining.pool.sigma-connection-to-a-monero-pool-by-name-tls", "pool.monero.example", true},
      {"mining.pool.sigma-connection-to-a-monero-pool-by-name-dns", "x.pool.monero.example", false},
      {"mining.pool.sigma-connection-to-a-mining-pool-on-its-port", "eu.pool.example", true, 3333},
      {"mining.pool.sigma-connection-to-a-mining-pool-on-its-port", "eu.pool.example", false, 443},
      {"mining.pool.sigma-connection-to-a-mining-pool-on-its-port", "carpool.example", false, 3333},
      {"mining.pool.sigma-look-up-of-a-monero-pool", "pool.minexmr.example.evil", true},  // "contains", as the original has it
      {"mining.pool.sigma-look-up-of-mining-pools-that-was-answered", "eu.hashvault.example", true},
      {"mining.pool.sigma-look-up-of-mining-pools-that-was-answered", "nano1pool.example", true},
      {"mining.pool.sigma-look-up-of-mining-pools-that-was-answered", "nanopool.example", false},
      {"mining.software.sigma-user-agent-of-a-miner", "xmrig 6.21", true},
      {"mining.software.sigma-user-agent-of-a-miner", "XMRig/6.21", false},
      {"mining.software.sigma-user-agent-of-a-miner-s-dropper", "libredtail-http", true},
      {"mining.software.sigma-user-agent-of-a-miner-s-dropper", "libredtail-https", false},
      {place, "exe=/tmp/.x/a\ncmdline=./a -o stratum+ssl://b", true},
      {place, "exe=/opt/tmp/a\ncmdline=./a -o stratum+ssl://b", false},
      {"mining.web.sigma-browser-miner-by-request-or-host-uri", "/lib/coinhive.min.js", true},
      {"mining.web.sigma-browser-miner-by-request-or-host-host", "ws.coinhive.example", true},
      {"mining.software.sigma-option-in-base64-at-any-place-of-the-encoded-text", "sh -c 'echo LS1kb25hdGUtbGV2ZWw9MQ== | base64 -d'", true},
      {"mining.software.sigma-option-in-base64-at-any-place-of-the-encoded-text", "echo eG1yaWcgLS1kb25hdGUtbGV2ZWw9MQ==", true},
      {"mining.software.sigma-option-in-base64-at-any-place-of-the-encoded-text", "echo eG1yaWcgLS1uaWNlaGFzaA==", false},
  };
  for (const Case& c : cases) {
    INFO(c.id << " on " << c.text);
    CHECK(pack.holds(c.id, c.text, c.port) == c.holds);
  }
}

TEST_CASE("the report on Sigma's mining rules says what was translated, and what not and why", "[aupsig][import][sigma]") {
  const auto text = read_text_file(AUPSCAN_SOURCE_DIR "/tests/golden/import/mining.yml");
  const auto wanted = read_text_file(AUPSCAN_SOURCE_DIR "/tests/golden/import/mining.yml.txt");
  REQUIRE(text);
  REQUIRE(wanted);
  Import out;
  import_sigma("mining.yml", *text, {}, out.report, out.files);
  CHECK(report_text(out.report) == *wanted);
}

TEST_CASE("what everything depends on, and has no equal, refuses a Sigma rule", "[aupsig][import][sigma]") {
  CHECK(refusal(process_rule("  s:\n    ParentImage: /bin/sh\n    CommandLine|contains: xmrig\n  condition: s\n")).find("not its parent") != std::string::npos);
  CHECK(refusal(process_rule("  s:\n    User: root\n    CommandLine|contains: xmrig\n  condition: s\n")).find("attribution") != std::string::npos);
  CHECK(refusal(process_rule("  s:\n    CommandLine|contains|expand: '%miners%'\n  condition: s\n")).find("\"expand\" has no equal") != std::string::npos);
  CHECK(refusal(process_rule("  s:\n    CommandLine|contains|startswith: x\n  condition: s\n")).find("contradict") != std::string::npos);
  CHECK(refusal(process_rule("  s:\n    CommandLine|re: 'a(?=b)'\n  condition: s\n")).find("looks around") != std::string::npos);
  CHECK(refusal(process_rule("  s:\n    CommandLine: '*'\n  condition: s\n")).find("matches everything") != std::string::npos);
  CHECK(refusal(process_rule("  s:\n    CommandLine|contains: xmrig\n  condition: not s\n")).find("no pattern was seen") != std::string::npos);
  CHECK(refusal(process_rule("  k:\n    - xmrig\n    - minerd\n  condition: k\n")).find("whole log line") != std::string::npos);
  CHECK(refusal(process_rule("  s:\n    CommandLine|contains: xmrig\n  condition: s and t\n")).find("no selection is called \"t\"") != std::string::npos);
  CHECK(refusal(process_rule("  s:\n    CommandLine|contains: xmrig\n")).find("\"condition\" is missing") != std::string::npos);
  CHECK(refusal("title: x\nlogsource:\n  category: process_creation\n  product: windows\ndetection:\n  s:\n    CommandLine: xmrig\n  condition: s\n").find("windows are not watched") != std::string::npos);
  CHECK(refusal("title: [").find("not YAML") != std::string::npos);
}

TEST_CASE("an alternative or an exclusion without an equal is left out, and said", "[aupsig][import][sigma]") {
  const Import out = import(process_rule("  s:\n    - CommandLine|contains: xmrig\n    - ParentImage: /bin/x\n  f:\n    User: ci\n  condition: s and not f\n"));
  const Translation& rule = out.report.rules.at(0);
  CHECK(rule.outcome == TranslationOutcome::Differs);
  REQUIRE(rule.notes.size() == 2);
  CHECK(rule.notes[0].effect == Effect::Narrower);
  CHECK(rule.notes[0].option == "s.ParentImage");
  CHECK(rule.notes[1].effect == Effect::Wider);
  CHECK(rule.notes[1].option == "f.User");
  const ImportedPack pack(out.files);
  CHECK(pack.holds("mining.software.sigma-a-miner", "./xmrig"));
}

TEST_CASE("a Sigma condition has its own strengths, counts and names with stars", "[aupsig][import][sigma]") {
  std::vector<SigmaSelection> selections(4);
  selections[0].name = "sel_a";
  selections[1].name = "sel_b";
  selections[2].name = "filter";
  selections[3].name = "_hidden";
  std::string problem;
  const auto parsed = [&](std::string_view text) { return parse_sigma_condition(text, selections, problem); };
  const auto tree = parsed("sel_a or sel_b and not filter");
  REQUIRE(tree);
  CHECK(tree->kind == SigmaCondition::Kind::Or);
  CHECK(tree->parts[1].kind == SigmaCondition::Kind::And);
  CHECK(tree->parts[1].parts[1].kind == SigmaCondition::Kind::Not);
  CHECK(parsed("1 of sel_*")->parts.size() == 2);
  CHECK(parsed("ALL OF them")->parts.size() == 3);
  CHECK(parsed("all of *_a")->kind == SigmaCondition::Kind::Selection);
  for (const char* broken : {"", "sel_a and", "(sel_a", "sel_a sel_b", "2 of sel_*", "1 of none*", "sel_a | count() > 3", "not"}) {
    INFO(broken);
    CHECK_FALSE(parsed(broken));
    CHECK_FALSE(problem.empty());
  }
  CHECK_FALSE(parsed(std::string(100, '(') + "sel_a" + std::string(100, ')')));
}

namespace {

bool glob(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') return glob(pattern.substr(1), text) || (!text.empty() && glob(pattern, text.substr(1)));
  return !text.empty() && (pattern[0] == '?' || std::tolower(pattern[0]) == std::tolower(text[0])) && glob(pattern.substr(1), text.substr(1));
}

}  // namespace

TEST_CASE("an imported Sigma rule holds on just the processes on which its selections hold", "[aupsig][import][sigma]") {
  std::mt19937 random(7);
  const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random() % bound); };
  const auto word = [&](std::string_view alphabet, std::size_t least, std::size_t most) {
    std::string text;
    for (std::size_t i = least + below(most - least + 1); i > 0; --i) text.push_back(alphabet[below(alphabet.size())]);
    return text;
  };
  struct Item {
    bool exe;
    std::string pattern;
  };
  std::size_t imported = 0, held = 0, asked = 0;
  for (int round = 0; round < 120; ++round) {
    std::vector<Item> items;
    std::string detection;
    const std::size_t count = 2 + below(2);
    for (std::size_t i = 0; i < count; ++i) {
      const bool exe = below(3) == 0;
      std::string value = word("abA", 1, 2);
      if (below(4) == 0) value += (below(2) == 0 ? "*" : "?") + word("ab", 1, 1);
      const std::size_t kind = below(4);
      items.push_back({exe, kind == 0 ? value : kind == 1 ? value + "*" : kind == 2 ? "*" + value : "*" + value + "*"});
      detection += "  s" + std::to_string(i) + ":\n    " + (exe ? "Image" : "CommandLine") + (kind == 0 ? "" : kind == 1 ? "|startswith" : kind == 2 ? "|endswith" : "|contains") + ": '" + value + "'\n";
    }
    const std::size_t form = below(4);
    const char* conditions[] = {"1 of s*", "all of s*", "s0 and not s1", "s0 or (s1 and not s0)"};
    const Import out = import(process_rule(detection + "  condition: " + conditions[form] + "\n"));
    if (out.files.empty()) continue;
    ++imported;
    const ImportedPack pack(out.files);
    const std::string id = "mining.software.sigma-a-miner";
    const Field field = pack.signature(id).field;
    for (int i = 0; i < 50; ++i) {
      const std::string exe = word("abx", 1, 4), command = word("abx", 1, 5);
      std::vector<bool> holds;
      for (const Item& item : items) holds.push_back(glob(item.pattern, item.exe ? exe : command));
      const bool any = std::ranges::find(holds, true) != holds.end(), all = std::ranges::find(holds, false) == holds.end();
      const bool wanted = form == 0 ? any : form == 1 ? all : form == 2 ? holds[0] && !holds[1] : holds[0] || holds[1];
      const std::string text = field == Field::ProcessTraits ? "comm=b\nexe=" + exe + "\nargv0=a\ncmdline=" + command + "\n" : field == Field::ProcessExecutable ? exe : command;
      INFO(detection << conditions[form] << "\non " << text << "\n" << out.files[0].text);
      REQUIRE(pack.holds(id, text) == wanted);
      ++asked;
      held += wanted ? 1 : 0;
    }
  }
  CHECK(imported > 70);
  CHECK(held > asked / 10);
  CHECK(held < asked * 9 / 10);
}
