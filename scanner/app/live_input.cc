#include "scanner/app/live_input.h"

#include "scanner/app/wording.h"
#include "scanner/io/attribution_watch.h"
#include "scanner/io/live_source.h"

#include <chrono>
#include <memory>
#include <utility>

namespace scanner {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::seconds kOpenAgain{10};

HostWatchOptions watch_options(const AgentConfig& config) {
  HostWatchOptions options;
  options.allow_ebpf = config.ebpf;
  options.allow_netlink = config.netlink;
  options.poll_every = config.poll_every;
  options.usage_every = config.usage_every;
  options.max_image_bytes = config.image_bytes;
  return options;
}

LiveOptions live_options(const AgentConfig& config) {
  LiveOptions options;
  options.captures.interfaces = config.interfaces == std::vector<std::string>{"none"} ? std::vector<std::string>{} : config.interfaces;
  options.captures.capture.snaplen = static_cast<int>(config.snaplen);
  options.captures.capture.buffer_bytes = config.buffer_bytes;
  options.captures.capture.filter = config.filter;
  return options;
}

// A watch that remembers that it failed; the source lets it go then.
class RememberedWatch final : public HostWatch {
 public:
  RememberedWatch(std::unique_ptr<AttributionWatch> watch, std::shared_ptr<bool> failed, std::shared_ptr<AttributionWatch*> known)
      : watch_(std::move(watch)), failed_(std::move(failed)), known_(std::move(known)) {}
  ~RememberedWatch() override {
    if (*known_ == watch_.get()) *known_ = nullptr;
  }
  std::string_view name() const override { return watch_->name(); }
  int descriptor() const override { return watch_->descriptor(); }
  Duration period() const override { return watch_->period(); }
  Result<bool> collect(Timestamp now, std::vector<HostRecord>& records, std::size_t most) override {
    auto collected = watch_->collect(now, records, most);
    if (!collected) *failed_ = true;
    return collected;
  }
  WatchCounters counters() const override { return watch_->counters(); }

 private:
  std::unique_ptr<AttributionWatch> watch_;
  std::shared_ptr<bool> failed_;
  std::shared_ptr<AttributionWatch*> known_;
};

// A live source and what it takes to look after it. One thread, but for wake().
class LiveHost {
 public:
  explicit LiveHost(const Setup& setup) : config_(setup.config.agent), tenants_(setup.tenants), image_words_(setup.matcher->ruleset().datasets().words("image-words")) {}

  Result<std::unique_ptr<LiveSource>> open(std::shared_ptr<OwnTraffic> own) {
    auto watch = open_watch();
    auto source = LiveSource::open(live_options(config_), std::move(watch), std::move(own));
    if (!source) return fail("capture: " + source.error().message);
    source_ = source->get();
    return source;
  }

  void set_effort(Effort effort) {
    source_->set_packets(effort <= Effort::Sampled);
    source_->set_hosts(effort <= Effort::ProcessesOnly);
    source_->set_sampling(effort == Effort::Sampled ? config_.sample_one_in : 1);
  }

  InputStatus status() {
    if (*failed_ && Steady::now() >= open_again_) source_->use_watch(open_watch());
    const LiveCounters counters = source_->counters();
    InputStatus status;
    CaptureStatus& capture = status.captures.emplace_back();
    capture.name = joined(source_->interfaces(), ",");
    capture.packets = counters.captures.packets;
    capture.dropped = counters.captures.kernel_dropped;
    capture.interface_dropped = counters.captures.interface_dropped;
    capture.sampled_out = counters.captures.sampled_out;
    capture.own = counters.own_packets;
    if (capture.name.empty()) status.captures.clear();
    status.process_source = *failed_ ? "" : watch_name_;
    status.processes_seen = counters.watch.seen;
    status.processes_lost = counters.watch.lost;
    status.processes_incomplete = counters.watch.incomplete;
    status.rescans = counters.watch.rescans;
    status.notes = notes_;
    return status;
  }

  void use(std::shared_ptr<const Tenants> tenants) {
    tenants_ = std::move(tenants);
    if (*attribution_ != nullptr) (*attribution_)->use(tenants_);
  }

  std::vector<std::string> news() { return source_->take_news(); }
  LiveSource& source() { return *source_; }

 private:
  // Where not even /proc can be read, packets alone are looked at, and a note says so. Whose
  // things are is told in any case.
  std::unique_ptr<HostWatch> open_watch() {
    auto attribution = std::make_unique<AttributionWatch>(open_processes(), AttributionWatchOptions{});
    attribution->use(tenants_);
    *attribution_ = attribution.get();
    return std::make_unique<RememberedWatch>(std::move(attribution), failed_, attribution_);
  }

  std::unique_ptr<HostWatch> open_processes() {
    open_again_ = Steady::now() + kOpenAgain;
    HostWatchOptions options = watch_options(config_);
    options.image_words = image_words_;
    auto choice = open_host_watch(options);
    *failed_ = !choice;
    if (!choice) {
      notes_ = {"processes are not watched: " + choice.error().message};
      return nullptr;
    }
    watch_name_ = choice->watch->name();
    notes_ = std::move(choice->notes);
    return std::move(choice->watch);
  }

  AgentConfig config_;
  std::shared_ptr<const Tenants> tenants_;
  std::vector<std::string> image_words_;
  std::shared_ptr<AttributionWatch*> attribution_ = std::make_shared<AttributionWatch*>(nullptr);  // the source's, while it lives
  LiveSource* source_ = nullptr;
  std::shared_ptr<bool> failed_ = std::make_shared<bool>(false);
  Steady::time_point open_again_;
  std::string watch_name_;
  std::vector<std::string> notes_;
};

}  // namespace

Result<AgentInput> open_live_input(const Setup& setup, std::shared_ptr<OwnTraffic> own) {
  const auto host = std::make_shared<LiveHost>(setup);
  auto source = host->open(std::move(own));
  if (!source) return tl::unexpected(source.error());
  AgentInput input;
  input.source = std::move(*source);
  input.set_effort = [host](Effort effort) { host->set_effort(effort); };
  input.status = [host] { return host->status(); };
  input.reload = [host](const Setup& wanted) { host->use(wanted.tenants); };
  input.news = [host] { return host->news(); };
  input.stop = [host] { host->source().stop(); };
  input.wake = [host] { host->source().wake(); };
  return input;
}

}  // namespace scanner
