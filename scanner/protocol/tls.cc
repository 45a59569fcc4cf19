// TLS on any port: records → handshake messages, as far as they are in the clear. A client's
// direction is read up to its hello, a server's up to its certificate; from TLS 1.3 on there
// is none to see. What follows is skimmed, but for sessions whose secrets are known: of those
// every record is read whole and opened (tls_session.h).
//
// Bounded: kMaxMessage bytes of memory, for a message that came in pieces, and one record.
#include "scanner/protocol/tls.h"

#include "scanner/protocol/parser.h"
#include "scanner/protocol/tls_session.h"

#include <algorithm>
#include <array>

namespace scanner::tls {
namespace {

constexpr std::uint8_t kChangeCipherSpec = 20, kHandshake = 22, kApplicationData = 23, kHeartbeat = 24;
constexpr std::uint8_t kClientHello = 1, kServerHello = 2, kCertificate = 11, kServerHelloDone = 14;
constexpr std::size_t kRecordHeader = 5, kMessageHeader = 4;
constexpr std::size_t kMaxRecord = 16384 + 2048;  // RFC 5246 6.2.3
constexpr std::size_t kLeastRecord = kRecordHeader + 1 + 16;  // that holds an octet
constexpr std::size_t kMaxSearch = 2 * kMaxRecord;            // behind a gap
constexpr std::size_t kMaxMessage = 65536;
constexpr std::uint16_t kTls13 = 0x0304;

bool is_record_type(std::uint8_t type) { return type >= kChangeCipherSpec && type <= kHeartbeat; }

class Reader : public StreamReader {
 public:
  Reader(FlowSession& session, Direction sender) : session_(session), sender_(sender) {}

  ReadResult read(Bytes bytes, const Moment& moment) override {
    const std::size_t total = bytes.size();
    const std::uint64_t end = session_.sent[static_cast<std::size_t>(sender_)];
    while (!bytes.empty()) {
      ReadResult result;
      if (record_left_ > 0) {
        const Bytes piece = bytes.first(std::min(bytes.size(), record_left_));
        record_left_ -= piece.size();
        bytes = bytes.subspan(piece.size());
        result = body(piece, end - bytes.size(), moment);
      } else {
        if (searching_ && !search(bytes)) return bounded_search();
        if (header_size_ == 0 && !is_record_type(bytes[0])) return {ReadState::Boundary, total - bytes.size()};
        header_[header_size_++] = bytes[0];
        bytes = bytes.subspan(1);
        if (header_size_ == kRecordHeader) result = record(end - bytes.size(), moment);
      }
      if (result.state != ReadState::Reading) return result;
    }
    return {};
  }

  // The handshake cannot be read with a hole in it.
  ReadResult gap(std::uint64_t missing, const Moment& moment) override {
    if (!opens_ || !session_.tls->survives_gap(sender_)) return {ReadState::Skim};
    record_.clear();
    if (record_left_ > 0 && missing <= record_left_) {
      record_left_ -= missing;
      damaged_ = record_left_ > 0;
      session_.tls->lost(sender_, 1, false, moment);
      return {};
    }
    // Beside those that are wholly lost, the one in which the gap began, and what a false find may hide.
    session_.tls->lost(sender_, missing / kLeastRecord + 1, true, moment);
    record_left_ = header_size_ = 0;
    damaged_ = false;
    searching_ = true;
    searched_ = 0;
    return {};
  }

 private:
  ReadResult record(std::uint64_t end, const Moment& moment) {
    header_size_ = 0;
    type_ = header_[0];
    record_left_ = std::size_t{header_[3]} << 8 | header_[4];
    if (header_[1] != 3 || header_[2] > 4) return {ReadState::GaveUp, 0, "a record of an unknown version"};
    if (record_left_ > kMaxRecord) return {ReadState::GaveUp, 0, "a record larger than the protocol allows"};
    opens_ = opens_ || belongs_to_session();
    if (!opens_) {
      if (type_ == kChangeCipherSpec || type_ == kApplicationData) return {ReadState::Skim};
    } else if (record_left_ == 0) {
      return whole({}, end, moment);
    }
    return {};
  }

  // The other side began a session whose records are opened, on this very stream.
  bool belongs_to_session() const {
    return session_.tls && session_.carried_depth(sender_) == 0 && session_.tls->client() != sender_;
  }

