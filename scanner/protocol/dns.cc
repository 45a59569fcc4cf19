// DNS (RFC 1035, with 2181, 3596 and 7766) over UDP and TCP: which names are asked for, and
// which addresses answer for them.
//
// Port 53 on either side only. Anything could be read as DNS elsewhere, and a resolver on
// another port is asked by a program that means to. Multicast DNS and LLMNR (5353, 5355) tell
// about neighbours, never about pools: not read.
#include "scanner/protocol/parser.h"

#include <algorithm>
#include <array>

namespace scanner::dns {
namespace {

constexpr std::uint16_t kPort = 53;
constexpr std::size_t kHeader = 12;
constexpr std::size_t kSmallestMessage = kHeader + 1 + 4;  // a question for the root
constexpr int kMaxRecords = 65535 / (1 + 10);              // a root name and the fixed fields
constexpr std::size_t kMaxName = 253;                      // as text; 255 on the wire
constexpr int kMaxPointers = 32;                           // in one name
constexpr int kMaxAnswersRead = 128;
constexpr std::size_t kMaxAliases = 16;
constexpr int kMaxAliasPasses = 4;  // over answers that stand in no useful order
constexpr std::size_t kMaxAddresses = 32;
constexpr std::size_t kMaxTcpMessage = 4096;  // more of a message is not looked at

constexpr std::uint16_t kTypeA = 1, kTypeCname = 5, kTypeAaaa = 28;
constexpr std::uint16_t kClassIn = 1, kClassAny = 255;

// A name in lower case, without allocation. Bytes that no host name has, a dot inside a
// label among them, become '?', so that such a label cannot pass for two.
struct Name {
  std::array<char, kMaxName> text;
  std::size_t size = 0;

  std::string_view view() const { return {text.data(), size}; }
  bool append(Bytes label) {
    if (size + (size > 0 ? 1 : 0) + label.size() > kMaxName) return false;
    if (size > 0) text[size++] = '.';
    for (const std::uint8_t byte : label) {
      const bool upper = byte >= 'A' && byte <= 'Z';
      const bool plain = byte > ' ' && byte < 0x7f && byte != '.';
      text[size++] = static_cast<char>(upper ? byte + ('a' - 'A') : plain ? byte : '?');
    }
    return true;
  }
};

// Reads the name at `position` and moves behind it. A pointer must lead to before the labels
// that it ends, as RFC 1035 4.1.4 has it ("a prior occurrence"), so that none goes round.
bool read_name(Bytes message, std::size_t& position, Name& name) {
  name.size = 0;
  std::size_t at = position, labels_from = position;
  for (int pointers = 0; pointers <= kMaxPointers;) {
    if (at >= message.size()) return false;
    const std::uint8_t length = message[at];
    if (length == 0) {
      if (pointers == 0) position = at + 1;
      return true;
    }
    if (length < 0x40) {
      if (message.size() - at <= length || !name.append(message.subspan(at + 1, length))) return false;
      at += 1u + length;
      continue;
    }
    if (length < 0xc0 || message.size() - at < 2) return false;
    const std::size_t target = (std::size_t{length} & 0x3f) << 8 | message[at + 1];
    if (target >= labels_from) return false;
    if (pointers++ == 0) position = at + 2;
    at = labels_from = target;
  }
  return false;
}

struct Record {
  Name owner;
  std::uint16_t type = 0, record_class = 0;
  std::size_t data_at = 0;
  Bytes data;
};

bool read_record(Bytes message, std::size_t& position, Record& record) {
  if (!read_name(message, position, record.owner)) return false;
  Cursor cursor(message.subspan(position));
  record.type = cursor.be16();
  record.record_class = cursor.be16();
  cursor.skip(4);  // time to live
  const std::size_t size = cursor.be16();
  record.data_at = position + cursor.position();
  record.data = cursor.take(size);
  position += cursor.position();
  return cursor.ok();
}

// The names that the question's name is an alias for, itself first.
struct Aliases {
  std::array<Name, kMaxAliases> names;
  std::size_t count = 0;

