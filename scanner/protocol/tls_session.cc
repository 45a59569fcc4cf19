#include "scanner/protocol/tls_session.h"

#include <algorithm>

namespace scanner::tls {
namespace {

constexpr std::uint8_t kChangeCipherSpec = 20, kHandshake = 22, kApplicationData = 23;
constexpr std::uint8_t kFinished = 20, kKeyUpdate = 24;
constexpr std::uint16_t kTls12 = 0x0303, kTls13 = 0x0304;

}  // namespace

Session::Session(FlowSession& session, Direction client, Bytes client_random, const TlsSessionSecrets& secrets, TlsCounts& counts,
                 std::span<const StreamProtocol> streams)
    : session_(session),
      client_(client),
      secrets_(secrets),
      counts_(counts),
      sides_{Side(session, Direction::FromInitiator, streams), Side(session, Direction::FromResponder, streams)} {
  std::copy_n(client_random.begin(), std::min(client_random.size(), client_random_.size()), client_random_.begin());
  ++counts_.with_keys;
}

void Session::chosen(const ServerHello& hello, const Moment& moment) {
  if (choice_known_ || hello.retry) return;
  choice_known_ = true;
  suite_ = hello.compressed ? nullptr : find_suite(hello.suite);
  if (suite_ != nullptr && (hello.version == kTls13) != suite_->tls13) suite_ = nullptr;
  if (suite_ != nullptr && !suite_->tls13 && hello.version != kTls12) suite_ = nullptr;
  if (suite_ != nullptr) derive(hello);
  std::uint64_t& sent = session_.sent[static_cast<std::size_t>(client_)];
  const std::uint64_t position = sent;  // the client's inner stream has its own
  auto waiting = std::move(waiting_);
  waiting_.clear();
  waiting_bytes_ = 0;
  for (const Waiting& one : waiting) {
    Moment then = moment;  // now, since later packets were observed already
    then.frame = one.frame;
    then.file = one.file;
    read(client_, one.header, one.body, one.end, then);
  }
  sent = position;
}

void Session::derive(const ServerHello& hello) {
  for (const Direction sender : {Direction::FromInitiator, Direction::FromResponder}) {
    Side& one = side(sender);
    const bool client = sender == client_;
    if (!suite_->tls13) {
      one.keys = RecordKeys::of_master_secret(*suite_, secrets_.get(TlsSecretKind::Master).bytes(), client_random_, hello.random, client);
      continue;
    }
    one.secret = secrets_.get(client ? TlsSecretKind::ClientTraffic : TlsSecretKind::ServerTraffic);
    one.epoch = Epoch::Handshake;
    one.keys = RecordKeys::of_traffic_secret(
        *suite_, secrets_.get(client ? TlsSecretKind::ClientHandshake : TlsSecretKind::ServerHandshake).bytes());
    one.next_keys = RecordKeys::of_traffic_secret(*suite_, one.secret.bytes());
  }
}

bool Session::survives_gap(Direction sender) const {
  const Side& one = sides_[static_cast<std::size_t>(sender)];
  return choice_known_ && suite_ != nullptr && !one.failed && (one.keys || one.next_keys);
}

void Session::lost(Direction sender, std::uint64_t at_most, bool several, const Moment& moment) {
  Side& one = side(sender);
  one.sealed = one.sealed || several;
  if (suite_ != nullptr && !suite_->tls13 && !one.sealed) return;  // it was in the clear and has no number
  one.uncertain = std::min(one.uncertain + at_most, kMaxLostRecords);
  one.message_size = one.message_left = 0;
  one.wanted = one.inner.lost(moment) && one.wanted;
}

Session::Taken Session::record(Direction sender, Bytes header, Bytes body, std::uint64_t end, const Moment& moment) {
  Side& one = side(sender);
  const std::uint8_t type = header[0];
  if (!choice_known_) {
    if (type == kHandshake && !one.sealed) return Taken::Plain;
    // A server says nothing else before its hello, but for what follows a retry's.
    if (sender != client_) return type == kApplicationData ? fail(one, "the server does not answer the hello") : Taken::Done;
    one.sealed = true;
    return wait(header, body, end, moment);
  }
  return read(sender, header, body, end, moment);
}

Session::Taken Session::wait(Bytes header, Bytes body, std::uint64_t end, const Moment& moment) {
  if (waiting_bytes_ + body.size() > kMaxWaiting) {
    waiting_.clear();
    return fail(side(client_), "the server's choice of keys was not seen");
  }
  constexpr std::size_t kOverhead = 64;  // so that empty records are bounded too
  waiting_bytes_ += body.size() + kOverhead;
  Waiting& waiting = waiting_.emplace_back();
  std::copy_n(header.begin(), waiting.header.size(), waiting.header.begin());
  waiting.body.assign(body.begin(), body.end());
  waiting.end = end;
  waiting.frame = moment.frame;
  waiting.file = moment.file;
  return Taken::Done;
}

Session::Taken Session::read(Direction sender, Bytes header, Bytes body, std::uint64_t end, const Moment& moment) {
  Side& one = side(sender);
  if (one.failed) return Taken::Failed;
  if (suite_ == nullptr) return fail(one, "the cipher suite is not one that is opened");
  if (!one.keys && !one.next_keys) return fail(one, "the secret of this direction is not known");
  const std::uint8_t type = header[0];
  if (suite_->tls13) {
    if (type != kApplicationData) return type == kHandshake ? Taken::Plain : Taken::Done;
  } else if (!one.sealed) {
    one.sealed = type == kChangeCipherSpec;
    return type == kHandshake ? Taken::Plain : Taken::Done;
  } else if (type == kChangeCipherSpec && one.number == 0) {
    return Taken::Done;  // it waited: what announces the first sealed record
  }
  if (!sides_[0].wanted && !sides_[1].wanted) return Taken::Finished;
  if (!open(one, header, body)) {
    const bool no_handshake_secret = one.epoch == Epoch::Handshake && !one.keys;
    if (no_handshake_secret && one.skipped++ < kMaxSkippedRecords) return Taken::Done;
    return fail(one, "a record does not open with the keys given");
  }
  if (!opened_) ++counts_.opened;
  opened_ = true;
  session_.mark_decrypted();
  Bytes content_bytes = opened_bytes_;
  std::uint8_t content_type = type;
  if (suite_->tls13) {
    while (!content_bytes.empty() && content_bytes.back() == 0) content_bytes = content_bytes.first(content_bytes.size() - 1);
    if (content_bytes.empty()) return fail(one, "a record without a type");
    content_type = content_bytes.back();
    content_bytes = content_bytes.first(content_bytes.size() - 1);
  }
  return content(sender, content_type, content_bytes, end, moment);
}

// Tries the number that is due, then those of as many lost records as there can be.
bool Session::open(Side& one, Bytes header, Bytes body) {
  if (one.keys && open_with(one, *one.keys, one.number, header, body)) return true;
  const bool may_have_switched = one.epoch == Epoch::Handshake && one.next_keys && (one.uncertain > 0 || !one.keys);
  if (!may_have_switched || !open_with(one, *one.next_keys, 0, header, body)) return false;
  const std::uint64_t next = one.number;
  begin_application(one);
  one.number = next;
  return true;
}

bool Session::open_with(Side& one, const RecordKeys& keys, std::uint64_t first, Bytes header, Bytes body) {
  for (std::uint64_t lost = 0; lost <= one.uncertain; ++lost) {
    if (!keys.unseal(header, body, first + lost, opened_bytes_)) continue;
    one.number = first + lost + 1;
    one.uncertain = 0;
    return true;
  }
  return false;
}

void Session::begin_application(Side& one) {
  one.epoch = Epoch::Application;
  one.keys = std::move(one.next_keys);
  one.next_keys.reset();
  one.number = 0;
}

Session::Taken Session::content(Direction sender, std::uint8_t type, Bytes bytes, std::uint64_t end, const Moment& moment) {
  Side& one = side(sender);
  if (type == kApplicationData) {
    if (bytes.empty()) return Taken::Done;
    if (session_.opened_bytes != nullptr) session_.opened_bytes->opened(sender, bytes, moment);
    one.wanted = one.inner.bytes(bytes, end, moment);
    return Taken::Done;
  }
  if (type == kChangeCipherSpec) return fail(one, "the session is renegotiated");
  return type == kHandshake && suite_->tls13 ? handshake(one, bytes) : Taken::Done;
}

// Messages after the hellos of TLS 1.3, as far as they change keys. Records cut them anywhere,
// but none goes on over a change of keys (RFC 8446 section 5.1).
Session::Taken Session::handshake(Side& one, Bytes bytes) {
  while (!bytes.empty()) {
    if (one.message_size < one.message.size()) {
      one.message[one.message_size++] = bytes[0];
      bytes = bytes.subspan(1);
      if (one.message_size < one.message.size()) continue;
      one.message_left = std::size_t{one.message[1]} << 16 | std::size_t{one.message[2]} << 8 | one.message[3];
    }
    const std::size_t piece = std::min(bytes.size(), one.message_left);
    one.message_left -= piece;
    bytes = bytes.subspan(piece);
    if (one.message_left > 0) continue;
    one.message_size = 0;
    if (!message_over(one)) return fail(one, "the secret of this direction is not known");
  }
  return Taken::Done;
}

// False: the keys that follow are not to be had.
bool Session::message_over(Side& one) {
  if (one.message[0] == kFinished && one.epoch == Epoch::Handshake) {
    if (!one.next_keys) return false;
    begin_application(one);
  } else if (one.message[0] == kKeyUpdate && one.epoch == Epoch::Application) {
    const auto next = next_traffic_secret(*suite_, one.secret.bytes());
    if (next.size() != one.secret.size) return false;
    std::copy(next.begin(), next.end(), one.secret.octets.begin());
    one.keys = RecordKeys::of_traffic_secret(*suite_, one.secret.bytes());
    one.number = 0;
    return one.keys.has_value();
  }
  return true;
}

Session::Taken Session::fail(Side& one, const char* trouble) {
  one.failed = true;
  one.wanted = false;
  one.keys.reset();
  one.next_keys.reset();
  trouble_ = trouble;
  return Taken::Failed;
}

}  // namespace scanner::tls
