#include "tools/aupsig/dns_names.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace scanner {
namespace {

std::size_t be16(std::string_view text, std::size_t at) {
  return at + 2 <= text.size() ? static_cast<std::size_t>(static_cast<unsigned char>(text[at])) << 8 | static_cast<unsigned char>(text[at + 1]) : 0;
}

// The name at `at`, pointers followed; `at` moves behind it. False: it is none.
bool read_name(std::string_view message, std::size_t& at, std::string& name) {
  name.clear();
  std::size_t here = at, jumps = 0;
  bool jumped = false;
  while (here < message.size()) {
    const auto length = static_cast<unsigned char>(message[here]);
    if (length >= 0xc0) {
      if (!jumped) at = here + 2;
      jumped = true;
      here = be16(message, here) & 0x3fff;
      if (++jumps > 16) return false;
      continue;
    }
    if (length > 63 || here + 1 + length > message.size()) return false;
    if (length == 0) {
      if (!jumped) at = here + 1;
      return true;
    }
    if (!name.empty()) name += '.';
    name += message.substr(here + 1, length);
    if (name.size() > 253) return false;
    here += 1U + length;
  }
  return false;
}

}  // namespace

std::vector<std::string> dns_names(std::string_view message) {
  std::vector<std::string> names;
  if (message.size() < 17) return names;
  const std::size_t questions = be16(message, 4), records = be16(message, 6) + be16(message, 8) + be16(message, 10);
  if (questions != 1 || records > 200) return names;
  std::size_t at = 12;
  std::string name;
  const auto add = [&] {
    const bool printable = std::all_of(name.begin(), name.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
    if (printable && name.find('.') != std::string::npos && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  if (!read_name(message, at, name) || at + 4 > message.size()) return {};
  add();
  at += 4;
  for (std::size_t i = 0; i < records; ++i) {
    if (!read_name(message, at, name) || at + 10 > message.size()) return names;
    add();
    const std::size_t type = be16(message, at), length = be16(message, at + 8);
    std::size_t data = at + 10;
    at = data + length;
    if (at > message.size()) return names;
    if (type == 2 || type == 5 || type == 6 || type == 12)
      if (read_name(message, data, name)) add();
  }
  return names;
}

void rename_dns(std::string& datagrams, std::string_view name, std::string_view made) {
  if (name.size() != made.size()) return;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t end = std::min(name.find('.', at), name.size());
    if (end - at <= 63 && end > at) {
      const std::string length(1, static_cast<char>(end - at));
      const std::string wire = length + std::string(name.substr(at, end - at)), exchanged = length + std::string(made.substr(at, end - at));
      for (std::size_t found = datagrams.find(wire); found != std::string::npos; found = datagrams.find(wire, found + wire.size())) datagrams.replace(found, wire.size(), exchanged);
    }
    at = end + 1;
  }
}

}  // namespace scanner
