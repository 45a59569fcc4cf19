#include "scanner/io/capture_set.h"

#include "scanner/io/packet_filter.h"

#include <algorithm>
#include <random>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kMaxNews = 64;
constexpr std::size_t kLeastRing = std::size_t{1} * 1024 * 1024;

void add(LiveCaptureCounters& sum, const LiveCaptureCounters& one) {
  sum.packets += one.packets;
  sum.bytes += one.bytes;
  sum.kernel_dropped += one.kernel_dropped;
  sum.interface_dropped += one.interface_dropped;
  sum.sampled_out += one.sampled_out;
}

}  // namespace

CaptureSet::CaptureSet(CaptureSetOptions options, InterfaceWatch watch) : options_(std::move(options)), watch_(std::move(watch)) {
  std::random_device random;
  seed_ = (std::uint64_t{random()} << 32) | random();
}

Result<std::unique_ptr<CaptureSet>> CaptureSet::open(CaptureSetOptions options, Duration steady) {
  if (auto checked = check_filter(options.capture.filter); !checked) return tl::unexpected(checked.error());
  auto watch = InterfaceWatch::open();
  if (!watch) return tl::unexpected(watch.error());
  std::unique_ptr<CaptureSet> set(new CaptureSet(std::move(options), std::move(*watch)));
  set->look(steady);
  if (set->open_.empty() && set->retry_at_) return fail(set->complaints_.front());
  return set;
}

void CaptureSet::set_on(bool on, Duration steady) {
  if (on == on_) return;
  on_ = on;
  if (on) return look(steady);
  while (!open_.empty()) close_one(open_.size() - 1, "");
  complaints_.clear();
  retry_at_.reset();
}

void CaptureSet::sample(std::uint32_t one_of) {
  one_of_ = std::max(one_of, 1U);
  for (const Open& one : open_) one.capture->sample(one_of_, seed_);
}

void CaptureSet::add_descriptors(std::vector<pollfd>& descriptors) const {
  if (options_.interfaces.empty()) return;
  descriptors.push_back({watch_.descriptor(), POLLIN, 0});
  for (const Open& one : open_) descriptors.push_back({one.capture->descriptor(), POLLIN, 0});
}

void CaptureSet::heed(const std::vector<pollfd>& descriptors, Duration steady) {
  bool changed = false;
  for (const pollfd& polled : descriptors) {
    if (polled.revents == 0) continue;
    changed = changed || polled.fd == watch_.descriptor();
    for (Open& one : open_)
      if (one.capture->descriptor() == polled.fd) one.ready = true;
  }
  if (changed && watch_.changed() && on_) look(steady);
}

void CaptureSet::read_all_next() {
  for (Open& one : open_) one.ready = true;
}

bool CaptureSet::read(std::vector<Piece>& pieces, std::size_t most, Duration steady) {
  bool more = false;
  for (std::size_t i = 0; i < open_.size();) {
    Open& one = open_[i];
    if (!one.ready) {
      ++i;
      continue;
    }
    Piece& piece = pieces.emplace_back(Piece{one.index, {}});
    const auto read = one.capture->read(piece.batch, most, one.index);
    one.delivered = true;
    if (piece.batch.events.empty()) pieces.pop_back();
    if (!read) {
      close_one(i, read.error().message);
      retry_at_ = steady + options_.retry_every;
      continue;
    }
    one.ready = *read;
    more = more || *read;
    ++i;
  }
  return more;
}

void CaptureSet::retry(Duration steady) {
  if (on_ && retry_at_ && steady >= *retry_at_) look(steady);
}

