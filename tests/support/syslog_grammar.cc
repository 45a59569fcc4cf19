#include "tests/support/syslog_grammar.h"

#include <regex>

namespace scanner::test {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view line) : rest_(line) {}

  SyslogMessage read() {
    header();
    structured_data();
    text();
    return std::move(message_);
  }

 private:
  void refuse(const std::string& why) {
    if (message_.error.empty()) message_.error = why + " before: " + std::string(rest_.substr(0, 80)) + "\n";
    rest_ = {};
  }
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  void expect(std::string_view text) {
    if (!take(text)) refuse("'" + std::string(text) + "' is missing");
  }
  // Printable US-ASCII up to a space.
  std::string field(std::size_t limit) {
    std::size_t length = 0;
    while (length < rest_.size() && rest_[length] > 32 && rest_[length] < 127) ++length;
    const std::string value(rest_.substr(0, length));
    if (value.empty() || value.size() > limit) refuse("a header field is empty or longer than " + std::to_string(limit));
    rest_.remove_prefix(std::min(length, rest_.size()));
    return value;
  }

  void header() {
    static const std::regex kPriority("<(0|[1-9][0-9]{0,2})>[1-9][0-9]{0,2} "), kTime("-|[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?(Z|[+-][0-2][0-9]:[0-5][0-9])");
    std::cmatch found;
    if (!std::regex_search(rest_.data(), rest_.data() + rest_.size(), found, kPriority, std::regex_constants::match_continuous)) return refuse("no priority and version");
    message_.priority = std::stoi(found[1].str());
    if (message_.priority > 191) return refuse("no such priority");
    rest_.remove_prefix(static_cast<std::size_t>(found.length()));
    message_.timestamp = field(32);
    if (!std::regex_match(message_.timestamp, kTime)) return refuse("no timestamp: " + message_.timestamp);
    const std::pair<std::string*, std::size_t> fields[] = {{&message_.host, 255}, {&message_.application, 48}, {&message_.process, 128}, {&message_.message_id, 32}};
    for (const auto& [value, limit] : fields) {
      expect(" ");
      *value = field(limit);
    }
    expect(" ");
  }

  // SD-NAME: up to 32 printable characters but '=', space, ']' and '"'.
  std::string name() {
    std::size_t length = 0;
    while (length < rest_.size() && rest_[length] > 32 && rest_[length] < 127 && std::string_view("=]\"").find(rest_[length]) == std::string_view::npos) ++length;
    const std::string value(rest_.substr(0, length));
    if (value.empty() || value.size() > 32) refuse("no name");
    rest_.remove_prefix(std::min(length, rest_.size()));
    return value;
  }

  std::string value() {
    std::string out;
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == ']') {
        refuse("a bare ] in a value");
        break;
      }
      if (rest_.front() == '\\' && rest_.size() > 1 && std::string_view("\"\\]").find(rest_[1]) != std::string_view::npos) rest_.remove_prefix(1);
      out.push_back(rest_.front());
      rest_.remove_prefix(1);
    }
    return out;
  }

  void structured_data() {
    if (take("-")) return;
    if (!rest_.starts_with("[")) return refuse("no structured data");
    while (take("[")) {
      const std::string id = name();
      // Without an enterprise number only registered names are allowed (§6.3.2).
      static const std::regex kId("timeQuality|origin|meta|[^@]+@[0-9]+(\\.[0-9]+)*");
      if (!std::regex_match(id, kId)) refuse("no element id: " + id);
      if (message_.data.contains(id)) refuse("the element comes twice: " + id);
      auto& parameters = message_.data[id];
      while (take(" ")) {
        const std::string key = name();
        expect("=\"");
        parameters[key] = value();
        expect("\"");
      }
      expect("]");
    }
  }

  void text() {
    if (rest_.empty()) return;
    expect(" ");
    // Text in UTF-8 begins with the mark, and has it there only.
    expect("\xEF\xBB\xBF");
    message_.text = rest_;
    if (message_.text.find("\xEF\xBB\xBF") != std::string::npos) refuse("a second byte order mark");
  }

  std::string_view rest_;
  SyslogMessage message_;
};

}  // namespace

SyslogMessage read_syslog(std::string_view line) {
  SyslogMessage message = Reader(line).read();
  if (message.error.empty() && line.size() > 2048) message.error = std::to_string(line.size()) + " octets\n";
  return message;
}

}  // namespace scanner::test
