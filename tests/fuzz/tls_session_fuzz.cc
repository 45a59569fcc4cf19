// Any bytes as what is said in a TLS session whose keys are known: records behind the hellos,
// some of them sealed by the fuzzer's own hand with those keys. Read in two cuts that must agree.
//
// The input: a byte that chooses version and piece, then records of a control byte (bit 0:
// the server's; bit 1: a gap; bit 2: as it stands, not sealed; bits 4 to 7: the type), a length
// and that many bytes.
#include "scanner/protocol/tls_secrets.h"
#include "scanner/protocol/tls_session.h"
#include "tests/fuzz/flow_fuzz.h"
#include "tools/trafficgen/tls.h"

namespace {

using namespace scanner;

struct Said {
  Direction sender;
  std::string bytes;
  std::uint64_t missing = 0;
};

// A real session of one line each way, then the input's own records.
std::vector<Said> said(bool tls13, Bytes input, std::string& key_log) {
  trafficgen::Conversation conversation;
  conversation.tls.emplace();
  conversation.tls->version = tls13 ? trafficgen::TlsVersion::V13 : trafficgen::TlsVersion::V12;
  std::vector<trafficgen::Turn> turns;
  std::vector<Said> own;
  Cursor cursor(input);
  while (cursor.remaining() > 1 && turns.size() + own.size() < 64) {
    const std::uint8_t control = cursor.u8();
    const std::size_t length = cursor.u8();
    const std::string bytes(as_text(cursor.take(std::min(length, cursor.remaining()))));
    const bool server = (control & 1) != 0;
    const Direction sender = server ? Direction::FromResponder : Direction::FromInitiator;
    if ((control & 2) != 0)
      own.push_back({sender, "", length + 1});
    else if ((control & 4) != 0)
      own.push_back({sender, std::string{static_cast<char>(20 + (control >> 4) % 4), 3, 3, 0, static_cast<char>(bytes.size())} + bytes, 0});
    else
      turns.push_back({Duration{}, server ? trafficgen::Side::Server : trafficgen::Side::Client, bytes});
  }
  std::vector<Said> all;
  for (auto& turn : trafficgen::seal(conversation, turns, trafficgen::Random(1), key_log))
    all.push_back({turn.from == trafficgen::Side::Server ? Direction::FromResponder : Direction::FromInitiator, std::move(turn.bytes), 0});
  // The input's own go between the sealed ones, behind the three turns of the handshake.
  for (std::size_t i = 0; i < own.size(); ++i) all.insert(all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), 3 + 2 * i)), own[i]);
  return all;
}

std::string run(const std::vector<Said>& all, const TlsSecrets& secrets, std::size_t piece) {
  static const DialectSet kNoDialects;
  fuzz::Notes notes;
  TlsKeyring keyring{&secrets, {}};
  FlowSession session(fuzz::flow_on(443, IpProtocol::Tcp, true), kNoDialects, notes);
  session.tls_keyring = &keyring;
  Dispatcher dispatcher(session);
  std::uint64_t offset[2] = {0, 0};
  Moment moment;
  for (const Said& one : all) {
    ++moment.frame;
    ++moment.sequence;
    moment.at = moment.at + std::chrono::seconds(1);
    std::uint64_t& position = offset[static_cast<std::size_t>(one.sender)];
    if (one.missing > 0) dispatcher.gap(one.sender, one.missing, moment);
    for (std::size_t at = 0; at < one.bytes.size();) {
      const std::size_t size = piece == 0 ? one.bytes.size() : std::min(piece, one.bytes.size() - at);
      const std::vector<std::uint8_t> copy(one.bytes.begin() + static_cast<std::ptrdiff_t>(at), one.bytes.begin() + static_cast<std::ptrdiff_t>(at + size));
      dispatcher.bytes(one.sender, copy, position + at, moment);
      at += size;
    }
    position += one.bytes.size() + one.missing;
  }
  dispatcher.end(moment);
  return notes.text + std::to_string(keyring.counts.opened);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string key_log;
  const std::vector<Said> all = said((data[0] & 1) != 0, {data + 1, size - 1}, key_log);
  TlsSecrets secrets;
  secrets.read_key_log(as_bytes(key_log), 0);
  if (run(all, secrets, 0) != run(all, secrets, 1 + (data[0] >> 1))) std::abort();
  return 0;
}
