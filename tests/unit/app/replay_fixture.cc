#include "tests/unit/app/replay_fixture.h"

#include "scanner/io/capture_writer.h"
#include "scanner/io/text_file.h"
#include "places.h"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <sstream>
#include <unistd.h>

namespace scanner::test {
namespace {

// Standard output or error into a file for as long as it lives.
class Captured {
 public:
  Captured(int fd, const std::string& path) : fd_(fd), kept_(::dup(fd)) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(file, fd_);
    ::close(file);
  }
  ~Captured() {
    ::dup2(kept_, fd_);
    ::close(kept_);
  }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;

 private:
  int fd_, kept_;
};

}  // namespace

TcpDialogue miner_dialogue(std::size_t shares) {
  TcpDialogue talk;
  const std::string blob(152, '0');
  talk.handshake();
  talk.client(R"({"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"someone","pass":"x","agent":"miner/1.0"}})" "\n");
  talk.server(R"({"id":1,"jsonrpc":"2.0","error":null,"result":{"id":"s1","job":{"blob":")" + blob + R"(","job_id":"j1","target":"b88d0600"},"status":"OK"}})" "\n");
  talk.client_acks();
  for (std::size_t i = 0; i < shares; ++i) {
    const std::string id = std::to_string(i + 2);
    talk.wait(std::chrono::seconds(5));
    talk.client(R"({"id":)" + id + R"(,"jsonrpc":"2.0","method":"submit","params":{"id":"s1","job_id":"j1","nonce":"0000000)" + std::to_string(i % 10) + R"(","result":")" +
                std::string(64, 'a') + "\"}}\n");
    talk.server(R"({"id":)" + id + R"(,"jsonrpc":"2.0","error":null,"result":{"status":"OK"}})" "\n");
    talk.client_acks();
  }
  return talk.close();
}

void write_capture(const std::string& path, const std::vector<const TcpDialogue*>& dialogues, const std::vector<std::pair<Timestamp, Buffer>>& others) {
  std::vector<std::pair<Timestamp, Buffer>> frames = others;
  for (const TcpDialogue* dialogue : dialogues)
    for (const TcpSegment& segment : dialogue->segments) frames.emplace_back(segment.at, dialogue->packet(segment));
  std::stable_sort(frames.begin(), frames.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  auto writer = CaptureWriter::create(path).value();
  for (const auto& [at, bytes] : frames) {
    Packet packet = packet_of(bytes);
    packet.at = at;
    if (!writer.write(packet)) throw std::runtime_error(path + " cannot be written");
  }
  if (!writer.close()) throw std::runtime_error(path + " cannot be written");
}

ReplayResult run_replay(ReplayOptions options) {
  const TempDirectory directory;
  options.rules.signatures = AUPSCAN_SOURCE_DIR "/signatures";
  options.rules.declaration = AUPSCAN_SOURCE_DIR "/config/declaration.yaml";
  if (options.events.empty()) options.events = directory.file("events.ndjson");
  ReplayResult result;
  {
    const Captured output(STDOUT_FILENO, directory.file("stdout")), messages(STDERR_FILENO, directory.file("stderr"));
    result.code = replay(options);
  }
  result.output = read_text_file(directory.file("stdout")).value_or("");
  result.messages = read_text_file(directory.file("stderr")).value_or("");
  std::istringstream lines(options.events == "-" ? result.output : read_text_file(options.events).value_or(""));
  for (std::string line; std::getline(lines, line);) result.events.push_back(line);
  return result;
}

}  // namespace scanner::test