  ReadResult body(Bytes piece, std::uint64_t end, const Moment& moment) {
    if (!opens_) return type_ == kHandshake ? handshake(piece, moment) : ReadResult{};
    if (hello_left_ > 0) {  // the client's hello itself, which was begun before anybody knew
      hello_left_ -= piece.size();
      return handshake(piece, moment);
    }
    if (damaged_) {
      damaged_ = record_left_ > 0;
      return {};
    }
    if (record_left_ == 0 && record_.empty()) return whole(piece, end, moment);
    record_.insert(record_.end(), piece.begin(), piece.end());
    if (record_left_ > 0) return {};
    const ReadResult result = whole(record_, end, moment);
    record_.clear();
    return result;
  }

  // A record of a session that is opened.
  ReadResult whole(Bytes content, std::uint64_t end, const Moment& moment) {
    switch (session_.tls->record(sender_, header_, content, end, moment)) {
      case Session::Taken::Plain: {
        if (plain_over_) return {};
        const ReadResult result = handshake(content, moment);
        if (result.state != ReadState::Skim) return result;
        plain_over_ = session_.tls->chosen();
        message_.clear();
        skip_ = 0;
        return {};
      }
      case Session::Taken::Done:
        return {};
      case Session::Taken::Finished:
        return {ReadState::Skim};
      case Session::Taken::Failed:
        return {ReadState::GaveUp, 0, session_.tls->trouble()};
    }
    return {};
  }

  // Behind a gap: drops bytes until a header of application data lies in header_, all but its
  // last octet. False: more are needed.
  bool search(Bytes& bytes) {
    constexpr std::uint8_t kStart[] = {kApplicationData, 3, 3};
    while (!bytes.empty()) {
      const bool fits = header_size_ < sizeof kStart ? bytes[0] == kStart[header_size_] : bytes[0] <= kMaxRecord >> 8;
      if (header_size_ == sizeof kStart + 1) {
        searching_ = false;
        return true;
      }
      if (++searched_ > kMaxSearch) return false;
      if (fits)
        header_[header_size_++] = bytes[0];
      else if (header_size_ > 0)
        header_size_ = bytes[0] == kStart[0] ? 1 : 0;  // header_[0] holds that octet already
      bytes = bytes.subspan(1);
    }
    return false;
  }

  ReadResult bounded_search() const {
    if (searched_ <= kMaxSearch) return {};
    return {ReadState::GaveUp, 0, "no record was found behind a gap"};
  }

  // Bytes of handshake messages, which records cut anywhere.
  ReadResult handshake(Bytes bytes, const Moment& moment) {
    while (!bytes.empty()) {
      const std::size_t skipped = std::min(bytes.size(), skip_);
      skip_ -= skipped;
      bytes = bytes.subspan(skipped);
      if (bytes.empty()) break;
      const std::size_t due = needed(message_) - message_.size();
      if (message_.empty() && bytes.size() >= needed(bytes)) {
        const Bytes message = bytes.first(needed(bytes));
        bytes = bytes.subspan(message.size());
        if (const ReadResult result = message_read(message, moment); result.state != ReadState::Reading) return result;
        continue;
      }
      const Bytes piece = bytes.first(std::min(bytes.size(), due));
      message_.insert(message_.end(), piece.begin(), piece.end());
      bytes = bytes.subspan(piece.size());
      if (message_.size() < needed(message_)) continue;
      const ReadResult result = message_read(message_, moment);
      message_.clear();
      if (result.state != ReadState::Reading) return result;
    }
    return {};
  }

  static bool is_read(std::uint8_t type) {
    return type == kClientHello || type == kServerHello || type == kCertificate;
  }

  static std::size_t length(Bytes message) {
    return std::size_t{message[1]} << 16 | std::size_t{message[2]} << 8 | message[3];
  }

  // How much of the message that starts here is read before it is looked at: as far as one
  // can tell yet, all of a hello, a certificate message up to its first certificate, and of
  // others the header. At most kMaxMessage and a little.
  static std::size_t needed(Bytes message) {
    if (message.size() < kMessageHeader || !is_read(message[0]) || length(message) > kMaxMessage) return kMessageHeader;
    if (message[0] != kCertificate) return kMessageHeader + length(message);
    constexpr std::size_t kLengths = 3 + 3;  // of the list and of its first member
    if (length(message) < kLengths) return kMessageHeader + length(message);
    if (message.size() < kMessageHeader + kLengths) return kMessageHeader + kLengths;
    Cursor cursor(message.subspan(kMessageHeader + 3));
    return kMessageHeader + std::min<std::size_t>(length(message), kLengths + cursor.be24());
  }

