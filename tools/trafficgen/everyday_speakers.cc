// What is on every network: names, pages, mail, logs, databases, and whatever a scenario
// writes down itself.
#include "tools/trafficgen/speakers.h"
#include "tools/trafficgen/words.h"

namespace scanner::trafficgen {
namespace {

using namespace std::chrono_literals;

void be16(std::string& out, std::uint64_t value) {
  out += static_cast<char>(value >> 8 & 0xff);
  out += static_cast<char>(value & 0xff);
}

std::string dns_name(const std::string& name) {
  std::string out;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t dot = std::min(name.find('.', at), name.size());
    out += static_cast<char>(dot - at);
    out += name.substr(at, dot - at);
    at = dot + 1;
  }
  return out + '\0';
}

}  // namespace

void speak_script(const Conversation& conversation, Random&, Talk& talk) {
  for (const ScriptLine& said : conversation.script) {
    talk.wait(said.after);
    talk.say(said.from, said.bytes);
  }
}

void speak_dns(const Conversation& conversation, Random& random, Talk& talk) {
  const Content& content = conversation.content;
  std::vector<IpAddress> answers;
  for (const std::string& text : content.addresses)
    if (const auto address = IpAddress::parse(text)) answers.push_back(*address);
  const bool v4 = answers.empty() || answers.front().is_v4();
  for (std::uint64_t i = 0; i < content.requests; ++i) {
    std::string question = dns_name(content.host);
    be16(question, v4 ? 1 : 28);
    be16(question, 1);
    std::string id;
    be16(id, random.next() & 0xffff);
    talk.client(id + std::string("\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 10) + question);
    talk.wait(conversation.network.round_trip);
    if (content.answers) {
      std::string reply = id + std::string("\x81\x80\x00\x01", 4);
      be16(reply, answers.size());
      reply += std::string("\x00\x00\x00\x00", 4) + question;
      for (const IpAddress& address : answers) {
        reply += std::string("\xc0\x0c", 2);
        be16(reply, address.is_v4() ? 1 : 28);
        reply += std::string("\x00\x01\x00\x00\x01\x2c", 6);
        be16(reply, address.is_v4() ? 4 : 16);
        reply.append(reinterpret_cast<const char*>(address.octets.data()) + (address.is_v4() ? 12 : 0),
                     address.is_v4() ? 4 : 16);
      }
      talk.server(std::move(reply));
    }
    talk.wait(1s);
  }
}

void speak_web(const Conversation& conversation, Random&, Talk& talk) {
  const Content& content = conversation.content;
  for (std::uint64_t i = 0; i < content.requests; ++i) {
    talk.client(http_request(
        "GET", content.path, content.host,
        {{"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}, {"Accept", "*/*"}},
        ""));
    talk.wait(conversation.network.round_trip + 30ms);
    if (content.answers)
      talk.server(
          http_response(200, {{"Server", "nginx"}, {"Content-Type", content.type}}, content.body, content.chunked));
    talk.wait(2s);
  }
}

// Looks like TLS 1.3: a real client hello, then records of noise.
void speak_tls(const Conversation& conversation, Random& random, Talk& talk) {
  const auto framed = [](char type, const std::string& body) {
    std::string record(1, type);
    record += std::string("\x03\x03", 2);
    be16(record, body.size());
    return record + body;
  };
  std::string extensions;
  const auto extension = [&](std::uint16_t type, const std::string& body) {
    be16(extensions, type);
    be16(extensions, body.size());
    extensions += body;
  };
  if (!conversation.content.host.empty()) {
    std::string name;
    be16(name, conversation.content.host.size() + 3);
    name += '\0';
    be16(name, conversation.content.host.size());
    extension(0, name + conversation.content.host);
  }
  extension(16, std::string("\x00\x0c\x02h2\x08http/1.1", 14));
  extension(10, std::string("\x00\x04\x00\x1d\x00\x17", 6));
  extension(13, std::string("\x00\x04\x04\x03\x08\x04", 6));
  extension(43, std::string("\x02\x03\x04", 3));
  std::string key("\x00\x24\x00\x1d\x00\x20", 6);
  extension(51, key + random.bytes(32));
  std::string hello("\x03\x03", 2);
  hello += random.bytes(32) + std::string(1, '\x20') + random.bytes(32) +
           std::string("\x00\x06\x13\x01\x13\x02\x13\x03\x01\x00", 10);
  be16(hello, extensions.size());
  hello += extensions;
  std::string handshake("\x01\x00", 2);
  be16(handshake, hello.size());
  talk.client(framed('\x16', handshake + hello));
  talk.wait(conversation.network.round_trip);
  std::string answer("\x02\x00\x00\x76\x03\x03", 6);
  answer += random.bytes(32) + std::string(1, '\x20') + random.bytes(32) +
            std::string("\x13\x01\x00\x00\x2e\x00\x2b\x00\x02\x03\x04\x00\x33\x00\x24\x00\x1d\x00\x20", 19) +
            random.bytes(32);
  talk.server(framed('\x16', answer) + framed('\x14', "\x01") + framed('\x17', random.bytes(1200)));
  talk.wait(5ms);
  talk.client(framed('\x14', "\x01") + framed('\x17', random.bytes(53)));
  for (std::uint64_t i = 0; i < conversation.content.requests; ++i) {
    talk.wait(400ms);
    talk.client(framed('\x17', random.bytes(120 + random.below(300))));
    talk.wait(conversation.network.round_trip);
    talk.server(framed('\x17', random.bytes(800 + random.below(9000))));
  }
}

void speak_mail(const Conversation& conversation, Random&, Talk& talk) {
  const Content& content = conversation.content;
  const std::string host = content.host.empty() ? "mail.example.net" : content.host;
  const auto exchange = [&](const std::string& said, const std::string& answer) {
    talk.client(said);
    talk.wait(conversation.network.round_trip);
    talk.server(answer);
    talk.wait(1ms);
  };
  talk.server("220 " + host + " ESMTP\r\n");
  talk.wait(1ms);
  exchange("EHLO desk.example.net\r\n", "250-" + host + "\r\n250-8BITMIME\r\n250 SIZE 10240000\r\n");
  exchange("MAIL FROM:<ann@example.net>\r\n", "250 2.1.0 Ok\r\n");
  exchange("RCPT TO:<bob@example.net>\r\n", "250 2.1.5 Ok\r\n");
  exchange("DATA\r\n", "354 End data with <CR><LF>.<CR><LF>\r\n");
  std::string mail =
      "From: Ann <ann@example.net>\r\nTo: Bob <bob@example.net>\r\nSubject: notes\r\n\r\n" + content.body;
  for (const std::string& text : content.lines) mail += text + "\r\n";
  exchange(mail + "\r\n.\r\n", "250 2.0.0 Ok: queued\r\n");
  exchange("QUIT\r\n", "221 2.0.0 Bye\r\n");
}

// Lines of syslog over TCP (RFC 6587, non-transparent framing), or as they are with type "raw".
void speak_log(const Conversation& conversation, Random&, Talk& talk) {
  for (const std::string& text : conversation.content.lines) {
    const bool raw = conversation.content.type == "raw";
    talk.client((raw ? "" : "<14>1 2026-03-02T08:00:00Z web-1 app 411 - - ") + text + "\n");
    talk.wait(700ms);
  }
}

// A MySQL result set in the text protocol: greeting, log-in, one query, one column.
void speak_sql(const Conversation& conversation, Random& random, Talk& talk) {
  const auto packet = [](int number, const std::string& body) {
    std::string out;
    for (const int shift : {0, 8, 16}) out += static_cast<char>(body.size() >> shift & 0xff);
    return out + static_cast<char>(number) + body;
  };
  const auto text = [](const std::string& value) {
    std::string out;
    if (value.size() > 250) {
      out += '\xfc';
      out += static_cast<char>(value.size() & 0xff);
      out += static_cast<char>(value.size() >> 8 & 0xff);
    } else {
      out += static_cast<char>(value.size());
    }
    return out + value;
  };
  talk.server(packet(0, std::string("\x0a", 1) + "8.0.36" + std::string("\x00\x11\x00\x00\x00", 5) + random.hex(8) +
                            std::string("\x00\xff\xf7\x2d\x02\x00", 6)));
  talk.wait(2ms);
  talk.client(packet(1, std::string("\x85\xa6\x03\x00\x00\x00\x00\x01\x21", 9) + std::string(23, '\0') + "app" +
                            std::string("\x00\x00", 2)));
  talk.wait(conversation.network.round_trip);
  talk.server(packet(2, std::string("\x00\x00\x00\x02\x00\x00\x00", 7)));
  for (std::uint64_t i = 0; i < conversation.content.requests; ++i) {
    talk.wait(200ms);
    talk.client(packet(
        0, "\x03" + (conversation.content.body.empty() ? "SELECT message FROM archive" : conversation.content.body)));
    talk.wait(conversation.network.round_trip);
    std::string result =
        packet(1, "\x01") +
        packet(2, text("def") + text("app") + text("archive") + text("archive") + text("message") + text("message") +
                      std::string("\x0c\x21\x00\x00\x04\x00\x00\xfc\x00\x00\x00\x00\x00", 13));
    int number = 3;
    for (const std::string& row : conversation.content.lines) result += packet(number++, text(row));
    talk.server(result + packet(number, std::string("\xfe\x00\x00\x22\x00\x00\x00", 7)));
  }
}

}  // namespace scanner::trafficgen
