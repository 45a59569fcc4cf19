#include "tests/unit/protocol/flow_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

// Toy protocols. A message is the protocol's mark, a digit, and that many bytes; what is
// observed is the message's letter. Marks: "AA", "B" and "CCC". A '!' after a mark makes the
// reader give up, a '.' makes it skim, a '$' starts a mining conversation (and is its own
// message).
class ToyReader : public StreamReader {
 public:
  ToyReader(FlowSession& session, Direction sender, std::string mark)
      : session_(session), sender_(sender), mark_(std::move(mark)) {}

  ReadResult read(Bytes bytes, const Moment& moment) override {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const char c = static_cast<char>(bytes[i]);
      if (left_ > 0) {
        if (--left_ == 0) message(moment, bytes.size() - 1 - i);
      } else if (marked_ < mark_.size()) {
        if (marked_ == 0 && c != mark_[0]) return {ReadState::Boundary, i};
        if (c != mark_[marked_]) return {ReadState::GaveUp, 0, "a broken mark"};
        ++marked_;
      } else if (c == '!') {
        return {ReadState::GaveUp, 0, "an exclamation"};
      } else if (c == '.') {
        return {ReadState::Skim};
      } else if (c == '$') {
        session_.conversation();
        marked_ = 0;
      } else {
        left_ = static_cast<std::size_t>(c - '0');
        if (left_ == 0) message(moment, bytes.size() - 1 - i);
      }
    }
    return {};
  }

  ReadResult gap(std::uint64_t missing, const Moment&) override {
    if (missing > left_) return {ReadState::Boundary, 0};
    left_ -= static_cast<std::size_t>(missing);
    return {};
  }

 private:
  void message(const Moment& moment, std::size_t behind) {
    marked_ = 0;
    const auto at = session_.sent[static_cast<std::size_t>(sender_)] - behind;
    session_.observe(sender_, moment, HttpRequestSeen{mark_.substr(0, 1), std::to_string(at), "", ""});
  }

  FlowSession& session_;
  Direction sender_;
  std::string mark_;
  std::size_t marked_ = 0, left_ = 0;
};

template <char kLetter, std::size_t kSize>
struct Toy {
  static std::string mark() { return std::string(kSize, kLetter); }
  static Probe probe(Bytes start) {
    for (std::size_t i = 0; i < std::min(start.size(), kSize); ++i)
      if (start[i] != kLetter) return Probe::No;
    return start.size() < kSize ? Probe::NeedMore : Probe::Yes;
  }
  // Behind a line break.
  static std::optional<std::size_t> resync(Bytes bytes) {
    const std::size_t at = as_text(bytes).find('\n' + mark());
    return at == std::string_view::npos ? std::optional<std::size_t>{} : at + 1;
  }
  static std::unique_ptr<StreamReader> make(FlowSession& session, Direction sender) {
    return std::make_unique<ToyReader>(session, sender, mark());
  }
};
using A = Toy<'A', 2>;
using B = Toy<'B', 1>;
using C = Toy<'C', 3>;

std::unique_ptr<StreamReader> not_here(FlowSession&, Direction) { return nullptr; }

constexpr StreamProtocol kToys[] = {
    {"a", A::probe, A::resync, A::make},
    {"refused", B::probe, nullptr, not_here},
    {"b", B::probe, B::resync, B::make},
    {"c", C::probe, nullptr, C::make},
};

struct ToyRun : FlowRun {
  explicit ToyRun(bool start_seen = true) : FlowRun(test_flow(1, IpProtocol::Tcp, start_seen), kToys) {}

  // The letters and end positions of the messages seen, "A9 B14".
  std::string seen() const {
    std::string text;
    for (const HttpRequestSeen& m : sink.all<HttpRequestSeen>()) text += (text.empty() ? "" : " ") + m.method + m.host;
    return text;
  }
};

std::string seen_in(std::string_view bytes, bool start_seen = true) {
  ToyRun run(start_seen);
  run.say(kClient, bytes);
  return run.seen();
}

