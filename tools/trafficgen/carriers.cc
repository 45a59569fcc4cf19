#include "tools/trafficgen/carriers.h"

#include "tests/support/websocket_frames.h"
#include "tools/trafficgen/words.h"

#include <algorithm>
#include <charconv>

namespace scanner::trafficgen {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

struct Target {
  std::string host;
  std::uint16_t port = 0;
  std::optional<IpAddress> address;
};

Target target_of(const std::string& text) {
  const std::size_t colon = std::min(text.rfind(':'), text.size());
  Target target{text.substr(0, colon), 3333, IpAddress::parse(text.substr(0, colon))};
  if (colon < text.size()) std::from_chars(text.data() + colon + 1, text.data() + text.size(), target.port);
  return target;
}

std::string be16(std::uint16_t value) { return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)}; }

std::string ip_octets(const IpAddress& address) {
  return {reinterpret_cast<const char*>(address.octets.data()) + 12, 4};
}

std::string with_length(const std::string& text) { return static_cast<char>(text.size()) + text; }

// Asks a proxy and hears its answer. False: it refused.
class Handshake {
 public:
  Handshake(const Conversation& conversation, Talk& talk)
      : through_(conversation.through), target_(target_of(through_.to)), trip_(conversation.network.round_trip), talk_(talk) {}

  bool run() {
    switch (through_.proxy) {
      case Through::Proxy::Socks5:
        return socks5();
      case Through::Proxy::Connect:
        return connect();
      default:
        return socks4();
    }
  }

 private:
  bool granted() const { return through_.answers == Reply::Accept || through_.answers == Reply::Ignore; }
  void say(std::string request, std::string answer) {
    talk_.client(std::move(request));
    talk_.wait(trip_);
    if (through_.answers != Reply::Ignore) talk_.server(std::move(answer));
    talk_.wait(1ms);
  }

  bool socks5() {
    const bool logs_in = !through_.user.empty();
    say(logs_in ? "\x05\x02\x00\x02"s : "\x05\x01\x00"s, logs_in ? "\x05\x02"s : "\x05\x00"s);
    if (logs_in) say("\x01"s + with_length(through_.user) + with_length(through_.password), "\x01\x00"s);
    const std::string asked = target_.address ? "\x01"s + ip_octets(*target_.address) : "\x03"s + with_length(target_.host);
    say("\x05\x01\x00"s + asked + be16(target_.port), (granted() ? "\x05\x00"s : "\x05\x02"s) + "\x00\x01\x00\x00\x00\x00\x00\x00"s);
    return granted();
  }

  bool socks4() {
    const bool by_name = through_.proxy == Through::Proxy::Socks4a && !target_.address;
    const std::string address = by_name || !target_.address ? "\x00\x00\x00\x01"s : ip_octets(*target_.address);
    say("\x04\x01"s + be16(target_.port) + address + through_.user + '\0' + (by_name ? target_.host + '\0' : ""s),
        (granted() ? "\x00\x5a"s : "\x00\x5b"s) + "\x00\x00\x00\x00\x00\x00"s);
    return granted();
  }

  bool connect() {
    const std::string authority = target_.host + ":" + std::to_string(target_.port);
    say(http_request("CONNECT", authority, authority, {{"User-Agent", "curl/8.5.0"}}, ""),
        granted() ? "HTTP/1.1 200 Connection established\r\n\r\n"
                  : http_response(403, {{"Server", "squid/6.6"}}, "Access denied.", false));
    return granted();
  }

  const Through& through_;
  const Target target_;
  Duration trip_;
  Talk& talk_;
};

// One direction's messages, in frames.
class Frames {
 public:
  Frames(const WebSocketCarriage& websocket, Side side, Random& random)
      : websocket_(websocket), masks_(side == Side::Client), random_(random), deflater_(websocket.take_over, static_cast<int>(websocket.window_bits)) {}

  std::string message(std::string_view text) {
    const std::string payload = websocket_.deflate ? deflater_.message(text) : std::string(text);
    const std::size_t parts = std::max<std::size_t>(websocket_.fragments, 1), size = payload.size() / parts;
    std::string frames;
    for (std::size_t i = 0; i < parts; ++i) {
      const bool first = i == 0, last = i + 1 == parts;
      FrameKind kind{first ? (websocket_.binary ? std::uint8_t{2} : std::uint8_t{1}) : std::uint8_t{0}, last, first && websocket_.deflate};
      frames += frame(kind, payload.substr(i * size, last ? std::string::npos : size));
      if (!last) frames += frame({9}, "?");
    }
    return frames;
  }
  std::string frame(FrameKind kind, std::string_view payload) { return websocket_frame(kind, payload, masks_ ? random_.bytes(4) : ""); }

 private:
  const WebSocketCarriage& websocket_;
  bool masks_;
  Random& random_;
  MessageDeflater deflater_;
};

std::string upgrade(const WebSocketCarriage& websocket) {
  std::vector<HttpHeader> headers{{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Key", "bWFkZSB1cCBmb3IgdGVzdA=="}, {"Sec-WebSocket-Version", "13"}};
  if (websocket.deflate) headers.push_back({"Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"});
  return http_request("GET", websocket.path, websocket.host, headers, "");
}

std::string upgraded(const WebSocketCarriage& websocket) {
  std::string head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: bWFkZSB1cCBmb3IgdGVzdCBvbmx5\r\n";
  if (websocket.deflate) head += websocket.take_over ? "Sec-WebSocket-Extensions: permessage-deflate\r\n"
                                                     : "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; server_no_context_takeover\r\n";
  return head + "\r\n";
}

}  // namespace

std::vector<Turn> in_websocket(const Conversation& conversation, std::vector<Turn> turns, Random& random) {
  const WebSocketCarriage& websocket = conversation.websocket;
  if (!websocket.used) return turns;
  Talk talk;
  talk.client(upgrade(websocket));
  talk.wait(conversation.network.round_trip);
  talk.server(upgraded(websocket));
  talk.wait(1ms);
  const Duration later = talk.now();
  Frames client(websocket, Side::Client, random), server(websocket, Side::Server, random);
  for (const Turn& turn : turns) {
    talk.wait_until(turn.at + later);
    talk.say(turn.from, (turn.from == Side::Client ? client : server).message(turn.bytes));
  }
  talk.wait(10ms);
  talk.client(client.frame({8}, "\x03\xe8"));
  return talk.take();
}

std::vector<Turn> pass_through(const Conversation& conversation, std::vector<Turn> turns) {
  if (conversation.through.proxy == Through::Proxy::None) return turns;
  Talk talk;
  const bool granted = Handshake(conversation, talk).run();
  const Duration later = talk.now();
  std::vector<Turn> all = talk.take();
  if (!granted) return all;
  for (Turn& turn : turns) {
    turn.at += later;
    all.push_back(std::move(turn));
  }
  return all;
}

}  // namespace scanner::trafficgen
