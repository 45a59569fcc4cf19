#include "tools/aupsig/import_pools.h"

#include "scanner/app/wording.h"
#include "scanner/io/text_file.h"
#include "scanner/signature/dataset.h"
#include "tools/aupsig/popular_hosts.h"
#include "tools/aupsig/refusal.h"
#include "tools/aupsig/translate/pool_list.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

namespace scanner {
namespace {

constexpr std::size_t kShown = 20;  // refused lines in a report for a person

std::optional<PoolFormat> format_of(std::string_view name) {
  static constexpr std::array<std::string_view, 4> kNames{"hosts", "csv", "adblock", "misp"};
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<PoolFormat>(found - kNames.begin());
}

struct Sorted {
  std::vector<PoolEntry> kept;
  std::vector<std::string> popular;  // kept, with the flag
  std::size_t shared = 0, addresses = 0;
};

// Tier, flags and provenance of each; what would match a whole platform is refused.
Sorted sort_out(PoolList& list, const PopularHosts& popular, const PoolImportOptions& options) {
  Sorted out;
  for (PoolEntry& entry : list.entries) {
    entry.added = options.date;
    entry.sources = {options.source};
    if (entry.first_seen.empty() != entry.last_seen.empty()) entry.first_seen = entry.last_seen = entry.first_seen.empty() ? entry.last_seen : entry.first_seen;
    if (entry.first_seen > entry.last_seen) std::swap(entry.first_seen, entry.last_seen);
    if (entry.tier.empty()) entry.tier = options.tier;
    const auto hit = entry.address ? std::nullopt : popular.find(entry.host);
    if (hit && hit->above) {
      list.refused.push_back({0, entry.host, "it would match " + std::string(hit->host) + " below it"});
      continue;
    }
    if (hit && hit->kind == Popularity::Shared && hit->exact) {
      list.refused.push_back({0, entry.host, "strangers share what lies below it"});
      continue;
    }
    if (hit && hit->kind == Popularity::Shared) {
      entry.tier = "X-shared";
      ++out.shared;
    } else if (hit) {
      add_unique(entry.flags, "popular");
      out.popular.push_back(entry.host);
    }
    out.addresses += entry.address ? 1 : 0;
    out.kept.push_back(std::move(entry));
  }
  return out;
}

std::string dataset_text(const Sorted& sorted, const PoolImportOptions& options, const std::string& name) {
  const bool dated = std::ranges::any_of(sorted.kept, [](const PoolEntry& entry) { return !entry.first_seen.empty(); });
  std::string text = "#! name: " + name + "\n#! kind: hosts\n#! date: " + options.date + "\n#! licence: " + options.licence + "\n#! valid_days: " + std::to_string(options.valid_days) +
                     "\n#! half_life: " + std::to_string(options.half_life) + "\n#! floor: 30%\n# Imported from " + options.source + " (" + options.format +
                     ").\nhost\tcoins\tpool\tports\ttier\tflags\tsources\tadded" + (dated ? "\tfirst_seen\tlast_seen" : "") + "\n";
  for (const PoolEntry& entry : sorted.kept) text += row_of(entry, dated) + "\n";
  return text;
}

void print(const PoolImportOptions& options, const PoolList& list, const Sorted& sorted) {
  if (options.json) {
    nlohmann::ordered_json report{{"output", options.output}, {"entries", sorted.kept.size()}, {"addresses", sorted.addresses}, {"shared", sorted.shared},
                                  {"popular", sorted.popular}, {"repeated", list.repeated}, {"refused", nlohmann::ordered_json::array()}};
    for (const PoolRefusal& refusal : list.refused) report["refused"].push_back({{"line", refusal.line}, {"text", refusal.text}, {"why", refusal.why}});
    std::cout << report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    return;
  }
  std::cout << printable(options.output) << ": " << plural(sorted.kept.size(), "entry", "entries") << " from " << printable(options.source) << " (" << printable(options.licence) << "), of "
            << options.date << "\n  " << plural(list.repeated, "repeated place was", "repeated places were") << " joined, " << plural(sorted.addresses, "is a bare address", "are bare addresses")
            << " (context only), " << plural(sorted.shared, "lies", "lie") << " on shared hosting (matched exactly)\n";
  for (const std::string& host : sorted.popular) std::cout << "  popular: " << printable(host) << " wants a second signal\n";
  for (std::size_t i = 0; i < list.refused.size() && i < kShown; ++i) {
    const PoolRefusal& refusal = list.refused[i];
    std::cout << "  refused" << (refusal.line != 0 ? " (line " + std::to_string(refusal.line) + ")" : "") << ": \"" << printable(refusal.text) << "\": " << refusal.why << "\n";
  }
  if (list.refused.size() > kShown) std::cout << "  … " << list.refused.size() - kShown << " more were refused (--json lists all)\n";
}

}  // namespace

ExitCode import_pools(const PoolImportOptions& options) {
  const auto format = format_of(options.format);
  if (!format) return refuse("--format hosts, csv, adblock or misp says what the list is");
  if (options.licence.empty() || options.source.empty()) return refuse("--licence and --source: whose list is it, and may it be used?");
  for (const std::string* text : {&options.licence, &options.source, &options.name})
    if (text->find_first_of("\t\n\r") != std::string::npos) return refuse("--licence, --source and --name are one line without tabs");
  if (options.source.find(',') != std::string::npos) return refuse("--source is one name, without a comma");
  if (!day_number(options.date)) return refuse("--date: expected the day of the list, YYYY-MM-DD");
  if (!options.output.ends_with(".tsv")) return refuse("-o FILE.tsv says where the data set goes");
  if (!options.force && std::filesystem::exists(options.output)) return refuse(options.output + " is there already: --force writes over it");
  const auto popular = load_popular_hosts(options.popular);
  if (!popular) return refuse(popular.error().message);
  const auto text = options.file == "-" ? Result<std::string>(std::string(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>())) : read_text_file(options.file);
  if (!text) return refuse(text.error().message);
  auto list = read_pool_list(*format, *text);
  if (!list) return refuse(options.file + ": " + list.error().message);
  const Sorted sorted = sort_out(*list, *popular, options);
  if (sorted.kept.empty()) return refuse(options.file + ": no host is in it" + (list->refused.empty() ? "" : "; the first refused: " + list->refused[0].why));
  const std::string content = dataset_text(sorted, options, options.name.empty() ? std::filesystem::path(options.output).stem().string() : options.name);
  // What would not load is not written.
  Datasets datasets;
  Diagnostics diagnostics;
  load_dataset(options.output, content, datasets, diagnostics);
  if (has_errors(diagnostics)) return refuse("the data set would not load: " + diagnostics.front().message);
  if (const auto written = write_text_file(options.output, content); !written) return refuse(written.error().message);
  print(options, *list, sorted);
  return list->refused.empty() ? ExitCode::Done : ExitCode::Partial;
}

}  // namespace scanner
