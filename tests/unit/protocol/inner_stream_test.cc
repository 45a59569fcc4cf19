#include "scanner/protocol/inner_stream.h"

#include "tests/unit/protocol/talk_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

// A toy carrier: units of 'W', a length, and that many bytes, each one more than it says. A
// hole loses what is inside.
class ToyCarrier : public StreamReader {
 public:
  ToyCarrier(FlowSession& session, Direction sender) : session_(session), sender_(sender), inner_(session, sender) {}

  ReadResult read(Bytes bytes, const Moment& moment) override {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (left_ > 0) {
        const auto plain = static_cast<std::uint8_t>(bytes[i] - 1);
        const std::uint64_t here = session_.sent[static_cast<std::size_t>(sender_)] - (bytes.size() - 1 - i);
        const std::uint64_t sent = session_.sent[static_cast<std::size_t>(sender_)];
        --left_;
        inner_.bytes({&plain, 1}, here + left_, moment);
        session_.sent[static_cast<std::size_t>(sender_)] = sent;
      } else if (marked_) {
        left_ = bytes[i];
        marked_ = false;
      } else {
        marked_ = bytes[i] == 'W';
      }
    }
    return {};
  }
  ReadResult gap(std::uint64_t, const Moment& moment) override {
    left_ = 0;
    inner_.lost(moment);
    return {};
  }

 private:
  FlowSession& session_;
  Direction sender_;
  InnerStream inner_;
  bool marked_ = false;
  std::size_t left_ = 0;
};

constexpr StreamProtocol kCarriers[] = {
    {"toy", [](Bytes start) { return start[0] == 'W' ? Probe::Yes : Probe::No; }, nullptr,
     [](FlowSession& session, Direction sender) -> std::unique_ptr<StreamReader> { return std::make_unique<ToyCarrier>(session, sender); }},
};

std::string carried(std::string_view text) {
  std::string units;
  for (std::size_t at = 0; at < text.size(); at += 100) {
    const std::string_view part = text.substr(at, 100);
    units += 'W';
    units += static_cast<char>(part.size());
    for (const char c : part) units += static_cast<char>(c + 1);
  }
  return units;
}

const std::string kAuthorize = R"({"id": 2, "method": "mining.authorize", "params": ["user.rig", "x"]})" "\n";
const std::string kTrue2 = R"({"id":2,"result":true,"error":null})" "\n";
const std::string kSubmit =
    R"({"params": ["user.rig", "job1", "00000000", "5385c669", "d3560b00"], "id": 4, "method": "mining.submit"})" "\n";

struct CarriedFlow {
  RecordingSink sink;
  FlowSession session{test_flow(443), shipped_dialects(), sink};
  Dispatcher dispatcher{session, kCarriers};
  std::uint64_t offset[2] = {0, 0};
  std::int64_t seconds = 0;

  Moment moment() { return {Timestamp{1'000'000'000 * ++seconds}, static_cast<std::uint64_t>(seconds), 1, 0}; }
  void say(Direction sender, std::string_view bytes, std::size_t piece = 4096) {
    const Moment now = moment();
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      const std::string_view part = bytes.substr(at, piece);
      dispatcher.bytes(sender, as_bytes(part), offset[static_cast<std::size_t>(sender)], now);
      offset[static_cast<std::size_t>(sender)] += part.size();
    }
  }
  Story story() const {
    Story lines;
    for (const MiningSeen& seen : sink.all<MiningSeen>()) lines.push_back(story_line(seen));
    return lines;
  }
};

}  // namespace

TEST_CASE("what a carrier brings is probed and read, and both directions share one conversation", "[protocol]") {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{4096}}) {
    CarriedFlow flow;
    flow.say(kClient, carried(kAuthorize), piece);
    flow.say(kServer, carried(kTrue2), piece);
    CHECK(flow.story() == Story{"authorise asked", "authorise accepted"});
  }
}

TEST_CASE("a share ends where the carrier's unit ends, for acknowledgements of the outer stream", "[protocol]") {
  for (const bool all : {false, true}) {
    CarriedFlow flow;
    flow.say(kClient, carried(kAuthorize));
    flow.say(kServer, carried(kTrue2));
    flow.say(kClient, carried(kSubmit));
    CHECK(flow.dispatcher.watches_acknowledgements());
    flow.dispatcher.acknowledged(kServer, flow.offset[0] - (all ? 0 : 1), flow.moment());
    flow.seconds += 60;
    flow.dispatcher.end(flow.moment());
    CHECK((flow.story().back() == "submit delivered") == all);
  }
}

TEST_CASE("behind a hole of unknown size a start is searched in what the carrier brings", "[protocol]") {
  CarriedFlow flow;
  flow.say(kClient, carried(kAuthorize + R"({"id": 3, "meth)"));
  flow.dispatcher.gap(kClient, 50, flow.moment());
  flow.offset[0] += 50;
  flow.say(kClient, carried("ining.x\"}\n" + kSubmit));
  CHECK(flow.story() == Story{"authorise asked", "submit asked"});
  const auto missing = flow.sink.all<BytesMissing>();
  REQUIRE(missing.size() == 1);  // the carrier's own loss is told once
  CHECK(missing[0].bytes == 50);
}

TEST_CASE("carriers inside each other count the outermost's positions, to a bounded depth", "[protocol]") {
  RecordingSink sink;
  FlowSession session(test_flow(443), shipped_dialects(), sink);
  {
    const CarriedUnit outer(session, kClient, 1000);
    CHECK(session.said(kClient) == 1000);
    {
      const CarriedUnit inner(session, kClient, 7);
      CHECK(inner.depth() == 2);
      CHECK(session.said(kClient) == 1000);
    }
    CHECK(session.said(kClient) == 1000);
    CHECK(session.said(kServer) == 0);
    const CarriedUnit second(session, kClient, 1), third(session, kClient, 1), fourth(session, kClient, 1);
    InnerStream inner(session, kClient);
    CHECK_FALSE(inner.bytes(as_bytes(kAuthorize), 1, {}));
  }
  CHECK(session.said(kClient) == 0);
  CHECK(sink.taken.empty());
  InnerStream inner(session, kClient);
  CHECK(inner.bytes(as_bytes(kAuthorize), 1, {}));
  CHECK(sink.all<MiningSeen>().size() == 1);
}
