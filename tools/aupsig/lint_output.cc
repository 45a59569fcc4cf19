#include "tools/aupsig/lint_output.h"

#include "scanner/app/wording.h"
#include "scanner/model/utf8.h"
#include "tools/aupsig/lint_rules.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

std::size_t errors_in(const Diagnostics& problems) {
  return static_cast<std::size_t>(std::count_if(problems.begin(), problems.end(), [](const Diagnostic& d) { return d.severity == Severity::Error; }));
}

const char* level_of(const Diagnostic& d) { return d.severity == Severity::Error ? "error" : "warning"; }

Json problem_json(const Diagnostic& d) {
  Json json{{"id", d.code}, {"severity", level_of(d)}, {"message", d.message}, {"file", d.at.file}};
  json["line"] = d.at.line > 0 ? Json(d.at.line) : Json(nullptr);
  json["column"] = d.at.line > 0 ? Json(d.at.column) : Json(nullptr);
  if (!d.line_text.empty()) json["source"] = d.line_text;
  if (!d.hint.empty()) json["hint"] = d.hint;
  return json;
}

// A path as a URI reference: what is no part of one is percent-encoded, a leading "./" goes.
std::string uri_of(std::string_view path) {
  static constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  static constexpr char kDigits[] = "0123456789ABCDEF";
  if (path.starts_with("./")) path.remove_prefix(2);
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (kPlain.find(c) != std::string_view::npos)
      uri.push_back(c);
    else
      uri += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return uri;
}

// The column in code points; in bytes where the line is not known as far as that.
int column_in_code_points(const Diagnostic& d) {
  const auto bytes = static_cast<std::size_t>(d.at.column - 1);
  if (d.at.column < 1 || bytes > d.line_text.size()) return std::max(1, d.at.column);
  int column = 1;
  for (std::string_view rest = std::string_view(d.line_text).substr(0, bytes); !rest.empty(); ++column)
    rest.remove_prefix(std::min(rest.size(), decode_one(rest).length));
  return column;
}

Json sarif_result(const Diagnostic& d, const std::vector<std::string>& rules) {
  Json location{{"artifactLocation", {{"uri", uri_of(d.at.file)}}}};
  if (d.at.line > 0) {
    location["region"] = {{"startLine", d.at.line}, {"startColumn", column_in_code_points(d)}};
    if (!d.line_text.empty()) location["region"]["snippet"] = {{"text", d.line_text}};
  }
  const auto rule = std::find(rules.begin(), rules.end(), d.code) - rules.begin();
  Json result{{"ruleId", d.code}, {"ruleIndex", rule}, {"level", level_of(d)}};
  result["message"] = {{"text", d.hint.empty() ? d.message : d.message + "\n" + d.hint}};
  if (!d.at.file.empty()) result["locations"] = Json::array({Json{{"physicalLocation", location}}});
  return result;
}

std::vector<std::string> rules_in(const LintResult& result) {
  std::set<std::string> ids;
  for (const Diagnostic& d : result.problems) ids.insert(d.code);
  for (const Suppressed& one : result.suppressed) ids.insert(one.diagnostic.code);
  return {ids.begin(), ids.end()};
}

}  // namespace

std::string lint_text(const LintResult& result) {
  std::string text;
  for (const Diagnostic& d : result.problems) text += to_text(d);
  const std::size_t errors = errors_in(result.problems);
  text += plural(result.signatures, "signature", "signatures") + ", " + plural(result.dialects, "dialect", "dialects") + ", " +
          plural(result.datasets, "data set", "data sets") + ", " + plural(result.benign_texts, "benign text", "benign texts") + ": " + plural(errors, "error", "errors") + ", " +
          plural(result.problems.size() - errors, "warning", "warnings");
  if (!result.suppressed.empty()) text += ", " + count_text(result.suppressed.size()) + " allowed with a reason";
  return text + "\n";
}

std::string lint_json(const LintResult& result) {
  Json problems = Json::array(), suppressed = Json::array();
  for (const Diagnostic& d : result.problems) problems.push_back(problem_json(d));
  for (const Suppressed& one : result.suppressed) {
    suppressed.push_back(problem_json(one.diagnostic));
    suppressed.back()["reason"] = one.reason;
  }
  const std::size_t errors = errors_in(result.problems);
  const Json summary{{"signatures", result.signatures}, {"dialects", result.dialects}, {"datasets", result.datasets}, {"benign_texts", result.benign_texts},
                     {"errors", errors}, {"warnings", result.problems.size() - errors}, {"suppressed", result.suppressed.size()}};
  return dumped(Json{{"problems", problems}, {"suppressed", suppressed}, {"summary", summary}});
}

std::string lint_sarif(const LintResult& result, const std::string& version) {
  const std::vector<std::string> ids = rules_in(result);
  Json rules = Json::array();
  for (const std::string& id : ids) {
    const LintRule* const rule = find_lint_rule(id);
    rules.push_back({{"id", id}, {"shortDescription", {{"text", rule != nullptr ? std::string(rule->means) : id}}}, {"defaultConfiguration", {{"level", id.starts_with('W') ? "warning" : "error"}}}});
  }
  Json results = Json::array();
  for (const Diagnostic& d : result.problems) results.push_back(sarif_result(d, ids));
  for (const Suppressed& one : result.suppressed) {
    results.push_back(sarif_result(one.diagnostic, ids));
    results.back()["suppressions"] = Json::array({Json{{"kind", "inSource"}, {"justification", one.reason}}});
  }
  const Json driver{{"name", "aupsig lint"}, {"version", version}, {"rules", rules}};
  const Json run{{"tool", {{"driver", driver}}}, {"columnKind", "unicodeCodePoints"}, {"results", results}};
  return dumped(Json{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Json::array({run})}});
}

}  // namespace scanner
