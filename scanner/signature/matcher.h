// Finds patterns in fields and streams, and tells which signatures hold.
//
// A Matcher is immutable and shared between threads; each thread has a Scratch of its own.
// The order of what is found is defined (by end offset, signature, pattern), although
// Hyperscan, which does the searching, promises none. Two matchers implement the interface:
// Hyperscan's, and a naive one that the tests compare it with (naive_matcher.h).
#pragma once

#include "scanner/model/bytes.h"
#include "scanner/model/result.h"
#include "scanner/signature/ruleset.h"

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace scanner {

// The first place where a pattern was found: one hit per pattern and field or stream.
struct PatternHit {
  std::uint64_t end = 0;        // offset behind the match, in the field or stream
  std::uint32_t signature = 0;  // index in Ruleset::signatures()
  std::uint32_t pattern = 0;    // index in Signature::patterns

  friend auto operator<=>(const PatternHit&, const PatternHit&) = default;
};

// A signature's condition holds. At most one per signature and field or stream.
struct SignatureMatch {
  std::uint32_t signature = 0;
  std::uint32_t pattern = 0;  // the deciding one
  std::uint64_t end = 0;      // where it ended

  friend auto operator<=>(const SignatureMatch&, const SignatureMatch&) = default;
};

// What a condition may ask besides patterns.
struct MatchFacts {
  std::uint16_t port = 0;  // the responder's; 0 where there is none
};

// Working memory of one thread, made by the matcher that it is used with.
class Scratch {
 public:
  virtual ~Scratch() = default;
  std::vector<PatternHit> hits;  // for the functions below; capacity is kept
};

// One direction of one stream while it is searched. Outlives no matcher.
class PatternStream {
 public:
  virtual ~PatternStream() = default;
  // The next bytes. Hits that were not reported before are appended to `hits`, sorted.
  virtual void scan(Bytes bytes, Scratch& scratch, std::vector<PatternHit>& hits) = 0;
  // As new: for the next stream. Cheaper than a new object.
  virtual void restart() = 0;
};

class Matcher {
 public:
  explicit Matcher(std::shared_ptr<const Ruleset> ruleset) : ruleset_(std::move(ruleset)) {}
  virtual ~Matcher() = default;
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;

  const Ruleset& ruleset() const { return *ruleset_; }

  virtual std::unique_ptr<Scratch> make_scratch() const = 0;
  // Is there any pattern for this field? If not, nothing need be handed over.
  virtual bool wants(Field field) const = 0;
  // All hits of a field that is no stream, appended to `hits`, sorted.
  virtual void find(Field field, Bytes text, Scratch& scratch, std::vector<PatternHit>& hits) const = 0;
  // Null where wants() is false. `field` is a stream.
  virtual std::unique_ptr<PatternStream> open(Field field) const = 0;

  // The signatures that hold on a field, in the order (end, signature), appended to `out`.
  void match(Field field, Bytes text, const MatchFacts& facts, Scratch& scratch, std::vector<SignatureMatch>& out) const;

 private:
  std::shared_ptr<const Ruleset> ruleset_;
};

// A stream's conditions as its bytes come in: a signature is told once, when what was seen
// so far first makes it hold.
class StreamMatch {
 public:
  StreamMatch(const Matcher& matcher, Field field, MatchFacts facts);

  void scan(Bytes bytes, Scratch& scratch, std::vector<SignatureMatch>& out);
  // Joins a stream of which `behind` bytes went by unsearched, so that what must stand at a
  // stream's beginning is not found in its middle. Before the first scan(). Those bytes count
  // as scanned.
  void join(std::uint64_t behind, Scratch& scratch);
  // As new, for another stream of the same field.
  void restart(MatchFacts facts);
  std::uint64_t scanned() const { return scanned_; }  // bytes so far

 private:
  struct Seen {
    std::uint32_t signature = 0;
    bool told = false;
    std::uint64_t patterns = 0;
  };
  const Matcher* matcher_;
  MatchFacts facts_;
  std::unique_ptr<PatternStream> stream_;
  std::vector<Seen> seen_;  // signatures of which something was seen
  std::uint64_t scanned_ = 0;
  std::uint64_t unsearched_ = 0;  // offset of the searched text in the stream
};

// Signatures whose patterns are searched: all but the deprecated ones.
bool is_searched(const Signature& signature);

// Compiles the ruleset for this machine's processor. Fails, naming the signature, where the
// patterns together are too much for Hyperscan, or where the processor lacks SSSE3.
Result<std::unique_ptr<Matcher>> make_hyperscan_matcher(std::shared_ptr<const Ruleset> ruleset);

// A compiled matcher as bytes, for a cache, and back. The bytes begin with what they were
// compiled from and for (content id, Hyperscan's version, the processor's features) and end
// with a SHA-256 over all before. Restoring fails with the reason where any of it differs;
// the caller compiles anew. The checksum guards against damage, not against malice: keep
// the bytes where only their owner writes.
Result<std::string> serialize(const Matcher& hyperscan_matcher);
Result<std::unique_ptr<Matcher>> restore_hyperscan_matcher(std::shared_ptr<const Ruleset> ruleset, Bytes serialized);

}  // namespace scanner
