#include "scanner/app/report.h"

#include "scanner/app/html.h"
#include "scanner/app/report_parts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <unordered_set>

namespace scanner {
namespace {

// A page that nobody can scroll through convinces nobody.
constexpr std::size_t kMostIncidents = 300, kMostFindings = 25, kMostTimelines = 8, kMostTimelinesInAll = 150, kMostFrames = 12, kMostPools = 20, kFindingsInFull = 6;

struct TypeWords {
  std::string_view name, word;
};

TypeWords words_of(EventType type) {
  switch (type) {
    case EventType::Breach: return {"breach", "BREACH"};
    case EventType::Indicator: return {"indicator", "INDICATOR"};
    case EventType::Permitted: return {"permitted", "PERMITTED"};
  }
  return {};
}

std::string chip(EventType type) {
  const TypeWords words = words_of(type);
  return element("span", "chip " + std::string(words.name), words.word);
}

std::string decimals(double value, int digits) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string percent(double share) { return decimals(std::min(share * 100, 99.9), 1) + " %"; }

std::string row(std::string_view cells) { return element("tr", "", cells); }
std::string cell(std::string_view content, std::string_view name = "") { return element("td", name, content); }
std::string copy(std::string_view text) { return element("code", "copy", html(text)); }

// "<div><span>label</span><b>text</b></div>", nothing where there is no text.
std::string fact(std::string_view label, const std::string& text) {
  return text.empty() ? "" : element("div", "", element("span", "", label) + element("b", "", html(text)));
}

std::string term(std::string_view name, const std::string& markup) { return element("dt", "", name) + element("dd", "", markup); }

// An excerpt's first characters; the event has the rest.
std::string shortened(const std::string& text) {
  constexpr std::size_t kColumns = 140;
  // Redaction writes the message's line end in digits.
  const std::string clean = printable(text.ends_with("\\x0a") ? text.substr(0, text.size() - 4) : text);
  return display_width(clean) <= kColumns ? clean : fitted(clean, kColumns);
}

std::string texts_html(const std::vector<std::string>& texts) {
  std::string items;
  for (const std::string& text : texts) items += element("li", "", html(text));
  return element("ul", "tight", items);
}

class Page {
 public:
  explicit Page(const ReportInput& input) : input_(input) {
    for (std::size_t i = 0; i < input.summary.incidents.size(); ++i) anchors_.push_back("i" + std::to_string(i + 1));
  }

  std::string text() {
    std::string body = header() + banner() + overview();
    const auto& incidents = input_.summary.incidents;
    for (std::size_t i = 0; i < std::min(incidents.size(), kMostIncidents); ++i) body += incident(*incidents[i], i);
    if (incidents.size() > kMostIncidents)
      body += element("p", "soft", html("and " + plural(incidents.size() - kMostIncidents, "more incident", "more incidents") + ", which the events have"));
    body += coverage() + provenance() + footer();
    return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
           "<meta name=\"referrer\" content=\"no-referrer\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
           "<title>" + html("aupscan: " + verdict()) + "</title><style>" + std::string(report_style()) + "</style></head>\n<body><main>\n" + body + "</main></body></html>\n";
  }

 private:
  std::uint64_t count(EventType type) const {
    const auto& all = input_.summary.incidents;
    return static_cast<std::uint64_t>(std::count_if(all.begin(), all.end(), [type](const BreachEvent* event) { return event->type == type; }));
  }

  std::string verdict() const {
    if (input_.summary.incidents.empty()) return "nothing found";
    return plural(count(EventType::Breach), "breach", "breaches") + ", " + plural(count(EventType::Indicator), "indicator", "indicators");
  }

  std::string header() const {
    const auto& names = input_.summary.file_names;
    std::string files;
    for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 6); ++i) files += (i > 0 ? ", " : "") + element("code", "", html(names[i]));
    if (names.size() > 6) files += html(" and " + count_text(names.size() - 6) + " more");
    return element("h1", "", "Acceptable-use replay") + element("p", "soft", "What aupscan found in " + files);
  }

