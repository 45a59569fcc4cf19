#include "tests/support/format_check.h"

#include "scanner/engine/format/event_format.h"
#include "scanner/model/utf8.h"
#include "tests/support/event_schema.h"
#include "tests/support/json_schema.h"
#include "tests/support/syslog_grammar.h"

#include <map>
#include <stdexcept>

namespace scanner::test {
namespace {

// Valid UTF-8 without control characters: nothing that could end a line or start a field.
std::string text_errors(std::string_view line) {
  while (!line.empty()) {
    const CodePoint c = decode_one(line);
    if (c.value == 0xfffd && c.length == 1) return "a byte that is no UTF-8\n";
    if (c.value < 0x20) return "a control character\n";
    line.remove_prefix(c.length);
  }
  return "";
}

std::string schema_errors_of(std::string_view format, const std::string& json) {
  if (format == "ndjson") return schema_errors(json);
  static std::map<std::string, JsonSchema, std::less<>> schemas;
  auto found = schemas.find(format);
  if (found == schemas.end()) found = schemas.try_emplace(std::string(format), "tests/golden/formats/" + std::string(format) + ".schema.json").first;
  return found->second.errors(json);
}

std::string line_errors(std::string_view format, const std::string& line) {
  return text_errors(line) + (format == "rfc5424" ? read_syslog(line).error : schema_errors_of(format, line));
}

}  // namespace

std::string format_errors(std::string_view format, const std::string& text) {
  std::string said;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) return said + "a line without an end\n";
    const std::string line = text.substr(begin, end - begin);
    if (const std::string errors = line_errors(format, line); !errors.empty()) said += errors + line + "\n";
    begin = end + 1;
  }
  return said;
}

std::string written(std::string_view format, const std::vector<BreachEvent>& events, const JsonFrame& frame) {
  const auto writer = make_event_format(format);
  if (writer == nullptr) throw std::runtime_error("there is no format " + std::string(format));
  std::string text;
  for (const BreachEvent& event : events) text += writer->event(event, frame);
  return text + writer->end();
}

}  // namespace scanner::test
