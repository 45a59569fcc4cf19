// What lint doubts of dialects and of data sets.
#include "tools/aupsig/lint_checks.h"

#include "scanner/model/time.h"

#include <algorithm>

namespace scanner {
namespace {

constexpr std::size_t kShortMethod = 9;  // "subscribe"

bool has_role(const Dialect& dialect, MiningRole role, bool from_pool) {
  return std::any_of(dialect.messages.begin(), dialect.messages.end(), [&](const DialectMessage& m) { return m.role == role && m.from_pool == from_pool; });
}

// One everyday word: job queues, chats and databases have such methods too.
bool is_everyday(std::string_view method) {
  return !method.empty() && method.size() <= kShortMethod && std::all_of(method.begin(), method.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

void doubt_dialect(const Dialect& dialect, LintSource& source) {
  const Place at = source.key({"id"});
  const YamlNode* references = source.value({"references"});
  if (references == nullptr || references->items.empty()) source.warn(at, "W230", "no reference says where these messages are described", "references: [https://…]");
  const bool work = has_role(dialect, MiningRole::GetWork, false) || has_role(dialect, MiningRole::Job, true);
  if (dialect.has_login ? !has_role(dialect, MiningRole::Authorise, false) : !work)
    source.warn(at, "W231", dialect.has_login ? "log_in is true, and no request of the miner has the role authorise: no session can be seen" : "log_in is false, and no message asks for work or brings it: no session can be seen",
                "a session is an accepted log-in, or work that was asked for and delivered");
  if (!has_role(dialect, MiningRole::Submit, false)) source.warn(at, "W232", "no request has the role submit: neither work nor proof can be seen");
  const YamlNode* requests = source.value({"miner"});
  for (std::size_t i = 0; requests != nullptr && i < dialect.messages.size() && i < requests->items.size(); ++i) {
    const DialectMessage& message = dialect.messages[i];
    if (!message.from_pool && !message.weak && message.when.empty() && is_everyday(message.method))
      source.warn({requests->items[i].line, requests->items[i].column}, "W233", "other software has a method \"" + message.method + "\" too, and this message is told by that alone",
                  "add shapes in when:, or weak: true");
  }
}

std::optional<std::int64_t> day_of(std::string_view date) {
  const auto at = parse_rfc3339(std::string(date) + "T00:00:00Z");
  return at ? std::optional(at->ns / 1'000'000'000 / 86'400) : std::nullopt;
}

void doubt_age(const DatasetHeader& header, std::string_view today, LintSource& source) {
  const auto made = day_of(header.date), now = day_of(today);
  if (!made || !now) return;
  const Place at = source.line_that_begins("#! date:");
  if (*made > *now) source.warn(at, "W241", "the set was gathered on " + header.date + ", a day that is still to come", "write the day on which it was gathered");
  if (header.ageing.valid_days > 0 && *made + header.ageing.valid_days <= *now)
    source.warn(at, "W240", "the set is older than its " + std::to_string(header.ageing.valid_days) + " valid days: its entries are context only, whatever their tier", "gather it anew, or take it away");
}

void doubt_hosts(const HostSet& set, std::span<const BenignText> baseline, LintSource& source) {
  const Ageing& ageing = set.header().ageing;
  if (ageing.valid_days == 0 && ageing.half_life == 0)
    source.warn(source.line_that_begins("#! kind:"), "W243", "names and addresses change hands, and these never grow old", "add #! valid_days: or #! half_life:");
  for (const BenignText& benign : baseline) {
    if (benign.field != Field::DnsName && benign.field != Field::TlsSni && benign.field != Field::HttpHost) continue;
    const auto found = set.find(benign.text);
    if (!found || found->strength != ListStrength::Listed || found->entry->popular) continue;
    source.warn(source.line_that_begins(std::string(found->entry->host) + "\t"), "W242", "the entry lists a name of the benign baseline, " + benign.file + ":" + std::to_string(benign.line), "flag it popular or not-a-pool, or take the name out of the baseline");
  }
}

}  // namespace

void doubt_dialects(const LintContext& context, std::span<const PackFile> files) {
  for (const PackFile& file : files) {
    if (part_of(file.place) != PackPart::Dialect) continue;
    std::vector<Dialect> dialects;
    Diagnostics told_before;
    load_dialect(file.path, file.text, dialects, told_before);
    LintSource* const source = context.source_of(file.path);
    if (!dialects.empty() && source != nullptr) doubt_dialect(dialects.front(), *source);
  }
}

void doubt_datasets(const LintContext& context, std::span<const PackFile> files) {
  for (const PackFile& file : files) {
    LintSource* const source = context.source_of(file.path);
    if (part_of(file.place) != PackPart::Dataset || source == nullptr) continue;
    Datasets sets;
    Diagnostics told_before;
    load_dataset(file.path, file.text, sets, told_before);
    for (const HostSet& set : sets.host_sets()) {
      doubt_age(set.header(), context.today, *source);
      doubt_hosts(set, context.baseline, *source);
    }
    for (const PortSet& set : sets.port_sets()) doubt_age(set.header(), context.today, *source);
    for (const TemplateSet& set : sets.template_sets()) doubt_age(set.header(), context.today, *source);
    for (const AgentSet& set : sets.agent_sets()) doubt_age(set.header(), context.today, *source);
    for (const WordSet& set : sets.word_sets()) doubt_age(set.header, context.today, *source);
  }
}

}  // namespace scanner