  bool has(const Name& name) const {
    return std::any_of(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(count),
                       [&](const Name& known) { return known.view() == name.view(); });
  }
  bool add(const Name& name) {
    if (count == kMaxAliases || has(name)) return false;
    names[count++] = name;
    return true;
  }
};

// Calls `use` for the first answers. A response that was cut ends early, without complaint.
template <typename Use>
void each_answer(Bytes message, std::size_t position, int count, Use use) {
  Record record;
  for (int i = 0; i < std::min(count, kMaxAnswersRead); ++i) {
    if (!read_record(message, position, record)) return;
    if (record.record_class == kClassIn) use(record);
  }
}

// The addresses of the question's name, and how much of other data there is in the answers.
void read_answers(const Name& question, Bytes message, std::size_t answers_at, int count, DnsSeen& seen) {
  Aliases aliases;
  aliases.add(question);
  bool grew = true;
  for (int pass = 0; grew && pass < kMaxAliasPasses; ++pass) {
    grew = false;
    each_answer(message, answers_at, count, [&](const Record& record) {
      Name target;
      std::size_t at = record.data_at;
      if (record.type == kTypeCname && aliases.has(record.owner) && read_name(message, at, target))
        grew |= aliases.add(target);
    });
  }
  each_answer(message, answers_at, count, [&](const Record& record) {
    if (record.type != kTypeA && record.type != kTypeAaaa && record.type != kTypeCname) seen.answer_bytes += static_cast<std::uint32_t>(record.data.size());
    if (seen.addresses.size() == kMaxAddresses) return;
    const bool four = record.type == kTypeA && record.data.size() == 4;
    const bool sixteen = record.type == kTypeAaaa && record.data.size() == 16;
    if ((!four && !sixteen) || !aliases.has(record.owner)) return;
    seen.addresses.push_back(four ? IpAddress::v4(record.data.data()) : IpAddress::v6(record.data.data()));
  });
}

struct Header {
  std::uint16_t flags = 0;
  int questions = 0, answers = 0, authorities = 0, additionals = 0;

  bool response() const { return (flags & 0x8000) != 0; }
  bool standard_query() const { return (flags & 0x7800) == 0; }
  std::uint8_t rcode() const { return flags & 0x000f; }
};

Header read_header(Bytes message) {
  Cursor cursor(message);
  cursor.skip(2);  // id
  Header header;
  header.flags = cursor.be16();
  header.questions = cursor.be16();
  header.answers = cursor.be16();
  header.authorities = cursor.be16();
  header.additionals = cursor.be16();
  return header;
}

enum class Outcome : std::uint8_t { Observed, Ignored, Malformed };

// `message` may be only the start of one: captures cut, and so does the reader below.
Outcome parse_message(FlowSession& session, Direction sender, Bytes message, const Moment& moment) {
  if (message.size() < kHeader) return Outcome::Malformed;
  const Header header = read_header(message);
  if (!header.standard_query() || header.questions == 0) return Outcome::Ignored;  // updates, zone transfers
  if (header.questions != 1) return Outcome::Malformed;
  if (!header.response() && (header.answers != 0 || header.rcode() != 0)) return Outcome::Malformed;
  if (header.answers + header.authorities + header.additionals > kMaxRecords) return Outcome::Malformed;

  Name name;
  std::size_t position = kHeader;
  if (!read_name(message, position, name)) return Outcome::Malformed;
  Cursor cursor(message.subspan(position));
  const std::uint16_t type = cursor.be16();
  const std::uint16_t question_class = cursor.be16();
  if (!cursor.ok()) return Outcome::Malformed;
  position += cursor.position();
  if (question_class != kClassIn && question_class != kClassAny) return Outcome::Ignored;

  DnsSeen seen;
  seen.name = std::string(name.view());
  seen.type = type;
  seen.response = header.response();
  seen.rcode = header.rcode();
  seen.asker = header.response() ? opposite(sender) : sender;
  if (header.response() && header.rcode() == 0) read_answers(name, message, position, header.answers, seen);
  session.observe(sender, moment, std::move(seen));
  return Outcome::Observed;
}

bool on_port(const FlowSession& session) {
  const FiveTuple& tuple = session.flow().tuple;
  return tuple.source.port == kPort || tuple.destination.port == kPort;
}

// Messages with two bytes of length before each.
class Reader : public StreamReader {
 public:
  Reader(FlowSession& session, Direction sender) : session_(session), sender_(sender) {}

