// The drawings of a report: the ladder and a conversation's timeline.
#include "scanner/app/html.h"
#include "scanner/app/report_parts.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace scanner {
namespace {

// The drawing's own units; it is scaled to the page's width.
constexpr double kWidth = 1000, kLeft = 96, kRight = 16, kLane = 26, kTop = 12, kSumLane = 54, kAxis = 26;

constexpr int kLanes = 4, kWorkLane = 0, kAskLane = 1, kShareLane = 2, kAnswerLane = 3;
constexpr std::array<std::string_view, kLanes> kLaneNames{"pool: work", "miner: asks", "miner: shares", "pool: answers"};

double middle_of(int lane) { return kTop + kLane * lane + kLane / 2; }

struct MarkStyle {
  int lane;
  std::string_view shape;  // CSS class: its colour
  std::string_view name;
};

constexpr std::array<MarkStyle, kMarkKinds> kMarks{{
    {kAskLane, "m-ask", "log-in"},
    {kAnswerLane, "m-good", "log-in accepted"},
    {kAnswerLane, "m-bad", "log-in refused"},
    {kAskLane, "m-ask", "request"},
    {kWorkLane, "m-work", "work"},
    {kWorkLane, "m-diff", "difficulty"},
    {kShareLane, "m-share", "share"},
    {kAnswerLane, "m-good", "share accepted"},
    {kAnswerLane, "m-bad", "share refused"},
    {kAnswerLane, "m-ask", "share delivered"},
}};

const MarkStyle& style_of(MarkKind kind) { return kMarks[static_cast<std::size_t>(kind)]; }

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", value);
  return text.data();
}

// Time → horizontal place.
class Axis {
 public:
  Axis(Timestamp first, Timestamp last) : first_(first), span_(std::max<std::int64_t>((last - first).count(), 1)) {}
  double x(Timestamp at) const {
    const double share = static_cast<double>((at - first_).count()) / static_cast<double>(span_);
    return kLeft + std::clamp(share, 0.0, 1.0) * (kWidth - kLeft - kRight);
  }
  // Whole, round steps: at most seven.
  Duration step() const {
    // Milliseconds.
    constexpr std::array<std::int64_t, 29> kSteps{1,      2,      5,      10,      20,      50,      100,      200,      500,      1000,     2000,      5000,      10000,      15000,      30000,
                                                  60000,  120000, 300000, 600000,  900000,  1800000, 3600000,  7200000,  10800000, 21600000, 43200000,  86400000,  172800000,  604800000};
    for (const std::int64_t step : kSteps)
      if (step * 1'000'000 >= span_ / 7) return std::chrono::milliseconds(step);
    return std::chrono::milliseconds(kSteps.back() * (1 + span_ / 7 / (kSteps.back() * 1'000'000)));
  }
  std::string ticks(double bottom) const {
    std::string out;
    for (std::int64_t at = 0; at <= span_; at += step().count()) {
      const std::string place = number(x(first_ + Duration(at)));
      out.append("<line class=\"grid\" x1=\"").append(place).append("\" x2=\"").append(place);
      out.append("\" y1=\"").append(number(kTop)).append("\" y2=\"").append(number(bottom)).append("\"/>");
      out.append("<text x=\"").append(place).append("\" y=\"").append(number(bottom + 16)).append("\" text-anchor=\"middle\">+");
      out.append(html(at == 0 ? "0" : duration_text(Duration(at)))).append("</text>");
    }
    return out;
  }

 private:
  Timestamp first_;
  std::int64_t span_;
};

std::string mark_svg(const SessionMark& mark, const Axis& axis, Timestamp first) {
  const MarkStyle& style = style_of(mark.kind);
  const double y = middle_of(style.lane);
  std::string title = std::string(style.name) + ", +" + duration_text(mark.at - first);
  if (mark.frame != 0) title += ", frame " + std::to_string(mark.frame);
  return "<circle class=\"" + std::string(style.shape) + "\" cx=\"" + number(axis.x(mark.at)) + "\" cy=\"" + number(y) + "\" r=\"3.6\"><title>" + html(title) + "</title></circle>";
}

