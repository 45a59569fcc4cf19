// HTTP/1 requests and responses on a stream (RFC 9112), one after another.
//
// Every request is told (HttpRequestSeen), and what became of those that log in (http_login.h).
// Bodies are passed over without a look, but for these: JSON in a request, and JSON in the
// response to a request that the conversation waits for, which may be compressed; the start of a
// form. Kept: a head that came in pieces, a JSON body that did, an Inflater for one that is
// compressed, and the start of a form.
//
// Behind CONNECT (RFC 9110 9.3.6) the tunnel goes back to the probes, behind an upgrade to
// WebSocket its own reader goes on (websocket.h).
#include "scanner/protocol/conversation.h"
#include "scanner/protocol/http1_head.h"
#include "scanner/protocol/http_login.h"
#include "scanner/protocol/inflater.h"
#include "scanner/protocol/json_frame.h"
#include "scanner/protocol/parser.h"
#include "scanner/protocol/websocket.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <vector>

namespace scanner::http1 {
namespace {

constexpr std::size_t kMaxHead = 64 << 10;
constexpr std::size_t kMaxRequestBody = 64 << 10;  // but for one that submits a block
constexpr std::size_t kMaxBody = 4 << 20;          // block templates
constexpr std::size_t kMaxField = 1024;
constexpr std::size_t kMaxChunkLine = 256;

bool is_space(std::uint8_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// The two parts of "pool.example.net:3333" or "[2001:db8::1]:3333".
std::string_view host_of(std::string_view authority) {
  const std::string_view host = authority.substr(0, authority.rfind(':'));
  return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}
std::uint16_t port_of(std::string_view authority) {
  std::uint16_t port = 0;
  const std::string_view digits = authority.substr(std::min(authority.rfind(':'), authority.size() - 1) + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return port;
}

std::string field(std::string_view text) { return std::string(text.substr(0, kMaxField)); }

// What becomes of a body.
enum class Interest : std::uint8_t {
  None,     // passed over
  Unknown,  // wanted if it turns out to be JSON
  Json,     // being kept
};

class Reader final : public StreamReader {
 public:
  Reader(FlowSession& session, Direction sender) : session_(session), sender_(sender) {}

  ReadResult read(Bytes bytes, const Moment& moment) override;
  ReadResult gap(std::uint64_t missing, const Moment& moment) override;
  bool between_messages() const override { return state_ == State::Between && !websocket_ && !upgrade_asked_ && !form_ && kept_.empty(); }

 private:
  enum class State : std::uint8_t { Between, Head, Body, ChunkSize, ChunkData, ChunkEnd, Trailer, UntilClose };

  std::size_t find_start(Bytes bytes);
  std::size_t take_head(Bytes bytes, const Moment& moment);
  void on_request(const HttpHead& head, Bytes raw, const Moment& moment);
  void on_response(const HttpHead& head, const Moment& moment);
  void note_login(const HttpHead& head);
  void take_form(Bytes bytes);
  void form_ends();
  void logs_in(std::optional<HttpLogin> login);
  std::size_t take_body(Bytes bytes, const Moment& moment);
  std::size_t take_chunk_size(Bytes bytes, const Moment& moment);
  std::size_t take_trailer(Bytes bytes);
  void content(Bytes bytes, std::size_t behind, const Moment& moment);
  void plain_content(Bytes bytes, std::size_t behind, const Moment& moment);
  void expect_json(HttpHead::Coding coding);
  bool begins_websocket(std::uint8_t first) const;
  void hand_out(Bytes json, bool cut, std::size_t behind, const Moment& moment);
  void body_ends(std::size_t behind, const Moment& moment);
  void no_json(const Moment& moment);
  bool skimming() const { return state_ == State::UntilClose && interest_ == Interest::None; }
  void chunks_end(std::size_t behind, const Moment& moment);

  FlowSession& session_;
  Direction sender_;
  State state_ = State::Between;
  Interest interest_ = Interest::None;
  bool request_ = false;       // the message being read
  bool numbered_ = false;      // it belongs to a known exchange
  bool upgrade_asked_ = false;  // to WebSocket
  bool mining_header_ = false;
  bool in_extension_ = false;  // of a chunk line
  bool tunnels_ = false;       // a CONNECT: what follows is another's
  bool framed_ = false;        // its JSON ends where it closes, not where the body ends
  const char* failed_ = nullptr;
  std::uint64_t exchange_ = 0;
  std::uint64_t left_ = 0;     // of the body or chunk
  std::size_t limit_ = 0;      // how much of a JSON body is kept
  std::size_t line_ = 0;       // bytes of the chunk line or trailer line so far
  JsonFramer frame_;
  HttpHead::Coding coding_ = HttpHead::Coding::Identity;
  std::unique_ptr<Inflater> inflater_;        // of an encoded body that is of interest
  std::unique_ptr<StreamReader> websocket_;  // from the upgrade on
  std::string host_, target_, agent_;  // of the request whose body is awaited
  std::optional<std::string> form_;    // the start of a body that may log in
  bool passed_on_ = false;             // it, by a proxy
  std::vector<std::uint8_t> kept_;     // head or JSON body, as far as it came
};

ReadResult Reader::read(Bytes bytes, const Moment& moment) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const Bytes rest = bytes.subspan(at);
    if (websocket_) return websocket_->read(rest, moment);
    switch (state_) {
      case State::Between: {
        const std::size_t space = find_start(rest);
        at += space;
        if (at == bytes.size()) break;
        if (begins_websocket(bytes[at])) {
          websocket_ = websocket::make(session_, sender_);
          break;
        }
        // The first byte alone decides, so that it does not matter where the bytes were cut.
        if (bytes[at] < 'A' || bytes[at] > 'Z') return {ReadState::Boundary, at};
        state_ = State::Head;
        break;
      }
      case State::Head: at += take_head(rest, moment); break;
      case State::Body:
      case State::ChunkData:
      case State::UntilClose: at += take_body(rest, moment); break;
      case State::ChunkSize: at += take_chunk_size(rest, moment); break;
      case State::ChunkEnd:
      case State::Trailer: at += take_trailer(rest); break;
    }
    if (failed_ != nullptr) return {ReadState::GaveUp, 0, failed_};
    if (tunnels_) return {ReadState::Boundary, at};
    if (skimming()) return {ReadState::Skim};
  }
  return {ReadState::Reading};
}

// Behind a request to upgrade, what can be no request is a frame. (No method begins with A or B:
// a first fragment, compressed, does.)
bool Reader::begins_websocket(std::uint8_t first) const {
  return upgrade_asked_ && (first < 'A' || first > 'Z' || first == 'A' || first == 'B');
}

ReadResult Reader::gap(std::uint64_t missing, const Moment& moment) {
  if (websocket_) return websocket_->gap(missing, moment);
  form_.reset();
  if (state_ == State::UntilClose || (state_ == State::Body && missing <= left_)) {
    if (interest_ == Interest::Json) hand_out(kept_, true, 0, moment);
    interest_ = Interest::None;
    left_ -= state_ == State::Body ? missing : 0;
    if (state_ == State::Body && left_ == 0) body_ends(0, moment);
    return {skimming() ? ReadState::Skim : ReadState::Reading};
  }
  session_.http.uncertain = true;
  return {ReadState::Boundary, 0};
}

std::size_t Reader::find_start(Bytes bytes) {
  return static_cast<std::size_t>(std::find_if_not(bytes.begin(), bytes.end(), is_space) - bytes.begin());
}

std::size_t Reader::take_head(Bytes bytes, const Moment& moment) {
  const std::size_t before = kept_.size();
  Bytes head = bytes;
  if (before > 0) {
    kept_.insert(kept_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min(bytes.size(), kMaxHead - before)));
    head = kept_;
  }
  if (before < kProbeBytes && probe_http(head.first(std::min(head.size(), kProbeBytes))) == Probe::No) {
    failed_ = "no HTTP request or status line";
    return bytes.size();
  }
  const auto end = http_head_end(head.first(std::min(head.size(), kMaxHead)), before > 2 ? before - 2 : 0);
  if (!end) {
    if (head.size() >= kMaxHead) failed_ = "an HTTP head of more than 64 KiB";
    else if (before == 0) kept_.assign(bytes.begin(), bytes.end());
    return bytes.size();
  }
  const Bytes raw = head.first(*end);
  if (const auto read = read_http_head(as_text(raw))) {
    state_ = State::Between;
    interest_ = Interest::None;
    if (read->request) on_request(*read, raw, moment);
    else on_response(*read, moment);
  } else {
    failed_ = "no HTTP request or status line";
  }
  kept_.clear();
  return *end - before;
}

void Reader::on_request(const HttpHead& head, Bytes raw, const Moment& moment) {
  session_.observe(sender_, moment, HttpRequestSeen{field(head.method), field(head.method == "CONNECT" ? head.target : head.host), field(head.target), field(head.user_agent)});
  using Expect = HttpExchanges::Expect;
  exchange_ = session_.http.ask(head.method == "HEAD" ? Expect::NoBody : head.method == "CONNECT" ? Expect::Tunnel : Expect::Body);
  request_ = numbered_ = true;
  tunnels_ = head.method == "CONNECT";
  if (tunnels_) return session_.tunnel_to(host_of(head.target), port_of(head.target));
  upgrade_asked_ = head.websocket;
  if (head.websocket) session_.websocket_host() = field(head.host);
  mining_header_ = head.mining_header;
  framed_ = false;
  left_ = head.content_length.value_or(0);
  if (head.chunked) state_ = State::ChunkSize;
  else if (left_ > 0) state_ = State::Body;
  note_login(head);
  if (state_ != State::Between) {
    expect_json(head.coding);
    host_ = head.host.substr(0, kMaxField);
    target_ = head.target.substr(0, kMaxField);
    agent_ = head.user_agent.substr(0, kMaxField);
  } else if (head.mining_header) {
    session_.conversation().bodyless(sender_, raw, {true, exchange_, head.host, head.target, head.user_agent, true}, moment);
  }
}

// By its head; or by its body, which then is to come.
void Reader::note_login(const HttpHead& head) {
  form_.reset();
  passed_on_ = head.passed_on;
  if (!head.authorization.empty()) {
    logs_in(login_of_authorization(head.authorization));
  } else if (head.form && head.method == "POST" && state_ != State::Between && head.coding == HttpHead::Coding::Identity) {
    form_.emplace();
  }
}

void Reader::take_form(Bytes bytes) {
  form_->append(as_text(bytes.first(std::min(bytes.size(), kLoginForm - form_->size()))));
  if (form_->size() == kLoginForm) form_ends();
}

void Reader::form_ends() {
  logs_in(login_of_form(*form_));
  form_.reset();
}

void Reader::logs_in(std::optional<HttpLogin> login) {
  if (!login) return;
  login->passed_on = passed_on_;
  if (auto* logins = session_.shared<HttpLogins>()) logins->asked(exchange_, *login);
}

void Reader::on_response(const HttpHead& head, const Moment& moment) {
  if (head.status < 200 && head.status != 101) return;
  const auto exchange = session_.http.answer(session_.flow().start_seen);
  request_ = false;
  numbered_ = exchange.has_value();
  exchange_ = exchange.value_or(0);
  mining_header_ = head.mining_header;
  if (auto* logins = numbered_ ? session_.shared_if_made<HttpLogins>() : nullptr)
    if (auto seen = logins->answered(exchange_, head.status, head.stale)) session_.observe(sender_, moment, std::move(*seen));
  const bool wanted = numbered_ && session_.has_conversation() && session_.conversation().awaits(exchange_);
  const auto expected = numbered_ ? session_.http.expected(exchange_) : HttpExchanges::Expect::Body;
  const bool connects = numbered_ ? expected == HttpExchanges::Expect::Tunnel : head.connected;
  tunnels_ = connects && head.status >= 200 && head.status < 300;
  if (tunnels_) return;
  if (connects) session_.no_tunnel();
  const bool bodyless = head.status == 101 || head.status == 204 || head.status == 304 ||
                        expected == HttpExchanges::Expect::NoBody;
  left_ = head.content_length.value_or(0);
  framed_ = !head.chunked && !head.content_length;
  if (bodyless) state_ = State::Between;
  else if (head.chunked) state_ = State::ChunkSize;
  else if (framed_) state_ = State::UntilClose;
  else if (left_ > 0) state_ = State::Body;
  if (head.status == 101 && head.websocket) websocket_ = websocket::make(session_, sender_);
  if (!wanted) return;
  expect_json(head.coding);
  if (interest_ == Interest::None) return;
  frame_.reset();
  if (state_ == State::Between) no_json(moment);
}

// Takes bytes of the body or chunk.
std::size_t Reader::take_body(Bytes bytes, const Moment& moment) {
  std::size_t size = bytes.size();
  if (state_ != State::UntilClose) {
    size = static_cast<std::size_t>(std::min<std::uint64_t>(size, left_));
    left_ -= size;
  }
  if (form_) take_form(bytes.first(size));
  if (interest_ != Interest::None) content(bytes.first(size), bytes.size() - size, moment);
  if (state_ == State::UntilClose || left_ > 0) return size;
  if (state_ == State::ChunkData) state_ = State::ChunkEnd;
  else body_ends(bytes.size() - size, moment);
  return size;
}

// Whatever is encoded in a way that is not read is passed over.
void Reader::expect_json(HttpHead::Coding coding) {
  coding_ = coding;
  inflater_.reset();
  interest_ = coding == HttpHead::Coding::Other ? Interest::None : Interest::Unknown;
}

// Some of the body as sent, `behind` bytes before the end of what is being read.
void Reader::content(Bytes bytes, std::size_t behind, const Moment& moment) {
  if (coding_ == HttpHead::Coding::Identity) return plain_content(bytes, behind, moment);
  using Form = Inflater::Form;
  if (!inflater_) inflater_ = std::make_unique<Inflater>(coding_ == HttpHead::Coding::Gzip ? Form::Gzip : Form::Zlib, kMaxBody);
  inflater_->feed(bytes);
  while (interest_ != Interest::None) {
    const Bytes piece = inflater_->next();
    if (piece.empty()) break;
    plain_content(piece, behind, moment);
  }
  // What cannot be read is no answer, and no refusal either.
  if (interest_ != Interest::None && !inflater_->failed()) return;
  interest_ = Interest::None;
  inflater_.reset();
  kept_.clear();
}

// Some of the body, `behind` bytes before the end of what is being read.
void Reader::plain_content(Bytes bytes, std::size_t behind, const Moment& moment) {
  if (interest_ == Interest::Unknown) {
    bytes = bytes.subspan(find_start(bytes));
    if (bytes.empty()) return;
    if (bytes[0] != '{' && bytes[0] != '[') return no_json(moment);
    interest_ = Interest::Json;
    limit_ = request_ ? kMaxRequestBody : kMaxBody;
    // The whole body in one piece: no copy.
    if (!inflater_ && state_ == State::Body && left_ == 0 && bytes.size() <= limit_) return hand_out(bytes, false, behind, moment);
  }
  while (!bytes.empty() && interest_ == Interest::Json) {
    std::size_t size = std::min(bytes.size(), limit_ - kept_.size());
    if (framed_) size = frame_.take(bytes.first(size));
    kept_.insert(kept_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    bytes = bytes.subspan(size);
    if (framed_ && frame_.state() == JsonFramer::State::Broken) return no_json(moment);
    if (framed_ && frame_.state() == JsonFramer::State::Closed) return hand_out(kept_, false, behind + bytes.size(), moment);
    if (kept_.size() < limit_) return;
    if (limit_ == kMaxRequestBody && session_.dialects().names_submit(kept_)) limit_ = kMaxBody;
    else hand_out(kept_, true, behind + bytes.size(), moment);
  }
}

void Reader::hand_out(Bytes json, bool cut, std::size_t behind, const Moment& moment) {
  interest_ = Interest::None;
  std::uint64_t& sent = session_.sent[static_cast<std::size_t>(sender_)];
  const std::uint64_t end = sent;
  sent = end - behind;
  Carriage carriage{true, exchange_, {}, {}, {}, mining_header_, cut};
  if (request_) {
    carriage.http_host = host_;
    carriage.http_target = target_;
    carriage.http_agent = agent_;
  }
  offer_message(session_, sender_, json, carriage, moment);
  if (!request_ && !cut) session_.conversation().no_answer(exchange_, moment);
  sent = end;
  kept_.clear();
  if (kept_.capacity() > kMaxRequestBody) kept_.shrink_to_fit();
}

void Reader::body_ends(std::size_t behind, const Moment& moment) {
  if (form_) form_ends();
  // Compressed text that breaks off may have said anything behind.
  const bool cut = inflater_ && !inflater_->ended();
  if (interest_ == Interest::Json) hand_out(kept_, cut, behind, moment);
  else if (interest_ == Interest::Unknown && !cut) no_json(moment);
  interest_ = Interest::None;
  inflater_.reset();
  state_ = State::Between;
}

// What was asked for did not come.
void Reader::no_json(const Moment& moment) {
  interest_ = Interest::None;
  kept_.clear();
  if (!request_) session_.conversation().no_answer(exchange_, moment);
}

std::size_t Reader::take_chunk_size(Bytes bytes, const Moment& moment) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint8_t c = bytes[i];
    if (c == '\n') {
      line_ = 0;
      in_extension_ = false;
      state_ = left_ > 0 ? State::ChunkData : State::Trailer;
      if (left_ == 0) chunks_end(bytes.size() - i - 1, moment);
      return i + 1;
    }
    const int letter = c | 0x20;
    const int digit = c >= '0' && c <= '9' ? c - '0' : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
    if (++line_ > kMaxChunkLine || (digit < 0 && line_ == 1) || left_ >> 58 != 0) {
      failed_ = "no chunk size";
      return bytes.size();
    }
    if (digit < 0) in_extension_ = true;
    if (!in_extension_) left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
  }
  return bytes.size();
}

