// Several sources as one, in the order of time.
#pragma once

#include "scanner/engine/source.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace scanner {

// The order is that of `mergecap`: of the sources' next events the one with the earliest
// time goes first, and of equal ones that of the source that was added last; within one
// source the order stays what it is, even where its times run backwards. A Loss or
// Secrets event has no time of its own: it follows what came before it in its source.
//
// Captures are added in the order of their Packet::file indices. A stream of host records
// (a recording) is a source like any other, but for this: its records go in front of
// packets of the same time, wherever it was added. So a socket is known before its first
// packet, and a process has ended before what another one with its pid sends.
//
// A source that ends with an Error ends alone: the sentence goes to warnings(), partial()
// turns true, and the others go on. next() gives an Error only where every source ended
// with one before it delivered anything. While a live source is idle the others wait for
// it, since what it will say may be earlier.
class MergedSource : public Source {
 public:
  void add(std::unique_ptr<Source> source);
  // A file that was asked for but is not here: keeps its name in file_names() at its
  // place, and the reason in warnings().
  void add_missing(std::string name, std::string reason);
  // Something that a person should know and that leaves nothing out: goes to warnings().
  void add_note(std::string sentence) { notes_.push_back(std::move(sentence)); }

  Result<SourceStatus> next(EventBatch& batch) override;
  std::vector<std::string> file_names() const override { return names_; }
  std::vector<std::string> warnings() const override;
  bool partial() const override;
  Progress progress() const override;

 private:
  struct Input {
    std::unique_ptr<Source> source;
    EventBatch batch;
    std::size_t position = 0;       // of the next event in batch
    std::uint64_t shared_with = 0;  // the number of the batch that holds its batch's blocks
  };
  // The next event of an input, as the heap orders it.
  struct Head {
    Timestamp at;
    bool at_once = false;
    bool host = false;
    std::size_t input = 0;
  };
  static bool later(const Head& a, const Head& b);

  Result<SourceStatus> pass_through(EventBatch& batch);
  SourceStatus feed_hungry();
  Result<SourceStatus> end();
  void take_from(const Head& head, EventBatch& batch);
  void ended();
  void failed(const Error& error);
  Head head_of(std::size_t input) const;

  std::vector<std::string> names_;
  std::vector<std::string> missing_;
  std::vector<std::string> notes_;
  std::vector<Input> inputs_;
  std::vector<std::size_t> hungry_;
  std::vector<Head> heads_;          // a heap, the earliest on top
  std::vector<std::string> errors_;  // with which sources ended
  std::size_t running_ = 0;
  std::uint64_t batch_number_ = 0;
  bool delivered_ = false;  // some source delivered something or ended well
  bool refused_ = false;    // the last of errors_ was given as an Error
};

}  // namespace scanner
