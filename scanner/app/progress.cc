#include "scanner/app/progress.h"

#include "scanner/app/terminal.h"
#include "scanner/app/wording.h"

#include <algorithm>
#include <unistd.h>

namespace scanner {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(200);

std::string time_left(const Source::Progress& progress, double seconds) {
  // The first moments say little about the rest.
  if (seconds < 0.5 || progress.done_bytes == 0) return "";
  const double left = seconds / static_cast<double>(progress.done_bytes) * static_cast<double>(progress.total_bytes - progress.done_bytes);
  if (left > 1e6) return "";
  return ", " + duration_text(Duration(static_cast<std::int64_t>(std::max(left, 1.0)) * 1'000'000'000)) + " left";
}

void to_standard_error(const std::string& text) {
  // Nothing depends on it: what cannot be drawn is not drawn.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

std::string progress_line(const Source::Progress& progress, std::uint64_t packets, std::chrono::duration<double> elapsed, std::size_t width) {
  const double seconds = std::max(elapsed.count(), 0.001);
  const std::string rate = quantity_text(static_cast<double>(progress.done_bytes) / seconds, "B/s");
  if (progress.total_bytes == 0) return fitted(plural(packets, "packet", "packets") + ", " + bytes_text(progress.done_bytes) + ", " + rate, width);
  const Source::Progress sound{std::min(progress.done_bytes, progress.total_bytes), progress.total_bytes};
  const double share = static_cast<double>(sound.done_bytes) / static_cast<double>(sound.total_bytes);
  const std::string tail = " " + std::to_string(static_cast<int>(share * 100)) + " %, " + rate + time_left(sound, seconds);
  constexpr std::size_t kBar = 24;
  std::string bar;
  for (std::size_t i = 0; i < kBar; ++i) bar += static_cast<double>(i) < share * kBar ? "█" : "░";
  return fitted(bar + tail, width);
}

ProgressBar::ProgressBar(bool shown) : shown_(shown), started_(Clock::now()), next_(started_ + kInterval) {}

ProgressBar::~ProgressBar() { clear(); }

void ProgressBar::update(const Source& source, std::uint64_t packets) {
  if (!shown_) return;
  const auto now = Clock::now();
  if (now < next_) return;
  next_ = now + kInterval;
  drawn_ = true;
  const std::size_t width = terminal_width(STDERR_FILENO).value_or(80);
  to_standard_error("\r" + progress_line(source.progress(), packets, now - started_, width - 1));
}

void ProgressBar::clear() {
  if (drawn_) to_standard_error("\r\x1b[K");
  drawn_ = false;
}

}  // namespace scanner
