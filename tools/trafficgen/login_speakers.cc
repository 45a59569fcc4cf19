// Log-ins, one or many, over HTTP and to databases: what clients say who know the password, who
// have an old one, and who guess.
#include "tools/trafficgen/speakers.h"
#include "tools/trafficgen/words.h"

#include "scanner/model/digest.h"

namespace scanner::trafficgen {
namespace {

using namespace std::chrono_literals;

struct Attempt {
  std::string name, password;
  bool accepted = false;
};

// The n-th of a conversation that may be said many times.
Attempt attempt(const Conversation& conversation, std::uint64_t n) {
  const LogIn& log_in = conversation.log_in;
  n += conversation.repetition * log_in.tries;
  Attempt made;
  made.name = log_in.names.empty() ? "admin" : log_in.names[n % log_in.names.size()];
  made.password = log_in.passwords.empty() ? "word" + std::to_string(n) : log_in.passwords[n % log_in.passwords.size()];
  made.accepted = log_in.accept_every > 0 && (n + 1) % log_in.accept_every == 0;
  return made;
}

template <typename Say>
void each_attempt(const Conversation& conversation, Talk& talk, Say say) {
  for (std::uint64_t i = 0; i < conversation.log_in.tries; ++i) {
    if (i > 0) talk.wait(conversation.log_in.every);
    say(attempt(conversation, i));
  }
}

std::string base64(std::string_view text) { return to_base64(as_bytes(text)); }
std::string be32(std::size_t value) {
  std::string out;
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(value >> shift & 0xff);
  return out;
}
std::string le16(std::size_t value) { return {static_cast<char>(value & 0xff), static_cast<char>(value >> 8 & 0xff)}; }
std::string le32(std::size_t value) { return le16(value & 0xffff) + le16(value >> 16); }

// HTTP. `answer`: the status and what it challenges with.
class Web {
 public:
  Web(const Conversation& conversation, Talk& talk) : conversation_(conversation), talk_(talk) {}

  void ask(const std::string& authorization) {
    auto headers = common();
    if (!authorization.empty()) headers.push_back({"Authorization", authorization});
    exchange(http_request("GET", "/private", "www.example.net", headers, ""));
  }
  void post(std::string_view type, const std::string& body) {
    auto headers = common();
    headers.push_back({"Content-Type", type});
    exchange(http_request("POST", "/login", "www.example.net", headers, body));
  }
  void answer(int status, const std::string& challenge = "") {
    std::vector<HttpHeader> headers{{"Server", "nginx"}};
    if (!challenge.empty()) headers.push_back({"WWW-Authenticate", challenge});
    talk_.server(http_response(status, headers, "", false));
    talk_.wait(5ms);
  }

 private:
  std::vector<HttpHeader> common() const {
    std::vector<HttpHeader> headers{{"User-Agent", "curl/8.5.0"}};
    if (!conversation_.log_in.passed_on_for.empty()) headers.push_back({"X-Forwarded-For", conversation_.log_in.passed_on_for});
    return headers;
  }
  void exchange(std::string request) {
    talk_.client(std::move(request));
    talk_.wait(conversation_.network.round_trip);
  }

