#include "tools/bench/shapes/session.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace shapes {
namespace {

double even(Random& random) { return random.even(); }
double exponential(Random& random, double mean) { return -mean * std::log(1 - even(random)); }
double normal(Random& random) { return random.normal(); }

// A session's own lengths of one kind of message.
struct Lengths {
  std::vector<double> bases;
  double spread = 0;

  Lengths(const Size& size, Random& random) : spread(size.spread) {
    for (int i = 0; i < std::max(size.variants, 1); ++i) bases.push_back(draw(random, size.bytes));
  }
  double of(Random& random) const {
    const double base = bases[bases.size() == 1 ? 0 : random() % bases.size()];
    // Numbers within a message grow a digit now and then.
    return spread > 0 ? base * std::exp(spread * normal(random)) : base + (random() % 8 == 0 ? 1 : 0);
  }
};

// A session's own network: where it is captured, how far the ends are.
struct Path {
  double to_client, to_server;  // seconds, one way, from where it is captured
  double wobble;

  explicit Path(Random& random, bool relayed) {
    double trip = draw(random, {0.002, 0.3});
    if (relayed) trip += draw(random, {0.005, 0.2});
    const double near = even(random) < 0.6 ? 0 : even(random);
    to_client = trip / 2 * near;
    to_server = trip / 2 * (1 - near);
    wobble = draw(random, {0.005, 0.1});
  }
  double there_and_back(Direction to, Random& random) const {
    const double way = to == Direction::FromInitiator ? to_client : to_server;
    return 2 * way * (1 + wobble * std::abs(normal(random)));
  }
};

class Rhythmic {
 public:
  Rhythmic(const Stream& stream, double parts, Random& random) : rhythm_(stream.rhythm), mean_(draw(random, stream.gap) / parts), wobble_(draw(random, {0.001, 0.1})) {
    if (rhythm_ == Rhythm::Person) {
      busy_ = draw(random, {20, 300});
      idle_ = draw(random, {60, 1800});
      left_ = exponential(random, busy_);
    }
  }
  double mean() const { return mean_; }
  double gap(Random& random) {
    switch (rhythm_) {
      case Rhythm::Clock: return mean_ * std::max(0.05, 1 + wobble_ * normal(random));
      case Rhythm::Chance: return exponential(random, mean_);
      case Rhythm::Uneven: return mean_ * std::exp(1.5 * normal(random) - 1.125);
      case Rhythm::Chain: return exponential(random, mean_);
      case Rhythm::Person: break;
    }
    double gap = mean_ * std::exp(0.8 * normal(random) - 0.32);
    left_ -= gap;
    if (left_ < 0) {
      gap += exponential(random, idle_);
      left_ = exponential(random, busy_);
    }
    return gap;
  }

 private:
  Rhythm rhythm_;
  double mean_, wobble_, busy_ = 0, idle_ = 0, left_ = 0;
};

void run_stream(const Stream& stream, double parts, double seconds, const Path& path, Random& random, std::vector<Message>& out) {
  const Lengths sizes(stream.size, random), answers(stream.answer, random), results(stream.result, random);
  Rhythmic rhythm(stream, parts, random);
  const Direction from = stream.from, to = scanner::opposite(from);
  const double service = draw(random, stream.service) / 1000;
  const double work = stream.work.high > 0 ? draw(random, stream.work) : 0;
  const auto say = [&](double at, Direction side, double bytes) {
    if (at < seconds) out.push_back({at, side, static_cast<std::uint32_t>(std::clamp(bytes, 1.0, 4e6))});
  };
  // Large answers come in pieces over some time.
  const auto answer = [&](double at, Direction side, double bytes) {
    constexpr double kAtOnce = 64000;
    for (; bytes > kAtOnce; bytes -= kAtOnce, at += 0.02) say(at, side, kAtOnce);
    say(at, side, bytes);
  };
  const std::size_t most = out.size() + kMostMessages;
  for (double at = even(random) * std::min(rhythm.mean(), 30.0) + 0.2; at < seconds && out.size() < most;) {
    say(at, from, sizes.of(random));
    double over = at;
    if (stream.answered > 0 && even(random) < stream.answered) {
      over = at + path.there_and_back(to, random) + service * std::exp(0.4 * normal(random));
      answer(over, to, answers.of(random));
    }
    if (work > 0) {
      const double done = at + path.there_and_back(to, random) + work * std::exp(0.7 * normal(random));
      say(done, to, results.of(random));
      say(done + path.there_and_back(from, random) + service * std::exp(0.4 * normal(random)), from, answers.of(random));
    }
    at = stream.rhythm == Rhythm::Chain ? over + rhythm.gap(random) + path.there_and_back(from, random) : at + rhythm.gap(random);
  }
}

// What is round one message, and what it weighs then.
struct Wrapping {
  Dress dress;
  bool blocks;                 // TLS 1.2 with a block cipher
  double packed, noise, head;  // obfuscated
  std::uint32_t align;

  Wrapping(Dress d, Random& random)
      : dress(d),
        blocks(random() % 3 == 0),
        packed(draw(random, {0.45, 0.95})),
        noise(draw(random, {0.005, 0.08})),
        head(draw(random, {2, 24})),
        align(random() % 3 == 0 ? 16 : 1) {}

