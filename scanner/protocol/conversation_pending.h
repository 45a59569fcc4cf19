// The requests of a conversation that wait for their answers, oldest first.
#pragma once

#include "scanner/model/observation.h"
#include "scanner/protocol/delivery.h"
#include "scanner/protocol/flow_session.h"
#include "scanner/signature/dialect.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace scanner {

// What a message may be: the descriptions that fit it, at most as many as fit here.
class Matches {
 public:
  void add(DialectMatch match) {
    if (count_ < all_.size()) all_[count_++] = match;
  }
  bool empty() const { return count_ == 0; }
  std::span<const DialectMatch> all() const { return std::span(all_).first(count_); }

 private:
  std::array<DialectMatch, 24> all_;
  std::size_t count_ = 0;
};

struct PendingRequest : DeliveryWatch {
  std::string id;  // canonical
  std::string method, worker, job;
  Matches matches;
  std::size_t envelope = 0;
  MiningRole role = MiningRole::Other;
  Direction sender = Direction::FromInitiator;
  bool http = false, worker_in_url = false;
  bool silent = false;     // not spoken of yet: only weak descriptions fit
  std::uint64_t exchange = 0;
};

class PendingRequests {
 public:
  explicit PendingRequests(std::size_t limit) : limit_(limit) {}

  void add(PendingRequest request);  // the oldest is forgotten if there are too many
  std::vector<PendingRequest>& all() { return all_; }
  const std::vector<PendingRequest>& all() const { return all_; }
  bool empty() const { return all_.empty(); }

  // Positions in all() of what the other side than `answerer` asked, or nothing.
  std::optional<std::size_t> by_id(Direction answerer, std::size_t envelope, std::string_view id) const;
  // Of an HTTP exchange: the one of this id, or (but for an item of a batch) its only one.
  std::optional<std::size_t> by_exchange(std::uint64_t exchange, std::size_t envelope, std::string_view id, bool batch) const;
  std::optional<std::size_t> oldest_http(Direction answerer) const;
  std::optional<std::size_t> by_method(Direction answerer, std::size_t envelope, std::string_view method, std::string_view id) const;
  PendingRequest take(std::size_t position);

 private:
  std::size_t limit_;
  std::vector<PendingRequest> all_;
};

}  // namespace scanner
