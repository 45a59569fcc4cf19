#include "tools/aupsig/budget.h"

#include "scanner/app/wording.h"
#include "scanner/model/yaml.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace scanner {
namespace {

constexpr std::array<std::string_view, 4> kClasses{"anchored", "literal", "bounded", "unbounded"};
constexpr std::int64_t kMostBytes = std::int64_t{1} << 40;

void read_sizes(YamlMap& map, SizeLimits& limits) {
  if (const auto bytes = map.integer("database_bytes", Presence::Optional, 0, kMostBytes)) limits.database_bytes = static_cast<std::uint64_t>(*bytes);
  if (const auto bytes = map.integer("stream_bytes", Presence::Optional, 0, kMostBytes)) limits.stream_bytes = static_cast<std::uint64_t>(*bytes);
}

void read_limits(YamlMap& map, SizeLimits& limits) {
  read_sizes(map, limits);
  limits.times_the_median = map.number("times_the_median", Presence::Optional, 1);
  if (const auto kind = map.choice("class", kClasses, Presence::Optional)) limits.kind = static_cast<CompileClass>(*kind);
}

void read_exceptions(const YamlNode& node, YamlContext& context, Budget& budget) {
  YamlMap map(node, "exceptions", context);
  for (const auto& [key, value] : map.entries()) {
    BudgetException exception;
    YamlMap entry(*value, "exception", context);
    read_limits(entry, exception.limits);
    exception.reason = entry.string("reason").value_or("");
    exception.line = key->line;
    entry.finish();
    if (!budget.exceptions.emplace(key->text, exception).second) context.error(*key, "B001", "there is an exception for " + key->text + " already");
  }
}

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// One signature's limits with its exception's in their place.
SizeLimits limits_for(const Budget& budget, const BudgetException* exception) {
  SizeLimits limits = budget.signature;
  if (exception == nullptr) return limits;
  if (exception->limits.database_bytes) limits.database_bytes = exception->limits.database_bytes;
  if (exception->limits.stream_bytes) limits.stream_bytes = exception->limits.stream_bytes;
  if (exception->limits.times_the_median) limits.times_the_median = exception->limits.times_the_median;
  if (exception->limits.kind) limits.kind = exception->limits.kind;
  return limits;
}

std::string decimals(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

void hold_sizes(const std::string& what, const SizeLimits& limits, const CompileCost& cost, std::vector<std::string>& over) {
  if (limits.database_bytes && cost.database_bytes > *limits.database_bytes)
    over.push_back(what + ": " + count_text(cost.database_bytes) + " bytes of database, " + count_text(*limits.database_bytes) + " are allowed");
  if (limits.stream_bytes && cost.stream_bytes > *limits.stream_bytes)
    over.push_back(what + ": " + count_text(cost.stream_bytes) + " bytes of state for each stream, " + count_text(*limits.stream_bytes) + " are allowed");
}

std::vector<std::string> hold_signature(const SignatureSize& size, const SizeLimits& limits, double median) {
  std::vector<std::string> over;
  hold_sizes(size.id, limits, size.alone, over);
  const double times = median > 0 ? static_cast<double>(size.alone.database_bytes) / median : 0;
  if (limits.times_the_median && times > *limits.times_the_median)
    over.push_back(size.id + ": its database is " + decimals(times) + " times the pack's median, " + decimals(*limits.times_the_median) + " times are allowed");
  if (limits.kind && size.kind > *limits.kind)
    over.push_back(size.id + ": its patterns are " + std::string(to_string(size.kind)) + ", the dearest that is allowed is " + std::string(to_string(*limits.kind)));
  return over;
}

}  // namespace

std::optional<Budget> load_budget(const std::string& file, std::string_view text, Diagnostics& diagnostics) {
  YamlContext context(file, text, diagnostics);
  const auto root = parse_yaml(context);
  if (!root) return std::nullopt;
  Budget budget;
  budget.file = file;
  YamlMap map(*root, "budget", context);
  if (const YamlNode* pack = map.map("pack", Presence::Optional)) {
    YamlMap sizes(*pack, "pack", context);
    read_sizes(sizes, budget.pack);
    sizes.finish();
  }
  if (const YamlNode* signature = map.map("signature", Presence::Optional)) {
    YamlMap limits(*signature, "signature", context);
    read_limits(limits, budget.signature);
    limits.finish();
  }
  if (const YamlNode* exceptions = map.map("exceptions", Presence::Optional)) read_exceptions(*exceptions, context, budget);
  map.finish();
  if (!context.ok()) return std::nullopt;
  return budget;
}

std::optional<Budget> parse_budget_words(std::string_view words, std::string& problem) {
  Budget budget;
  budget.file = words;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(','), words.size());
    const std::string_view word = words.substr(0, end);
    words.remove_prefix(std::min(end + 1, words.size()));
    const std::size_t equals = word.find('=');
    const std::string_view key = word.substr(0, equals), value = equals == std::string_view::npos ? "" : word.substr(equals + 1);
    double number = 0;
    const auto [stop, wrong] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (value.empty() || wrong != std::errc() || stop != value.data() + value.size() || number < 0) {
      problem = "\"" + std::string(word) + "\": KEY=NUMBER is wanted";
      return std::nullopt;
    }
    const auto bytes = static_cast<std::uint64_t>(number);
    if (key == "pack.database_bytes") budget.pack.database_bytes = bytes;
    else if (key == "pack.stream_bytes") budget.pack.stream_bytes = bytes;
    else if (key == "signature.database_bytes") budget.signature.database_bytes = bytes;
    else if (key == "signature.stream_bytes") budget.signature.stream_bytes = bytes;
    else if (key == "signature.times_the_median") budget.signature.times_the_median = number;
    else {
      problem = "\"" + std::string(key) + "\": there are pack.database_bytes, pack.stream_bytes, signature.database_bytes, signature.stream_bytes and signature.times_the_median";
      return std::nullopt;
    }
  }
  return budget;
}

BudgetVerdict hold_budget(const Budget& budget, const CompileCost& pack, const std::vector<SignatureSize>& signatures) {
  BudgetVerdict verdict;
  verdict.name = budget.file;
  hold_sizes("the whole pack", budget.pack, pack, verdict.over);
  std::vector<double> sizes;
  for (const SignatureSize& size : signatures) sizes.push_back(static_cast<double>(size.alone.database_bytes));
  const double median = median_of(std::move(sizes));
  std::map<std::string, BudgetException> unused = budget.exceptions;
  for (const SignatureSize& size : signatures) {
    const auto exception = budget.exceptions.find(size.id);
    const std::vector<std::string> over = hold_signature(size, limits_for(budget, exception == budget.exceptions.end() ? nullptr : &exception->second), median);
    verdict.over.insert(verdict.over.end(), over.begin(), over.end());
    if (exception == budget.exceptions.end()) continue;
    if (!hold_signature(size, budget.signature, median).empty()) unused.erase(size.id);
  }
  for (const auto& [id, exception] : unused)
    verdict.unneeded.push_back(budget.file + ":" + std::to_string(exception.line) + ": the exception for " + id + " is not needed: " +
                               (std::any_of(signatures.begin(), signatures.end(), [&, wanted = id](const SignatureSize& size) { return size.id == wanted; }) ? "the signature keeps to the limits of all"
                                                                                                                                                             : "there is no such signature"));
  return verdict;
}

}  // namespace scanner
