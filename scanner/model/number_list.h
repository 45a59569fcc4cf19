// A list through things that lie elsewhere and have numbers, least recent first. Each thing keeps
// its NumberLinks; whoever asks says where they are.
#pragma once

#include <cstdint>

namespace scanner {

template <typename Number>
struct NumberLinks {
  static constexpr Number kNone = static_cast<Number>(-1);
  Number before = kNone, after = kNone;
};

template <typename Number>
class NumberList {
 public:
  static constexpr Number kNone = NumberLinks<Number>::kNone;

  Number first() const { return first_; }
  Number last() const { return last_; }
  std::uint32_t size() const { return size_; }

  // `links_of(number)`: the NumberLinks of a thing, for any that is in this list and this one.
  template <typename LinksOf>
  void push_back(Number number, const LinksOf& links_of) {
    links_of(number) = {last_, kNone};
    (last_ == kNone ? first_ : links_of(last_).after) = number;
    last_ = number;
    ++size_;
  }
  template <typename LinksOf>
  void remove(Number number, const LinksOf& links_of) {
    const NumberLinks<Number> links = links_of(number);
    (links.before == kNone ? first_ : links_of(links.before).after) = links.after;
    (links.after == kNone ? last_ : links_of(links.after).before) = links.before;
    --size_;
  }

 private:
  Number first_ = kNone, last_ = kNone;
  std::uint32_t size_ = 0;
};

}  // namespace scanner
