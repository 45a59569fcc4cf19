#include "scanner/app/coverage_text.h"

#include "scanner/app/wording.h"

namespace scanner {
namespace {

std::uint64_t with(const Coverage& coverage, DecodeStatus status) { return coverage.by_status[static_cast<std::size_t>(status)]; }

std::string covered(const RunCoverage& run) {
  const Coverage& c = run.counts;
  return plural(c.packets, "packet", "packets") + ", " + bytes_text(c.bytes) + ", " + plural(c.flows.flows, "flow", "flows") + " in " +
         plural(run.files, "capture", "captures");
}

// What is not zero, in words.
class Parts {
 public:
  void add(std::uint64_t count, std::string_view one, std::string_view many) {
    if (count > 0) add(plural(count, one, many));
  }
  void add(const std::string& part) { text_ += (text_.empty() ? "" : ", ") + part; }
  std::string or_else(std::string_view nothing) const { return text_.empty() ? std::string(nothing) : text_; }

 private:
  std::string text_;
};

std::string undecoded_text(const Coverage& c) {
  Parts reasons, beside;
  reasons.add(with(c, DecodeStatus::UnknownLink), "of an unknown link type", "of unknown link types");
  reasons.add(with(c, DecodeStatus::Truncated), "cut short within a header", "cut short within their headers");
  reasons.add(with(c, DecodeStatus::Malformed), "malformed", "malformed");
  reasons.add(with(c, DecodeStatus::TooDeep), "nested too deep", "nested too deep");
  reasons.add(with(c, DecodeStatus::Enciphered), "encrypted by the link", "encrypted by the link");
  reasons.add(with(c, DecodeStatus::Packed), "in pieces or compressed by the link", "in pieces or compressed by the link");
  beside.add(with(c, DecodeStatus::NotIp), "packet that is not IP", "packets that are not IP");
  beside.add(with(c, DecodeStatus::NoTransport), "of another IP protocol", "of other IP protocols");
  const std::string rest = beside.or_else("");
  return (undecoded(c) == 0 ? "no packet" : plural(undecoded(c), "packet", "packets") + ": " + reasons.or_else("")) + (rest.empty() ? "" : "; beside them " + rest);
}

// What a snaplen cost: bytes, and of them headers (those packets are undecoded) and payload.
std::string clipped_text(const Coverage& c) {
  Parts cut;
  cut.add(bytes_text(c.clipped_bytes) + " not captured");
  if (c.payload_cut > 0) cut.add(bytes_text(c.payload_cut) + " of payload");
  cut.add(with(c, DecodeStatus::Truncated), "packet cut within a header", "packets cut within their headers");
  return plural(c.clipped, "packet", "packets") + " clipped by the capture (" + cut.or_else("") + ")";
}

std::string missing_text(const Coverage& c) {
  Parts parts;
  parts.add(c.lost, "packet dropped by the capture", "packets dropped by the capture");
  if (c.clipped > 0 || c.payload_cut > 0) parts.add(clipped_text(c));
  if (c.flows.gaps > 0) parts.add(plural(c.flows.gaps, "gap", "gaps") + " in TCP streams (" + bytes_text(c.flows.gap_bytes) + ")");
  parts.add(c.flows.one_sided, "one-sided flow", "one-sided flows");
  parts.add(c.fragments.expired + c.fragments.evicted, "incomplete datagram", "incomplete datagrams");
  return parts.or_else("nothing known: no drops, clipped packets, gaps or one-sided flows");
}

std::string doubtful_text(const Coverage& c) {
  Parts parts;
  parts.add(c.clamped, "timestamp clamped", "timestamps clamped");
  if (c.flows.conflicting_bytes > 0) parts.add(bytes_text(c.flows.conflicting_bytes) + " retransmitted with other content");
  parts.add(c.flows.evicted, "flow forgotten for space", "flows forgotten for space");
  if (c.subjects_refused > 0) parts.add(plural(c.subjects_refused, "time", "times") + " a detector had no room for somebody new (detectors.subjects)");
  parts.add(c.gave_up, "stream given up by a parser", "streams given up by a parser");
  return parts.or_else("nothing: no clamped timestamps, conflicting retransmissions or forgotten flows");
}

// With what keys there were, however few served.
std::string opened_text(const Coverage& c) {
  return plural(c.tls.opened, "TLS session", "TLS sessions") + " decrypted of " + count_text(c.tls.with_keys) + " with keys; the key logs know " +
         plural(c.tls_sessions_known, "session", "sessions");
}

}  // namespace

std::uint64_t undecoded(const Coverage& coverage) {
  std::uint64_t sum = 0;
  for (const DecodeStatus status : kUndecoded) sum += with(coverage, status);
  return sum;
}

std::vector<std::pair<std::string, std::string>> coverage_lines(const RunCoverage& run) {
  std::vector<std::pair<std::string, std::string>> lines = {
          {"covered", covered(run)},
          {"time", run.counts.packets > 0 ? window_text(run.first, run.last) : "none"},
          {"undecoded", undecoded_text(run.counts)},
          {"missing", missing_text(run.counts)},
          {"doubtful", doubtful_text(run.counts)}};
  if (run.counts.tls_sessions_known > 0) lines.emplace_back("decrypted", opened_text(run.counts));
  return lines;
}

}  // namespace scanner