// Holds what is open against what there is.
void CaptureSet::look(Duration steady) {
  retry_at_.reset();
  const std::vector<NetworkInterface> all = network_interfaces();
  const std::vector<NetworkInterface> chosen = choose_interfaces(options_.interfaces, all);
  const auto same = [](const NetworkInterface& interface) { return [&](const NetworkInterface& other) { return other.name == interface.name && other.index == interface.index; }; };
  for (std::size_t i = open_.size(); i-- > 0;)
    if (std::none_of(chosen.begin(), chosen.end(), same(open_[i].interface))) close_one(i, open_[i].interface.name + ": the interface went away or down");
  std::vector<std::string> before = std::exchange(complaints_, {});
  const std::size_t share = options_.max_ring_bytes / std::max<std::size_t>(chosen.size(), 1);
  const std::size_t ring_bytes = std::min(options_.capture.buffer_bytes, std::max(share, kLeastRing));
  for (const NetworkInterface& interface : chosen) {
    if (std::any_of(open_.begin(), open_.end(), [&](const Open& one) { return one.interface.name == interface.name; })) continue;
    if (open_.size() == kMaxInterfaces) {
      complaints_.push_back(std::to_string(kMaxInterfaces) + " interfaces are captured; " + interface.name + " and later ones are not");
      break;
    }
    open_one(interface, ring_bytes);
  }
  const bool retry = !complaints_.empty();
  for (const std::string& name : named_interfaces(options_.interfaces))
    if (std::none_of(chosen.begin(), chosen.end(), [&](const NetworkInterface& one) { return one.name == name; }))
      complaints_.push_back(name + ": there is no such interface that is up; it is captured when it comes");
  for (const std::string& sentence : complaints_)
    if (std::find(before.begin(), before.end(), sentence) == before.end()) tell(sentence);
  if (retry) retry_at_ = steady + options_.retry_every;
}

void CaptureSet::open_one(const NetworkInterface& interface, std::size_t ring_bytes) {
  LiveCaptureOptions options = options_.capture;
  options.buffer_bytes = ring_bytes;
  auto capture = LiveCapture::open(interface.name, options, pool_);
  if (!capture) {
    complaints_.push_back(capture.error().message);
    return;
  }
  (*capture)->sample(one_of_, seed_);
  const bool returned = std::find(names_.begin(), names_.end(), interface.name) != names_.end();
  // What passed while it was not watched; nobody knows how much.
  if (returned) ++lost_;
  tell(interface.name + (returned ? ": captured again" : ": captured"));
  Open& one = open_.emplace_back();
  one.interface = interface;
  one.index = index_of(interface.name);
  one.capture = std::move(*capture);
  one.ready = true;
}

void CaptureSet::close_one(std::size_t position, const std::string& why) {
  Open& one = open_[position];
  ask(one);
  add(closed_, one.last);
  if (!why.empty()) tell(why + "; it is captured again when it returns");
  open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(position));
}

void CaptureSet::ask(Open& one) {
  const LiveCaptureCounters now = one.capture->counters();
  lost_ += now.lost() - one.last.lost();
  one.last = now;
  one.delivered = false;
}

std::uint64_t CaptureSet::take_lost(bool all) {
  for (Open& one : open_)
    if (all || one.delivered) ask(one);
  return std::exchange(lost_, 0);
}

std::uint16_t CaptureSet::index_of(const std::string& name) {
  const auto known = std::find(names_.begin(), names_.end(), name);
  if (known != names_.end()) return static_cast<std::uint16_t>(known - names_.begin());
  if (names_.size() < kMaxNames) names_.push_back(name);
  return static_cast<std::uint16_t>(names_.size() - 1);
}

std::vector<std::string> CaptureSet::active() const {
  std::vector<std::string> names;
  names.reserve(open_.size());
  for (const Open& one : open_) names.push_back(one.interface.name);
  return names;
}

LiveCaptureCounters CaptureSet::counters() const {
  LiveCaptureCounters sum = closed_;
  for (const Open& one : open_) add(sum, one.last);
  return sum;
}

void CaptureSet::tell(std::string sentence) {
  if (news_.size() < kMaxNews) news_.push_back(std::move(sentence));
}

std::vector<std::string> CaptureSet::take_news() { return std::exchange(news_, {}); }

}  // namespace scanner
