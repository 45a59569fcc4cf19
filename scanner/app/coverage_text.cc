#include "scanner/app/coverage_text.h"

#include "scanner/app/wording.h"

namespace scanner {
namespace {

std::uint64_t with(const Coverage& coverage, DecodeStatus status) { return coverage.by_status[static_cast<std::size_t>(status)]; }

std::string covered(const RunCoverage& run) {
  const Coverage& c = run.counts;
  std::string text = plural(c.packets, "packet", "packets") + ", " + bytes_text(c.bytes) + ", " + plural(c.flows.flows, "flow", "flows") + " in " +
                     plural(run.files, "capture", "captures");
  if (c.packets > 0) text += "; " + window_text(run.first, run.last);
  return text;
}

std::string undecoded_text(const Coverage& c) {
  return count_text(undecoded(c)) + ": unknown link type " + count_text(with(c, DecodeStatus::UnknownLink)) + ", cut short " +
         count_text(with(c, DecodeStatus::Truncated)) + ", malformed " + count_text(with(c, DecodeStatus::Malformed)) + ", nested too deep " +
         count_text(with(c, DecodeStatus::TooDeep)) + "; beside them not IP " + count_text(with(c, DecodeStatus::NotIp)) + ", other IP protocols " +
         count_text(with(c, DecodeStatus::NoTransport));
}

std::string missing_text(const Coverage& c) {
  return plural(c.lost, "packet", "packets") + " dropped by the capture, " + plural(c.clipped, "packet", "packets") + " clipped, " +
         plural(c.flows.gaps, "gap", "gaps") + " (" + bytes_text(c.flows.gap_bytes) + ") in TCP streams, " +
         plural(c.flows.one_sided, "one-sided flow", "one-sided flows") + ", " +
         plural(c.fragments.expired + c.fragments.evicted, "incomplete datagram", "incomplete datagrams");
}

std::string doubtful_text(const Coverage& c) {
  return plural(c.clamped, "timestamp", "timestamps") + " clamped, " + bytes_text(c.flows.conflicting_bytes) + " retransmitted differently, " +
         plural(c.flows.evicted, "flow", "flows") + " forgotten for space, " + plural(c.gave_up, "stream", "streams") + " given up by a parser";
}

}  // namespace

std::uint64_t undecoded(const Coverage& coverage) {
  std::uint64_t sum = 0;
  for (const DecodeStatus status : {DecodeStatus::UnknownLink, DecodeStatus::Truncated, DecodeStatus::Malformed, DecodeStatus::TooDeep})
    sum += with(coverage, status);
  return sum;
}

std::vector<std::pair<std::string, std::string>> coverage_lines(const RunCoverage& run) {
  return {{"covered", covered(run)},
          {"undecoded", undecoded_text(run.counts)},
          {"missing", missing_text(run.counts)},
          {"doubtful", doubtful_text(run.counts)}};
}

}  // namespace scanner
