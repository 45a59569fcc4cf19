// Parts of scenarios as text, for the cases.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace scanner::evasions {

std::string scenario(const std::string& conversations);

// One conversation: `keys` behind the speaker and the client (the subject), as in
// "server: '198.51.100.1:80', repeat: 60".
std::string from_subject(std::string_view speaker, const std::string& keys);
// The same from somebody else, for whose conduct the subject only answers.
std::string to_subject(const std::string& client, const std::string& keys);

// A script: client's and server's turns in alternation, the server's first where `greeted`, so much apart.
struct Turn {
  bool client = true;
  std::string after;  // "200ms"
  std::string hex;
};
std::string script(const std::vector<Turn>& turns);

std::string hex_of(std::string_view bytes);
// Digits of base 32 without any order, the same for the same number.
std::string noise(std::uint64_t number, std::size_t size);
// A question for a TXT record of this name (labels of at most 63), and an answer with this text.
std::string dns_question(const std::string& name);
std::string dns_answer(const std::string& name, std::string_view text);

}  // namespace scanner::evasions