  std::string banner() const {
    const std::string_view name = count(EventType::Breach) > 0 ? "breach" : count(EventType::Indicator) > 0 ? "indicator" : "clear";
    std::string_view sense = "No conduct that the declaration forbids was seen in what was covered.";
    if (name == "breach") sense = "What follows is a claim with its evidence, and a proposal. People decide.";
    if (name == "indicator") sense = "Indicators call for a look; none of them proves conduct.";
    std::string markup = element("strong", "", html(verdict())) + "<br>" + std::string(sense);
    const RunCoverage& run = input_.summary.coverage;
    if (run.counts.packets > 0)
      markup += "<br>" + element("span", "small soft", html(plural(run.counts.packets, "packet", "packets") + ", " + bytes_text(run.counts.bytes) + ", " + window_text(run.first, run.last)));
    return "<div class=\"banner " + std::string(name) + "\">" + markup + "</div>\n";
  }

  std::string overview() const {
    const auto& incidents = input_.summary.incidents;
    if (incidents.size() < 2) return "";
    std::string rows;
    for (std::size_t i = 0; i < std::min(incidents.size(), kMostIncidents); ++i) {
      const BreachEvent& event = *incidents[i];
      const std::string pool = event.mining.empty() ? "" : event.mining.front().pool;
      rows += row(cell(chip(event.type)) + cell("<a href=\"#" + anchors_[i] + "\">" + html(event.subject.id) + "</a>") + cell(html(event.activity)) +
                  cell(html(to_string(event.stage))) + cell(html(pool)) + cell(percent(event.confidence), "num right"));
    }
    return element("section", "card scroll", element("table", "", "<tr><th></th><th>Subject</th><th>Activity</th><th>Stage</th><th>Pool</th><th class=\"right\">Confidence</th></tr>" + rows)) + "\n";
  }

  static std::string coin_text(const MiningSummary& mining) {
    if (mining.coin.empty()) return "not known";
    return mining.coin + (mining.algorithm.empty() ? "" : " (" + mining.algorithm + ")");
  }

  static std::string rate_text(const MiningSummary& mining) {
    if (mining.hashrate > 0) return hash_rate_text(mining.hashrate);
    return mining.difficulty_per_second > 0 ? "unknown algorithm, difficulty " + quantity_text(mining.difficulty_per_second, "per second") : "";
  }

  static bool has_shares(const MiningSummary& mining) { return mining.submitted + mining.accepted + mining.rejected > 0; }

  static std::string facts(const BreachEvent& event) {
    std::string out;
    if (event.mining.size() == 1) {
      const MiningSummary& mining = event.mining.front();
      out += fact("Coin", coin_text(mining)) + fact("Pool", mining.pool);
      if (has_shares(mining)) out += fact("Shares", shares_text(mining));
      out += fact("Hash rate, estimated", rate_text(mining)) + fact("Worker", mining.worker_prefix) + fact("Worker reference", mining.worker_ref) +
             fact("Program, by its own word", agent_text(mining.agent, mining.agent_family, mining.agent_version));
    }
    out += fact("Conversations", counts_text(event.counts)) + fact("When", window_text(event.first_seen, event.last_seen)) + fact("Severity", event.severity) +
           fact("Clause", event.clause + ", item " + event.item);
    return element("div", "facts", out);
  }

  // One pool is among the facts; several are a table.
  static std::string pools(const BreachEvent& event) {
    if (event.mining.size() < 2) return "";
    std::string rows;
    for (std::size_t i = 0; i < std::min(event.mining.size(), kMostPools); ++i) {
      const MiningSummary& mining = event.mining[i];
      rows += row(cell(element("b", "", html(mining.pool))) + cell(html(coin_text(mining))) + cell(html(mining.worker_prefix) + (mining.worker_ref.empty() ? "" : "<br>" + element("code", "soft", html(mining.worker_ref)))) +
                  cell(has_shares(mining) ? html(shares_text(mining)) : "") + cell(html(rate_text(mining))));
    }
    std::string out = element("div", "scroll", element("table", "", "<tr><th>Pool</th><th>Coin</th><th>Worker</th><th>Shares</th><th>Hash rate, estimated</th></tr>" + rows));
    if (event.mining.size() > kMostPools) out += element("p", "soft small", html("and " + plural(event.mining.size() - kMostPools, "more pool", "more pools")));
    return element("h3", "", "Pools") + out;
  }

