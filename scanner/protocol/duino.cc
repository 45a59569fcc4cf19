// Duino-Coin's text protocol; what it says is in duino_conversation.h.
//
// A miner begins with a request, a pool with its version or a job. In mid-stream a request or a job is
// looked for.
#include "scanner/protocol/duino_conversation.h"
#include "scanner/protocol/parser.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace scanner::duino {
namespace {

constexpr std::size_t kHashDigits = 40;

bool is_digit(std::uint8_t c) { return c >= '0' && c <= '9'; }
bool is_hex(std::uint8_t c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }
bool is_printable(std::uint8_t c) { return c >= ' ' && c < 0x7f; }

class Reader final : public StreamReader {
 public:
  Reader(FlowSession& session, Direction sender) : session_(session), sender_(sender) {}

  ReadResult read(Bytes bytes, const Moment& moment) override {
    if (session_.duino().take(sender_, bytes, moment)) return {};
    return {ReadState::GaveUp, 0, "not lines of this protocol"};
  }
  ReadResult gap(std::uint64_t, const Moment&) override {
    session_.duino().lost(sender_);
    return {};
  }

 private:
  FlowSession& session_;
  Direction sender_;
};

// Each byte of `start` is as `expected` says; true also where `start` is shorter.
template <typename... Tests>
bool begins(Bytes start, Tests... tests) {
  std::size_t at = 0;
  return ((at >= start.size() || tests(start[at++])) && ...);
}

constexpr auto is_char(char wanted) {
  return [wanted](std::uint8_t c) { return c == static_cast<std::uint8_t>(wanted); };
}

// "JOB," and the first letter of a name.
Probe probe_request(Bytes start) {
  if (!begins(start, is_char('J'), is_char('O'), is_char('B'), is_char(','), is_printable)) return Probe::No;
  return start.size() < 5 ? Probe::NeedMore : Probe::Yes;
}

// "3.0"
Probe probe_version(Bytes start) {
  if (!begins(start, is_digit, is_char('.'), is_digit)) return Probe::No;
  return start.size() < 3 ? Probe::NeedMore : Probe::Yes;
}

// A hash, a comma, and as much of another as a probe may see.
Probe probe_job(Bytes start) {
  for (std::size_t i = 0; i < start.size(); ++i)
    if (i == kHashDigits ? start[i] != ',' : !is_hex(start[i])) return Probe::No;
  return start.size() < kProbeBytes ? Probe::NeedMore : Probe::Yes;
}

}  // namespace

Probe probe(Bytes start) {
  if (start.empty()) return Probe::NeedMore;
  if (start[0] == 'J') return probe_request(start);
  const Probe version = probe_version(start);
  return version == Probe::No ? probe_job(start) : version;
}

// Leaps from one candidate to the next: most traffic has few.
std::optional<std::size_t> resync(Bytes bytes) {
  const auto find = [&](char what, std::size_t from) {
    const void* at = from < bytes.size() ? std::memchr(&bytes[from], what, bytes.size() - from) : nullptr;
    return at == nullptr ? bytes.size() : static_cast<std::size_t>(static_cast<const std::uint8_t*>(at) - bytes.data());
  };
  const auto start = [&](std::size_t at) { return bytes.subspan(at, std::min(bytes.size() - at, kProbeBytes)); };
  std::size_t request = find('J', 1);
  while (request < bytes.size() && probe_request(start(request)) != Probe::Yes) request = find('J', request + 1);
  std::size_t job = find('\n', 0) + 1;
  while (job < request && probe_job(start(job)) != Probe::Yes) job = find('\n', job) + 1;
  const std::size_t first = std::min(request, job);
  return first < bytes.size() ? std::optional(first) : std::nullopt;
}

std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender) {
  return std::make_unique<Reader>(session, sender);
}

}  // namespace scanner::duino
