// Any lengths at any times, in any direction, as a conversation whose shape is followed, and the
// rest of the input as a model that judges it.
//
// A step is four bytes: direction and a scale of time; the time; two of length.
#include "scanner/protocol/traffic_shape.h"
#include "scanner/signature/shape_model.h"

#include <cmath>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  Cursor cursor(Bytes(data, size));
  Timestamp at{1'700'000'000'000'000'000};
  TrafficShape shape(at, Direction::FromInitiator);
  std::uint64_t fresh = 0;
  std::uint32_t sequence[2] = {0xffffff00, 7};
  for (std::size_t steps = cursor.remaining() == 0 ? 0 : cursor.u8(); steps > 0 && cursor.remaining() >= 4; --steps) {
    const std::uint8_t control = cursor.u8();
    constexpr std::int64_t kScales[] = {1'000'000, 40'000'000, 1'000'000'000, 600'000'000'000};
    at.ns += kScales[control >> 6] * cursor.u8();
    const auto side = static_cast<std::size_t>(control & 1);
    const std::uint32_t length = cursor.be16();
    const std::uint32_t taken = shape.fresh(static_cast<Direction>(side), sequence[side], length);
    if (taken > length) std::abort();
    if ((control & 2) == 0) sequence[side] += length;
    shape.take(static_cast<Direction>(side), taken, Bytes(data, std::min<std::size_t>(size, length)), at);
    fresh += taken;
  }
  if (shape.bytes() != fresh) std::abort();
  const ShapeSeen seen = shape.seen(at);
  for (const float value : seen.features)
    if (std::isinf(value)) std::abort();
  const Bytes rest = cursor.take(cursor.remaining());
  Diagnostics problems;
  const auto model = load_shape_model("model.yaml", {reinterpret_cast<const char*>(rest.data()), rest.size()}, problems);
  if (!model && !has_errors(problems)) std::abort();
  if (const auto score = model ? score_of(*model, seen) : std::nullopt) {
    double sum = score->bias;
    for (const double term : score->terms) sum += term;
    if (!(std::abs(sum - score->log_odds) < 1e-6 * (1 + std::abs(sum)))) std::abort();
    if (!(score->unknown >= 0 && score->unknown <= 1)) std::abort();
  }
  return 0;
}
