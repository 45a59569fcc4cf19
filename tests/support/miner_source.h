// Miners without end, as a live source would tell of them: each logs in to a pool in the
// CryptoNote dialect, gets two shares accepted and leaves; the next one has another address.
#pragma once

#include "scanner/engine/source.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace scanner::test {

using OwnedPacket = std::pair<Timestamp, std::vector<std::uint8_t>>;

// The `number`th miner's packets, Ethernet frames: 10.A.B.C for its number, `step` apart, from
// `begin` on.
std::vector<OwnedPacket> miner_packets(std::uint32_t number, Timestamp begin, Duration step = std::chrono::milliseconds(300));

class MinerSource final : public Source {
 public:
  struct Options {
    std::uint32_t first = 1, count = 0;  // miners; count 0: without end
    Timestamp begin{1'700'000'000'000'000'000};
    std::size_t batch = 7;               // packets; conversations are cut wherever it falls
    std::function<bool()> stop = {};     // ends after the miner at hand
    std::function<void()> before = {};   // each batch
  };
  explicit MinerSource(Options options) : options_(std::move(options)), next_(options_.first) {}

  Result<SourceStatus> next(EventBatch& batch) override;
  std::vector<std::string> file_names() const override { return {"made-up"}; }
  std::uint32_t miners() const { return next_ - options_.first; }

 private:
  Options options_;
  std::uint32_t next_, frame_ = 0;
  std::shared_ptr<const std::vector<OwnedPacket>> miner_;
  std::size_t at_ = 0;
};

}  // namespace scanner::test
