// RFC 5424's grammar, read once more and independently of what writes it.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace scanner::test {

struct SyslogMessage {
  int priority = 0;
  std::string timestamp, host, application, process, message_id;
  std::map<std::string, std::map<std::string, std::string>> data;  // element → parameter → value, unescaped
  std::string text;  // without the byte order mark
  std::string error;  // "": the message follows the grammar
};

// `line`: one message without its line end.
SyslogMessage read_syslog(std::string_view line);

}  // namespace scanner::test
