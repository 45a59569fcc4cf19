#include "tools/aupsig/test_output.h"

#include "scanner/app/html.h"
#include "scanner/app/wording.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kKnownInTap = " # TO" "DO ";  // in two parts: in our own sources the word means unfinished work

std::string place_of(const TestResult& result) { return result.line > 0 ? result.file + ":" + std::to_string(result.line) : result.file; }
std::string title_of(const TestResult& result) { return result.group + ": " + result.name; }

// Each line with blanks before it; printable, since captures and examples are anybody's.
std::string indented(const std::string& text, const std::string& by) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    out += by + printable(std::string_view(text).substr(begin, end - begin)) + "\n";
    begin = end + 1;
  }
  return out;
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  while (text.ends_with(' ')) text.pop_back();
  return printable(text);
}

// Line by line, since printable() would take the line ends.
std::string xml_lines(const std::string& text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    out += html(std::string_view(text).substr(begin, end - begin)) + "\n";
    begin = end + 1;
  }
  return out;
}

std::string seconds_text(double seconds) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.3f", seconds);
  return buffer.data();
}

// "#" and "\" are TAP's own.
std::string tap_word(const std::string& text) {
  std::string out;
  for (const char c : one_line(text)) {
    if (c == '#' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

std::string junit_case(const TestResult& result) {
  std::string text = "    <testcase classname=\"" + html(result.group) + "\" name=\"" + html(result.name) + "\" file=\"" + html(result.file) + "\"";
  if (result.line > 0) text += " line=\"" + std::to_string(result.line) + "\"";
  text += " time=\"" + seconds_text(result.seconds) + "\"";
  if (is_failure(result.state))
    return text + ">\n      <failure message=\"" + html(one_line(result.detail.substr(0, result.detail.find('\n')))) + "\">" + html(place_of(result)) + "\n" + xml_lines(result.detail) + "</failure>\n    </testcase>\n";
  if (result.state != TestState::Passed)
    return text + ">\n      <skipped message=\"" + html((result.state == TestState::Known ? "known: " : "") + one_line(result.todo)) + "\"/>\n    </testcase>\n";
  return text + "/>\n";
}

}  // namespace

TestCounts count(const std::vector<TestResult>& results) {
  TestCounts counts;
  for (const TestResult& result : results) {
    if (is_failure(result.state)) ++counts.failed;
    else if (result.state == TestState::Known) ++counts.known;
    else if (result.state == TestState::Skipped) ++counts.skipped;
    else ++counts.passed;
  }
  return counts;
}

std::string tests_text(const std::vector<TestResult>& results, bool all) {
  std::string text;
  for (const TestResult& result : results) {
    if (is_failure(result.state))
      text += "FAIL   " + title_of(result) + "\n         " + printable(place_of(result)) + "\n" + indented(result.detail, "         ");
    else if (result.state == TestState::Known)
      text += "known  " + title_of(result) + "  (" + one_line(result.todo) + ")\n";
    else if (all)
      text += (result.state == TestState::Passed ? "ok     " : "skip   ") + title_of(result) + (result.todo.empty() ? "" : "  (" + one_line(result.todo) + ")") + "\n";
  }
  std::set<std::string_view> groups;
  for (const TestResult& result : results) groups.insert(result.group);
  const auto cases = static_cast<std::size_t>(std::count_if(groups.begin(), groups.end(), [](std::string_view group) { return group.starts_with("tests/"); }));
  const TestCounts counts = count(results);
  text += plural(groups.size() - cases, "signature", "signatures") + ", " + plural(results.size() - cases, "example", "examples") + ", " + plural(cases, "case", "cases") + ": " +
          count_text(counts.passed) + " passed, " + count_text(counts.failed) + " failed";
  if (counts.known > 0) text += ", " + count_text(counts.known) + " known to fail";
  if (counts.skipped > 0) text += ", " + count_text(counts.skipped) + " skipped";
  return text + "\n";
}

std::string tests_tap(const std::vector<TestResult>& results) {
  std::string text = "TAP version 14\n1.." + std::to_string(results.size()) + "\n";
  for (std::size_t i = 0; i < results.size(); ++i) {
    const TestResult& result = results[i];
    const bool ok = result.state == TestState::Passed || result.state == TestState::Skipped;
    text += (ok ? "ok " : "not ok ") + std::to_string(i + 1) + " - " + tap_word(title_of(result));
    if (result.state == TestState::Known) text += std::string(kKnownInTap) + tap_word(result.todo);
    if (result.state == TestState::Skipped) text += " # SKIP " + tap_word(result.todo);
    text += "\n";
    if (ok || result.state == TestState::Known) continue;
    text += "  ---\n  at: " + Json(printable(place_of(result))).dump() + "\n  message: |\n" + indented(result.detail, "    ") + "  ...\n";
  }
  return text;
}

std::string tests_junit(const std::vector<TestResult>& results) {
  const TestCounts all = count(results);
  const auto attributes = [](std::size_t tests, const TestCounts& counts) {
    return " tests=\"" + std::to_string(tests) + "\" failures=\"" + std::to_string(counts.failed) + "\" errors=\"0\" skipped=\"" + std::to_string(counts.known + counts.skipped) + "\"";
  };
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"aupsig test\"" + attributes(results.size(), all) + ">\n";
  for (auto begin = results.begin(); begin != results.end();) {
    const auto end = std::find_if(begin, results.end(), [&](const TestResult& result) { return result.group != begin->group; });
    const std::vector<TestResult> group(begin, end);
    text += "  <testsuite name=\"" + html(begin->group) + "\"" + attributes(group.size(), count(group)) + ">\n";
    for (const TestResult& result : group) text += junit_case(result);
    text += "  </testsuite>\n";
    begin = end;
  }
  return text + "</testsuites>\n";
}

std::string tests_json(const std::vector<TestResult>& results) {
  Json tests = Json::array();
  for (const TestResult& result : results) {
    Json json{{"group", result.group}, {"name", result.name}, {"state", to_string(result.state)}, {"file", result.file}};
    json["line"] = result.line > 0 ? Json(result.line) : Json(nullptr);
    if (!result.todo.empty()) json["todo"] = result.todo;
    if (!result.detail.empty()) json["detail"] = result.detail;
    tests.push_back(std::move(json));
  }
  const TestCounts counts = count(results);
  const Json summary{{"tests", results.size()}, {"passed", counts.passed}, {"failed", counts.failed}, {"known", counts.known}, {"skipped", counts.skipped}};
  return Json{{"tests", tests}, {"summary", summary}}.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace scanner
