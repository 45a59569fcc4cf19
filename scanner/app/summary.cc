#include "scanner/app/summary.h"

#include "scanner/app/wording.h"
#include "scanner/engine/event_json.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace scanner {
namespace {

constexpr std::size_t kIndent = 2, kLabel = 12;
constexpr std::size_t kMostBlocks = 100, kMostPools = 5, kMostFrames = 8;

// Colours of a terminal's own palette, so that they suit light and dark ones.
constexpr std::string_view kRed = "\x1b[1;31m", kYellow = "\x1b[1;33m", kGreen = "\x1b[1;32m", kDim = "\x1b[2m", kBold = "\x1b[1m", kPlain = "\x1b[0m";

class Page {
 public:
  explicit Page(const SummaryStyle& style) : style_(style) {}

  std::string painted(std::string_view colour, const std::string& text) const {
    return style_.colour ? std::string(colour) + text + std::string(kPlain) : text;
  }
  void line(const std::string& text) { out_ += text + "\n"; }
  // A label and its text, wrapped with a hanging indent.
  void row(const std::string& label, const std::string& text) {
    const std::size_t left = kIndent + kLabel;
    const std::size_t width = style_.width > left + 20 ? style_.width - left : 20;
    bool first = true;
    for (const std::string& piece : wrapped(text, width)) {
      line(std::string(kIndent, ' ') + painted(kDim, fitted(first ? label : "", kLabel)) + piece);
      first = false;
    }
  }
  // The same in one piece, however long.
  void row_unbroken(const std::string& label, const std::string& text) {
    line(std::string(kIndent, ' ') + painted(kDim, fitted(label, kLabel)) + text);
  }
  std::size_t width() const { return style_.width; }
  std::string take() { return std::move(out_); }

 private:
  const SummaryStyle& style_;
  std::string out_;
};

std::string confidence_text(double confidence) {
  std::array<char, 16> text{};
  // 0.998 is not certainty, and must not be written as such.
  std::snprintf(text.data(), text.size(), "%.1f %%", std::min(confidence * 100, 99.9));
  return text.data();
}

void headline(const BreachEvent& event, Page& page) {
  const bool breach = event.type == EventType::Breach;
  const std::string verdict = breach ? "BREACH" : event.type == EventType::Indicator ? "INDICATOR" : "PERMITTED";
  const std::string_view colour = breach ? kRed : event.type == EventType::Indicator ? kYellow : kGreen;
  std::string what = event.activity + "  " + std::string(to_string(event.stage));
  if (event.mode != "observe" && event.mode != "enforce") what += "  (" + event.mode + " mode)";
  page.line(page.painted(colour, fitted(verdict, kIndent + kLabel)) + page.painted(kBold, printable(what)));
}

std::string pool_text(const MiningSummary& mining) {
  std::string text = (mining.pool.empty() ? "not known" : mining.pool) + ": ";
  text += mining.coin.empty() ? "coin not known" : mining.coin;
  if (!mining.algorithm.empty()) text += " (" + mining.algorithm + ")";
  if (!mining.worker_prefix.empty()) text += ", worker " + mining.worker_prefix;
  return printable(text);
}

void mining_rows(const BreachEvent& event, Page& page) {
  std::size_t shown = 0;
  for (const MiningSummary& mining : event.mining) {
    if (shown++ == kMostPools) break;
    page.row("pool", pool_text(mining));
    if (const std::string agent = agent_text(mining.agent, mining.agent_family, mining.agent_version); !agent.empty()) page.row("program", printable(agent + ", by its own word"));
    if (mining.submitted + mining.accepted + mining.rejected > 0) page.row("shares", shares_text(mining));
    if (const std::string rate = hash_rate_text(mining.hashrate); !rate.empty())
      page.row("hash rate", rate);
    else if (mining.difficulty_per_second > 0)
      page.row("hash rate", "unknown algorithm; difficulty " + quantity_text(mining.difficulty_per_second, "per second"));
  }
  if (event.mining.size() > kMostPools) page.row("", "and " + plural(event.mining.size() - kMostPools, "more pool", "more pools"));
}

void block(const BreachEvent& event, const std::vector<std::string>& file_names, const std::string& slice, Page& page) {
  headline(event, page);
  page.row("subject", printable(event.subject.id));
  mining_rows(event, page);
  if (const std::string counts = counts_text(event.counts); !counts.empty()) page.row("seen", counts);
  page.row("when", window_text(event.first_seen, event.last_seen));
  page.row("confidence", confidence_text(event.confidence) + ", severity " + event.severity);
  page.row("clause", printable(event.clause + ", item " + event.item + " of declaration " + event.declaration_version));
  if (const Finding* best = best_finding(event)) {
    page.row("because", printable(best->reason));
    if (best->process) page.row("process", printable(std::to_string(best->process->id.pid) + " " + best->process->executable));
    if (const std::string frames = frames_text(*best, file_names, kMostFrames); !frames.empty()) page.row("packets", printable(frames));
    if (best->flow) page.row_unbroken("Wireshark", display_filter(*best->flow));
  }
  if (!event.merged_into.empty()) page.row("part of", "incident " + event.merged_into);
  if (!slice.empty()) page.row("evidence", printable(slice));
  page.line("");
}

void totals(const SummaryInput& input, Page& page) {
  std::uint64_t breaches = 0, indicators = 0;
  for (const BreachEvent* event : input.incidents) {
    breaches += event->type == EventType::Breach ? 1 : 0;
    indicators += event->type == EventType::Indicator ? 1 : 0;
  }
  if (input.incidents.empty() && input.dropped == 0) {
    page.line(page.painted(kGreen, "nothing found"));
    return;
  }
  std::string text = plural(breaches, "breach", "breaches") + ", " + plural(indicators, "indicator", "indicators");
  if (const std::uint64_t others = input.incidents.size() - breaches - indicators; others > 0) text += ", " + count_text(others) + " permitted";
  const std::uint64_t hidden = input.dropped + (input.incidents.size() > kMostBlocks ? input.incidents.size() - kMostBlocks : 0);
  if (hidden > 0) text += "; " + plural(hidden, "further incident", "further incidents") + " not shown (--events has them)";
  page.line(page.painted(kBold, text));
}

}  // namespace