  const Conversation& conversation_;
  Talk& talk_;
};

std::string mysql_packet(int number, const std::string& body) { return le16(body.size()) + std::string(1, '\0') + static_cast<char>(number) + body; }
std::string postgresql_message(std::string_view kind, const std::string& body) { return std::string(kind) + be32(body.size() + 4) + body; }
std::string wide(std::string_view text) {
  std::string out;
  for (const char c : text) out += std::string{c, '\0'};
  return out;
}
// [MS-TDS] 2.2.3.1
std::string tds_packet(char type, const std::string& body) {
  const std::size_t size = body.size() + 8;
  return std::string{type, '\x01', static_cast<char>(size >> 8 & 0xff), static_cast<char>(size & 0xff), '\0', '\0', '\x01', '\0'} + body;
}

// LOGIN7: a table of places and lengths behind 36 bytes, then what it points to.
std::string login7(const Attempt& said) {
  std::string password = wide(said.password);
  for (char& c : password) {
    const auto byte = static_cast<std::uint8_t>(c);
    c = static_cast<char>(static_cast<std::uint8_t>(byte << 4 | byte >> 4) ^ 0xa5);
  }
  constexpr std::size_t kTable = 94;
  std::string table, data;
  for (const std::string& field : {wide("desk"), wide(said.name), password, wide("tool"), wide("198.51.100.33")}) {
    table += le16(kTable + data.size()) + le16(field.size() / 2);
    data += field;
  }
  std::string body = std::string("\x04\x00\x00\x74", 4) + le32(4096) + std::string(24, '\0') + table;
  body.resize(kTable - 4, '\0');
  return le32(body.size() + 4 + data.size()) + body + data;
}

std::string bulk(const std::vector<std::string>& values) {
  std::string out = "*" + std::to_string(values.size()) + "\r\n";
  for (const std::string& value : values) out += "$" + std::to_string(value.size()) + "\r\n" + value + "\r\n";
  return out;
}

}  // namespace

void speak_http_log_in(const Conversation& conversation, Random& random, Talk& talk) {
  Web web(conversation, talk);
  each_attempt(conversation, talk, [&](const Attempt& said) {
    const int status = said.accepted ? 200 : conversation.log_in.status;
    switch (conversation.log_in.method) {
      case LogIn::Method::Plain:
        web.ask("Basic " + base64(said.name + ":" + said.password));
        return web.answer(status, said.accepted ? "" : "Basic realm=\"private\"");
      case LogIn::Method::Token:
        web.ask("Bearer " + said.password);
        return web.answer(status, said.accepted ? "" : "Bearer");
      case LogIn::Method::Challenge: {
        const std::string challenge = "Digest realm=\"private\", nonce=\"" + random.hex(16) + "\"";
        web.ask("");
        web.answer(401, challenge);
        web.ask("Digest username=\"" + said.name + "\", realm=\"private\", nonce=\"x\", uri=\"/private\", response=\"" + random.hex(32) + "\"");
        return web.answer(status, said.accepted ? "" : challenge);
      }
      case LogIn::Method::Negotiate:
        web.ask("NTLM " + base64(std::string("NTLMSSP\0\x01\0\0\0", 12) + random.bytes(20)));
        web.answer(401, "NTLM " + base64(std::string("NTLMSSP\0\x02\0\0\0", 12) + random.bytes(40)));
        web.ask("NTLM " + base64(std::string("NTLMSSP\0\x03\0\0\0", 12) + random.bytes(90)));
        return web.answer(status);
      case LogIn::Method::Form:
        web.post("application/x-www-form-urlencoded", "csrf_token=" + random.hex(16) + "&user=" + said.name + "&password=" + said.password);
        return web.answer(status);
      case LogIn::Method::Json:
        web.post("application/json", Json{{"username", said.name}, {"password", said.password}}.dump());
        return web.answer(status);
    }
  });
}

void speak_mysql_log_in(const Conversation& conversation, Random& random, Talk& talk) {
  const Attempt said = attempt(conversation, 0);
  talk.server(mysql_packet(0, std::string("\x0a", 1) + "8.0.36" + std::string("\x00\x11\x00\x00\x00", 5) + random.hex(8) + std::string("\x00\xff\xf7\x21\x02\x00\xff\x81\x15", 9) + std::string(10, '\0') + random.hex(12) + std::string(1, '\0') + "mysql_native_password" + std::string(1, '\0')));
  talk.wait(2ms);
  talk.client(mysql_packet(1, std::string("\x85\xa6\x0f\x00\x00\x00\x00\x01\x21", 9) + std::string(23, '\0') + said.name + std::string("\x00\x14", 2) + random.bytes(20) + "mysql_native_password" + std::string(1, '\0')));
  talk.wait(conversation.network.round_trip);
  if (said.accepted) talk.server(mysql_packet(2, std::string("\x00\x00\x00\x02\x00\x00\x00", 7)));
  else talk.server(mysql_packet(2, std::string("\xff\x15\x04#28000", 9) + "Access denied for user '" + said.name + "'@'" + conversation.client.address.to_string() + "' (using password: YES)"));
}

void speak_postgresql_log_in(const Conversation& conversation, Random& random, Talk& talk) {
  const Attempt said = attempt(conversation, 0);
  const bool hidden = conversation.log_in.method == LogIn::Method::Challenge;
  const auto exchange = [&](std::string client, std::string server) {
    talk.client(std::move(client));
    talk.wait(conversation.network.round_trip);
    talk.server(std::move(server));
    talk.wait(2ms);
  };
  exchange(be32(8) + be32(80877103), "N");  // encryption is asked for, and there is none
  const std::string startup = be32(0x00030000) + std::string("user\0", 5) + said.name + std::string("\0database\0shop\0\0", 16);
  exchange(be32(startup.size() + 4) + startup, postgresql_message("R", hidden ? be32(5) + random.bytes(4) : be32(3)));
  exchange(postgresql_message("p", (hidden ? "md5" + random.hex(32) : said.password) + std::string(1, '\0')),
           said.accepted ? postgresql_message("R", be32(0)) + postgresql_message("Z", "I")
                         : postgresql_message("E", std::string("SFATAL\0VFATAL\0C28P01\0", 21) + "Mpassword authentication failed for user " + said.name + std::string(2, '\0')));
}

void speak_mssql_log_in(const Conversation& conversation, Random&, Talk& talk) {
  const Attempt said = attempt(conversation, 0);
  // VERSION and ENCRYPTION: not supported.
  const std::string prelogin = std::string("\x00\x00\x0b\x00\x06\x01\x00\x11\x00\x01\xff\x10\x00\x00\x00\x00\x00\x02", 18);
  talk.client(tds_packet('\x12', prelogin));
  talk.wait(conversation.network.round_trip);
  talk.server(tds_packet('\x04', prelogin));
  talk.wait(2ms);
  talk.client(tds_packet('\x10', login7(said)));
  talk.wait(conversation.network.round_trip);
  const std::string text = wide("Login failed for user '" + said.name + "'.");
  const std::string error = le32(18456) + std::string("\x01\x0e", 2) + le16(text.size() / 2) + text + std::string("\0\0\1\0\0\0", 6);
  const std::string done = std::string("\xfd\x02\0\0\0\0\0\0\0\0\0\0\0", 13);
  const std::string granted = std::string("\x01\x74\0\0\x04\0\0\0\0\0", 10);
  talk.server(tds_packet('\x04', said.accepted ? "\xad" + le16(granted.size()) + granted + done : "\xaa" + le16(error.size()) + error + done));
}

void speak_redis_log_in(const Conversation& conversation, Random&, Talk& talk) {
  each_attempt(conversation, talk, [&](const Attempt& said) {
    talk.client(conversation.log_in.names.empty() ? bulk({"AUTH", said.password}) : bulk({"AUTH", said.name, said.password}));
    talk.wait(conversation.network.round_trip);
    talk.server(said.accepted ? "+OK\r\n" : "-WRONGPASS invalid username-password pair or user is disabled.\r\n");
  });
}

}  // namespace scanner::trafficgen
