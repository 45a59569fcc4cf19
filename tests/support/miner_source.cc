#include "tests/support/miner_source.h"

#include "tests/support/tcp_dialogue.h"

namespace scanner::test {

std::vector<OwnedPacket> miner_packets(std::uint32_t number, Timestamp begin, Duration step) {
  TcpDialogue talk;
  talk.client_address = "10." + std::to_string(number >> 16 & 255) + "." + std::to_string(number >> 8 & 255) + "." + std::to_string(number & 255);
  talk.at = begin;
  talk.step = step;
  talk.handshake();
  talk.client(R"({"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"someone","pass":"x","agent":"miner/1.0"}})" "\n");
  talk.server(R"({"id":1,"jsonrpc":"2.0","error":null,"result":{"id":"s1","job":{"blob":")" + std::string(152, '0') + R"(","job_id":"j1","target":"b88d0600"},"status":"OK"}})" "\n");
  talk.client_acks();
  for (const std::string id : {"2", "3"}) {
    talk.client(R"({"id":)" + id + R"(,"jsonrpc":"2.0","method":"submit","params":{"id":"s1","job_id":"j1","nonce":"0000000)" + id + R"(","result":")" + std::string(64, 'a') + "\"}}\n");
    talk.server(R"({"id":)" + id + R"(,"jsonrpc":"2.0","error":null,"result":{"status":"OK"}})" "\n");
    talk.client_acks();
  }
  talk.close();
  std::vector<OwnedPacket> packets;
  for (const TcpSegment& segment : talk.segments) {
    const Buffer frame = talk.packet(segment);
    const Bytes bytes = packet_of(frame).data;
    packets.emplace_back(segment.at, std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
  }
  return packets;
}

Result<SourceStatus> MinerSource::next(EventBatch& batch) {
  batch.clear();
  if (options_.before) options_.before();
  while (batch.events.size() < options_.batch) {
    if (!miner_ || at_ == miner_->size()) {
      const bool over = options_.count > 0 ? miners() == options_.count : options_.stop && options_.stop();
      if (over) return SourceStatus::End;
      const Timestamp begin = miner_ ? miner_->back().first + std::chrono::milliseconds(300) : options_.begin;
      miner_ = std::make_shared<const std::vector<OwnedPacket>>(miner_packets(next_++, begin));
      at_ = 0;
    }
    const auto& [at, bytes] = (*miner_)[at_++];
    Event event;
    event.at = event.packet.at = at;
    event.packet.data = bytes;
    event.packet.original_length = static_cast<std::uint32_t>(bytes.size());
    event.packet.frame = ++frame_;
    batch.events.push_back(event);
    if (batch.blocks.empty() || batch.blocks.back() != miner_) batch.blocks.push_back(miner_);
  }
  return SourceStatus::More;
}

}  // namespace scanner::test
