#include "tools/aupsig/capture_run.h"

#include "scanner/app/wording.h"
#include "scanner/io/capture_source.h"

namespace scanner {

EngineOptions engine_options(const Setup& setup) {
  EngineOptions options = judging_options(setup);
  options.judgement.tenants = setup.tenants->claims;
  return options;
}

Result<LoadedCapture> load_capture(const std::vector<std::string>& paths, std::uint64_t max_bytes) {
  auto source = open_captures(paths);
  if (!source) return tl::unexpected(source.error());
  LoadedCapture loaded;
  loaded.files = (*source)->file_names();
  for (SourceStatus status = SourceStatus::More; status != SourceStatus::End;) {
    EventBatch batch;
    const auto next = (*source)->next(batch);
    if (!next) return tl::unexpected(next.error());
    status = *next;
    for (const Event& event : batch.events) {
      if (event.kind != EventKind::Packet) continue;
      ++loaded.packets;
      loaded.bytes += event.packet.data.size();
    }
    if (loaded.bytes > max_bytes)
      return fail("more than " + bytes_text(max_bytes) + " of packets: too much to look at as a whole; cut out the conversation first (aupscan replay --evidence DIR does)");
    if (!batch.events.empty()) loaded.batches.push_back(std::move(batch));
  }
  loaded.warnings = (*source)->warnings();
  loaded.partial = (*source)->partial();
  return loaded;
}

Coverage run_engine(const Setup& setup, std::span<const EventBatch> batches, EventSink& sink, ObservationTap* tap) {
  SerialExecutor executor;
  Engine engine(engine_options(setup), setup.matcher, setup.declaration, executor, sink, tap);
  for (const EventBatch& batch : batches) engine.feed(batch);
  engine.finish();
  return engine.coverage();
}

Coverage run_engine_by_event(const Setup& setup, const std::shared_ptr<const Matcher>& matcher, std::span<const EventBatch> batches,
                             EventSink& sink, const std::function<void(const Event&)>& before) {
  SerialExecutor executor;
  Engine engine(engine_options(setup), matcher, setup.declaration, executor, sink);
  EventBatch one;
  for (const EventBatch& batch : batches)
    for (const Event& event : batch.events) {
      before(event);
      one.clear();
      one.blocks = batch.blocks;
      one.events.push_back(event);
      if (event.kind == EventKind::Host) {
        one.host_records.push_back(batch.host_records[event.host]);
        one.events.back().host = 0;
      }
      engine.feed(one);
    }
  engine.finish();
  return engine.coverage();
}

}  // namespace scanner