  std::string incident(const BreachEvent& event, std::size_t number) {
    std::string out = element("h2", "", chip(event.type) + html(event.activity) + " " + element("span", "soft", "by " + html(event.subject.id)));
    if (event.mode != "observe" && event.mode != "enforce") out += element("p", "", element("span", "chip plain", html(event.mode + " mode")) + "asks nobody to act");
    out += facts(event) + pools(event) + element("h3", "", "How far it got") + ladder_html(event, input_.rungs ? input_.rungs->rungs(event.incident) : std::vector<IncidentBook::Rung>{});
    if (const std::string drawn = timelines(event); !drawn.empty()) out += element("h3", "", "Conversations") + drawn;
    out += element("h3", "", "Findings") + findings(event) + element("h3", "", "How sure this is: " + percent(event.confidence)) + arithmetic(event) + considerations(event);
    out += element("h3", "", "Proposal and reference") + reference(event, number);
    return "<article class=\"card\" id=\"" + anchors_[number] + "\">" + out + "</article>\n";
  }

  // A conversation of a few messages is drawn together with the others of the same two sides.
  std::vector<Session> sessions_of(const BreachEvent& event) const {
    constexpr std::size_t kFewMarks = 8;
    std::vector<std::vector<const Session*>> groups;
    std::map<std::pair<IpAddress, Endpoint>, std::size_t> by_sides;
    std::unordered_set<std::uint64_t> seen;
    for (const Finding& finding : event.findings) {
      const Session* session = finding.flow && seen.insert(finding.flow->id).second ? input_.sessions.find(finding.flow->id) : nullptr;
      if (session == nullptr) continue;
      const std::pair sides(session->flow.sender(session->miner).address, session->flow.receiver(session->miner));
      const bool few = session->marks.size() <= kFewMarks;
      const auto group = few ? by_sides.try_emplace(sides, groups.size()).first->second : groups.size();
      if (group == groups.size()) groups.emplace_back();
      groups[group].push_back(session);
    }
    std::vector<Session> sessions;
    sessions.reserve(groups.size());
    for (const auto& group : groups) sessions.push_back(joined(group));
    return sessions;
  }

  std::string timelines(const BreachEvent& event) {
    std::string out;
    std::size_t drawn = 0;
    const std::vector<Session> sessions = sessions_of(event);
    for (const Session& session : sessions) {
      if (drawn == kMostTimelines || timelines_ == kMostTimelinesInAll) break;
      ++drawn;
      ++timelines_;
      out += timeline_svg(session);
    }
    if (sessions.size() > drawn) out += element("p", "soft small", html(plural(sessions.size() - drawn, "further conversation", "further conversations") + " not drawn"));
    return out;
  }

  // "; tier B, by list-a,list-b, last seen 2026-01-02 (3 days before), confidence 0.90"
  static std::string listing_text(const ListContext& listing) {
    std::string text = "; tier " + listing.tier + ", by " + listing.sources + ", last seen " + listing.last_seen;
    if (listing.age_days > 0) text += " (" + plural(static_cast<std::uint64_t>(listing.age_days), "day", "days") + " before)";
    text += ", confidence " + decimals(listing.confidence, 2);
    if (listing.popular) text += ", people browse it";
    if (listing.expired) text += ", expired: context only";
    if (listing.by_template) text += ", not listed itself: like the pool's hosts";
    return text;
  }

  std::string finding_row(const Finding& finding, bool in_full) const {
    std::string what = html(finding.reason);
    if (!finding.listed.empty()) what += "<br>" + element("span", "soft small", "listed: " + html(finding.listed + (finding.listing ? listing_text(*finding.listing) : "")));
    if (finding.process) what += "<br>" + element("span", "soft small", html("process " + std::to_string(finding.process->id.pid) + ", " + finding.process->executable));
    for (std::size_t i = 0; in_full && i < std::min<std::size_t>(finding.matches.size(), 2); ++i) what += "<br>" + element("code", "soft", html(shortened(finding.matches[i])));
    std::string where;
    if (finding.flow) where = copy(display_filter(*finding.flow));
    if (const std::string frames = frames_text(finding, input_.summary.file_names, kMostFrames); !frames.empty()) where += "<br>" + element("span", "small soft", "frames " + html(frames));
    return row(cell(html(to_string(finding.stage))) + cell(what) + cell(where) + cell(html(finding.source), "small soft") + cell(decimals(finding.weight, 2), "num right"));
  }

  std::string findings(const BreachEvent& event) const {
    std::string rows;
    for (std::size_t i = 0; i < std::min(event.findings.size(), kMostFindings); ++i) rows += finding_row(event.findings[i], i < kFindingsInFull);
    std::string out = element("div", "scroll", element("table", "", "<tr><th>Stage</th><th>What</th><th>Wireshark filter and original frames</th><th>Source</th><th class=\"right\">Weight</th></tr>" + rows));
    const std::uint64_t shown = std::min<std::uint64_t>(event.findings.size(), kMostFindings);
    if (event.findings_total > shown) out += element("p", "soft small", html("and " + plural(event.findings_total - shown, "more finding", "more findings")));
    return out;
  }

