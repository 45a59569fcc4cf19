// What a detector keeps of each subject: bounded, and safe from one another.
//
// At most `most` entries. One that nobody touched for `idle` gives its place up, the least
// recently touched first; while none is idle a newcomer gets none and is counted. So no
// subject, and no forged address, pushes out what is known of another. A state that has
// `bool weak() const` and is (there is nothing to it yet) gives up after kWeakIdle, if it stands
// among the kLooked least recent ones. Every operation is O(1).
#pragma once

#include "scanner/model/time.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <unordered_map>
#include <utility>

namespace scanner {

template <typename Key, typename State, typename Hash = std::hash<Key>>
class SubjectTable {
 public:
  SubjectTable(std::size_t most, Duration idle) : most_(most), idle_(idle) {}

  // Null where nothing is kept of it. Valid until the next obtain().
  State* find(const Key& key, Timestamp now) {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &touch(found->second, now);
  }
  // The same, made where it was not; null where there is no room. What was idle is gone.
  State* obtain(const Key& key, Timestamp now) {
    // Two at a time: the table shrinks again after many came at once.
    for (int i = 0; i < 2 && !order_.empty() && now - order_.front().touched >= idle_; ++i) {
      by_key_.erase(order_.front().key);
      order_.pop_front();
    }
    const auto found = by_key_.find(key);
    if (found != by_key_.end()) return &touch(found->second, now);
    if (by_key_.size() >= most_ && !make_room(now)) {
      ++refused_;
      return nullptr;
    }
    order_.push_back({key, now, State{}});
    by_key_.emplace(key, std::prev(order_.end()));
    return &order_.back().state;
  }
  std::size_t size() const { return by_key_.size(); }
  std::uint64_t refused() const { return refused_; }

 private:
  struct Entry {
    Key key;
    Timestamp touched;
    State state;
  };
  using Place = typename std::list<Entry>::iterator;

  static constexpr Duration kWeakIdle = std::chrono::seconds(60);
  static constexpr int kLooked = 4;

  bool make_room(Timestamp now) {
    if constexpr (requires(const State& state) { state.weak(); }) {
      auto entry = order_.begin();
      for (int i = 0; i < kLooked && entry != order_.end(); ++i, ++entry) {
        if (!entry->state.weak() || now - entry->touched < kWeakIdle) continue;
        by_key_.erase(entry->key);
        order_.erase(entry);
        return true;
      }
    }
    return false;
  }

  State& touch(Place place, Timestamp now) {
    place->touched = now;
    order_.splice(order_.end(), order_, place);
    return place->state;
  }

  std::size_t most_;
  Duration idle_;
  std::list<Entry> order_;  // least recently touched first
  std::unordered_map<Key, Place, Hash> by_key_;
  std::uint64_t refused_ = 0;
};

}  // namespace scanner
