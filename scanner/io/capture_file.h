// One capture file, or a live stream of one, as a Source.
#pragma once

#include "scanner/engine/source.h"
#include "scanner/io/block_pool.h"
#include "scanner/io/byte_reader.h"
#include "scanner/io/record_parser.h"

#include <memory>
#include <string>
#include <vector>

namespace scanner {

// Reads pcap and pcapng, plain or compressed with gzip or zstd, all told by their first
// bytes. Reads into blocks; packets are views into them, and only a record that a block's
// end cuts is moved, once, to the front of the next block. Memory: one block plus whatever
// the batches that were handed out still hold.
//
// Damage: everything in front of it is delivered, followed by a Loss event; the next call
// gives an Error with file, byte offset and what is wrong.
//
// A live stream (pipe, standard input) is opened without waiting for its first bytes, so
// that "is no capture" may be an Error of the first next(). Complete records are delivered
// before anything is waited for.
class CaptureFile : public Source {
 public:
  static constexpr std::size_t kMaxBatchEvents = 1024;

  struct Options {
    std::uint16_t index = 0;                         // Packet::file
    std::size_t block_size = BlockPool::kBlockSize;  // smaller where many files are open at a time
  };

  // `path`: "-" is standard input. An Error names the file: it cannot be read, or it is no
  // capture.
  static Result<std::unique_ptr<CaptureFile>> open(const std::string& path, std::shared_ptr<BlockPool> pool,
                                                   Options options);
  // The same from a descriptor, which it takes over; `name` is what messages call it.
  static Result<std::unique_ptr<CaptureFile>> from_fd(int fd, const std::string& name, std::shared_ptr<BlockPool> pool,
                                                      Options options);

  Result<SourceStatus> next(EventBatch& batch) override;
  std::vector<std::string> file_names() const override { return {path_}; }
  std::vector<std::string> warnings() const override;
  bool partial() const override { return !failure_.empty(); }
  Progress progress() const override { return {reader_.position(), reader_.size()}; }

  // What was read so far; zeros before the first bytes of a live stream.
  CaptureCounts counts() const { return parser_ ? parser_->counts() : CaptureCounts{}; }

 private:
  CaptureFile(std::string path, std::string name, ByteReader reader, std::shared_ptr<BlockPool> pool, Options options);
  static Result<std::unique_ptr<CaptureFile>> start(std::unique_ptr<CaptureFile> file);

  Result<SourceStatus> read_front();
  Result<void> choose_parser();
  Result<ReadStatus> fill(std::size_t needed);
  void move_to_new_block(std::size_t needed);
  SourceStatus end_damaged(const std::string& what, EventBatch& batch);
  void finish();
  void consume(std::size_t size);
  Bytes unread() const { return {block_->data() + begin_, end_ - begin_}; }

  std::string path_;
  std::string name_;
  ByteReader reader_;
  std::shared_ptr<BlockPool> pool_;
  Options options_;
  std::unique_ptr<RecordParser> parser_;
  std::shared_ptr<Block> block_;
  std::size_t begin_ = 0;  // of what is not parsed yet, in block_
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;  // of begin_ in the (decompressed) data
  std::string failure_;
  bool ended_ = false;
};

}  // namespace scanner