  std::string arithmetic(const BreachEvent& event) const {
    std::string rows;
    double doubt = 1;
    for (const Weight& weight : event.arithmetic) {
      doubt *= 1 - weight.value;
      rows += row(cell(html(weight.what)) + cell(decimals(weight.value, 3), "num right") + cell(decimals(doubt, 3), "num right"));
    }
    return element("div", "scroll", element("table", "", "<tr><th>Evidence</th><th class=\"right\">Weight</th><th class=\"right\">Doubt left</th></tr>" + rows)) +
           element("p", "soft small", html("Each weight removes its share of the doubt that is left: confidence = 1 − " + decimals(doubt, 3) + " = " + decimals(1 - doubt, 3) +
                                           ". Kinds of evidence that count as independent: " + kinds(event) + "."));
  }

  static std::string kinds(const BreachEvent& event) {
    std::string text;
    for (const std::string& kind : event.independent_kinds) text += (text.empty() ? "" : ", ") + kind;
    return text.empty() ? "none" : text;
  }

  static std::string considerations(const BreachEvent& event) {
    std::string out;
    const auto add = [&](std::string_view title, const std::vector<std::string>& texts) {
      if (!texts.empty()) out += element("h3", "", title) + texts_html(texts);
    };
    add("What speaks against it", event.counter_evidence);
    add("Signs of a compromised host", event.compromise_indicators);
    add("Signs of intent", event.wilful_indicators);
    return out;
  }

  std::string reference(const BreachEvent& event, std::size_t number) const {
    std::string measures;
    for (const std::string& measure : event.proposal.measures) measures += (measures.empty() ? "" : ", ") + measure;
    std::string out = term("May be proposed", html(measures.empty() ? "nothing: an indicator asks for a look" : measures) + element("span", "soft", "; a person decides")) +
                      term("Declaration", html("edition " + event.declaration_version + ", ") + element("code", "", html(event.declaration_sha256))) +
                      term("Incident", element("code", "", html(event.incident)) + html(", revision " + std::to_string(event.revision) + ", " + event.state)) +
                      term("Event", element("code", "", html(event.id)));
    if (!event.merged_into.empty()) out += term("Part of", element("code", "", html(event.merged_into)));
    if (number < input_.slices.size() && !input_.slices[number].file.empty()) {
      const EvidenceSlice& slice = input_.slices[number];
      out += term("Evidence", element("code", "", html(input_.evidence_directory + "/" + slice.file)) +
                                  html(", " + plural(slice.plan.packets, "packet", "packets") + ", " + bytes_text(slice.size) + (slice.plan.cut ? ", cut to its budget" : "")) + "<br>" +
                                  element("code", "soft", "sha256 " + html(slice.sha256)));
    }
    return element("dl", "", out);
  }

  std::string coverage() const {
    std::string out;
    for (const auto& [title, text] : coverage_lines(input_.summary.coverage)) out += term(title, html(text));
    std::string markup = element("h2", "", "What was covered") + element("p", "soft small", "Nothing can be said of what was not: absence of evidence counts for as much as this.") + element("dl", "", out);
    if (!input_.warnings.empty()) markup += element("h3", "", "Warnings") + texts_html(input_.warnings);
    return element("section", "card", markup) + "\n";
  }

  std::string provenance() const {
    const std::string out = term("Program", html("aupscan " + input_.frame.version)) + term("Rules", element("code", "", html(input_.ruleset_id))) +
                            term("Configuration", element("code", "", html(input_.config_id))) + term("Again with", copy(input_.frame.replay));
    return element("section", "card", element("h2", "", "Where this comes from") + "<p></p>" + element("dl", "", out)) + "\n";
  }

  static std::string footer() {
    return element("footer", "", "Excerpts are redacted; wallets and workers appear by their first characters or as keyed hashes. Hash rates are estimates from accepted shares and their difficulty.");
  }

  const ReportInput& input_;
  std::vector<std::string> anchors_;
  std::size_t timelines_ = 0;
};

}  // namespace

std::string report_page(const ReportInput& input) { return Page(input).text(); }

}  // namespace scanner
