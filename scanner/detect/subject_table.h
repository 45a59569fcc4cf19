// What a detector keeps of each subject: bounded, and safe from one another.
//
// At most `most` entries. One that nobody touched for `idle` gives its place up, the least
// recently touched first; while none is idle a newcomer gets none and is counted. So no
// subject, and no forged address, pushes out what is known of another. A state that has
// `bool weak() const` and is (there is nothing to it yet) gives up after kWeakIdle, if it stands
// among the kLooked least recent ones. Who was touched when is kept to the second, and whoever was
// turned away may be so for a second more: both cost more than the rest of a look. Every operation
// is O(1) but for growth.
#pragma once

#include "scanner/model/number_index.h"
#include "scanner/model/number_list.h"
#include "scanner/model/time.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace scanner {

template <typename Key, typename State, typename Hash = std::hash<Key>>
class SubjectTable {
 public:
  SubjectTable(std::size_t most, Duration idle) : most_(most), idle_(idle) {}

  // Null where nothing is kept of it. Valid until the next obtain().
  State* find(const Key& key, Timestamp now) {
    if (size() == 0) return nullptr;
    now = now_ = std::max(now_, now);
    const std::uint32_t number = number_of(key, hash_of_key(key));
    return number == kNone ? nullptr : &touch(number, now);
  }
  // The same, made where it was not; null where there is no room. What was idle is gone.
  State* obtain(const Key& key, Timestamp now) {
    now = now_ = std::max(now_, now);  // some tell of a flow's past
    // Two at a time: the table shrinks again after many came at once.
    for (int i = 0; i < 2 && now >= idle_at_ && order_.first() != kNone; ++i) {
      idle_at_ = entries_[order_.first()].touched + idle_;
      if (now >= idle_at_) remove(order_.first());
    }
    const std::uint32_t hash = hash_of_key(key), number = number_of(key, hash);
    if (number != kNone) return &touch(number, now);
    if (size() >= most_ && !make_room(now)) {
      ++refused_;
      return nullptr;
    }
    return &add(key, hash, now);
  }
  std::size_t size() const { return index_.size(); }
  std::uint64_t refused() const { return refused_; }

 private:
  static constexpr std::uint32_t kNone = NumberIndex::kNone;
  static constexpr Duration kWeakIdle = std::chrono::seconds(60);
  static constexpr Duration kTouchEvery = std::chrono::seconds(1), kLookEvery = std::chrono::seconds(1);
  static constexpr int kLooked = 4;

  struct Entry {
    Key key;
    Timestamp touched;
    std::uint32_t hash = 0;
    NumberLinks<std::uint32_t> links;
    State state;
  };

  static std::uint32_t hash_of_key(const Key& key) {
    const std::uint64_t hash = Hash{}(key);
    return static_cast<std::uint32_t>(hash ^ hash >> 32);
  }
  std::uint32_t number_of(const Key& key, std::uint32_t hash) const {
    return index_.find(hash, [&](std::uint32_t number) { return entries_[number].key == key; });
  }

  State& add(const Key& key, std::uint32_t hash, Timestamp now) {
    auto number = static_cast<std::uint32_t>(entries_.size());
    if (free_.empty()) {
      entries_.emplace_back();
    } else {
      number = free_.back();
      free_.pop_back();
    }
    Entry& entry = entries_[number];
    entry.key = key;
    entry.touched = now;
    entry.hash = hash;
    index_.put(hash, number);
    order_.push_back(number, links());
    return entry.state;
  }

  void remove(std::uint32_t number) {
    order_.remove(number, links());
    index_.remove(entries_[number].hash, number);
    entries_[number] = Entry{};
    free_.push_back(number);
  }

  bool make_room(Timestamp now) {
    if constexpr (requires(const State& state) { state.weak(); }) {
      if (now < look_at_) return false;
      std::uint32_t number = order_.first();
      for (int i = 0; i < kLooked && number != kNone; ++i, number = entries_[number].links.after) {
        if (!entries_[number].state.weak() || now - entries_[number].touched < kWeakIdle) continue;
        remove(number);
        return true;
      }
      look_at_ = now + kLookEvery;
    }
    return false;
  }

  State& touch(std::uint32_t number, Timestamp now) {
    Entry& entry = entries_[number];
    if (now - entry.touched >= kTouchEvery) {
      entry.touched = now;
      order_.remove(number, links());
      order_.push_back(number, links());
    }
    return entry.state;
  }

  auto links() {
    return [this](std::uint32_t number) -> NumberLinks<std::uint32_t>& { return entries_[number].links; };
  }

  std::size_t most_;
  Duration idle_;
  NumberIndex index_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_;
  NumberList<std::uint32_t> order_;  // the least recently touched first
  Timestamp now_, idle_at_, look_at_;  // before then nobody is idle, and nobody is looked for who is weak
  std::uint64_t refused_ = 0;
};

}  // namespace scanner
