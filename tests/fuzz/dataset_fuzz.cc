// Any text as a data set's file, and any text as a name that is looked up in it.
#include "scanner/signature/dataset.h"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace scanner;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Datasets datasets;
  for (const bool headed : {false, true}) {
    const std::string head = "#! name: a\n#! kind: hosts\n#! date: 2026-01-02\n#! licence: x\n";
    Diagnostics diagnostics;
    load_dataset("fuzz.tsv", headed ? head + std::string(text) : std::string(text), datasets, diagnostics);
    for (const Diagnostic& d : diagnostics) to_text(d);
  }
  for (const HostSet& set : datasets.host_sets())
    for (const HostEntry& entry : set.entries()) {
      if (const auto address = IpAddress::parse(entry.host)) {
        require(set.find(*address).has_value());
        continue;
      }
      const auto found = set.find(entry.host);
      require(found && found->exact && found->entry->host == entry.host);
      const std::string below = "x." + std::string(entry.host) + ".";
      if (below.size() <= 253 && entry.tier != HostTier::Shared) require(set.find(below).has_value());
    }
  datasets.find_host(text.substr(0, 300));
  if (const auto made = HostTemplate::parse(text.substr(0, text.find('\n')))) {
    require(made->domain().find('.') != std::string_view::npos);
    const std::vector<std::string> never{"www"};
    made->fits(text.substr(text.find('\n') == std::string_view::npos ? text.size() : text.find('\n')), never);
  }
  return 0;
}