// Accepted shares added up, as a filled step line.
std::string sum_svg(const Session& session, const Axis& axis, double top) {
  std::vector<Timestamp> accepted;
  for (const SessionMark& mark : session.marks)
    if (mark.kind == MarkKind::ShareAccepted) accepted.push_back(mark.at);
  if (accepted.size() < 2) return "";
  const double bottom = top + kSumLane - 6, height = kSumLane - 14;
  std::string path = "M" + number(axis.x(session.first)) + "," + number(bottom);
  for (std::size_t i = 0; i < accepted.size(); ++i) {
    path += "H" + number(axis.x(accepted[i]));
    const double y = bottom - height * static_cast<double>(i + 1) / static_cast<double>(accepted.size());
    path += "V" + number(y);
  }
  path += "H" + number(axis.x(session.last)) + "V" + number(bottom) + "Z";
  return "<path class=\"sum\" d=\"" + path + "\"/><text x=\"8\" y=\"" + number(top + kSumLane / 2 + 4) + "\">accepted, sum</text>";
}

std::string legend(const Session& session) {
  std::string out;
  for (std::size_t kind = 0; kind < kMarkKinds; ++kind)
    if (session.totals[kind] > 0)
      out += "<span><i class=\"" + std::string(kMarks[kind].shape) + "\"></i>" + html(std::string(kMarks[kind].name) + " " + count_text(session.totals[kind])) + "</span>";
  if (session.keep_every > 1) out += "<span>one mark in " + count_text(session.keep_every) + " is drawn</span>";
  return element("div", "legend", out);
}

std::string short_time(Timestamp at, Timestamp day) {
  const std::string text = time_text(at);
  return text.substr(0, 10) == time_text(day).substr(0, 10) ? text.substr(11) : text;
}

}  // namespace

std::string ladder_html(const BreachEvent& event, const std::vector<IncidentBook::Rung>& rungs) {
  const bool abuse = event.stage == Stage::Observed || event.stage == Stage::Confirmed;
  const std::vector<Stage> ladder = abuse ? std::vector<Stage>{Stage::Observed, Stage::Confirmed}
                                          : std::vector<Stage>{Stage::Interest, Stage::Contact, Stage::Session, Stage::Work, Stage::Proof};
  std::string items;
  for (const Stage stage : ladder) {
    const bool on = stage <= event.stage, more = stage < event.stage;
    const auto reached = std::find_if(rungs.begin(), rungs.end(), [&](const IncidentBook::Rung& rung) { return rung.stage == stage; });
    std::string text = html(to_string(stage));
    if (reached != rungs.end())
      text += element("time", "", html(short_time(reached->at, event.first_seen)));
    else if (on)
      text += element("time", "", "passed");
    items += "<li class=\"" + std::string(on ? "on" : "") + (more ? " more" : "") + "\">" + text + "</li>";
  }
  const std::string_view type = event.type == EventType::Breach ? "breach" : event.type == EventType::Indicator ? "indicator" : "permitted";
  return "<ol class=\"ladder " + std::string(type) + "\">" + items + "</ol>";
}

std::string timeline_svg(const Session& session) {
  const Axis axis(session.first, session.last);
  const std::string sum = sum_svg(session, axis, kTop + kLane * kLanes);
  const double bottom = kTop + kLane * kLanes + (sum.empty() ? 0 : kSumLane);
  const std::string name = session.flow.sender(session.miner).to_string() + " and " + session.flow.receiver(session.miner).to_string();
  std::string svg = "<svg viewBox=\"0 0 " + number(kWidth) + " " + number(bottom + kAxis) + "\" role=\"img\" aria-label=\"" + html("conversation of " + name) + "\">";
  svg += axis.ticks(bottom);
  for (int lane = 0; lane < kLanes; ++lane) {
    const double y = middle_of(lane);
    svg += "<line class=\"grid\" x1=\"" + number(kLeft) + "\" x2=\"" + number(kWidth - kRight) + "\" y1=\"" + number(y) + "\" y2=\"" + number(y) + "\"/>";
    svg += "<text x=\"8\" y=\"" + number(y + 4) + "\">" + std::string(kLaneNames[static_cast<std::size_t>(lane)]) + "</text>";
  }
  svg += sum;
  for (const SessionMark& mark : session.marks) svg += mark_svg(mark, axis, session.first);
  svg += "</svg>";
  const bool many = session.connections > 1;
  const Endpoint& miner = session.flow.sender(session.miner);
  const std::string caption = "<b>" + html(many ? miner.address.to_string() : miner.to_string()) + "</b> and <b>" + html(session.flow.receiver(session.miner).to_string()) + "</b> " +
                              element("span", "soft", html(session.dialect + (many ? ", " + count_text(session.connections) + " connections" : "") + ", " + window_text(session.first, session.last)));
  return element("figure", "", element("figcaption", "", caption) + svg + legend(session));
}

}  // namespace scanner