  ReadResult read(Bytes bytes, const Moment& moment) override {
    while (!bytes.empty()) {
      if (length_bytes_ < 2) {
        size_ = size_ << 8 | bytes[0];
        bytes = bytes.subspan(1);
        if (++length_bytes_ == 2 && size_ < kHeader) return {ReadState::GaveUp, 0, "a message shorter than a header"};
        continue;
      }
      const Bytes piece = bytes.first(std::min(bytes.size(), size_ - taken_));
      bytes = bytes.subspan(piece.size());
      if (!take(piece, moment)) return {ReadState::GaveUp, 0, "a malformed message"};
    }
    return {};
  }

  // Goes on where the hole lies within one message; that one is lost.
  ReadResult gap(std::uint64_t missing, const Moment&) override {
    if (length_bytes_ < 2 || missing > size_ - taken_) return {ReadState::Skim};
    holed_ = true;
    taken_ += static_cast<std::size_t>(missing);
    if (taken_ == size_) next();
    return {};
  }

 private:
  bool take(Bytes piece, const Moment& moment) {
    const bool whole = piece.size() == size_;
    taken_ += piece.size();
    if (!whole && !holed_) {
      const Bytes kept = piece.first(std::min(piece.size(), kMaxTcpMessage - message_.size()));
      message_.insert(message_.end(), kept.begin(), kept.end());
    }
    if (taken_ < size_) return true;
    const Bytes message = whole ? piece.first(std::min(piece.size(), kMaxTcpMessage)) : Bytes(message_);
    const bool good = holed_ || parse_message(session_, sender_, message, moment) != Outcome::Malformed;
    next();
    return good;
  }

  void next() {
    size_ = taken_ = 0;
    length_bytes_ = 0;
    holed_ = false;
    message_.clear();
  }

  FlowSession& session_;
  Direction sender_;
  int length_bytes_ = 0;
  std::size_t size_ = 0;   // of the message now coming
  std::size_t taken_ = 0;  // of it
  bool holed_ = false;     // bytes of it are missing
  std::vector<std::uint8_t> message_;
};

}  // namespace

// The first message of a direction has a question, whether it asks or answers.
Probe probe(Bytes start) {
  if (start.size() < 5) return Probe::NeedMore;
  if ((start[4] & 0x78) != 0) return Probe::No;  // not a standard query
  if (start.size() < kHeader + 3) return Probe::NeedMore;
  const std::size_t size = std::size_t{start[0]} << 8 | start[1];
  const Header header = read_header(start.subspan(2));
  if (size < kSmallestMessage || header.questions != 1) return Probe::No;
  if (!header.response() && (header.answers != 0 || header.rcode() != 0)) return Probe::No;
  return start[2 + kHeader] < 0x40 ? Probe::Yes : Probe::No;
}

std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender) {
  if (!on_port(session)) return nullptr;
  return std::make_unique<Reader>(session, sender);
}

bool parse(FlowSession& session, Direction sender, Bytes datagram, const Moment& moment) {
  if (!on_port(session)) return false;
  parse_message(session, sender, datagram, moment);
  return true;
}

}  // namespace scanner::dns
