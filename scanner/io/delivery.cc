#include "scanner/io/delivery.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

namespace scanner {

using Json = nlohmann::ordered_json;

Result<std::unique_ptr<Delivery>> Delivery::open(const DeliveryOptions& options, const OutboxWorld& world) {
  auto outbox = Outbox::open(options.outbox, world);
  if (!outbox) return tl::unexpected(outbox.error());
  if (world.key == nullptr) world.say("the outbox has no signing key: its chain finds changes only against a copy (outbox.signing_key_file)");
  std::unique_ptr<Delivery> delivery(new Delivery(options, std::move(*outbox)));
  if (options.file) delivery->add_sink("file", std::make_unique<FileSink>(*options.file, *world.disk), options);
  if (options.http) delivery->add_sink("http", std::make_unique<HttpSink>(*options.http), options);
  if (options.nats) delivery->add_sink("nats", std::make_unique<NatsSink>(*options.nats), options);
  // What the last process held back and could not release any more.
  const HeldBack held = delivery->outbox_->take_held();
  std::vector<VolumeCap::Release> releases;
  if (held.events > 0) releases.push_back({"", held.events, held.newest});
  delivery->release(releases);
  return delivery;
}

Delivery::Delivery(const DeliveryOptions& options, std::unique_ptr<Outbox> outbox)
    : per_hour_(options.events_per_subject_hour), outbox_(std::move(outbox)), cap_(options.events_per_subject_hour) {}

Delivery::~Delivery() = default;

void Delivery::add_sink(const std::string& name, std::unique_ptr<Sink> sink, const DeliveryOptions& options) {
  const RunnerOptions settings{name, options.backoff, options.seed + sinks_.size(), options.poison_attempts};
  sinks_.push_back(std::make_unique<SinkRunner>(*outbox_, std::move(sink), settings));
}

void Delivery::start() {
  for (const auto& sink : sinks_) sink->start();
}

Result<void> Delivery::add(EngineEvent event) {
  if (cap_.waiting()) release(cap_.release(event.now));
  if (cap_.allows(event.subject, event.now)) return outbox_->append(std::move(event.json));
  if (auto stored = outbox_->append(event.json, RecordKind::Held); !stored) return stored;
  cap_.hold(event.subject, event.incident, std::move(event.json));
  return {};
}

void Delivery::release(const std::vector<VolumeCap::Release>& releases) {
  for (const VolumeCap::Release& one : releases) {
    outbox_->note("outbox.capped", Json{{"subject", one.subject.empty() ? Json(nullptr) : Json(one.subject)}, {"events_an_hour", per_hour_}, {"held", one.held}, {"released", one.events.size()}});
    for (const std::string& json : one.events) static_cast<void>(outbox_->append(json));
    outbox_->world().say("the volume cap held back " + std::to_string(one.held) + " events" + (one.subject.empty() ? "" : " of " + one.subject) + "; the newest of each incident (" +
                         std::to_string(one.events.size()) + ") go out now");
  }
}

Result<void> Delivery::flush(Timestamp now) {
  if (cap_.waiting()) release(cap_.release(now));
  tell_removals();
  return outbox_->commit();
}

void Delivery::tell_removals() {
  if (outbox_->world().reclaim == nullptr) return;
  for (const Removal& removal : outbox_->world().reclaim->take_removals())
    outbox_->note("evidence.removed", Json{{"file", removal.file}, {"bytes", removal.size}, {"why", removal.why}});
}

void Delivery::reopen() {
  for (const auto& sink : sinks_) sink->reopen();
}

bool Delivery::all_delivered() const {
  const std::uint64_t durable = outbox_->durable();
  return std::all_of(sinks_.begin(), sinks_.end(), [&](const auto& sink) { return sink->status().acknowledged >= durable; });
}

Result<void> Delivery::stop(std::chrono::milliseconds grace) {
  release(cap_.release({}, true));
  tell_removals();
  auto closed = outbox_->close();
  constexpr std::chrono::milliseconds kLook{10};
  for (auto waited = std::chrono::milliseconds(0); waited < grace && !all_delivered(); waited += kLook) std::this_thread::sleep_for(kLook);
  for (const auto& sink : sinks_) sink->interrupt();
  for (const auto& sink : sinks_) sink->stop();
  // What the sinks had to say meanwhile.
  if (closed && outbox_->status().pending > 0) closed = outbox_->close();
  return closed;
}

DeliveryStatus Delivery::status() const {
  DeliveryStatus status{outbox_->status(), {}};
  for (const auto& sink : sinks_) status.sinks.push_back(sink->status());
  return status;
}

}  // namespace scanner
