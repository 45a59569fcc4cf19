// What data sets are worth on a day, and what is wrong with them.
#include "tools/aupsig/dataset.h"

#include "scanner/app/wording.h"
#include "scanner/io/text_file.h"
#include "scanner/signature/dataset.h"
#include "tools/aupsig/popular_hosts.h"
#include "tools/aupsig/refusal.h"
#include "tools/aupsig/translate/pool_entry.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

namespace scanner {
namespace {

namespace fs = std::filesystem;

struct Loaded {
  std::string file;
  const HostSet* set = nullptr;
};

// Every set of hosts in the files, and in the directories' .tsv files; others are passed over.
Result<std::vector<Loaded>> load(const std::vector<std::string>& paths, Datasets& datasets) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    for (fs::recursive_directory_iterator it(path, error), end; !error && it != end; it.increment(error))
      if (it->path().extension() == ".tsv") files.push_back(it->path().string());
    if (error) return fail(path + ": " + error.message());
  }
  std::ranges::sort(files);
  std::vector<Loaded> out;
  for (const std::string& file : files) {
    const auto text = read_text_file(file);
    if (!text) return tl::unexpected(text.error());
    Diagnostics diagnostics;
    const std::size_t before = datasets.host_sets().size();
    load_dataset(file, *text, datasets, diagnostics);
    if (has_errors(diagnostics)) return fail(to_text(diagnostics.front()));
    if (datasets.host_sets().size() > before) out.push_back({file, &datasets.host_sets().back()});
  }
  if (out.empty()) return fail("no data set of hosts is there");
  return out;
}

Timestamp time_of(int day) { return Timestamp{static_cast<std::int64_t>(day) * 86'400'000'000'000}; }

HostMatch match_of(const HostSet& set, const HostEntry& entry) { return {&entry, set.header().name, true, entry.strength(), &set.header().ageing}; }

std::string_view worth(ListStrength strength) { return strength == ListStrength::Listed ? "indicator" : strength == ListStrength::Context ? "context" : "nothing"; }

struct Trouble {
  std::string file, host, kind, why;
};

class Check {
 public:
  Check(const PopularHosts& popular, int day) : popular_(popular), day_(day) {}

  std::vector<Trouble> run(const std::vector<Loaded>& sets) {
    for (const Loaded& loaded : sets)
      for (const HostEntry& entry : loaded.set->entries()) look(loaded, entry);
    return std::move(found_);
  }

 private:
  void add(const Loaded& at, const HostEntry& entry, std::string kind, std::string why) { found_.push_back({at.file, std::string(entry.host), std::move(kind), std::move(why)}); }

  void look(const Loaded& at, const HostEntry& entry) {
    const auto [first, fresh] = seen_.try_emplace(entry.host, at.file);
    if (!fresh) add(at, entry, "duplicate", "it stands in " + first->second + " too");
    const ListContext context = context_of(match_of(*at.set, entry), time_of(day_));
    if (context.expired) add(at, entry, "expired", "last seen " + context.last_seen + ", " + std::to_string(context.age_days) + " days ago: context only");
    const auto behind = day_number(entry.date());
    if (behind && *behind > day_) add(at, entry, "future", "seen on " + std::string(entry.date()) + ", which is still to come");
    if (entry.not_a_pool || entry.tier == HostTier::Address) return;
    const auto hit = popular_.find(entry.host);
    if (!hit) return;
    const std::string name(hit->host);
    if (hit->kind == Popularity::Shared && entry.tier != HostTier::Shared) add(at, entry, "shared", (hit->exact ? "strangers share what lies below it" : "it lies on " + name + ", which strangers share") + std::string(": tier X-shared matches it alone"));
    else if (hit->kind == Popularity::Platform && !entry.popular) add(at, entry, "popular", (hit->above ? "it would match " + name + " below it" : "it is, or lies below, " + name) + std::string(": it lacks the flag popular"));
  }

  const PopularHosts& popular_;
  int day_;
  std::map<std::string_view, std::string> seen_;
  std::vector<Trouble> found_;
};

}  // namespace

ExitCode dataset_age(const DatasetQuestion& question) {
  const auto day = day_number(question.at);
  if (!day) return refuse("--at: \"" + question.at + "\" is no day: YYYY-MM-DD is expected");
  Datasets datasets;
  const auto sets = load(question.paths, datasets);
  if (!sets) return refuse(sets.error().message);
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  std::size_t shown = 0, expired = 0, all = 0;
  for (const Loaded& loaded : *sets)
    for (const HostEntry& entry : loaded.set->entries()) {
      const HostMatch match = match_of(*loaded.set, entry);
      const ListContext context = context_of(match, time_of(*day));
      ++all;
      expired += context.expired ? 1 : 0;
      if (context.confidence >= question.below) continue;
      ++shown;
      const std::string_view strength = worth(strength_at(match, time_of(*day)));
      if (question.json) {
        rows.push_back({{"set", context.list}, {"host", context.entry}, {"tier", context.tier}, {"last_seen", context.last_seen}, {"age_days", context.age_days},
                        {"confidence", context.confidence}, {"worth", strength}, {"expired", context.expired}});
        continue;
      }
      if (shown == 1) std::cout << fitted("HOST", 44) << "  " << fitted("TIER", 8) << "  LAST SEEN   AGE/days  CONFIDENCE  WORTH\n";
      char numbers[64];
      std::snprintf(numbers, sizeof numbers, "%8lld  %10.3f", static_cast<long long>(context.age_days), context.confidence);
      std::cout << fitted(printable(context.entry), 44) << "  " << fitted(context.tier, 8) << "  " << context.last_seen << "  " << numbers << "  " << strength << (context.expired ? " (expired)" : "") << "\n";
    }
  if (question.json) std::cout << rows.dump(2) << "\n";
  else std::cout << shown << " of " << plural(all, "entry", "entries") << " on " << question.at << "; " << expired << " expired\n";
  return ExitCode::Done;
}

ExitCode dataset_check(const DatasetQuestion& question) {
  const auto day = day_number(question.at);
  if (!day) return refuse("--at: \"" + question.at + "\" is no day: YYYY-MM-DD is expected");
  const auto popular = load_popular_hosts(question.popular);
  if (!popular) return refuse(popular.error().message);
  Datasets datasets;
  const auto sets = load(question.paths, datasets);
  if (!sets) return refuse(sets.error().message);
  const std::vector<Trouble> found = Check(*popular, *day).run(*sets);
  if (question.json) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const Trouble& f : found) rows.push_back({{"file", f.file}, {"host", f.host}, {"kind", f.kind}, {"why", f.why}});
    std::cout << rows.dump(2) << "\n";
  } else {
    for (const Trouble& f : found) std::cout << printable(f.file) << ": " << printable(f.host) << ": " << f.kind << ": " << printable(f.why) << "\n";
    std::size_t entries = 0;
    for (const Loaded& loaded : *sets) entries += loaded.set->entries().size();
    std::cout << plural(sets->size(), "data set", "data sets") << ", " << plural(entries, "entry", "entries") << ", " << plural(found.size(), "thing", "things") << " to look at\n";
  }
  return found.empty() ? ExitCode::Done : ExitCode::Found;
}

}  // namespace scanner
