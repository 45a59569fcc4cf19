#include "tools/bench/abuse/scenario_text.h"

#include "scanner/model/digest.h"
#include "tools/bench/abuse/cases.h"

#include <algorithm>

namespace scanner::evasions {
namespace {

std::string conversation(std::string_view speaker, std::string_view client, const std::string& keys) {
  return "  - {speaks: " + std::string(speaker) + ", client: '" + std::string(client) + "', " + keys + "}\n";
}

std::string be16(std::size_t value) { return {static_cast<char>(value >> 8 & 0xff), static_cast<char>(value & 0xff)}; }

std::string dns_name(const std::string& name) {
  std::string wire;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t dot = std::min(name.find('.', at), name.size());
    wire += static_cast<char>(dot - at);
    wire += name.substr(at, dot - at);
    at = dot + 1;
  }
  return wire + '\0';
}

const std::string kTxt = std::string("\x00\x10\x00\x01", 4);

}  // namespace

std::string scenario(const std::string& conversations) { return "title: a case\nconversations:\n" + conversations; }

std::string from_subject(std::string_view speaker, const std::string& keys) { return conversation(speaker, kSubject, keys); }

std::string to_subject(const std::string& client, const std::string& keys) { return conversation("script", client, keys); }

std::string script(const std::vector<Turn>& turns) {
  std::string text = "script: [";
  for (const Turn& turn : turns)
    text += std::string(text.back() == '[' ? "" : ", ") + "{from: " + (turn.client ? "client" : "server") + ", after: " + turn.after + ", hex: '" + turn.hex + "'}";
  return text + "]";
}

std::string hex_of(std::string_view bytes) { return to_hex(as_bytes(bytes)); }

std::string noise(std::uint64_t number, std::size_t size) {
  constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz234567";
  std::string text;
  while (text.size() < size) {
    const Sha256 hash = sha256(as_bytes(std::to_string(number) + "/" + std::to_string(text.size())));
    for (const std::uint8_t byte : hash)
      if (text.size() < size) text += kDigits[byte % kDigits.size()];
  }
  return text;
}

std::string dns_question(const std::string& name) {
  return hex_of(std::string("\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12) + dns_name(name) + kTxt);
}

std::string dns_answer(const std::string& name, std::string_view text) {
  std::string answer = std::string("\x00\x01\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00", 12) + dns_name(name) + kTxt;
  answer += std::string("\xc0\x0c", 2) + kTxt + std::string("\x00\x00\x00\x00", 4) + be16(text.size() + 1);
  answer += static_cast<char>(text.size());
  return hex_of(answer + std::string(text));
}

}  // namespace scanner::evasions
