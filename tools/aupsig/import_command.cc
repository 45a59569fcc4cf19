#include "tools/aupsig/commands.h"
#include "tools/aupsig/import.h"
#include "tools/aupsig/import_pools.h"
#include "tools/aupsig/today.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace scanner {
namespace {

struct RuleArguments {
  RuleImportOptions options;
  std::string format = "text";
  std::vector<std::string> defines;
};

void add_rule_options(CLI::App& command, RuleArguments& arguments) {
  RuleImportOptions& options = arguments.options;
  command.add_option("FILE", options.files, "Files of rules; - reads standard input")->required();
  command.add_option("-o,--output", options.output, "Directory: a signature is written to DIR/<activity>/<name>.yaml");
  command.add_option("--activity", options.settings.activity, "What the rules are about, e.g. mining.pool; else each rule's own words decide");
  command.add_option("--owner", options.settings.owner, "Whom to ask about the signatures (default: imported)");
  command.add_option("--licence", options.settings.licence, "Licence of the rules, where they do not say it themselves");
  command.add_option("--date", options.settings.date, "Date of the import (default: today)");
  command.add_flag("--strict", options.settings.strict, "Refuse whatever would hold on more than the original");
  command.add_flag("--force", options.force, "Write over files that are there");
  command.add_flag("--dry-run", options.dry_run, "Only report");
  command.add_option("--format", arguments.format, "Of the report: text or json")->check(CLI::IsMember({"text", "json"}));
}

void add_pool_options(CLI::App& command, PoolImportOptions& options) {
  command.add_option("FILE", options.file, "The list; - reads standard input")->required();
  command.add_option("--format", options.format, "What it is: hosts, csv, adblock or misp")->required()->check(CLI::IsMember({"hosts", "csv", "adblock", "misp"}));
  command.add_option("-o,--output", options.output, "The data set, FILE.tsv")->required();
  command.add_option("--licence", options.licence, "Under which the list may be used")->required();
  command.add_option("--source", options.source, "Whose list it is: it stands in every entry")->required();
  command.add_option("--date", options.date, "Day of the list (default: today)");
  command.add_option("--name", options.name, "Of the data set (default: the output's file name)");
  command.add_option("--tier", options.tier, "Of names: B, B-site, C or W-web (default: C)")->check(CLI::IsMember({"B", "B-site", "C", "W-web"}));
  command.add_option("--valid-days", options.valid_days, "Entries that are older are context only (default: 1825)")->check(CLI::Range(1, 36500));
  command.add_option("--half-life", options.half_life, "Days in which the confidence in an entry halves (default: 730)")->check(CLI::Range(1, 36500));
  command.add_option("--popular", options.popular, "List of popular hosts (default: the one that comes with the program)");
  command.add_flag("--force", options.force, "Write over a file that is there");
  command.add_flag("--json", options.json, "The report as JSON, with every refused line");
  command.footer(R"(
Examples:
  aupsig import pools hosts.txt --format hosts --source NoCoin --licence MIT --date 2026-11-01 -o nocoin.tsv
  aupsig import pools feed.csv --format csv --source partner --licence "by agreement" --half-life 90 -o partner.tsv

Refused is what is no host, or would match a whole platform; popular hosts are kept with their flag.

Exit status: 0 all of it, 1 usage error or nothing could be imported, 2 some lines were refused.
)");
}

constexpr const char* kRuleExits = "\nExit status: 0 all of it, 1 usage error or nothing could be translated, 2 some rules were refused.\n";

}  // namespace

Run define_import(CLI::App& command) {
  command.require_subcommand(1);
  command.footer(R"(
Examples:
  aupsig import suricata miners.rules -o imported
      signatures with proven examples, and a report of what was said and what was not
  aupsig import sigma proc_creation_lnx_crypto_mining.yml -o imported
  aupsig import pools hosts.txt --format hosts --source NoCoin --licence MIT -o nocoin.tsv

What is written is experimental: it is searched and makes no finding until it is promoted.
)");
  const auto suricata = std::make_shared<RuleArguments>();
  CLI::App* const suricata_command = command.add_subcommand("suricata", "Rules of Suricata: contents, regexes, DNS, TLS and HTTP buffers");
  add_rule_options(*suricata_command, *suricata);
  suricata_command->add_option("--define", suricata->defines, "Value of a variable in headers: HTTP_PORTS=[80,8080]");
  suricata_command->add_flag("--disabled", suricata->options.settings.disabled, "Rules that are commented out, too");
  suricata_command->footer(std::string(R"(
Examples:
  aupsig import suricata miners.rules -o imported --licence BSD-3-Clause
  aupsig import suricata miners.rules --dry-run --format json
      only the report, for a program
)") + kRuleExits);
  const auto sigma = std::make_shared<RuleArguments>();
  CLI::App* const sigma_command = command.add_subcommand("sigma", "Rules of Sigma: processes, look-ups, connections, web requests");
  add_rule_options(*sigma_command, *sigma);
  sigma_command->add_flag("--disabled", sigma->options.settings.disabled, "Rules whose status is deprecated or unsupported, too");
  sigma_command->footer(std::string(R"(
Examples:
  aupsig import sigma rules/linux/process_creation/*.yml -o imported
  aupsig import sigma pool.yml -o imported --activity mining.pool --strict
      refused is what would hold on more than the original

Translated are process_creation and auditd's EXECVE on Linux, dns_query, dns and Zeek's dns,
network_connection by name and port, proxy and webserver.
)") + kRuleExits);
  const auto pools = std::make_shared<PoolImportOptions>();
  CLI::App* const pools_command = command.add_subcommand("pools", "A published list of pools as a data set");
  add_pool_options(*pools_command, *pools);
  return [=] {
    if (pools_command->parsed()) {
      PoolImportOptions given = *pools;
      if (given.date.empty()) given.date = today();
      return import_pools(given);
    }
    const RuleArguments& given = sigma_command->parsed() ? *sigma : *suricata;
    RuleImportOptions options = given.options;
    options.format = sigma_command->parsed() ? "sigma" : "suricata";
    options.json = given.format == "json";
    if (options.settings.date.empty()) options.settings.date = today();
    for (const std::string& define : given.defines) {
      const std::size_t equals = define.find('=');
      options.settings.defines[define.substr(0, equals)] = equals == std::string::npos ? "" : define.substr(equals + 1);
    }
    return import_rules(options);
  };
}

}  // namespace scanner
