#include "scanner/signature/dataset.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

const std::string kHead = "#! name: agents\n#! kind: agents\n#! date: 2026-01-02\n#! licence: facts\nagent\tfamily\tkind\tsources\n";

Datasets load(const std::string& rows, Diagnostics& diagnostics) {
  Datasets datasets;
  load_dataset("agents.tsv", kHead + rows, datasets, diagnostics);
  return datasets;
}

// "family version", or "".
std::string known(const std::string& text) {
  Diagnostics diagnostics;
  static const Datasets datasets = load("xmrig\tXMRig\tcpu\ta\nxmrig-proxy\tProxy\tproxy\ta\nlolminer\tlolMiner\tgpu\ta\nt-rex\tT-Rex\tgpu\ta\n", diagnostics);
  const auto match = datasets.find_agent(text);
  return match ? match->entry->family + " " + std::string(match->version) : "";
}

}  // namespace

TEST_CASE("a program is known by the name that it begins with, and its version by what follows", "[signature]") {
  CHECK(known("XMRig/6.21.0 (Linux x86_64) libuv/1.44.2 gcc/11.2.0") == "XMRig 6.21.0");
  CHECK(known("xmrig-proxy/6.21.0") == "Proxy 6.21.0");
  CHECK(known("lolMiner 1.97") == "lolMiner 1.97");
  CHECK(known("t-rex/0.26.8-cuda11") == "T-Rex 0.26.8-cuda11");
  CHECK(known("xmrig_v6.1") == "XMRig 6.1");
  CHECK(known("XMRIG") == "XMRig ");
  CHECK(known("xmrig/") == "XMRig ");
  CHECK(known("xmrig/dev") == "XMRig ");
  CHECK(known("xmrig/" + std::string(200, '1')) == "XMRig " + std::string(32, '1'));
}

TEST_CASE("a name inside another word or text is no program's", "[signature]") {
  for (const char* text : {"", "x", "xmrig-exporter/1.0", "xmriggy/1.0", "xmrig2/1.0", "xmrig.example", "Mozilla/5.0 (X11) xmrig/6.21.0", "xmrig-", "my xmrig/6"}) {
    INFO(text);
    CHECK(known(text).empty());
  }
}

TEST_CASE("whatever is wrong in a set of agents is told", "[signature]") {
  Diagnostics diagnostics;
  const Datasets datasets = load("ab\tF\tcpu\ta\nXmrig\tF\tcpu\ta\nabc\t\tcpu\ta\nabcd\tF\tbox\ta\nabcde\tF\tgpu\t\nabc\tF\tgpu\ta\nshort\n", diagnostics);
  CHECK(diagnostics.size() == 7);
  CHECK(datasets.agent_sets().empty());
}