  std::uint32_t weigh(std::uint32_t bytes, Random& random) const {
    constexpr std::uint32_t kRecord = 16384;
    const std::uint32_t records = bytes / kRecord + 1;
    switch (dress) {
      case Dress::Tls12: return blocks ? (bytes + 20 + 16) / 16 * 16 + 21 * records : bytes + 29 * records;
      case Dress::Tls13:
      case Dress::Socks: return bytes + 22 * records;
      case Dress::Obfuscated: break;
    }
    const double size = bytes * (bytes > 40 ? packed * std::exp(noise * normal(random)) : 1) + head;
    return (static_cast<std::uint32_t>(size) + align - 1) / align * align;
  }
};

// Lengths that say less, and words that say nothing.
void pad(double seconds, const Path& path, bool honest, Random& random, std::vector<Message>& messages) {
  const bool to_blocks = random() % 2 == 0;
  const std::uint32_t block = 64U << random() % 5, most = static_cast<std::uint32_t>(draw(random, {64, 1024}));
  for (Message& message : messages) message.bytes = to_blocks ? (message.bytes + block - 1) / block * block : message.bytes + static_cast<std::uint32_t>(random() % (most + 1));
  if (honest || random() % 2 != 0 || messages.empty()) return;
  const std::size_t real = messages.size();
  const double push_gap = draw(random, {8, 180}), ask_gap = draw(random, {8, 180});
  const auto like = [&](Direction from) {
    for (int tries = 0; tries < 20; ++tries)
      if (const Message& one = messages[random() % real]; one.from == from) return one.bytes;
    return std::uint32_t{200};
  };
  for (double at = exponential(random, push_gap); at < seconds; at += exponential(random, push_gap)) messages.push_back({at, Direction::FromResponder, like(Direction::FromResponder)});
  for (double at = exponential(random, ask_gap); at < seconds; at += exponential(random, ask_gap)) {
    messages.push_back({at, Direction::FromInitiator, like(Direction::FromInitiator)});
    messages.push_back({at + path.there_and_back(Direction::FromResponder, random) + 0.001, Direction::FromResponder, like(Direction::FromResponder)});
  }
}

// Each message waits a while, and none overtakes another of its side.
void jitter(bool honest, Random& random, std::vector<Message>& messages) {
  const Range by_network{0.02, 0.4}, on_purpose{0.2, 4};
  const double most[2] = {draw(random, honest ? by_network : on_purpose), random() % 2 == 0 ? draw(random, honest ? by_network : Range{0.05, 3}) : 0};
  double last[2] = {0, 0};
  for (Message& message : messages) {
    const auto side = static_cast<std::size_t>(message.from);
    message.at = last[side] = std::max(last[side] + 1e-4, message.at + most[side] * even(random));
  }
}

}  // namespace

std::string_view to_string(Dress dress) {
  constexpr std::string_view kNames[] = {"TLS 1.2", "TLS 1.3", "obfuscated", "SOCKS"};
  return kNames[static_cast<std::size_t>(dress)];
}

std::string_view to_string(Effort effort) {
  constexpr std::string_view kNames[] = {"clean", "padded", "jittered"};
  return kNames[static_cast<std::size_t>(effort)];
}

Random::Random(std::uint64_t seed) {
  for (std::uint64_t& word : state_) {  // splitmix64
    seed += 0x9e3779b97f4a7c15;
    std::uint64_t z = seed;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    word = z ^ z >> 31;
  }
}

Random::result_type Random::operator()() {
  const auto turned = [](std::uint64_t value, int by) { return value << by | value >> (64 - by); };
  const std::uint64_t result = turned(state_[0] + state_[3], 23) + state_[0], t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = turned(state_[3], 45);
  return result;
}

double Random::even() { return static_cast<double>((*this)() >> 11) * 0x1.0p-53; }

double Random::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  // Marsaglia's polar method.
  for (;;) {
    const double a = 2 * even() - 1, b = 2 * even() - 1, r = a * a + b * b;
    if (r >= 1 || r == 0) continue;
    const double scale = std::sqrt(-2 * std::log(r) / r);
    spare_ = b * scale;
    has_spare_ = true;
    return a * scale;
  }
}

double draw(Random& random, Range range) {
  if (range.high <= range.low) return range.low;
  return range.low * std::exp(even(random) * std::log(range.high / range.low));
}

void make_session(const Kind& kind, Dress dress, Effort effort, double seconds, Random& random, std::vector<Message>& messages, bool honest) {
  messages.clear();
  const Path path(random, dress == Dress::Socks);
  const double parts = std::floor(draw(random, {1, kind.served_by + 0.999}));
  for (const Stream& stream : kind.streams)
    if (stream.present >= 1 || even(random) < stream.present) run_stream(stream, stream.from == Direction::FromInitiator ? parts : 1, seconds, path, random, messages);
  const auto by_time = [](const Message& a, const Message& b) { return a.at < b.at; };
  std::stable_sort(messages.begin(), messages.end(), by_time);
  if (effort == Effort::Jittered) jitter(honest, random, messages);
  if (effort == Effort::Padded) pad(seconds, path, honest, random, messages);
  std::stable_sort(messages.begin(), messages.end(), by_time);
  if (messages.size() > kMostMessages) messages.resize(kMostMessages);
  const Wrapping wrapping(dress, random);
  for (Message& message : messages) message.bytes = std::max(wrapping.weigh(message.bytes, random), 1U);
}

}  // namespace shapes
