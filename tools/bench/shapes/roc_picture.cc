#include "tools/bench/shapes/roc_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace shapes {
namespace {

constexpr double kLeft = 70, kTop = 30, kWidth = 620, kHeight = 380;
constexpr std::array kColours = {"#1b6ca8", "#c0392b", "#2e8b57"};

std::string number(double value) { return std::to_string(std::lround(value * 10) / 10) + "." + std::to_string(std::abs(std::lround(value * 10) % 10)); }
std::string text(double x, double y, const std::string& said, const char* anchor = "middle", const char* colour = "#333") {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\" fill=\"" + colour + "\">" + said + "</text>\n";
}
std::string line(double x1, double y1, double x2, double y2, const char* colour) {
  return "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) + "\" y2=\"" + number(y2) + "\" stroke=\"" + colour + "\"/>\n";
}

}  // namespace

std::string roc_picture(std::vector<float> benign, std::size_t flows, std::vector<RocCurve> curves) {
  std::ranges::sort(benign, std::greater());
  // From one alarm in all flows, or rather a tenth of it for none, to one in ten.
  const double least = std::floor(std::log10(0.3 / static_cast<double>(std::max<std::size_t>(flows, 1)))), most = -1;
  const auto x_of = [&](double rate) { return kLeft + kWidth * (std::log10(std::max(rate, std::pow(10, least))) - least) / (most - least); };
  const auto y_of = [&](double share) { return kTop + kHeight * (1 - share); };
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 480\" font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"720\" height=\"480\" fill=\"white\"/>\n";
  for (double power = least; power <= most; ++power) out += line(x_of(std::pow(10, power)), kTop, x_of(std::pow(10, power)), kTop + kHeight, "#ddd") + text(x_of(std::pow(10, power)), kTop + kHeight + 18, "1e" + std::to_string(static_cast<int>(power)));
  for (int tenth = 0; tenth <= 10; tenth += 2) out += line(kLeft, y_of(tenth / 10.0), kLeft + kWidth, y_of(tenth / 10.0), "#ddd") + text(kLeft - 8, y_of(tenth / 10.0) + 4, std::to_string(tenth * 10) + " %", "end");
  out += text(kLeft + kWidth / 2, kTop + kHeight + 42, "false alarms a benign flow (of " + std::to_string(flows) + "; the left edge: none)");
  out += text(kLeft + kWidth / 2, 18, "detected within 15 minutes, by models that never saw the kind");
  for (std::size_t c = 0; c < curves.size(); ++c) {
    std::vector<float>& miners = curves[c].miners;
    std::ranges::sort(miners, std::greater());
    std::string points;
    const auto add = [&](std::size_t alarms, float threshold) {
      const auto hits = static_cast<double>(std::ranges::lower_bound(miners, threshold, std::greater()) - miners.begin());
      const double share = hits / static_cast<double>(std::max<std::size_t>(miners.size(), 1));
      points += number(x_of(static_cast<double>(alarms) / static_cast<double>(std::max<std::size_t>(flows, 1)))) + "," + number(y_of(share)) + " ";
    };
    if (!benign.empty()) add(0, benign.front() + 1e-3F);
    for (std::size_t i = 0; i < benign.size(); i += 1 + i / 40) add(i + 1, benign[i]);
    const char* colour = kColours[c % kColours.size()];
    out += std::string("<polyline fill=\"none\" stroke-width=\"2\" stroke=\"") + colour + "\" points=\"" + points + "\"/>\n";
    out += text(kLeft + kWidth - 8, kTop + kHeight - 12 - 18 * static_cast<double>(curves.size() - 1 - c), curves[c].name, "end", colour);
  }
  return out + "</svg>\n";
}

}  // namespace shapes