std::string shares_text(const MiningSummary& mining) {
  return count_text(mining.accepted) + " accepted of " + count_text(mining.submitted) + " submitted" +
         (mining.rejected > 0 ? ", " + count_text(mining.rejected) + " rejected" : "");
}

std::string counts_text(const BreachEvent::Counts& counts) {
  std::string text;
  const auto add = [&](std::uint64_t count, std::string_view one, std::string_view many) {
    if (count > 0) text += (text.empty() ? "" : ", ") + plural(count, one, many);
  };
  add(counts.proof, "conversation with accepted shares", "conversations with accepted shares");
  add(counts.work, "with shares, none seen accepted", "with shares, none seen accepted");
  add(counts.sessions, "session without a share", "sessions without a share");
  add(counts.contacts, "contact without a session", "contacts without a session");
  add(counts.attempts, "empty TCP attempt", "empty TCP attempts");
  return text;
}

const Finding* best_finding(const BreachEvent& event) {
  const Finding* best = nullptr;
  // The list is sorted by stage; among equals the heaviest shows most.
  for (const Finding& finding : event.findings)
    if (best == nullptr || (finding.stage == best->stage && finding.weight > best->weight)) best = &finding;
  return best;
}

std::string frames_text(const Finding& finding, const std::vector<std::string>& file_names, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < std::min(finding.packets.size(), most); ++i) text += (i > 0 ? ", " : "") + std::to_string(finding.packets[i].frame);
  if (finding.packets.size() > most) text += ", …";
  // Of one capture everybody knows which it is.
  if (!finding.packets.empty() && file_names.size() > 1 && finding.packets.front().file < file_names.size()) text += " of " + file_names[finding.packets.front().file];
  return text;
}

std::string closing(const SummaryInput& input, const SummaryStyle& style) {
  Page page(style);
  totals(input, page);
  for (const auto& [label, text] : input.notes) page.row(label, printable(text));
  for (const auto& [label, text] : coverage_lines(input.coverage)) page.row(label, text);
  return page.take();
}

std::string summary(const SummaryInput& input, const SummaryStyle& style) {
  Page page(style);
  for (std::size_t i = 0; i < std::min(input.incidents.size(), kMostBlocks); ++i)
    block(*input.incidents[i], input.file_names, i < input.slices.size() ? input.slices[i] : "", page);
  return page.take() + closing(input, style);
}

}  // namespace scanner
