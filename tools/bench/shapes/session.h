// Made-up conversations as what remains of them when nothing can be read: when, which way, how
// many bytes. A kind describes who asks and who pushes in which rhythm; each session draws its
// own numbers from the kind's ranges.
#pragma once

#include "scanner/model/flow_ref.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace shapes {

using scanner::Direction;

struct Range {
  double low = 1, high = 1;  // drawn evenly over the logarithm
};

enum class Rhythm : std::uint8_t {
  Clock,   // every gap the same, give or take a little
  Chance,  // exponential gaps
  Uneven,  // gaps spread over orders of magnitude
  Person,  // busy spells and long pauses
  Chain,   // as soon as the answer is there
};

struct Size {
  Range bytes;
  double spread = 0;  // standard deviation of each message's logarithm
  int variants = 1;   // lengths that take turns by chance
};

// One side speaks, by its rhythm; the other side may answer.
struct Stream {
  Direction from = Direction::FromInitiator;
  Rhythm rhythm = Rhythm::Chance;
  Range gap = {};          // seconds, of the session's mean
  Size size = {};
  double answered = 1;     // share that is answered; 0: never
  Range service = {};      // milliseconds before the answer, beside the network's
  Size answer = {};
  double present = 1;      // share of sessions that have this stream
  Range work = {0, 0};     // seconds after which the asked side hands in a result; 0: none
  Size result = {};        // … which is acknowledged with `answer`
};

struct Kind {
  std::string_view name;
  std::vector<Stream> streams;
  double served_by = 1;  // how many of the same behind one connection, at most
};

const std::vector<Kind>& mining_kinds();
const std::vector<Kind>& benign_kinds();
// What miners and pools could do about being told by their rhythm. Never fitted.
const std::vector<Kind>& evasions();

// What is round the words.
enum class Dress : std::uint8_t { Tls12, Tls13, Obfuscated, Socks };
inline constexpr int kDresses = 4;
// What somebody does about being recognised.
enum class Effort : std::uint8_t { Clean, Padded, Jittered };
inline constexpr int kEfforts = 3;
std::string_view to_string(Dress dress);
std::string_view to_string(Effort effort);

struct Message {
  double at = 0;  // seconds since the conversation began, where it was captured
  Direction from = Direction::FromInitiator;
  std::uint32_t bytes = 0;
};

// xoshiro256++ (Blackman, Vigna 2019): millions of sessions are drawn.
class Random {
 public:
  using result_type = std::uint64_t;
  explicit Random(std::uint64_t seed);
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }
  result_type operator()();
  double even();    // 0 to 1, 1 excluded
  double normal();  // standard

 private:
  std::uint64_t state_[4];
  double spare_ = 0;
  bool has_spare_ = false;
};
double draw(Random& random, Range range);

// In the order of time; `messages` is used again. Where more than kMostMessages would be said, the
// conversation ends earlier. `honest`: lengths may be padded and messages late, but nothing is
// said for show and nobody waits on purpose.
inline constexpr std::size_t kMostMessages = 6000;
void make_session(const Kind& kind, Dress dress, Effort effort, double seconds, Random& random, std::vector<Message>& messages, bool honest = false);

}  // namespace shapes