const std::string kJunk = "xyz";

}  // namespace

TEST_CASE("a direction's first bytes find its reader", "[protocol]") {
  CHECK(seen_in("AA3xyzAA0") == "A6 A9");
  CHECK(seen_in("B1xB0") == "B3 B5");
  CHECK(seen_in("CCC0") == "C4");
  CHECK(seen_in("CC0").empty());
}

TEST_CASE("a reader that ends at a boundary hands the rest of the segment on", "[protocol]") {
  CHECK(seen_in("AA3xyzB1xCCC0AA0") == "A6 B9 C13 A16");
  ToyRun run;
  CHECK_FALSE(run.say(kClient, "AA0junkAA0"));
  CHECK(run.seen() == "A3");
}

TEST_CASE("a flow that no probe wants is not wanted", "[protocol]") {
  ToyRun run;
  CHECK_FALSE(run.say(kClient, kJunk + "\nAA0"));
  CHECK_FALSE(run.say(kClient, "AA0\nAA0"));
  CHECK(run.say(kServer, "A"));
  CHECK_FALSE(run.say(kServer, "B0"));
  CHECK(run.seen().empty());
}

TEST_CASE("on a flow joined in the middle a start is searched, within bounds", "[protocol]") {
  CHECK(seen_in(kJunk + "\nAA0", false) == "A7");
  CHECK(seen_in("AA0", false) == "A3");
  CHECK(seen_in(std::string(kResyncBytes - 2, 'x') + "\nAA0", false).empty());
  CHECK(seen_in(std::string(kResyncBytes - 4, 'x') + "\nAA0", false) == "A" + std::to_string(kResyncBytes));
  ToyRun run(false);
  for (std::size_t i = 0; i + 1 < kResyncBytes; ++i) CHECK(run.say(kClient, "x"));
  CHECK_FALSE(run.say(kClient, "x"));
}

TEST_CASE("whoever shows itself first is found first", "[protocol]") {
  CHECK(seen_in("x\nB0B0\nAA0", false) == "B4 B6 A10");
  CHECK(seen_in("x\nAA0\nB0", false) == "A5 B8");
}

TEST_CASE("behind a hole the search begins anew", "[protocol]") {
  ToyRun run;
  run.say(kClient, "AA9xyz");
  CHECK(run.lose(kClient, 2));
  run.say(kClient, "xxxxAA0");
  CHECK(run.seen() == "A12 A15");
  CHECK(run.lose(kClient, 1000));
  run.say(kClient, "xx\nB0");
  CHECK(run.seen() == "A12 A15 B1020");
  CHECK(run.sink.all<BytesMissing>().size() == 1);  // at the first nothing had been seen yet
}

TEST_CASE("a hole in a flow that nobody reads, or before anything was observed, is not mentioned", "[protocol]") {
  ToyRun run;
  CHECK(run.lose(kServer, 10));
  CHECK(run.say(kServer, "xx\nA"));
  CHECK(run.say(kServer, "A0"));
  CHECK(run.seen() == "A16");
  CHECK_FALSE(run.say(kClient, kJunk));
  CHECK_FALSE(run.lose(kClient, 10));
  CHECK(run.sink.all<BytesMissing>().empty());
}

TEST_CASE("holes without end are mentioned sixteen times", "[protocol]") {
  ToyRun run;
  run.say(kClient, "AA0");
  for (int i = 0; i < 100; ++i) {
    run.lose(kClient, 1);
    run.say(kClient, "AA0");
  }
  CHECK(run.sink.all<BytesMissing>().size() == static_cast<std::size_t>(kMaxGapsReported));
}

