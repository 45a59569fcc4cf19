// Blocks of memory that capture files are read into and that packets are views of.
//
// A block goes back to the pool when its last holder lets go of it, on whatever thread
// that happens, and is used again without touching the allocator (fresh pages cost more
// than reading into them). How many blocks exist at a time is decided by their holders;
// the pool itself keeps no more than a few spare ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

namespace scanner {

// Begins at a page: the kernel copies to other addresses at half the speed on some
// processors.
class Block {
 public:
  static constexpr std::size_t kAlignment = 4096;

  explicit Block(std::size_t size)
      : bytes_(static_cast<std::uint8_t*>(::operator new (size, std::align_val_t{kAlignment}))), size_(size) {}
  ~Block() { ::operator delete (bytes_, std::align_val_t{kAlignment}); }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  std::uint8_t* data() { return bytes_; }
  std::size_t size() const { return size_; }

 private:
  std::uint8_t* bytes_;
  std::size_t size_;
};

// Threads: take() and the release of a block may happen anywhere. Lifetime: a pool is
// made with make() and outlives its blocks by itself.
class BlockPool : public std::enable_shared_from_this<BlockPool> {
 public:
  static constexpr std::size_t kBlockSize = std::size_t{1024} * 1024;

  // `spare`: how many unused blocks of kBlockSize are kept; others are freed at once.
  static std::shared_ptr<BlockPool> make(std::size_t spare = 8);

  // A block of at least `size` bytes with arbitrary content.
  std::shared_ptr<Block> take(std::size_t size = kBlockSize);

  std::size_t spare_count() const;

 private:
  explicit BlockPool(std::size_t spare) : max_spare_(spare) {}
  void give_back(std::unique_ptr<Block> block);

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Block>> spare_;
  std::size_t max_spare_;
};

}  // namespace scanner
