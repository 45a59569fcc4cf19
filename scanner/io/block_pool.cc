#include "scanner/io/block_pool.h"

#include <utility>

namespace scanner {

std::shared_ptr<BlockPool> BlockPool::make(std::size_t spare) {
  return std::shared_ptr<BlockPool>(new BlockPool(spare));
}

std::shared_ptr<Block> BlockPool::take(std::size_t size) {
  std::unique_ptr<Block> block;
  if (size <= kBlockSize) {
    const std::lock_guard lock(mutex_);
    if (!spare_.empty()) {
      block = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  if (!block) block = std::make_unique<Block>(size);
  return {block.release(), [pool = shared_from_this()](Block* done) { pool->give_back(std::unique_ptr<Block>(done)); }};
}

std::size_t BlockPool::spare_count() const {
  const std::lock_guard lock(mutex_);
  return spare_.size();
}

void BlockPool::give_back(std::unique_ptr<Block> block) {
  if (block->size() != kBlockSize) return;
  const std::lock_guard lock(mutex_);
  if (spare_.size() < max_spare_) spare_.push_back(std::move(block));
}

}  // namespace scanner
