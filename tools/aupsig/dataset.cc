#include "tools/aupsig/dataset.h"

#include "scanner/app/wording.h"
#include "scanner/io/text_file.h"
#include "tools/aupsig/dataset_text.h"
#include "tools/aupsig/popular_hosts.h"
#include "tools/aupsig/refusal.h"

#include <algorithm>
#include <iostream>

namespace scanner {
namespace {

Result<DatasetText> open(const std::string& file) {
  const auto text = read_text_file(file);
  if (!text) return tl::unexpected(text.error());
  return DatasetText::read(file, *text);
}

// Written only where it loads again.
Result<void> save(const std::string& file, const DatasetText& text) {
  if (const auto again = DatasetText::read(file, text.text()); !again) return tl::unexpected(again.error());
  return write_text_file(file, text.text());
}

// The entry as the options have it, or why the host may not be listed.
Result<PoolEntry> entry_for(const std::string& host, const DatasetEdit& edit, const PopularHosts& popular) {
  std::string problem;
  auto entry = entry_of(host, problem);
  if (!entry) return fail("\"" + host + "\" cannot be listed: " + problem);
  entry->coins = edit.coins;
  entry->pool = edit.pool;
  for (const std::string& port : edit.ports) add_unique(entry->ports, port);
  entry->flags = edit.flags;
  entry->sources = {edit.source};
  entry->added = edit.date;
  entry->first_seen = edit.first_seen.empty() ? edit.last_seen : edit.first_seen;
  entry->last_seen = edit.last_seen.empty() ? edit.first_seen : edit.last_seen;
  if (entry->tier.empty()) entry->tier = edit.tier.empty() ? "C" : edit.tier;
  const auto hit = entry->address ? std::nullopt : popular.find(entry->host);
  if (!hit) return std::move(*entry);
  const std::string name(hit->host);
  const bool only_itself = entry->tier == "X-shared";
  if (hit->kind == Popularity::Shared && !hit->exact && !hit->above) {
    if (edit.tier.empty()) entry->tier = "X-shared";
    else if (!only_itself && edit.because.empty()) return fail("\"" + entry->host + "\" lies on " + name + ", which strangers share: --tier X-shared matches it alone, --because TEXT lists it all the same");
    return std::move(*entry);
  }
  if (edit.because.empty())
    return fail("\"" + entry->host + "\" " + (hit->above ? "would match " + name + " below it" : hit->exact ? "is a popular host" : "lies below the popular host " + name) +
                ": people visit it for other reasons; --because TEXT lists it all the same, marked as popular");
  add_unique(entry->flags, "popular");
  return std::move(*entry);
}

}  // namespace

ExitCode dataset_add(const DatasetEdit& edit) {
  if (edit.source.empty()) return refuse("--source: who lists it?");
  for (const std::string* text : {&edit.source, &edit.pool, &edit.because})
    if (text->find_first_of("\t\n\r") != std::string::npos) return refuse("a source, a pool and a reason are one line without tabs");
  for (const std::string* day : {&edit.first_seen, &edit.last_seen, &edit.date})
    if (!day->empty() && !day_number(*day)) return refuse("\"" + *day + "\" is no day: YYYY-MM-DD is expected");
  if (!edit.first_seen.empty() && !edit.last_seen.empty() && edit.first_seen > edit.last_seen) return refuse("--first-seen is behind --last-seen");
  const auto popular = load_popular_hosts(edit.popular);
  if (!popular) return refuse(popular.error().message);
  auto text = open(edit.file);
  if (!text) return refuse(text.error().message);
  std::string said;
  for (const std::string& host : edit.hosts) {
    const auto entry = entry_for(host, edit, *popular);
    if (!entry) return refuse(entry.error().message);
    if (text->update(*entry)) {
      said += edit.file + ": " + entry->host + " was there: its sources, ports and days were joined\n";
    } else {
      text->append(*entry, edit.because);
      said += edit.file + ": " + entry->host + " is added (tier " + entry->tier + (entry->flags.empty() ? "" : ", " + joined(entry->flags, ",")) + ")\n";
    }
  }
  text->set_header("date", edit.date);
  if (const auto saved = save(edit.file, *text); !saved) return refuse("nothing was changed: " + saved.error().message);
  std::cout << said;
  return ExitCode::Done;
}

ExitCode dataset_remove(const DatasetEdit& edit) {
  auto text = open(edit.file);
  if (!text) return refuse(text.error().message);
  std::string said;
  bool all = true;
  for (const std::string& host : edit.hosts) {
    std::string problem;
    const auto entry = entry_of(host, problem);
    const std::string name = entry ? entry->host : host;
    const bool removed = text->remove(name);
    all = all && removed;
    said += edit.file + ": " + printable(name) + (removed ? " is removed\n" : " is not in it\n");
  }
  if (const auto saved = save(edit.file, *text); !saved) return refuse("nothing was changed: " + saved.error().message);
  std::cout << said;
  return all ? ExitCode::Done : ExitCode::Unexpected;
}

}  // namespace scanner
