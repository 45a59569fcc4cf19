// JSON texts one after another on a stream, each ended by a line feed or by its own closing
// bracket (stratum of all dialects; ZIP 301, EIP-1571).
//
// A text may span lines. What stands between two texts is white space, or the start of
// another protocol, or a line that is skipped. Kept: one text of at most kMaxText bytes, and
// nothing where a text lies whole in the piece that is read.
#include "scanner/protocol/json_lines.h"

#include "scanner/protocol/conversation.h"
#include "scanner/protocol/json_frame.h"
#include "scanner/protocol/parser.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace scanner::json_lines {
namespace {

constexpr std::size_t kMaxText = 64 << 10;

bool is_space(std::uint8_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0; }
bool is_start(std::uint8_t c) { return c == '{' || c == '['; }
// TLS, or a word such as an HTTP method: not a broken line of ours.
bool is_foreign_start(std::uint8_t c) { return c == 0x16 || (c >= 'A' && c <= 'Z'); }

class Reader final : public StreamReader {
 public:
  Reader(FlowSession& session, Direction sender, bool in_websocket) : session_(session), sender_(sender) {
    carriage_.websocket = in_websocket;
    if (in_websocket) carriage_.http_host = session.websocket_host();
  }

  ReadResult read(Bytes bytes, const Moment& moment) override {
    std::size_t at = 0;
    while (at < bytes.size()) {
      if (state_ == State::Between || state_ == State::Resuming) {
        const std::uint8_t c = bytes[at];
        if (state_ == State::Between && is_foreign_start(c)) return {ReadState::Boundary, at};
        if (is_start(c)) state_ = State::Text;
        else if (is_space(c)) ++at;
        else state_ = State::Skipping;
      } else if (state_ == State::Skipping) {
        at += skip_line(bytes.subspan(at));
      } else {
        at += take_text(bytes.subspan(at), moment);
        if (!wanted_) return {ReadState::Skim};
        if (too_long_ && !session_.has_conversation()) return {ReadState::GaveUp, 0, "a JSON text of more than 64 KiB"};
      }
    }
    return {ReadState::Reading};
  }

  ReadResult gap(std::uint64_t, const Moment&) override {
    // What follows may be the rest of a text, or, often, the start of the next.
    restart(State::Resuming);
    return {ReadState::Reading};
  }

 private:
  enum class State : std::uint8_t { Between, Text, Skipping, Resuming };

  void restart(State state) {
    state_ = state;
    frame_.reset();
    kept_.clear();
    if (kept_.capacity() > kMaxText / 4) kept_.shrink_to_fit();
  }

  std::size_t skip_line(Bytes bytes) {
    const void* end = std::memchr(bytes.data(), '\n', bytes.size());
    if (end == nullptr) return bytes.size();
    restart(State::Between);
    return static_cast<std::size_t>(static_cast<const std::uint8_t*>(end) - bytes.data()) + 1;
  }

  // Reads on in a text; returns how many bytes were taken.
  std::size_t take_text(Bytes rest, const Moment& moment) {
    const std::size_t size = frame_.take(rest.first(std::min(rest.size(), kMaxText - kept_.size())));
    if (frame_.state() == JsonFramer::State::Broken) {
      restart(State::Between);
      return size;
    }
    const bool closed = frame_.state() == JsonFramer::State::Closed;
    if (!closed || !kept_.empty()) kept_.insert(kept_.end(), rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size));
    if (closed) {
      std::uint64_t& sent = session_.sent[static_cast<std::size_t>(sender_)];
      const std::uint64_t end = sent;
      sent = end - (rest.size() - size);
      wanted_ = offer_message(session_, sender_, kept_.empty() ? rest.first(size) : Bytes(kept_), carriage_, moment);
      sent = end;
      restart(State::Between);
    } else if (kept_.size() == kMaxText) {
      too_long_ = true;
      restart(State::Skipping);
    }
    return size;
  }

  FlowSession& session_;
  Direction sender_;
  Carriage carriage_;
  State state_ = State::Between;
  bool wanted_ = true, too_long_ = false;
  JsonFramer frame_;
  std::vector<std::uint8_t> kept_;
};

}  // namespace

// White space, '{' or '[', white space, and something that can follow.
Probe probe(Bytes start) {
  std::size_t at = 0;
  const auto skip_space = [&] {
    while (at < start.size() && is_space(start[at]) && start[at] != 0) ++at;
  };
  skip_space();
  if (at == start.size()) return at < kProbeBytes ? Probe::NeedMore : Probe::No;
  const std::uint8_t open = start[at++];
  if (!is_start(open)) return Probe::No;
  skip_space();
  if (at == start.size()) return at < kProbeBytes ? Probe::NeedMore : Probe::No;
  const std::uint8_t next = start[at];
  if (next == '"' || (open == '{' ? next == '}' : next == ']')) return Probe::Yes;
  // A batch holds objects; "[2026-01-02 …]" is somebody's log.
  return open == '[' && is_start(next) ? Probe::Yes : Probe::No;
}

std::optional<std::size_t> resync(Bytes bytes) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const void* end = std::memchr(bytes.data() + at, '\n', bytes.size() - at);
    if (end == nullptr) return {};
    at = static_cast<std::size_t>(static_cast<const std::uint8_t*>(end) - bytes.data());
    const Bytes line = bytes.subspan(at + 1);
    if (!line.empty() && is_start(line[0]) && probe(line.first(std::min(line.size(), kProbeBytes))) == Probe::Yes) return at + 1;
  }
  return {};
}

std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender) {
  return std::make_unique<Reader>(session, sender, false);
}

std::unique_ptr<StreamReader> make_in_messages(FlowSession& session, Direction sender) {
  return std::make_unique<Reader>(session, sender, true);
}

}  // namespace scanner::json_lines
