#include "tools/aupsig/commands.h"
#include "tools/aupsig/dataset.h"
#include "tools/aupsig/today.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace scanner {
namespace {

struct Arguments {
  DatasetEdit edit;
  DatasetQuestion question;
  std::string format = "text";
};

}  // namespace

Run define_dataset(CLI::App& command) {
  command.require_subcommand(1);
  const auto arguments = std::make_shared<Arguments>();
  DatasetEdit& edit = arguments->edit;
  DatasetQuestion& question = arguments->question;
  CLI::App* const add = command.add_subcommand("add", "List hosts, or tell a listed one's new source and days");
  CLI::App* const remove = command.add_subcommand("remove", "Take hosts off a list");
  CLI::App* const age = command.add_subcommand("age", "What the entries are worth on a day");
  CLI::App* const check = command.add_subcommand("check", "Duplicates across sets, expired entries, hosts that many share");
  for (CLI::App* const one : {add, remove}) {
    one->add_option("FILE", edit.file, "A data set of kind hosts")->required();
    one->add_option("HOST", edit.hosts, "Names or addresses; HOST:PORT tells a port as well")->required();
  }
  add->add_option("--source", edit.source, "Who lists it")->required();
  add->add_option("--tier", edit.tier, "A, B, B-site, C, W-web or X-shared (default: C; addresses are D-ip)")->check(CLI::IsMember({"A", "B", "B-site", "C", "W-web", "X-shared"}));
  add->add_option("--pool", edit.pool, "The pool's name");
  add->add_option("--coin", edit.coins, "A coin; may be given several times")->allow_extra_args(false);
  add->add_option("--port", edit.ports, "A port, e.g. 3333/tcp; may be given several times")->allow_extra_args(false);
  add->add_option("--flag", edit.flags, "popular, not-a-pool or dual-use")->allow_extra_args(false);
  add->add_option("--first-seen", edit.first_seen, "Day on which it was first known to be true");
  add->add_option("--last-seen", edit.last_seen, "Day on which it was last known to be true");
  add->add_option("--because", edit.because, "Why a host is listed that is popular, or that strangers share; kept as a comment");
  add->add_option("--date", edit.date, "Day of the edit (default: today)");
  for (CLI::App* const one : {age, check}) {
    one->add_option("PATH", question.paths, "Data sets, or directories of them")->required();
    one->add_option("--at", question.at, "The day that is asked about (default: today)");
    one->add_option("--format", arguments->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  }
  age->add_option("--below", question.below, "Only entries whose confidence is below that");
  for (CLI::App* const one : {add, check}) one->add_option("--popular", edit.popular, "List of popular hosts (default: the one that comes with the program)");
  command.footer(R"(
Examples:
  aupsig dataset add signatures/datasets/pools.tsv pool.example:3333 --source abuse-desk --coin XMR --last-seen 2026-11-29
  aupsig dataset remove signatures/datasets/pools.tsv pool.example
  aupsig dataset age signatures/datasets/pools.tsv --at 2028-01-01 --below 0.5
      what will be worth less than half of a fresh listing
  aupsig dataset check signatures/datasets

Edits keep comments and order, and are written only where the set loads again.

Exit status: 0 done, 1 usage error or nothing was changed, 3 check found something, 4 a host to remove was not there.
)");
  return [=] {
    DatasetEdit made = arguments->edit;
    DatasetQuestion asked = arguments->question;
    if (made.date.empty()) made.date = today();
    if (asked.at.empty()) asked.at = today();
    asked.json = arguments->format == "json";
    asked.popular = made.popular;
    if (add->parsed()) return dataset_add(made);
    if (remove->parsed()) return dataset_remove(made);
    return age->parsed() ? dataset_age(asked) : dataset_check(asked);
  };
}

}  // namespace scanner