  ReadResult message_read(Bytes message, const Moment& moment) {
    const std::uint8_t type = message[0];
    skip_ = length(message) - (message.size() - kMessageHeader);
    if (type == kServerHelloDone) return {ReadState::Skim};
    if (!is_read(type)) return {};
    if (message.size() == kMessageHeader) return {ReadState::GaveUp, 0, "a handshake message of an implausible size"};
    const Bytes body = message.subspan(kMessageHeader);
    if (type == kClientHello) return client_hello(body, moment);
    if (type == kCertificate) return certificate(body, moment);
    const auto hello = parse_server_hello(body);
    if (!hello) return {ReadState::GaveUp, 0, "a malformed server hello"};
    if (opens_) session_.tls->chosen(*hello, moment);
    return {hello->version >= kTls13 ? ReadState::Skim : ReadState::Reading};
  }

  ReadResult client_hello(Bytes body, const Moment& moment) {
    auto hello = parse_client_hello(body);
    if (!hello) return {ReadState::GaveUp, 0, "a malformed client hello"};
    if (opens_) return {};  // the second one, after a retry
    session_.observe(sender_, moment, std::move(*hello));
    if (session_.tls_keyring == nullptr || !begin_session(body.subspan(2, 32), moment)) return {ReadState::Skim};
    return {};
  }

  // True: secrets are known for this random.
  bool begin_session(Bytes random, const Moment& moment) {
    TlsKeyring& keyring = *session_.tls_keyring;
    TlsSessionSecrets secrets;
    const bool inside = session_.carried_depth(sender_) > 0;
    if (inside || session_.tls || !keyring.secrets->find(random, moment.sequence, secrets)) return false;
    session_.tls = std::make_unique<Session>(session_, sender_, random, secrets, keyring.counts);
    opens_ = true;
    hello_left_ = record_left_;
    return true;
  }

  ReadResult certificate(Bytes body, const Moment& moment) {
    Cursor cursor(body);
    cursor.skip(3);
    const Bytes first = cursor.take(cursor.be24());
    if (!cursor.ok()) return {ReadState::Skim};  // an empty list
    auto names = parse_certificate(first);
    if (!names) return {ReadState::GaveUp, 0, "a malformed certificate"};
    session_.observe(sender_, moment, std::move(*names));
    return {ReadState::Skim};
  }

  FlowSession& session_;
  Direction sender_;
  std::array<std::uint8_t, kRecordHeader> header_{};
  std::uint8_t header_size_ = 0;
  std::uint8_t type_ = 0;
  std::size_t record_left_ = 0;
  std::vector<std::uint8_t> record_;  // of a session that is opened: what came of the record
  bool opens_ = false;                // records are brought to session_.tls
  bool plain_over_ = false;           // no message in the clear matters any more
  bool damaged_ = false;              // the rest of this record is of no use
  bool searching_ = false;            // for a record, behind a gap
  std::size_t hello_left_ = 0;
  std::size_t searched_ = 0;
  std::size_t skip_ = 0;  // of a message that is not read, or of the rest of one that was
  std::vector<std::uint8_t> message_;
};

}  // namespace

// A record with the start of a client's or server's hello.
Probe probe(Bytes start) {
  if (start.empty()) return Probe::NeedMore;
  if (start[0] != kHandshake) return Probe::No;
  if (start.size() > 1 && start[1] != 3) return Probe::No;
  if (start.size() < kRecordHeader + 2) return Probe::NeedMore;
  const std::size_t length = std::size_t{start[3]} << 8 | start[4];
  const bool hello = start[5] == kClientHello || start[5] == kServerHello;
  return start[2] <= 4 && length >= kMessageHeader && length <= kMaxRecord && hello && start[6] == 0 ? Probe::Yes
                                                                                                     : Probe::No;
}

std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender) {
  return std::make_unique<Reader>(session, sender);
}

}  // namespace scanner::tls