void Reader::chunks_end(std::size_t behind, const Moment& moment) {
  body_ends(behind, moment);
  state_ = State::Trailer;
}

// The line end behind a chunk, or lines up to an empty one.
std::size_t Reader::take_trailer(Bytes bytes) {
  const void* found = std::memchr(bytes.data(), '\n', bytes.size());
  const std::size_t size =
      found == nullptr ? bytes.size() : static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes.data());
  line_ += static_cast<std::size_t>(std::count_if(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size), [](std::uint8_t c) { return c != '\r'; }));
  if (found == nullptr) return size;
  if (state_ == State::ChunkEnd) {
    state_ = State::ChunkSize;
    left_ = 0;
  } else if (line_ == 0) {
    state_ = State::Between;
  }
  line_ = 0;
  return size + 1;
}

}  // namespace

Probe probe(Bytes start) { return probe_http(start); }

// A message begins a line, if the body before it ended in one.
std::optional<std::size_t> resync(Bytes bytes) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const void* found = std::memchr(bytes.data() + at, '\n', bytes.size() - at);
    if (found == nullptr) return {};
    at = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes.data());
    const Bytes line = bytes.subspan(at + 1);
    if (!line.empty() && probe_http(line.first(std::min(line.size(), kProbeBytes))) == Probe::Yes) return at + 1;
  }
  return {};
}

std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender) {
  return std::make_unique<Reader>(session, sender);
}

}  // namespace scanner::http1
