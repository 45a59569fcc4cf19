// Pairs of miner and pool. Lengths are those of the dialects' messages before anything is put
// round them (signatures/dialects/, and reference captures of each family); rhythms follow from
// how the coin finds blocks and from how pools set the difficulty of shares.
#include "tools/bench/shapes/session.h"

namespace shapes {
namespace {

constexpr auto kClient = Direction::FromInitiator, kPool = Direction::FromResponder;
constexpr Range kPoolService{0.5, 60};

Stream share(Range gap, Range bytes, Range answer, Rhythm rhythm = Rhythm::Chance) {
  return {.from = kClient, .rhythm = rhythm, .gap = gap, .size = {bytes}, .service = kPoolService, .answer = {answer}};
}
Stream job(Rhythm rhythm, Range gap, Range bytes, double spread = 0, double present = 1) {
  return {.from = kPool, .rhythm = rhythm, .gap = gap, .size = {bytes, spread}, .answered = 0, .present = present};
}
Stream report(Range gap, Range bytes, Range answer, double present) {
  return {.from = kClient, .rhythm = Rhythm::Clock, .gap = gap, .size = {bytes}, .service = kPoolService, .answer = {answer}, .present = present};
}

}  // namespace

const std::vector<Kind>& mining_kinds() {
  using enum Rhythm;
  static const std::vector<Kind> kKinds{
      {"cryptonote, public pool", {share({6, 60}, {190, 240}, {58, 80}), job(Chance, {40, 130}, {320, 520}), report({55, 65}, {90, 115}, {58, 75}, 0.6)}},
      {"cryptonote, private proxy", {share({8, 90}, {190, 240}, {58, 80}), job(Chance, {20, 130}, {320, 520}), report({30, 65}, {90, 115}, {58, 75}, 0.8)}},
      {"cryptonote, changing algorithms", {share({6, 45}, {195, 260}, {58, 80}), job(Chance, {12, 60}, {330, 560}, 0.08), report({55, 65}, {90, 115}, {58, 75}, 0.4)}},
      {"bitcoin, ASIC", {share({4, 25}, {85, 145}, {36, 62}), job(Clock, {28, 32}, {900, 1700}, 0.05), job(Chance, {500, 700}, {700, 1700}), job(Uneven, {100, 700}, {58, 90}, 0, 0.7)}},
      {"bitcoin, asks again at each job",
       {{.from = kPool, .rhythm = Clock, .gap = {28, 62}, .size = {{1150, 1450}, 0.02}, .answered = 0, .service = kPoolService, .answer = {{90, 125}}, .work = {0.0004, 0.004}, .result = {{70, 105}}},
        share({15, 900}, {85, 145}, {36, 62})}},
      {"litecoin, scrypt", {share({3, 25}, {110, 165}, {34, 62}), job(Chance, {18, 60}, {440, 900}), job(Uneven, {60, 400}, {58, 90}, 0, 0.7)}},
      {"zcash, equihash", {share({5, 40}, {2700, 2950}, {34, 60}), job(Chance, {20, 75}, {290, 420}), job(Uneven, {60, 400}, {110, 150}, 0, 0.6)}},
      {"ethash, proxy dialect",
       {share({12, 240}, {190, 245}, {36, 58}), job(Chance, {4, 16}, {225, 290}), report({10, 62}, {130, 180}, {36, 58}, 0.8), report({9.9, 10.1}, {70, 100}, {225, 290}, 0.5)}},
      {"ethash, asks for work besides", {share({12, 400}, {190, 245}, {36, 58}), job(Chance, {4, 16}, {225, 290}), report({15, 30}, {130, 180}, {36, 58}, 1), report({5, 15}, {70, 100}, {225, 290}, 1)}},
      {"kawpow", {share({8, 90}, {190, 290}, {36, 62}), job(Chance, {15, 60}, {270, 420}), job(Uneven, {60, 500}, {110, 150}, 0, 0.6)}},
      {"kaspa", {share({2, 30}, {120, 190}, {36, 62}), job(Chance, {0.6, 3}, {170, 430})}},
      {"autolykos", {share({8, 120}, {105, 165}, {36, 62}), job(Chance, {25, 120}, {330, 520}), job(Uneven, {100, 600}, {58, 90}, 0, 0.5)}},
      {"Stratum V2, Noise", {share({4, 40}, {58, 86}, {56, 64}), job(Clock, {28, 32}, {90, 420}), job(Chance, {500, 700}, {110, 130}), job(Uneven, {100, 700}, {58, 90}, 0, 0.4)}},
      {"market of hash rate", {share({4, 40}, {90, 150}, {36, 62}), job(Chance, {8, 45}, {500, 1500}, 0.05), job(Uneven, {30, 200}, {58, 90}, 0, 0.9)}},
      {"web miner", {share({8, 70}, {105, 150}, {46, 66}), job(Chance, {20, 130}, {230, 330})}},
      {"sharded chain", {share({4, 45}, {105, 420}, {36, 90}), job(Chance, {4, 20}, {180, 2600}, 0.03)}},
      {"slow CPU", {share({50, 220}, {190, 240}, {58, 80}), job(Chance, {40, 180}, {320, 520}), report({28, 62}, {90, 115}, {58, 75}, 0.9)}},
      {"many miners behind a proxy", {share({8, 60}, {120, 240}, {36, 80}), job(Chance, {20, 130}, {320, 900}), report({28, 62}, {90, 115}, {58, 75}, 0.5)}, 40},
      {"mining in bursts", {share({4, 25}, {120, 240}, {36, 80}, Person), job(Chance, {20, 120}, {320, 900}), report({28, 62}, {90, 115}, {58, 75}, 0.7)}},
      // Dialects that nobody has seen yet: what all have in common, in whatever lengths.
      {"any dialect, jobs by chance", {share({4, 120}, {40, 3000}, {12, 160}), job(Chance, {8, 150}, {60, 3000}, 0.03), report({20, 120}, {30, 200}, {12, 120}, 0.5)}},
      {"any dialect, jobs by the clock", {share({4, 120}, {40, 3000}, {12, 160}), job(Clock, {10, 120}, {60, 3000}, 0.02), job(Uneven, {60, 600}, {40, 150}, 0, 0.6), report({20, 120}, {30, 200}, {12, 120}, 0.3)}},
      {"any dialect, binary", {share({2, 60}, {24, 120}, {8, 60}), job(Chance, {4, 120}, {60, 500}, 0.02), job(Uneven, {60, 600}, {20, 80}, 0, 0.5)}},
      {"any dialect, many reports", {share({10, 240}, {40, 600}, {12, 120}), job(Chance, {4, 90}, {60, 1200}, 0.03), report({8, 62}, {40, 250}, {12, 120}, 1), report({8, 62}, {40, 250}, {12, 400}, 0.5)}},
  };
  return kKinds;
}

const std::vector<Kind>& evasions() {
  using enum Rhythm;
  static const std::vector<Kind> kKinds{
      {"keep-alives alone, no share", {report({28, 62}, {40, 60}, {36, 58}, 1)}},
      {"a share an hour", {share({1800, 5400}, {120, 240}, {36, 80}), job(Chance, {20, 130}, {320, 900})}},
      {"work is polled, never pushed", {share({12, 240}, {190, 245}, {36, 58}), report({5, 15}, {70, 100}, {225, 290}, 1)}},
      {"ten dummy jobs for each", {share({8, 60}, {120, 240}, {36, 80}), job(Chance, {2, 12}, {320, 900}, 0.3)}},
      {"ten dummy shares for each, of any length",
       {share({8, 60}, {120, 240}, {36, 80}), job(Chance, {20, 130}, {320, 900}),
        {.from = kClient, .rhythm = Chance, .gap = {0.8, 6}, .size = {{100, 1400}, 0.8}, .service = kPoolService, .answer = {{36, 900}, 0.8}}}},
      {"one length, by the clock, whatever is said",
       {{.from = kClient, .rhythm = Clock, .gap = {1, 10}, .size = {{512, 1400}}, .answered = 0}, {.from = kPool, .rhythm = Clock, .gap = {1, 10}, .size = {{512, 1400}}, .answered = 0}}},
  };
  return kKinds;
}

}  // namespace shapes
