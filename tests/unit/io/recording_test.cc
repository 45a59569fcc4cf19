#include "scanner/io/recording.h"

#include "scanner/io/capture_source.h"
#include "tests/unit/io/capture_fixtures.h"

#include <catch2/catch.hpp>

namespace scanner {
namespace {

using test::ByteString;
using test::made_up_packet;
using test::mentions;
using test::read_captures;
using test::Reading;
using test::TempDir;

const std::string kHeader = R"({"format":"aupscan-recording","version":1,"boot":"b1"})"
                            "\n";
const std::string kStarted =
    R"({"at":"2026-03-02T08:00:00Z","kind":"process_started","pid":42,"start":"2026-03-02T07:59:58.12Z","executable":"/opt/x/xmrig","arguments":["./xmrig","-o","a:1"],"comm":"xmrig","uid":1000})"
    "\n";
const std::string kTick = R"({"at":"2026-03-02T08:00:01Z","kind":"tick"})"
                          "\n";

ByteString bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

struct Read {
  EventBatch batch;
  std::vector<std::string> warnings;
  std::string refused;
  bool damaged = false;
};

Read read(const std::string& text, std::size_t piece = 1 << 20) {
  RecordingReader reader("r.ndjson");
  Read result;
  for (std::size_t at = 0; at < text.size(); at += piece)
    reader.feed(std::string_view(text).substr(at, piece), result.batch);
  reader.finish(result.batch);
  result.warnings = reader.warnings();
  result.refused = reader.refused();
  result.damaged = reader.damaged();
  return result;
}

// The one thing that a bad line gives.
std::string problem_of(const std::string& line) {
  const Read result = read(kHeader + line + "\n" + kTick);
  REQUIRE(result.batch.events.size() == 1);
  REQUIRE(result.damaged);
  REQUIRE(result.warnings.size() == 1);
  REQUIRE(result.warnings[0].starts_with("r.ndjson:2: "));
  return result.warnings[0].substr(12);
}

TEST_CASE("a recording's lines become events in their order", "[io]") {
  const Read result = read(
      kHeader + kStarted + kTick + "\n" +
      R"({"at":"2026-03-02T08:00:02+01:00","kind":"socket_owned","pid":42,"start":"2026-03-02T07:59:58.12Z","boot":"b2","local":"[2001:db8::1]:40000","remote":"[2001:db8::2]:3333"})"
      "\r\n" +
      R"({"at":"2026-03-02T08:00:03Z","kind":"loss","lost":7})");
  CHECK(result.warnings.empty());
  REQUIRE(result.batch.events.size() == 4);
  REQUIRE(result.batch.host_records.size() == 2);
  const auto& started = std::get<ProcessStarted>(result.batch.host_records[0].what);
  CHECK(started.id.boot == "b1");
  CHECK(started.id.pid == 42);
  CHECK(to_rfc3339(Timestamp{started.id.start_ns}) == "2026-03-02T07:59:58.120000000Z");
  CHECK(started.arguments == std::vector<std::string>{"./xmrig", "-o", "a:1"});
  CHECK(result.batch.events[0].at == result.batch.host_records[0].at);
  CHECK(result.batch.events[1].kind == EventKind::Tick);
  const auto& owned = std::get<SocketOwned>(result.batch.host_records[1].what);
  CHECK(owned.id.boot == "b2");
  CHECK(owned.local.to_string() == "[2001:db8::1]:40000");
  CHECK(owned.protocol == IpProtocol::Tcp);
  CHECK(to_rfc3339(result.batch.events[2].at) == "2026-03-02T07:00:02.000000000Z");
  CHECK(result.batch.events[3].kind == EventKind::Loss);
  CHECK(result.batch.events[3].lost == 7);
}

namespace {

Attributed attributed(const std::string& range) {
  Attributed made;
  made.addresses = *Cidr::parse(range);
  made.tenant = "acme";
  made.instance = "web-1";
  made.method = "config";
  made.proof = "line 3";
  return made;
}

}  // namespace

TEST_CASE("an attribution names one thing and a holder", "[io]") {
  const auto problem = [](const std::string& keys) { return problem_of(R"({"at":"2026-03-02T08:00:00Z","kind":"attributed",)" + keys + "}"); };
  CHECK(problem(R"("tenant":"a")").starts_with("it does not name exactly one thing"));
  CHECK(problem(R"("tenant":"a","address":"192.0.2.1","vlan":3)").starts_with("it does not name exactly one thing"));
  CHECK(problem(R"("address":"192.0.2.1")").starts_with("\"tenant\" is missing"));
  CHECK(problem(R"("address":"192.0.2.1/33","tenant":"a")").starts_with("\"address\" is no address"));
  CHECK(problem(R"("vlan":5,"vlan_to":4,"tenant":"a")").starts_with("\"vlan_to\" is below"));
  CHECK(problem(R"("cgroup":"","tenant":"a")").starts_with("\"cgroup\" is empty"));
  CHECK(problem(R"("cgroup":"/a","shared":true)").starts_with("\"shared\" is for addresses"));
  CHECK(problem_of(R"({"at":"2026-03-02T08:00:00Z","kind":"container"})").starts_with("\"id\" is missing"));
  CHECK(problem_of(R"({"at":"2026-03-02T08:00:00Z","kind":"container","id":"c","labels":["x"]})").starts_with("\"labels\" holds"));
}

TEST_CASE("what is written reads the same, whatever bytes the arguments hold", "[io]") {
  ProcessStarted started;
  started.id = {"boot", 1234567890123456789, 77};
  started.parent_pid = 1;
  started.executable = "/tmp/\"quoted\"\n";
  started.arguments = {"", "\xff\xfe", std::string("a\0b", 3), "gr\xc3\xbc\xc3\x9f", "\xed\xa0\x80"};
  started.environment_keys = {"PATH"};
  started.comm = "x";
  started.cwd = "/";
  started.cgroup = "/a";
  started.container = "c1";
  started.sha256 = std::string(64, 'a');
  started.uid = 4294967295;
  started.gid = 100;
  started.deleted = started.memfd = started.terminal = started.arguments_cut = true;
  started.environment = {{"LD_PRELOAD", "/x.so=\xff"}, {"LD_AUDIT", ""}};
  started.image_kind = "script";
  started.script = "/tmp/run.sh";
  started.packer = "upx";
  started.image_strings = {"stratum+tcp://"};
  started.unknown = {"cwd"};
  started.session = 70;
  started.network_namespace = 4026531840;
  started.pid_namespace = 4026531836;
  const ProcessId id{"", 5, 1};
  const Endpoint local{*IpAddress::parse("192.0.2.1"), 1}, remote{*IpAddress::parse("2001:db8::1"), 65535};
  Attributed by_text, by_number, by_process, shared = attributed("203.0.113.1");
  by_text.by = AttributedBy::ContainerLabel;
  by_text.text = "tenant=\xff";
  by_text.tenant = "acme";
  by_text.method = "config";
  by_text.valid_from = {1'000'000'000};
  by_text.valid_until = {2'000'000'001};
  by_number.by = AttributedBy::Vlan;
  by_number.from = 100;
  by_number.to = 109;
  by_number.tenant = "acme";
  by_number.method = "config";
  by_process.by = AttributedBy::Process;
  by_process.process = {"b3", 77, 5};
  by_process.method = "config";
  by_process.released = true;
  shared.tenant = shared.instance = "";
  shared.shared = true;
  ContainerSeen container;
  container.id = std::string(64, 'c');
  container.engine = "docker";
  container.name = "web";
  container.image = "registry.example/web:1";
  container.labels = {{"a", "b=c"}, {"", ""}};
  container.addresses = {*IpAddress::parse("172.17.0.2"), *IpAddress::parse("2001:db8::2")};
  container.removed = true;
  const std::vector<HostRecord> records{
      {{10}, started},
      {{11}, ProcessExited{id}},
      {{12}, SocketOwned{id, local, remote, IpProtocol::Udp, 4026531840, true}},
      {{13}, UsageSample{id, Duration(9'999'999'999), 3.97, 123456789012, 2097152}},
      {{13}, ImageFacts{id, std::string(64, 'b'), "elf-static", "upx", {"a", "\xfe"}}},
      {{13}, CgroupUsage{"/a/b", Duration(1), 0.5, 7}},
      {{14}, attributed("192.0.2.1")},
      {{15}, attributed("2001:db8::/32")},
      {{15}, by_text},
      {{15}, by_number},
      {{15}, by_process},
      {{15}, shared},
      {{16}, container},
  };
  const RecordingWriter writer({"boot", "a test"});
  std::string text = writer.header();
  for (const HostRecord& record : records) text += writer.line(record);
  text += writer.tick({20}) + writer.loss({21}, 3) + writer.end({22});
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, text.size()}) {
    const Read result = read(text, piece);
    REQUIRE(result.warnings.empty());
    REQUIRE(result.batch.events.size() == records.size() + 3);
    REQUIRE(result.batch.host_records.size() == records.size());
    for (std::size_t i = 0; i < records.size(); ++i)
      CHECK(writer.line(result.batch.host_records[i]) == writer.line(records[i]));
    const auto& again = std::get<ProcessStarted>(result.batch.host_records[0].what);
    CHECK(again.arguments == started.arguments);
    CHECK(again.uid == started.uid);
    CHECK(again.gid == started.gid);
    CHECK(again.environment == started.environment);
    CHECK(again.image_strings == started.image_strings);
    CHECK(again.unknown == started.unknown);
    CHECK(again.script == started.script);
    CHECK(again.session == started.session);
    CHECK(again.network_namespace == started.network_namespace);
    CHECK(again.pid_namespace == started.pid_namespace);
    CHECK((again.terminal && again.arguments_cut));
    CHECK(std::get<SocketOwned>(result.batch.host_records[2].what).accepted);
    CHECK(std::get<CgroupUsage>(result.batch.host_records[5].what).window == Duration(1));
    CHECK(again.id == started.id);
    CHECK(std::get<ProcessExited>(result.batch.host_records[1].what).id == id);
    CHECK(std::get<UsageSample>(result.batch.host_records[3].what).window == Duration(9'999'999'999));
  }
}

TEST_CASE("a damaged line is said with its number and reason, and the next one is read", "[io]") {
  const std::string process = R"("at":"2026-03-02T08:00:00Z","pid":1,"start":"2026-03-02T08:00:00Z")";
  CHECK(problem_of("{").starts_with("is no JSON; "));
  CHECK(problem_of("[1]").starts_with("is no JSON object; "));
  CHECK(problem_of(R"({"kind":"tick","at":1e999})").starts_with("is no JSON; "));
  CHECK(problem_of(std::string(1000, '[')).starts_with("is nested too deeply; "));
  CHECK(problem_of("\xff").starts_with("is no JSON; "));
  CHECK(problem_of(R"({"at":"2026-03-02T08:00:00Z"})").starts_with("\"kind\" is missing; "));
  CHECK(problem_of(R"({"kind":"tick"})").starts_with("\"at\" is missing; "));
  CHECK(problem_of(R"({"kind":"tick","at":"yesterday"})").starts_with("\"at\" is no RFC 3339 time"));
  CHECK(problem_of(R"({"kind":"tick","at":"1969-12-31T23:59:59Z"})").starts_with("\"at\" is no RFC 3339 time"));
  CHECK(problem_of(R"({"kind":"process_exited","at":"2026-03-02T08:00:00Z","pid":1})")
            .starts_with("\"start\" is missing"));
  CHECK(problem_of(R"({"kind":"process_exited","at":"2026-03-02T08:00:00Z","pid":0,"start":"2026-03-02T08:00:00Z"})")
            .starts_with("\"pid\" is no whole number from 1 to"));
  CHECK(
      problem_of(
          R"({"kind":"process_exited","at":"2026-03-02T08:00:00Z","pid":18446744073709551615,"start":"2026-03-02T08:00:00Z"})")
          .starts_with("\"pid\" is no whole number"));
  CHECK(problem_of("{\"kind\":\"usage\"," + process + R"(,"window_seconds":0,"cpu_cores":1})")
            .starts_with("\"window_seconds\" is not above zero"));
  CHECK(problem_of("{\"kind\":\"usage\"," + process + R"(,"window_seconds":1,"cpu_cores":-1})")
            .starts_with("\"cpu_cores\" is no number"));
  CHECK(problem_of("{\"kind\":\"usage\"," + process + R"(,"window_seconds":1,"cpu_cores":"4"})")
            .starts_with("\"cpu_cores\" is no number"));
  CHECK(problem_of("{\"kind\":\"process_started\"," + process + R"(,"environment":["LD_PRELOAD"]})")
            .starts_with("\"environment\" holds something that is no NAME=value"));
  CHECK(problem_of(R"({"kind":"cgroup_usage","at":"2026-03-02T08:00:00Z","window_seconds":1,"cpu_cores":1})")
            .starts_with("\"cgroup\" is missing or empty"));
  CHECK(problem_of("{\"kind\":\"process_started\"," + process + R"(,"arguments":"x"})")
            .starts_with("\"arguments\" is no list"));
  CHECK(problem_of("{\"kind\":\"process_started\"," + process + R"(,"arguments":[{"hex":"f"}]})")
            .starts_with("\"arguments\" holds something"));
  CHECK(problem_of("{\"kind\":\"process_started\"," + process + R"(,"sha256":"abc"})")
            .starts_with("\"sha256\" is no SHA-256"));
  CHECK(problem_of("{\"kind\":\"process_started\"," + process + R"(,"deleted":1})")
            .starts_with("\"deleted\" is neither"));
  for (const std::string endpoint :
       {"192.0.2.1", "192.0.2.1:65536", "2001:db8::1:80", "[2001:db8::1]", "host:80", "192.0.2.1:"})
    CHECK(problem_of("{\"kind\":\"socket_owned\"," + process + R"(,"local":")" + endpoint +
                     R"(","remote":"192.0.2.2:1"})")
              .starts_with("\"local\" is no ADDRESS:PORT"));
  CHECK(problem_of("{\"kind\":\"socket_owned\"," + process +
                   R"(,"local":"192.0.2.1:1","remote":"192.0.2.2:1","protocol":"gre"})")
            .starts_with("\"protocol\" is none of"));
  CHECK(problem_of(R"({"kind":"attributed","at":"2026-03-02T08:00:00Z","address":"192.0.2.1"})")
            .starts_with("\"tenant\" is missing"));
  CHECK(problem_of(R"({"kind":"tick","at":"2026-03-02T08:00:00Z","x":")" + std::string(RecordingReader::kMaxLine, 'x') +
                   "\"}")
            .starts_with("is longer than 1048576 bytes"));
}

TEST_CASE("unknown keys are named once and unknown kinds are counted, and neither is damage", "[io]") {
  std::string text = kHeader;
  for (int i = 0; i < 5; ++i)
    text += R"({"at":"2026-03-02T08:00:00Z","kind":"tick","colour":1})"
            "\n"
            R"({"at":"2026-03-02T08:00:00Z","kind":"gpu_usage","x":2})"
            "\n";
  const Read result = read(text);
  CHECK(result.batch.events.size() == 5);
  CHECK(!result.damaged);
  REQUIRE(result.warnings.size() == 2);
  CHECK(result.warnings[0] == "r.ndjson:2: \"colour\" is not known and not read");
  CHECK(result.warnings[1] ==
        "r.ndjson: 5 records are of a kind that is not known (the first: \"gpu_usage\" in line 3)");
}

TEST_CASE("a file full of damage gives a bounded number of sentences", "[io]") {
  std::string text = kHeader;
  for (int i = 0; i < 5000; ++i) text += "nonsense\n";
  const Read result = read(text + kTick);
  CHECK(result.batch.events.size() == 1);
  REQUIRE(result.warnings.size() == RecordingReader::kMaxToldLines + 1);
  CHECK(result.warnings.back() == "r.ndjson: 4980 more lines have something wrong");
}

TEST_CASE("what has no header of a version that is known is no recording", "[io]") {
  CHECK(read("").refused == "is empty");
  CHECK(read(kTick).refused == "is no recording: the first line does not say \"format\": \"aupscan-recording\"");
  CHECK(read("\x0a\x0d\x0d\x0a").refused == "is no recording: the first line is no JSON");
  CHECK(read(R"({"format":"aupscan-recording","version":2})").refused ==
        "is no recording: its format has version 2, this program reads 1");
  CHECK(read(R"({"format":"aupscan-recording"})").refused ==
        "is no recording: in the first line \"version\" is missing");
  CHECK(read(kTick + kTick).batch.events.empty());
}

TEST_CASE("a recording is read with the capture that it lies beside", "[io]") {
  const Packet packet = made_up_packet(1772438400'000'000'000, 60, 1);  // 08:00:00, the same instant as the process
  const ByteString recording = bytes_of(kHeader + kTick + kStarted);
  for (const auto& [capture, beside] :
       {std::pair{"a.pcap", "a.ndjson"}, {"a.pcapng", "a.ndjson"}, {"a.pcapng.gz", "a.ndjson.zst"}}) {
    const TempDir dir;
    const ByteString content = test::encode({packet});
    const std::string path = dir.file(capture, std::string(capture).ends_with(".gz") ? test::gzip(content) : content);
    const std::string other =
        dir.file(beside, std::string(beside).ends_with(".zst") ? test::zstd(recording) : recording);
    auto source = open_captures({path});
    REQUIRE(source);
    CHECK((*source)->file_names() == std::vector<std::string>{path});
    CHECK(test::read_all(**source).events.size() == 3);
    // Named as well, it is still read once; named alone, it needs no capture.
    CHECK(read_captures({other, path}).events.size() == 3);
    CHECK(read_captures({path, dir.path("./" + std::string(beside))}).events.size() == 3);
    CHECK(read_captures({other}).events.size() == 2);
  }
}

TEST_CASE("a host's record goes before packets of the same time, wherever it was named", "[io]") {
  const TempDir dir;
  const std::string capture = dir.file("a.pcap", test::encode({made_up_packet(1772438400'000'000'000, 60, 1)}));
  const std::string recording = dir.file("b.ndjson", bytes_of(kHeader + kStarted));
  for (const auto& paths : {std::vector{capture, recording}, {recording, capture}}) {
    const Reading reading = read_captures(paths);
    REQUIRE(reading.events.size() == 2);
    CHECK(reading.events[0].kind == EventKind::Host);
    CHECK(reading.events[1].kind == EventKind::Packet);
    CHECK(paths.at(reading.events[1].file) == capture);
  }
}

TEST_CASE("a file beside a capture that is no recording is left alone, and damage makes the input partial", "[io]") {
  const TempDir dir;
  const std::string capture = dir.file("a.pcap", test::encode({made_up_packet(1, 60, 1)}));
  dir.file("a.ndjson", bytes_of("{\"specversion\":\"1.0\"}\n"));
  Reading reading = read_captures({capture});
  CHECK(reading.events.size() == 1);
  CHECK(!reading.partial);
  CHECK(mentions(reading.warnings, "a.ndjson: is no recording"));
  CHECK(!read_captures({dir.path("a.ndjson")}).error.empty());
  dir.file("a.ndjson", bytes_of(kHeader + "nonsense\n" + kTick));
  reading = read_captures({capture});
  CHECK(reading.events.size() == 2);
  CHECK(reading.partial);
  CHECK(mentions(reading.warnings, "a.ndjson:2: is no JSON; the line is not read"));
}

}  // namespace
}  // namespace scanner