TEST_CASE("a reader that gives up is mentioned where something was seen, and is the last", "[protocol]") {
  ToyRun silent;
  CHECK_FALSE(silent.say(kClient, "AA!"));
  CHECK(silent.sink.taken.empty());
  ToyRun run;
  CHECK_FALSE(run.say(kClient, "AA0AA!AA0"));
  CHECK_FALSE(run.say(kClient, "AA0"));
  CHECK(run.seen() == "A3");
  const auto gave_up = run.sink.all<ParserGaveUp>();
  REQUIRE(gave_up.size() == 1);
  CHECK(gave_up[0].parser == "a");
  CHECK(gave_up[0].reason == "an exclamation");
}

TEST_CASE("a direction that changes protocol without end is given up", "[protocol]") {
  ToyRun run;
  std::string changes;
  for (int i = 0; i < kMaxHandovers; ++i) changes += i % 2 == 0 ? "AA0" : "B0";
  CHECK(run.say(kClient, changes));
  CHECK_FALSE(run.say(kClient, "AA0"));
  CHECK(run.sink.all<ParserGaveUp>().size() == 1);
}

TEST_CASE("a conversation of the other side wakes a direction that nobody wanted", "[protocol]") {
  for (const char* before : {"junk", "AA!", "AA."}) {
    ToyRun run;
    CHECK_FALSE(run.say(kClient, before));
    CHECK_FALSE(run.say(kClient, "B0"));
    CHECK(run.say(kServer, "B$"));
    CHECK(run.say(kClient, "B0"));
    CHECK(run.say(kClient, "junk\nAA0"));
    CHECK(run.seen().substr(0, 1) == "B");
  }
  ToyRun searched;
  searched.say(kServer, "B$");
  CHECK(searched.say(kClient, "garbage\nAA0"));
  CHECK(searched.seen() == "A11");
}

TEST_CASE("a direction without anything to find is left alone in spite of a conversation", "[protocol]") {
  ToyRun run;
  run.say(kServer, "B$");
  CHECK_FALSE(run.say(kClient, std::string(kResyncBytes, 'x')));
  CHECK_FALSE(run.say(kClient, "AA0"));
  CHECK(run.seen().empty());
}

TEST_CASE("a message ends at the same stream position in any cut", "[protocol]") {
  const std::string bytes = "AA3xyzB1xCCC0AA0$junk\nAA5xxxxx\nB0";
  for (const bool start_seen : {true, false}) {
    const std::string whole = seen_in(bytes, start_seen);
    for (std::size_t first = 1; first < bytes.size(); ++first) {
      for (std::size_t second = first; second < bytes.size(); ++second) {
        ToyRun run(start_seen);
        run.say(kClient, bytes, {first, second});
        if (run.seen() != whole) CHECK(run.seen() == whole);
      }
    }
  }
}

TEST_CASE("searching depends on the bytes and not on the cut", "[protocol]") {
  // Protocol marks scattered in noise, by a fixed generator.
  std::uint32_t state = 12345;
  const auto random = [&](std::uint32_t below) { return (state = state * 1664525 + 1013904223) / 65536 % below; };
  for (int round = 0; round < 300; ++round) {
    std::string bytes;
    while (bytes.size() < 200) {
      static constexpr std::string_view kPieces[] = {"\n",   "A", "AA",    "B",     "CCC", "0",
                                                     "3xyz", "x", "\nAA0", "\nB1x", "!",   "$"};
      bytes += kPieces[random(std::size(kPieces))];
    }
    const std::string whole = seen_in(bytes, false);
    ToyRun run(false);
    std::vector<std::size_t> cuts;
    for (std::size_t at = random(20); at < bytes.size(); at += 1 + random(20)) cuts.push_back(at);
    run.say(kClient, bytes, cuts);
    INFO(bytes);
    CHECK(run.seen() == whole);
  }
}

TEST_CASE("a flow without bytes costs no memory and the end of a flow frees it", "[protocol]") {
  ToyRun run;
  run.dispatcher.end(run.moment());
  run.say(kClient, "AA0");
  run.dispatcher.end(run.moment());
  CHECK(run.seen() == "A3");
  CHECK_FALSE(run.dispatcher.watches_acknowledgements());
}
