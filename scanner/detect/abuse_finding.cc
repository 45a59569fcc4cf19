#include "scanner/detect/abuse_finding.h"

#include <algorithm>
#include <cstdio>

namespace scanner {

Finding abuse_finding(std::string key, std::string_view activity, std::string_view detector, Stage stage, const Subject& subject) {
  constexpr double kObserved = 0.4, kConfirmed = 0.9;
  Finding finding;
  finding.key = std::move(key);
  finding.subject = subject;
  finding.activity = activity;
  finding.kind = EvidenceKind::Traffic;
  finding.stage = stage;
  finding.source = detector;
  finding.weight = stage == Stage::Confirmed ? kConfirmed : kObserved;
  return finding;
}

bool Told::due(Stage stage, std::uint64_t count, Timestamp at) {
  constexpr Duration kAgain = std::chrono::minutes(5);
  stage = std::max(stage, stage_);
  if (stage == Stage::None) return false;
  const bool again = count >= 2 * count_ || 2 * count <= count_ || (count != count_ && at - at_ >= kAgain);
  if (stage == stage_ && !again) return false;
  stage_ = stage;
  count_ = count;
  at_ = at;
  return true;
}

void add_packet(std::vector<PacketRef>& packets, std::uint16_t file, std::uint32_t frame) {
  if (frame != 0 && packets.size() < Finding::kMaxPackets) packets.push_back({file, frame});
}

std::string span_text(Duration span) {
  const double seconds = static_cast<double>(span.count()) / 1e9;
  constexpr double kMinute = 60, kHour = 3600;
  char text[32];
  if (seconds < 2 * kMinute)
    std::snprintf(text, sizeof text, "%.1f s", seconds);
  else if (seconds < 2 * kHour)
    std::snprintf(text, sizeof text, "%.0f min", seconds / kMinute);
  else
    std::snprintf(text, sizeof text, "%.1f h", seconds / kHour);
  return text;
}

std::string service_text(IpProtocol protocol, std::uint16_t port) {
  std::string text(to_string(protocol));
  if (protocol == IpProtocol::Tcp || protocol == IpProtocol::Udp) text += "/" + std::to_string(port);
  return text;
}

}  // namespace scanner
